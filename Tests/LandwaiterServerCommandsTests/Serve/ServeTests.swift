import Admission
import AdmissionPolicy
import AdmissionServer
import AdmissionService
import Foundation
import LandwaiterCommands
import Logging
import StrictEncoding
import Synchronization
import Testing

@testable import LandwaiterServerCommands

/// What a server is started with, in a directory of its own.
struct ServedPlace {
    let place: Place
    let path: String

    init(_ document: String = Documents.small, policy: String = ServedPlace.policy) throws {
        place = try Place()
        try place.write(policy, to: "policies/policy.yaml")
        path = try place.write(document, to: "server.yaml")
    }

    func file(_ name: String) -> String { place.path(name) }

    /// Judges by the name alone, so that nothing is read.
    static let policy = """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: names, owner: team}
        spec:
          enforcement: {stage: enforce}
          scope: {namespaces: ["**"], images: ["**"]}
          require:
            - {id: ours, on: image, image: {name: {glob: ["registry.example/**"]}}}

        """
}

@Suite struct ServeCheckTests {
    @Test func saysWhatWouldBeServed() async throws {
        let served = try ServedPlace()
        let (status, text) = try await LandwaiterServerCommand.output(of: ["serve", "--config", served.path, "--check"])
        #expect(status == 0)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            Array(lines.prefix(5)) == [
                "configuration test", "  listener  health on 127.0.0.1:0, plain HTTP", "            health: anybody",
                "            metrics: anybody", "  material  1 policy, 0 guardrails, 0 exceptions, no trusted root",
            ])
        #expect(text.contains("  registry  registry.example\n"))
        #expect(text.contains("  store     SQLite, \(served.file("verdicts.db"))\n"))
        #expect(text.contains("  spool     \(served.file("spool")), at most 256MiB\n"))
    }

    @Test func findsEverythingThatIsWrong() async throws {
        let document =
            Documents.small
            .replacing("surfaces: [health, metrics]", with: "surfaces: [api], tls: {certificate: no.crt, key: no.key}")
            .replacing("sqlite: verdicts.db", with: "postgres: {conninfoEnvironment: LANDWAITER_TEST_UNSET}")
            .replacing(
                "hosts: [{host: registry.example}]",
                with: "{hosts: [{host: registry.example}], authorities: [none.pem], credentials: {shared: [none.json]}}"
            )
            + "  callers: {api: [{secret: {name: a, file: none}}]}\n"
        let served = try ServedPlace(
            document.replacing("registries:\n    {", with: "registries: {"),
            policy: ServedPlace.policy.replacing("stage: enforce", with: "stage: always"))
        let report = await ServerCheck(try ServerConfiguration.load(served.path)).report()
        let problems = report.problems.joined(separator: "\n")
        for expected in ["stage", "none.pem", "none.json", "LANDWAITER_TEST_UNSET", "no.crt", "no.key"] {
            #expect(problems.contains(expected), "\(expected)")
        }
        let status = try await LandwaiterServerCommand.status(of: ["serve", "--config", served.path, "--check"])
        #expect(status == 65)
    }

    @Test func notificationsAreCheckedWithTheirSecrets() async throws {
        let document =
            Documents.small
            .replacing("surfaces: [health, metrics]", with: "surfaces: [notification], insecurePlaintext: true")
                + """
                  notifications:
                    registries:
                      - name: demo
                        host: registry.example
                        format: distribution
                        header: {name: authorization, file: secret}
                        repositories: ["**"]

                """
        let served = try ServedPlace(document)
        let configuration = try ServerConfiguration.load(served.path)
        #expect(await ServerCheck(configuration).report().problems.contains { $0.contains("secret") })
        try served.place.write("0123456789abcdef0123\n", to: "secret")
        #expect(await ServerCheck(configuration).report().problems == [])
        for (added, judgesUntagged) in [("", false), ("        judgesUntagged: true\n", true)] {
            try served.place.write(document + added, to: "server.yaml")
            let notifications = try NotificationConfiguration(try ServerConfiguration.load(served.path))
            #expect(notifications?.registries.map(\.judgesUntagged) == [judgesUntagged])
        }
    }

    @Test func checkMakesNothing() async throws {
        let served = try ServedPlace()
        let (status, text) = try await LandwaiterServerCommand.output(of: ["serve", "--config", served.path, "--check"])
        #expect(status == 0)
        #expect(text.contains("            it is made when the server starts\n"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: served.file("")).sorted() == [
                "policies", "server.yaml",
            ])
    }

    /// To look at the configuration of the next version must not change what this one writes to.
    @Test func checkLeavesAnOlderStoreAsItIs() async throws {
        let served = try ServedPlace()
        try served.place.write("", to: "verdicts.db")
        let (status, text) = try await LandwaiterServerCommand.output(of: ["serve", "--config", served.path, "--check"])
        #expect(status == 0)
        #expect(text.contains("            its schema, none, becomes 2026-11-queue when the server starts\n"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: served.file("verdicts.db"))).isEmpty)
    }

    @Test func checkFindsAStoreThatCannotBe() async throws {
        let served = try ServedPlace()
        let configuration = try ServerConfiguration.load(served.path)
        try served.place.write("This is no database, and was never meant to be one.\n", to: "verdicts.db")
        #expect(await ServerCheck(configuration).report().problems.contains { $0.contains("damaged") })
        let elsewhere = try ServedPlace(
            Documents.small.replacing("sqlite: verdicts.db", with: "sqlite: nowhere/verdicts.db"))
        #expect(
            await ServerCheck(try ServerConfiguration.load(elsewhere.path)).report().problems.contains {
                $0.contains("nowhere`, where the verdicts are to be kept")
            })
        let directory = try ServedPlace(Documents.small.replacing("sqlite: verdicts.db", with: "sqlite: policies"))
        #expect(
            await ServerCheck(try ServerConfiguration.load(directory.path)).report().problems.contains {
                $0.contains("found a directory")
            })
    }
}

@Suite struct MaterialTests {
    static let now = Instant(secondsSince1970: 1_790_000_000)

    @Test func whatIsBrokenSaysWhereAndWhatMendsIt() async throws {
        let served = try ServedPlace(policy: ServedPlace.policy.replacing("stage: enforce", with: "stage: always"))
        let source = MaterialSource(try ServerConfiguration.load(served.path))
        let failure = await #expect(throws: CommandFailure.self) { try await source.load(at: Self.now) }
        let error = try #require(failure)
        #expect(error.status == ExitStatus.badData)
        #expect(error.lines.contains { $0.contains("policies/policy.yaml:5:") })
        #expect(error.lines.contains { $0.contains("mend: ") })
    }

    @Test func policiesOfADirectoryAreFoundUnderTheirSource() async throws {
        let served = try ServedPlace()
        let material = try await MaterialSource(try ServerConfiguration.load(served.path)).load(at: Self.now)
        #expect(material.pipeline.policies.policies.map(\.name.description) == ["team/names"])
        #expect(material.summary == "1 policy, 0 guardrails, 0 exceptions, no trusted root")
    }
}

@Suite struct ServerLogTests {
    static func lines(
        _ format: ServerConfiguration.Log.Format, _ level: ServerConfiguration.Log.Level = .info,
        _ body: (ServerLog) -> Void
    ) async -> [String] {
        let kept = Mutex<[UInt8]>([])
        let log = ServerLog(.init(format: format, level: level)) { bytes in kept.withLock { $0 += bytes } }
        body(log)
        await log.drain(within: .seconds(600))
        return String(decoding: kept.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func oneLineOfJSONForEachEntry() async throws {
        let lines = await Self.lines(.json) {
            $0.say(.warning, "a line\nbreak", ["name": "x\u{1B}[31m"])
            $0.logger.info("from a library", metadata: ["key": "value"])
        }
        #expect(lines.count == 2)
        let first = try JSONDocument(parsing: Array(lines[0].utf8)).root
        #expect(first["level"]?.string == "warning" && first["message"]?.string == "a line\\u{a}break")
        #expect(first["name"]?.string == "x\\u{1b}[31m")
        #expect(try JSONDocument(parsing: Array(lines[1].utf8)).root["key"]?.string == "value")
    }

    @Test func whatIsBelowTheLevelIsNotWritten() async {
        #expect(await Self.lines(.json, .warning) { $0.say(.info, "quiet") }.isEmpty)
        #expect(await Self.lines(.json, .warning) { $0.logger.info("quiet") }.isEmpty)
        #expect(await Self.lines(.json, .warning) { $0.say(.error, "loud") }.count == 1)
    }

    @Test func eventsAreShownAsTextToPeople() async {
        let event = Array(#"{"event":"image-refused","namespace":"finance","time":"2026-11-20T12:00:00Z"}"#.utf8)
        #expect(await Self.lines(.json) { $0.put(event: event + [10]) } == [String(decoding: event, as: UTF8.self)])
        #expect(
            await Self.lines(.text) { $0.put(event: event + [10]) }
                == ["2026-11-20T12:00:00Z  event  image-refused  namespace=finance"])
    }

    /// An event loop that says something must not wait for whoever reads it.
    @Test func nobodyWaitsForALogThatStandsStill() async {
        let gate = Mutex(false)
        let kept = Mutex<[String]>([])
        let log = ServerLog(.init(format: .json, level: .info)) { bytes in
            while !gate.withLock({ $0 }) { usleep(1000) }
            kept.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        for number in 0..<10_000 { log.say(.info, "line \(number)") }
        await log.drain(within: .milliseconds(1))
        #expect(kept.withLock { $0.isEmpty })
        gate.withLock { $0 = true }
        await log.drain(within: .seconds(600))
        let lines = kept.withLock { $0 }
        // What the writer had in hand besides what waited.
        #expect((ServerLog.mostWaiting...2 * ServerLog.mostWaiting + 2).contains(lines.count))
        let lost = lines.compactMap { $0.firstMatch(of: #/"lines":"([0-9]+)"/#).flatMap { Int($0.1) } }.reduce(0, +)
        #expect(lost + lines.count { $0.contains("\"line ") } == 10_000)
    }

    @Test func whatStrangersCauseIsHeldBack() async {
        let lines = await Self.lines(.json) { log in
            for _ in 0..<1000 { log.sayOften(.warning, "refused", about: "one kind") }
            log.sayOften(.warning, "refused", about: "another")
        }
        #expect((2...20).contains(lines.count))
    }
}

@Suite struct ServerEndTests {
    /// The last lines are often those that say why. The log stands still while everything else ends.
    @Test func eventsAreWrittenBeforeItEnds() async throws {
        let served = try ServedPlace()
        let kept = Mutex<[UInt8]>([])
        let opensAt = Mutex(ContinuousClock.now)
        let configuration = try ServerConfiguration.load(served.path)
        let listening = AsyncStream<Void>.makeStream()
        let server = try await Server(
            configuration,
            log: ServerLog(.init(format: .json, level: .error)) { bytes in
                while .now < opensAt.withLock({ $0 }) { usleep(1000) }
                kept.withLock { $0 += bytes }
            }
        ) { _, _ in listening.continuation.yield() }
        let running = Task { try await server.run() }
        for await _ in listening.stream { break }
        opensAt.withLock { $0 = .now + .milliseconds(1500) }
        for number in 0..<100 {
            server.events.emit(
                ServiceEvent(.refused, at: MaterialTests.now, subject: "\(number)", members: [("image", "x")]))
        }
        running.cancel()
        _ = await running.result
        let text = String(decoding: kept.withLock { $0 }, as: UTF8.self)
        #expect(text.split(separator: "\n").count { $0.contains("image-refused") } == 100)
    }
}

@Suite struct SecretFileTests {
    @Test func eachLineIsASecretWhileOneReplacesTheOther() throws {
        let place = try Place()
        let path = try place.write("0123456789abcdef\nfedcba9876543210\n", to: "secret")
        #expect(try SecretFile(path).values == [Array("0123456789abcdef".utf8), Array("fedcba9876543210".utf8)])
    }

    @Test(arguments: ["", "short\n", "0123456789abcdef\nshort\n", "whsec_!!!\n"])
    func whatIsNoSecretIsRefused(_ text: String) throws {
        let place = try Place()
        let path = try place.write(text, to: "secret")
        let failure = #expect(throws: CommandFailure.self) { try SecretFile(path) }
        #expect(failure?.status == ExitStatus.badData)
        // What stands in it is not told.
        #expect(failure?.lines.joined().contains("0123456789abcdef") == false)
    }
}
