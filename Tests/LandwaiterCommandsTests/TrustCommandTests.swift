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
}
