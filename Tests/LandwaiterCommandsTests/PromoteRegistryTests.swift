import ArgumentParser
import Foundation
import Landwaiter
import RegistrySimulator
import Testing

@testable import LandwaiterCommands

/// `promote` to and between registries.
@Suite struct PromoteRegistryTests {
    private static let policy = [
        "--policy", Repository.path("testdata/policies/signed.yaml"), "--namespace", "apps", "--quiet",
    ]
    private static let name = ["--as", "registry.example/apps/ledger:v1"]

    private static func layout(_ item: String) -> String { "oci:" + Repository.path("testdata/\(item)/image") + ":v1" }

    private static func promote(_ source: String, _ destination: String, _ more: String...) async throws -> Int32 {
        try await status(["promote", source, destination] + policy + (source.hasPrefix("oci:") ? name : []) + more)
    }

    private static func verdict(_ image: String) async throws -> Verdict {
        let status = try await status(["verify", image] + policy)
        return status == 0 ? .admit : status == 1 ? .reject : .undecided
    }

    @Test(arguments: ["evidence/referrer-bundle", "evidence/cosign-signature-tag", "evidence/fallback-tag"])
    func fromALayoutAndBack(_ item: String) async throws {
        let place = try Place()
        try await SimulatedRegistry.with { registry in
            let image = registry.host + "/apps/ledger:v2"
            #expect(try await Self.promote(Self.layout(item), image) == 0)
            #expect(registry.contents.tags(in: "apps/ledger")["v2"] != nil)
            #expect(try await Self.verdict(image) == .admit)
        }
    }

    @Test func whatIsThereIsNotSentAgain() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.host + "/apps/ledger:v1"
            #expect(try await Self.promote(Self.layout("evidence/referrer-bundle"), image) == 0)
            registry.forgetRequests()
            #expect(try await Self.promote(Self.layout("evidence/referrer-bundle"), image) == 0)
            #expect(registry.count(RequestPattern(method: "POST")) == 0)
            #expect(registry.count(RequestPattern(method: "PATCH")) == 0)
        }
    }

    /// Several megabytes, so that more than one piece is on its way.
    @Test func aBlobThatArrivesWrongIsNotPromoted() async throws {
        let place = try Place()
        let layer = String(repeating: "0123456789abcdef", count: 200_000)
        try await SimulatedRegistry.with { source in
            let image = source.contents.pushImage(in: "apps/ledger", tag: "v1", layer: layer)
            let blob = Digest(of: Array(layer.utf8))
            let anything = try place.write(Self.anyImage, to: "policy.yaml")
            func promote(_ registry: SimulatedRegistry) async throws -> Int32 {
                try await status([
                    "promote", source.host + "/apps/ledger:v1", registry.host + "/apps/copy:v1", "--policy", anything,
                    "--namespace", "apps", "--quiet",
                ])
            }
            for fault in [
                RegistryFault.wrongBytes, .truncated(after: 2_000_000), .reset(after: 2_000_000), .endlessBody,
            ] {
                try await SimulatedRegistry.with { target in
                    source.inject(fault, on: RequestPattern(method: "GET", containing: blob.hex))
                    let status = try await promote(target)
                    #expect(status == 65 || status == 2, "\(fault) \(status)")
                    #expect(target.contents.tags(in: "apps/copy").isEmpty)
                    #expect(!target.contents.blobs(in: "apps/copy").contains { $0.contains(blob.hex) })
                    // The same command goes on.
                    source.forgetFaults()
                    #expect(try await promote(target) == 0, "\(fault)")
                    #expect(target.contents.tags(in: "apps/copy")["v1"]?.contains(image.digest.hex) == true)
                    #expect(target.contents.blob(blob, in: "apps/copy") == Array(layer.utf8))
                }
            }
        }
    }

    /// An image with a tag of a release, whoever signed it.
    private static let anyImage = """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: tagged, owner: tests}
        spec:
          enforcement: {stage: enforce}
          scope: {namespaces: [apps], images: ["**"]}
          require:
            - {id: tagged, on: image, image: {tag: {glob: ["v*"]}}}

        """

    @Test func withinOneRegistryBlobsAreMounted() async throws {
        let place = try Place()
        let anything = try place.write(Self.anyImage, to: "policy.yaml")
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: "apps/staging", tag: "v1")
            let status = try await status([
                "promote", registry.host + "/apps/staging:v1", registry.host + "/apps/ledger", "--policy", anything,
                "--namespace", "apps", "--quiet",
            ])
            #expect(status == 0)
            #expect(registry.contents.tags(in: "apps/ledger")["v1"]?.contains(image.digest.hex) == true)
            #expect(registry.count(RequestPattern(method: "POST", containing: "mount=")) == 2)
            #expect(registry.count(RequestPattern(method: "PUT", containing: "/blobs/")) == 0)
        }
    }

    /// A writer moves the tag while the decision is being made: what was judged is copied.
    @Test func aTagThatMovesMeanwhileChangesNothing() async throws {
        let place = try Place()
        let anything = try place.write(Self.anyImage, to: "policy.yaml")
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: "apps/staging", tag: "v1")
            let evil = registry.contents.pushImage(in: "apps/staging", layer: "evil")
            registry.before(RequestPattern(method: "HEAD")) { contents in
                contents.setTag("v1", to: evil.digest, in: "apps/staging")
            }
            let status = try await status([
                "promote", registry.host + "/apps/staging:v1", registry.host + "/apps/ledger:v1", "--policy", anything,
                "--namespace", "apps", "--quiet",
            ])
            #expect(status == 0)
            #expect(registry.contents.tags(in: "apps/ledger")["v1"]?.contains(image.digest.hex) == true)
            #expect(registry.contents.tags(in: "apps/staging")["v1"]?.contains(evil.digest.hex) == true)
        }
    }

    /// A registry without a referrers API: evidence is listed under the fallback tag.
    @Test(.enabled(if: DockerRegistry.isInstalled))
    func toARealRegistry() async throws {
        let place = try Place()
        try await DockerRegistry.with { registry in
            let image = registry.host + "/apps/ledger:v1"
            for item in ["evidence/referrer-bundle", "evidence/cosign-signature-tag"] {
                #expect(try await Self.promote(Self.layout(item), image) == 0)
                #expect(try await Self.verdict(image) == .admit)
            }
        }
    }

    @Test func aListMayNameRegistries() async throws {
        let place = try Place()
        let anything = try place.write(Self.anyImage, to: "policy.yaml")
        try await SimulatedRegistry.with { registry in
            registry.contents.pushImage(in: "apps/one", tag: "v1")
            registry.contents.pushImage(in: "apps/two", tag: "latest")
            let list = try place.write(
                "\(registry.host)/apps/one:v1\n\(registry.host)/apps/two\n\(registry.host)/apps/none:v1\n",
                to: "images.txt")
            let pods = try place.write(
                "kind: Pod\nspec: {containers: [{name: a, image: \"\(registry.host)/apps/one:v1\"}]}", to: "pod.yaml")
            let words = ["--policy", anything, "--namespace", "apps", "--quiet"]
            #expect(try await status(["verify", "--images", list] + words) == 1)
            #expect(try await status(["verify", "--kubernetes", pods] + words) == 0)
            let named = try place.write("\(registry.host)/apps/one:v1 as=registry.example/x:v1", to: "named.txt")
            #expect(try await status(["verify", "--images", named] + words) == 65, "it has its own name")
        }
    }
}
