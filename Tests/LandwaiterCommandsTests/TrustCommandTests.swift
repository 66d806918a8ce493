import Foundation
import Landwaiter
import Simulators
import Testing

@testable import LandwaiterCommands

/// `landwaiter trust`: what it leaves on disk, and its exit status.
@Suite struct TrustCommandTests {
    private let place: Place
    private let at = SimulatedTUFRepository.now.description

    init() throws { place = try Place() }

    /// Lays out the repository as a server has it.
    private func lay(_ repository: SimulatedTUFRepository) throws {
        for (name, bytes) in repository.files {
            _ = try place.write(String(decoding: bytes, as: UTF8.self), to: "repository/metadata/" + name)
        }
        for (name, bytes) in repository.targetFiles {
            _ = try place.write(String(decoding: bytes, as: UTF8.self), to: "repository/targets/" + name)
        }
    }

    private func update(_ options: String...) async throws -> Int32 {
        try await status(
            ["trust", "update", place.path("trust"), "--from", place.path("repository"), "--at", at] + options)
    }

    @Test func beginsUpdatesAndShows() async throws {
        var repository = try SimulatedTUFRepository()
        repository.add("trusted_root.json", Array("{}".utf8))
        repository.add("other", Array("other".utf8))
        try repository.publishNext()
        try lay(repository)
        let root = place.path("repository/metadata/1.root.json")
        #expect(try await run("trust", "show", place.path("trust"), "--at", at) == 65)
        #expect(try await run("trust", "init", place.path("trust"), "--root", root) == 0)
        #expect(try await run("trust", "show", place.path("trust"), "--at", at) == 2)
        #expect(try await update() == 0)
        #expect(try await run("trust", "show", place.path("trust"), "--at", at) == 0)
        #expect(try await update("--target", "other") == 0)
        #expect(try await update("--target", "missing") == 1)
        #expect(try await update("--target", "../other") == 64)
        #expect(
            try await run("trust", "show", place.path("trust"), "--at", "2099-01-01T00:00:00Z", "--target", "other")
                == 1)
    }

    @Test func aFailedUpdateIsNoSuccessThoughTrustIsLeft() async throws {
        var repository = try SimulatedTUFRepository()
        repository.add("trusted_root.json", Array("{}".utf8))
        try repository.publishNext()
        try lay(repository)
        let root = place.path("repository/metadata/1.root.json")
        #expect(try await run("trust", "init", place.path("trust"), "--root", root) == 0)
        #expect(try await update() == 0)
        // An attack: status 1. A file that is not there: status 2.
        repository.timestamp.signers = [try SimulatedTUFKey()]
        try repository.publishNext()
        try lay(repository)
        #expect(try await update() == 1)
        try FileManager.default.removeItem(atPath: place.path("repository/metadata/timestamp.json"))
        #expect(try await update() == 2)
        #expect(try await run("trust", "show", place.path("trust"), "--at", at) == 0)
    }

    @Test func refusesARootThatIsNone() async throws {
        let root = try place.write("{}", to: "root.json")
        #expect(try await run("trust", "init", place.path("trust"), "--root", root) == 1)
        #expect(try await run("trust", "init", place.path("trust"), "--root", place.path("nothing")) == 65)
    }

    // MARK: The root that is built in

    @Test func beginsWithTheRootThatIsBuiltIn() async throws {
        #expect(try await run("trust", "init", place.path("trust"), "--public-good") == 0)
        // Nothing was ever completed: there is no trust yet, and nothing was fetched.
        #expect(try await run("trust", "show", place.path("trust"), "--at", at) == 2)
        #expect(!FileManager.default.fileExists(atPath: place.path("trust/root.json")))
        let stranger = try SimulatedTUFRepository()
        try lay(stranger)
        let root = place.path("repository/metadata/1.root.json")
        #expect(try await run("trust", "init", place.path("trust"), "--root", root) == 1)
        // Its metadata is not signed with the keys of the root that is built in.
        #expect(try await update() == 1)
    }

    @Test func wantsOneRootAndSoundAddresses() async throws {
        try lay(try SimulatedTUFRepository())
        let root = place.path("repository/metadata/1.root.json")
        let trust = place.path("trust")
        #expect(try await run("trust", "init", trust) == 64)
        #expect(try await run("trust", "init", trust, "--root", root, "--public-good") == 64)
        #expect(try await run("trust", "init", trust, "--root", root, "--url", "http://tuf.example") == 64)
        #expect(try await run("trust", "init", trust, "--root", root, "--targets-url", "https://tuf.example") == 64)
        #expect(!FileManager.default.fileExists(atPath: trust))
    }

    // MARK: The network

    @Test func updatesFromWhereTheStoreSaysThatTheRepositoryIs() async throws {
        var repository = try SimulatedTUFRepository()
        repository.add("trusted_root.json", Array("{}".utf8))
        try repository.publishNext()
        try lay(repository)
        let server = try LoopbackServer(serving: repository)
        let root = place.path("repository/metadata/1.root.json")
        let trust = place.path("trust")
        #expect(try await run("trust", "init", trust, "--root", root) == 0)
        // Nobody said where it is.
        #expect(try await run("trust", "update", trust, "--at", at) == 64)
        #expect(try await run("trust", "init", trust, "--root", root, "--url", server.address + "/metadata") == 0)
        #expect(try await run("trust", "update", trust, "--at", at) == 0)
        #expect(server.paths.contains("/metadata/timestamp.json"))
        #expect(try await run("trust", "show", trust, "--at", at) == 0)
        // Nobody answers: status 2, and the trust is left.
        #expect(try await run("trust", "init", trust, "--root", root, "--url", "http://127.0.0.1:1/metadata") == 0)
        #expect(try await run("trust", "update", trust, "--at", at) == 2)
        #expect(try await run("trust", "show", trust, "--at", at) == 0)
    }

    // MARK: Archives

    @Test func whatOneStoreExportsAnotherReads() async throws {
        var repository = try SimulatedTUFRepository()
        repository.add("trusted_root.json", Array("{}".utf8))
        try repository.publishNextRoot()
        try repository.publishNext()
        try lay(repository)
        let root = place.path("repository/metadata/1.root.json")
        let (trust, other, file) = (place.path("trust"), place.path("other"), place.path("trust.tar"))
        #expect(try await run("trust", "init", trust, "--root", root) == 0)
        #expect(try await run("trust", "export", trust, file, "--at", at) == 2)
        #expect(try await update() == 0)
        #expect(try await run("trust", "export", trust, file, "--at", "2099-01-01T00:00:00Z") == 1)
        #expect(try await run("trust", "export", trust, file, "--at", at) == 0)
        #expect(try await run("trust", "export", trust, file, "--at", at) == 65, "a file is never overwritten")
        #expect(try await run("trust", "init", other, "--root", root) == 0)
        #expect(try await run("trust", "update", other, "--from", file, "--at", at) == 0)
        #expect(try await run("trust", "show", other, "--at", at) == 0)
        #expect(try await run("trust", "update", other, "--from", place.path("nothing.tar"), "--at", at) == 2)
        let broken = try place.write("no tar", to: "broken.tar")
        #expect(try await run("trust", "update", other, "--from", broken, "--at", at) == 2)
    }
}
