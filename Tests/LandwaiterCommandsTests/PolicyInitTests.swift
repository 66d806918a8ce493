import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// A first policy from what lies with images: it admits them, and says that nobody has asked for it yet.
@Suite struct PolicyInitTests {
    private static let at = "2026-11-20T12:00:00Z"

    private func location(_ item: String) -> String {
        let tag = item.hasPrefix("/") ? item : Repository.path("testdata/\(item)/image")
        return "oci:\(tag):v1"
    }

    private func keys(_ names: String...) -> [String] {
        names.flatMap { ["--key", Repository.path("testdata/keys/\($0).pub")] }
    }

    private func observe(_ images: [String], _ more: [String]) async throws -> PolicyInitCommand.Result {
        try await PolicyInitCommand.parse(images.map(location) + more + ["--at", Self.at]).observe()
    }

    private func verdict(_ item: String, _ policy: String, as name: String, namespace: String? = nil) async throws
        -> AdmissionRecord
    {
        try await VerifyCommand.decide(
            [location(item), "--policy", policy, "--as", name, "--at", Self.at]
                + (namespace.map { ["--namespace", $0] } ?? []))
    }

    @Test func whatItWritesAdmitsWhatItSaw() async throws {
        let place = try Place()
        let output = place.path("made")
        let name = "registry.example/finance/ledger:v1.4.0"
        #expect(
            try await status(
                [
                    "policy", "init", location("pipeline-key/admitted"), "--as", name, "--namespace", "finance",
                    "--output",
                    output,
                ]
                    + keys("corporate", "pipeline") + ["--at", Self.at]) == 0)
        #expect(try await run("policy", "check", output) == 0)
        let admitted = try await verdict("pipeline-key/admitted", output, as: name, namespace: "finance")
        #expect(admitted.verdict == .admit && admitted.policies[0].rules.count >= 2)
        // Others are refused, for a reason, and in stage observe nothing is blocked.
        for (item, code) in [
            ("pipeline-key/unsigned_fail", "signature.none"),
            ("pipeline-key/signed-by-stranger_fail", "signature.none"),
            ("pipeline-key/branch-build_fail", "provenance.source-ref-differs"),
            ("pipeline-key/foreign-builder_fail", "provenance.builder-differs"),
            ("pipeline-key/foreign-source_fail", "provenance.source-repository-differs"),
        ] {
            let record = try await verdict(item, output, as: name, namespace: "finance")
            #expect(record.verdict == .reject && record.headline?.code.name == code, "\(item)")
            #expect(!record.enforcement.isEnforced)
        }
        // It speaks of what it saw only.
        let elsewhere = try await verdict(
            "pipeline-key/admitted", output, as: "registry.example/other:v1", namespace: "finance")
        #expect(elsewhere.headline?.code.name == "policy.none-matches")
        #expect(
            try await verdict("pipeline-key/admitted", output, as: name, namespace: "other").headline?.code.name
                == "policy.none-matches")
    }

    @Test func saysThatNobodyHasAskedForIt() async throws {
        let result = try await observe(
            ["pipeline-key/admitted"],
            ["--as", "registry.example/finance/ledger:v1.4.0"] + keys("corporate", "pipeline"))
        #expect(result.yaml.hasPrefix("# Observed, not asked for"))
        #expect(result.yaml.contains("stage: observe"))
        #expect(result.yaml.contains("pkg:docker/"), "base images are told, not asked for")
        #expect(!result.yaml.contains("baseImage:"))
        #expect(result.files.map(\.path) == ["keys/corporate.pub", "keys/pipeline.pub", "policy.yaml"])
        #expect(result.refused.isEmpty)
    }

    /// Evidence of keys that were not given is told as what it claims, and no rule comes of it.
    @Test func whatIsNotVerifiedStaysAComment() async throws {
        let result = try await observe(["pipeline-key/admitted"], keys("corporate"))
        #expect(result.yaml.contains("#   not verified: `https://slsa.dev/provenance"))
        #expect(!result.yaml.contains("provenance:"))
        #expect(result.files.map(\.path) == ["keys/corporate.pub", "policy.yaml"])
        await #expect(throws: CommandFailure.self) {
            _ = try await observe(["pipeline-key/admitted"], keys("stranger"))
        }
        await #expect(throws: CommandFailure.self) { _ = try await observe(["pipeline-key/admitted"], []) }
        let words = ["policy", "init", location("pipeline-key/admitted")]
        #expect(try await status(words + keys("stranger")) == 65)
        #expect(try await status(words) == 64)
        #expect(try await status(words + keys("corporate") + ["--as", "a/b", "--as", "c/d"]) == 64)
        #expect(try await status(["policy", "init", "oci:nowhere:v1"] + keys("corporate")) == 65)
    }

    @Test func rulesHoldForAllImages() async throws {
        // Signed by both keys, and by one of them: what both have is asked for.
        let common = try await observe(["signature/two-of-two", "signature/key-alone"], keys("corporate", "pipeline"))
        #expect(common.yaml.contains("signature: {by: {atLeast: 1, of: [corporate]}}") && common.refused.isEmpty)
        let both = try await observe(["signature/two-of-two"], keys("corporate", "pipeline"))
        #expect(both.yaml.contains("signature: {by: {atLeast: 2, of: [corporate, pipeline]}}") && both.refused.isEmpty)
        let either = try await observe(
            ["signature/stranger_fail", "signature/key-alone"], keys("corporate", "stranger"))
        #expect(
            either.yaml.contains("signature: {by: {atLeast: 1, of: [corporate, stranger]}}") && either.refused.isEmpty)
    }

    /// A signature of one platform says nothing of the image, and no rule comes of it.
    @Test func signaturesOfPlatformsMakeNoRule() async throws {
        #expect(
            try await status(["policy", "init", location("signature/child-signed_fail")] + keys("corporate")) == 65)
    }

    /// An image of which nothing was verified is not admitted, and that is said.
    @Test func namesWhatItDoesNotAdmit() async throws {
        let images = ["signature/key-alone", "signature/none_fail"]
        let result = try await observe(images, keys("corporate"))
        #expect(result.refused == [location("signature/none_fail")])
        #expect(try await status(["policy", "init"] + images.map(location) + keys("corporate")) == 1)
    }

    @Test(arguments: [
        "provenance/github", "provenance/github-each-platform", "provenance/buildkit-1", "provenance/buildkit-0.2",
        "platform/buildkit-attestations",
    ])
    func everyFormOfProvenanceIsCovered(_ item: String) async throws {
        let result = try await observe([item], keys("corporate", "pipeline"))
        #expect(result.refused.isEmpty)
        #expect(result.yaml.contains("builder: [\""), "\(item)")
        if item.hasSuffix("each-platform") || item.hasPrefix("platform") {
            #expect(result.yaml.contains("on: each-platform"))
        }
    }

    /// Tags that begin alike become one pattern, branches never do.
    @Test func manyReleasesBecomeOnePattern() async throws {
        let place = try Place()
        var images: [String] = []
        for (number, ref) in ["refs/tags/v1.4.0", "refs/tags/v1.5.0", "refs/heads/main"].enumerated() {
            let layout = place.path("image-\(number)")
            try FileManager.default.copyItem(
                at: Repository.url("testdata/signature/none_fail/image"), to: URL(fileURLWithPath: layout))
            let predicate = try place.write(
                """
                {"buildDefinition":{"buildType":"https://actions.github.io/buildtypes/workflow/v1","externalParameters":{
                "workflow":{"ref":"\(ref)","repository":"https://github.com/example/ledger","path":".github/workflows/build.yml"}},
                "resolvedDependencies":[]},"runDetails":{"builder":{"id":"https://github.com/example/builder"}}}
                """, to: "predicate-\(number).json")
            #expect(
                try await run(
                    "attest", "oci:\(layout):v1", "--key", Repository.path("testdata/keys/pipeline.test-key"), "--type",
                    "https://slsa.dev/provenance/v1", "--predicate", predicate) == 0)
            images.append(layout)
        }
        let result = try await observe(images, keys("pipeline"))
        #expect(result.yaml.contains("ref: [\"refs/heads/main\", \"refs/tags/v1.*\"]"))
        #expect(result.refused.isEmpty)
        let one = try await observe([images[0]], keys("pipeline"))
        #expect(one.yaml.contains("ref: [\"refs/tags/v1.4.0\"]"), "one is no pattern")
    }

    @Test func overwritesNothing() async throws {
        let place = try Place()
        let words =
            ["policy", "init", location("signature/key-alone"), "--output", place.path("made")] + keys("corporate")
        #expect(try await status(words) == 0)
        #expect(try await status(words) == 65)
    }
}
