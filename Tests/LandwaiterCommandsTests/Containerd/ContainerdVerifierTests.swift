import ArgumentParser
import Foundation
import Glibc
import Landwaiter
import RegistrySimulator
import Synchronization
import Testing

@testable import LandwaiterCommands

/// The verifier as containerd calls it: by its server, and by itself.
@Suite struct ContainerdVerifierTests {
    /// Answers one request on a Unix socket with a fixed text.
    private final class OneAnswer: Sendable {
        let path: String
        private let listener: Int32
        private let asked = Mutex("")

        /// - Parameter answer: the whole of what is sent; nil hangs up.
        init(in place: Place, _ answer: String?, status: String = "200 OK") throws {
            path = place.path("v.sock")
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8CString)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes.map { UInt8(bitPattern: $0) }) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0 && listen(listener, 1) == 0)
            Thread.detachNewThread { [self] in
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var received: [UInt8] = []
                var piece = [UInt8](repeating: 0, count: 4096)
                while !String(decoding: received, as: UTF8.self).contains("}") {
                    let count = read(connection, &piece, piece.count)
                    guard count > 0 else { break }
                    received += piece[..<count]
                }
                asked.withLock { $0 = String(decoding: received, as: UTF8.self) }
                if let answer {
                    let text = "HTTP/1.1 \(status)\r\ncontent-length: \(answer.utf8.count)\r\n\r\n\(answer)"
                    _ = Array(text.utf8).withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
                }
                close(connection)
            }
        }

        deinit { close(listener) }

        var request: String { asked.withLock { $0 } }
    }

    private static let digest = ContainerdCallTests.digest

    private static func judge(
        _ name: String, digest: String = digest, _ more: [String]
    ) async throws -> (status: Int32, reason: String) {
        let command = try ContainerdVerifierCommand.parse(["--name", name, "--digest", digest] + more)
        return try await RegistryAccess.$current.withValue(try command.registry.access()) {
            let judgement = try await command.judge(ContainerdCallTests.descriptor(digest))
            return (judgement.status.rawValue, judgement.reason)
        }
    }

    @Test(arguments: [
        (#"{"allowed":true,"verdict":"admit","reason":"admit: fine"}"#, 0, "admit: fine"),
        (#"{"allowed":true,"verdict":"reject","reason":"only a warning"}"#, 0, "only a warning"),
        (#"{"allowed":false,"verdict":"reject","reason":"not signed"}"#, 1, "not signed"),
        (#"{"allowed":false,"verdict":"undecided","reason":"busy"}"#, 2, "busy"),
    ])
    func doesAsTheServerSays(answer: String, status: Int32, reason: String) async throws {
        let place = try Place()
        let server = try OneAnswer(in: place, answer)
        let judged = try await Self.judge("registry.example/apps/ledger:v1", ["--server", server.path])
        #expect(judged == (status, reason))
        #expect(server.request.hasPrefix("POST /v1/containerd HTTP/1.1\r\n"))
        #expect(
            server.request.hasSuffix(
                #"{"image":"registry.example/apps/ledger:v1@\#(Self.digest)","operation":"pull"}"#))
    }

    @Test(arguments: [
        nil, "", "{}", #"{"allowed":true}"#, #"{"allowed":false,"verdict":"admit","reason":"?"}"#,
        #"{"allowed":"true","verdict":"admit","reason":""}"#, #"{"allowed":true,"verdict":"maybe","reason":""}"#,
    ])
    func blocksWhereTheServerSaysNothingAndNoPolicyDoes(answer: String?) async throws {
        let place = try Place()
        let server = try OneAnswer(in: place, answer)
        let judged = try await Self.judge("registry.example/apps/ledger:v1", ["--server", server.path])
        #expect(judged.status == 2)
        #expect(judged.reason.hasPrefix("undecided: the server gave no answer ("))
    }

    @Test func blocksWhereTheServerRefuses() async throws {
        let place = try Place()
        let server = try OneAnswer(
            in: place, #"{"allowed":true,"verdict":"admit","reason":""}"#, status: "503 Service Unavailable")
        #expect(try await Self.judge("registry.example/apps/ledger:v1", ["--server", server.path]).status == 2)
    }

    @Test func believesNoSocketThatOthersCouldHaveMade() async throws {
        let place = try Place()
        let server = try OneAnswer(in: place, #"{"allowed":true,"verdict":"admit","reason":""}"#)
        chmod(place.url.path, 0o777)
        let judged = try await Self.judge("registry.example/apps/ledger:v1", ["--server", server.path])
        #expect(judged.status == 2)
        #expect(judged.reason.contains("may be written to by others"))
        #expect(server.request.isEmpty)
    }

    /// Whose directory it is may put any socket there, of whatever owner.
    @Test(.enabled(if: geteuid() == 0, "only root may give a directory away"))
    func believesNoSocketInADirectoryOfSomebodyElse() async throws {
        let place = try Place()
        let server = try OneAnswer(in: place, #"{"allowed":true,"verdict":"admit","reason":""}"#)
        try #require(chown(place.url.path, 1, 1) == 0)
        let judged = try await Self.judge("registry.example/apps/ledger:v1", ["--server", server.path])
        #expect(judged.status == 2)
        #expect(judged.reason.contains("may be written to by others"))
        #expect(server.request.isEmpty)
    }

    @Test func wantsAServerOrAPolicy() async {
        await #expect {
            _ = try await Self.judge("registry.example/apps/ledger:v1", [])
        } throws: { error in
            (error as? CommandFailure)?.status == ExitStatus.usage
        }
    }

    @Test func decidesItselfWhereNoServerAnswers() async throws {
        try await SimulatedRegistry.with { registry in
            let policy = Repository.path("testdata/policies/signed.yaml")
            let image = registry.host + "/apps/ledger:v1"
            let signed = "oci:" + Repository.path("testdata/evidence/referrer-bundle/image") + ":v1"
            let promoted = try await status([
                "promote", signed, image, "--policy", policy, "--namespace", "apps", "--quiet", "--as",
                "registry.example/apps/ledger:v1",
            ])
            try #require(promoted == 0)
            let digest = try #require(registry.contents.tags(in: "apps/ledger")["v1"])
            let options = ["--server", "/nowhere/v.sock", "--policy", policy, "--namespace", "apps"]
            let admitted = try await Self.judge(image, digest: digest, options)
            #expect(admitted == (0, "admit: \(digest)"))
            // The digest that containerd resolved is judged, whatever the tag names by now.
            let other = registry.contents.pushImage(in: "apps/ledger", tag: "v1", layer: "other").digest.description
            #expect(try await Self.judge(image, digest: digest, options).status == 0)
            #expect(try await Self.judge(image, digest: other, options).status == 1)
        }
    }
}
