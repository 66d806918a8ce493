import Content
import Foundation
import HTTPTransport
import Simulators
import StrictEncoding
import TUF
import TUFClient
import Testing

private let now = SimulatedTUFRepository.now

/// A repository over a socket of this machine.
@Suite struct HTTPSourceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Lends a transport, which is shut down afterwards.
    private func withTransport<Result: Sendable>(_ body: (HTTPTransport) async throws -> Result) async throws -> Result
    {
        let transport = try HTTPTransport()
        do {
            let result = try await body(transport)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    @Test func refreshesOverHTTP() async throws {
        var repository = try SimulatedTUFRepository()
        repository.add("dir/a file", [1, 2, 3])
        try repository.publish()
        var answers: [String: [UInt8]] = [:]
        for (name, bytes) in repository.files { answers["/metadata/" + name] = bytes }
        for (name, bytes) in repository.targetFiles {
            answers["/targets/" + name.replacing(" ", with: "%20")] = bytes
        }
        let server = try LoopbackServer { [answers] path in
            answers[path].map { LoopbackServer.answer("200 OK", $0) } ?? LoopbackServer.answer("404 Not Found", [])
        }
        let store = TrustStore(path: directory.path)
        let address = try RepositoryAddress(
            metadata: server.address + "/metadata/", targets: server.address + "/targets")
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]), address: address)
        let path = try TargetPath("dir/a file")
        let trust = try await withTransport { transport in
            let source = HTTPSource(try store.address(), over: transport)
            return try await TrustUpdater(store: store, source: source).update(targets: [path], at: now)
        }
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
        #expect(server.paths.first == "/metadata/2.root.json")
        #expect(server.paths.last == "/targets/dir/\(Digest(of: [1, 2, 3]).hex).a%20file")
    }

    /// A file of metadata, from a server that gives this answer to everything.
    private func metadata(
        limit: Int = 100, timePerFile: Duration = .seconds(5), timeForAll: Duration = .seconds(20), _ answer: [UInt8]?
    ) async throws -> [UInt8]? {
        let server = try LoopbackServer { _ in answer }
        let address = try RepositoryAddress(metadata: server.address)
        return try await withTransport { transport in
            let source = HTTPSource(address, over: transport, timePerFile: timePerFile, timeForAll: timeForAll)
            do throws(MetadataSourceError) {
                return try await source.metadata("a.json", limit: limit)
            } catch {
                // Ports differ from run to run.
                switch error {
                case .tooLarge(_, let limit): throw Refused.tooLarge(limit)
                case .unreachable: throw Refused.unreachable
                }
            }
        }
    }

    enum Refused: Error, Equatable {
        case tooLarge(Int)
        case unreachable
    }

    @Test(arguments: ["404 Not Found", "403 Forbidden"]) func takesNotFoundForAbsence(status: String) async throws {
        #expect(try await metadata(LoopbackServer.answer(status, [1])) == nil)
        // A page that says so may be longer than the file would be.
        let page = [UInt8](repeating: 0x61, count: 9_000)
        #expect(try await metadata(LoopbackServer.answer(status, page)) == nil)
    }

    @Test func readsNoMoreThanTheLimit() async throws {
        #expect(try await metadata(limit: 3, LoopbackServer.answer("200 OK", [1, 2, 3])) == [1, 2, 3])
        await #expect(throws: Refused.tooLarge(2)) {
            _ = try await metadata(limit: 2, LoopbackServer.answer("200 OK", [1, 2, 3]))
        }
        // Without a stated length too.
        let endless = Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + [UInt8](repeating: 0, count: 10_000)
        await #expect(throws: Refused.tooLarge(100)) { _ = try await metadata(endless) }
    }

    @Test(arguments: ["500 Internal Server Error", "301 Moved Permanently", "206 Partial Content", "204 No Content"])
    func takesNothingButTheFile(status: String) async throws {
        let answer = LoopbackServer.answer(status, [], headers: "Location: http://127.0.0.1:1/b.json\r\n")
        await #expect(throws: Refused.unreachable) { _ = try await metadata(answer) }
    }

    @Test func saysThatNobodyAnswers() async throws {
        await #expect(throws: Refused.unreachable) { _ = try await metadata(nil) }
        await #expect(throws: Refused.unreachable) { _ = try await metadata(Array("no HTTP\r\n\r\n".utf8)) }
        // Less than the stated length.
        let cut = Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".utf8)
        await #expect(throws: Refused.unreachable) { _ = try await metadata(cut) }
    }

    @Test func waitsForOneFileAndForAllNotForEver() async throws {
        let answer = LoopbackServer.answer("200 OK", [1])
        #expect(try await metadata(answer) == [1])
        await #expect(throws: Refused.unreachable) { _ = try await metadata(timePerFile: .zero, answer) }
        await #expect(throws: Refused.unreachable) { _ = try await metadata(timeForAll: .zero, answer) }
    }

    /// What is stored goes on, and the answer says that the network was of no use.
    @Test func fallsBackToUnexpiredTrustOnly() async throws {
        let repository = try SimulatedTUFRepository()
        let store = TrustStore(path: directory.path)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        _ = try await TrustUpdater(store: store, source: SimulatedSource(repository)).update(at: now)
        let server = try LoopbackServer { _ in nil }
        let address = try RepositoryAddress(metadata: server.address)
        let (today, later) = try await withTransport { transport in
            let updater = TrustUpdater(store: store, source: HTTPSource(address, over: transport))
            return (await updater.refresh(at: now), await updater.refresh(at: SimulatedTUFRepository.expires))
        }
        guard case .fallback(let trust, .source(.unreachable)) = today else {
            Issue.record("expected a fallback, found \(today)")
            return
        }
        #expect(trust.root.version == 1)
        guard case .failed(.source(.unreachable), stored: .refused(.expired)) = later else {
            Issue.record("expected a failure, found \(later)")
            return
        }
    }
}
