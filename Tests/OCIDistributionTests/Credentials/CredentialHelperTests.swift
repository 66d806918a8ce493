import Foundation
import Glibc
import OCI
import Synchronization
import Testing

@testable import OCIDistribution

/// Each helper is a small shell script.
struct CredentialHelperTests {
    private let place: CredentialPlace
    private let registry: RegistryHost

    init() throws {
        place = try CredentialPlace()
        registry = try #require(RegistryHost(parsing: "registry.example:5000"))
    }

    private func ask(
        _ script: String, deadline: Duration = .seconds(150), registry: RegistryHost? = nil
    ) async throws -> RegistryCredential? {
        try await place.helper("test", script)
        return try await CredentialHelpers(environment: place.environment, deadline: deadline).credential(
            helper: "test", registry: registry ?? self.registry)
    }

    private func error(_ script: String, deadline: Duration = .seconds(150)) async -> CredentialHelperError? {
        do {
            let found = try await ask(script, deadline: deadline)
            Issue.record("expected an error, found \(String(describing: found))")
            return nil
        } catch {
            return error as? CredentialHelperError
        }
    }

    @Test func speaksTheProtocol() async throws {
        let found = try await ask(
            #"""
            printf '%s' "$*" > "$HOME/arguments"; cat > "$HOME/input"
            echo '{"ServerURL":"x","Username":"u","Secret":"hunter2"}'
            """#)
        #expect(found == .password(user: Secret("u"), password: Secret("hunter2")))
        #expect(place.read("arguments") == "get")
        #expect(place.read("input") == "registry.example:5000")
    }

    @Test func readsAnIdentityToken() async throws {
        let found = try await ask(#"echo '{"Username":"<token>","Secret":"t"}'"#)
        #expect(found == .identityToken(Secret("t")))
    }

    @Test(arguments: [
        "echo 'credentials not found in native keychain'; exit 1",
        "echo 'credentials not found in native keychain' >&2; exit 1",
        #"echo '{"Username":"","Secret":""}'"#,
    ])
    func takesNotFoundForAnonymous(_ script: String) async throws {
        #expect(try await ask(script) == nil)
    }

    @Test func asksForDockerHubByBothNames() async throws {
        let hub = try #require(RegistryHost(parsing: "docker.io"))
        let script = #"""
            name=$(cat); echo "$name" >> "$HOME/asked"
            if [ "$name" = docker.io ]; then echo '{"Username":"u","Secret":"s"}'
            else echo 'credentials not found in native keychain'; exit 1; fi
            """#
        #expect(try await ask(script, registry: hub) != nil)
        #expect(place.read("asked") == "https://index.docker.io/v1/\ndocker.io\n")
    }

    @Test func tellsOfAFailureInTheHelpersWords() async throws {
        let error = await error("echo 'no session, log in' >&2; echo more >&2; exit 3")
        #expect(error == .failed("test", .exited(3), said: "no session, log in"))
        #expect(error?.message.contains("log in") == true)
    }

    @Test func neverQuotesASecret() async throws {
        for script in [
            #"echo '{"Username":"u","Secret":"hunter2"}'; echo 'got hunter2' >&2; exit 1"#,
            "echo hunter2; exit 1", "echo hunter2", #"echo '{"Secret":"hunter2"}'"#,
        ] {
            let error = await error(script)
            #expect(error?.message.contains("hunter2") == false)
            #expect(!String(describing: error).contains("hunter2"))
        }
    }

    @Test(arguments: [
        "exit 0", "echo junk", "echo '[]'", #"echo '{"Username":"u"}'"#, #"echo '{"Username":"","Secret":"s"}'"#,
        #"echo '{"Username":"u","Secret":""}'"#, #"echo '{"Username":"u","Username":"v","Secret":"s"}'"#,
    ])
    func rejectsWhatIsNoAnswer(_ script: String) async throws {
        #expect(await error(script) == .malformed("test"))
    }

    @Test func endsAHelperThatHangs() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        // What it started ends with it.
        let error = await error(
            #"sh -c 'echo $$ > "$HOME/child"; exec sleep 300' & wait"#, deadline: .milliseconds(500))
        #expect(error == .timedOut("test", after: .milliseconds(500)))
        // Other suites may hold all threads for a while.
        #expect(clock.now - start < .seconds(150))
        let child = try #require(place.read("child").flatMap { pid_t($0.filter(\.isNumber)) })
        // Gone, or waiting for init to notice.
        for _ in 0..<200 where kill(child, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(child, 0) != 0)
    }

    @Test func endsAHelperThatFloods() async throws {
        #expect(await error("while :; do echo 0123456789abcdef0123456789abcdef; done") == .tooMuchOutput("test"))
        #expect(await error("while :; do echo 0123456789abcdef0123456789abcdef >&2; done") == .tooMuchOutput("test"))
    }

    @Test func readsAnAnswerOfTheGreatestLength() async throws {
        let secret = String(repeating: "s", count: 60_000)
        try place.file("answer", #"{"Username":"u","Secret":"\#(secret)"}"#)
        #expect(try await ask(#"cat "$HOME/answer""#) == .password(user: Secret("u"), password: Secret(secret)))
    }

    @Test func doesNotWaitForWhatAHelperLeavesBehind() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let found = try await ask(
            #"sleep 300 & echo $! > "$HOME/left"; echo '{"Username":"u","Secret":"s"}'"#, deadline: .seconds(200))
        #expect(found != nil)
        #expect(clock.now - start < .seconds(150))
        let left = try #require(place.read("left").flatMap { pid_t($0.filter(\.isNumber)) })
        #expect(kill(left, SIGKILL) == 0)
    }

    @Test func survivesAHelperThatReadsNothing() async throws {
        #expect(await error("exec <&-; exit 7") == .failed("test", .exited(7), said: ""))
        #expect(await error("kill -9 $$") == .failed("test", .signal(9), said: ""))
    }

    @Test func endsAHelperNobodyWaitsFor() async throws {
        try await place.helper("test", "exec sleep 300")
        let helpers = CredentialHelpers(environment: place.environment, deadline: .seconds(60))
        let task =
            Task { [registry] in
                do throws(CredentialHelperError) {
                    _ = try await helpers.credential(helper: "test", registry: registry)
                    return nil
                } catch { return error }
            } as Task<CredentialHelperError?, Never>
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        #expect(await task.value == .cancelled("test"))
    }

    @Test(arguments: ["../evil", "a/b", "", "a b", "a;b", "a\u{0}b", "\u{E9}", String(repeating: "a", count: 65)])
    func rejectsNamesThatAreNone(_ name: String) async throws {
        try place.file("evil", "#!/bin/sh\necho ran > \"$HOME/ran\"\n", mode: 0o755)
        let helpers = CredentialHelpers(environment: place.environment, deadline: .seconds(5))
        await #expect(throws: CredentialHelperError.name(name)) {
            try await helpers.credential(helper: name, registry: registry)
        }
        #expect(place.read("ran") == nil)
    }

    @Test func findsHelpersOnThePathOnly() async throws {
        try await place.helper("test", #"echo '{"Username":"u","Secret":"s"}'"#)
        try place.file("bin/docker-credential-plain", "#!/bin/sh\n", mode: 0o644)
        for path in ["", "/nowhere", ":", "bin", ".", place.path] {
            let helpers = CredentialHelpers(environment: ["PATH": path], deadline: .seconds(5))
            await #expect(throws: CredentialHelperError.absent("test")) {
                try await helpers.credential(helper: "test", registry: registry)
            }
        }
        let helpers = CredentialHelpers(environment: place.environment, deadline: .seconds(5))
        await #expect(throws: CredentialHelperError.absent("plain")) {
            try await helpers.credential(helper: "plain", registry: registry)
        }
    }

    @Test func handsTheGivenEnvironmentOver() async throws {
        _ = try await ask(#"env > "$HOME/environment"; echo '{"Username":"","Secret":""}'"#)
        let lines = try #require(place.read("environment")).split(separator: "\n")
        #expect(lines.contains("HOME=\(place.path)"))
        #expect(!lines.contains { $0.hasPrefix("USER=") })
    }

    @Test func handsNoOtherDescriptorOver() async throws {
        // 0, 1, 2 and the directory that ls reads.
        _ = try await ask(#"ls /proc/self/fd > "$HOME/open"; echo '{"Username":"","Secret":""}'"#)
        let numbers = try #require(place.read("open")).split(separator: "\n")
        #expect(numbers.starts(with: ["0", "1", "2"]))
        #expect(numbers.count <= 4)
    }

    /// Nor one that another thread opens while it is started, by whatever library.
    @Test func handsNoDescriptorOverThatIsBeingOpened() async throws {
        let isOver = Mutex(false)
        let opening = Thread {
            while !isOver.withLock({ $0 }) {
                // Without O_CLOEXEC.
                for descriptor in (0..<20).map({ _ in open("/dev/null", O_RDONLY) }) { close(descriptor) }
            }
        }
        opening.start()
        defer { isOver.withLock { $0 = true } }
        for _ in 0..<20 {
            _ = try await ask(#"ls /proc/self/fd > "$HOME/open"; echo '{"Username":"","Secret":""}'"#)
            let numbers = try #require(place.read("open")).split(separator: "\n")
            #expect(numbers.count <= 4)
        }
    }
}
