import Foundation
import Testing

@testable import LandwaiterCommands

/// `key: {directory: …}` on disk.
@Suite struct KeyDirectoryTests {
    private let place: Place

    init() throws {
        place = try Place()
        _ = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: people, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers: {people: {key: {directory: people}}}
              require: [{id: signed, on: image, signature: {by: {atLeast: 2, of: [people]}}}]

            """, to: "policies/p.yaml")
        for name in ["corporate", "pipeline"] {
            _ = try place.write(
                String(contentsOf: Repository.url("testdata/keys/\(name).pub"), encoding: .utf8),
                to: "policies/people/\(name).pub")
        }
    }

    private func check() async throws -> Int32 { try await run("policy", "check", place.path("policies")) }

    @Test func takesTheKeyFilesAndNothingElse() async throws {
        _ = try place.write("notes", to: "policies/people/README.md")
        _ = try place.write("hidden", to: "policies/people/.old.pub")
        _ = try place.write("deeper", to: "policies/people/old/p.pub")
        #expect(try await check() == 0)
        #expect(
            try await run(
                "verify", "oci:" + Repository.path("testdata/signature/two-of-two/image") + ":v1", "--policy",
                place.path("policies"), "--at", "2026-11-20T12:00:00Z") == 0)
    }

    @Test func refusesWhatIsNoKey() async throws {
        _ = try place.write("no key", to: "policies/people/note.pem")
        #expect(try await check() == 65)
    }

    @Test func refusesADirectoryThatIsNotThere() async throws {
        try FileManager.default.removeItem(atPath: place.path("policies/people"))
        #expect(try await check() == 65)
    }

    /// A link in a team's source must not lend it the keys of another.
    @Test func refusesLinksThatLeadOut() async throws {
        let outside = try place.write(
            String(contentsOf: Repository.url("testdata/keys/p384.pub"), encoding: .utf8), to: "elsewhere/p384.pub")
        let link = place.path("policies/people/p384.pub")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: outside)
        #expect(try await check() == 65)
        try FileManager.default.removeItem(atPath: link)
        #expect(try await check() == 0)
        try FileManager.default.removeItem(atPath: place.path("policies/people"))
        try FileManager.default.createSymbolicLink(
            atPath: place.path("policies/people"), withDestinationPath: place.path("elsewhere"))
        #expect(try await check() == 65)
    }
}
