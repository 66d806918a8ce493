import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// `key generate`, `sign` and `attest` write what `verify` reads.
@Suite struct SigningTests {
    private func keys(in place: Place, _ name: String = "own", type: String = "ecdsa-p256") async throws -> String {
        #expect(try await run("key", "generate", "--insecure-no-passphrase", "--type", type, place.path(name)) == 0)
        return place.path(name)
    }

    @Test(arguments: ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-2048"])
    func signsAndVerifiesWithEveryKind(_ type: String) async throws {
        let place = try Place()
        let key = try await keys(in: place, type: type)
        let image = try place.copy("signature/none_fail")
        #expect(try await run("verify", image, "--key", key + ".pub") == 1)
        #expect(try await run("sign", image, "--key", key + ".key") == 0)
        #expect(try await run("verify", image, "--key", key + ".pub") == 0)
        let other = try await keys(in: place, "other")
        #expect(try await run("verify", image, "--key", other + ".pub") == 1)
    }

    @Test func cosignTagsGatherSignatures() async throws {
        let place = try Place()
        let image = try place.copy("signature/none_fail")
        var names: [String] = []
        for name in ["first", "second"] {
            names.append(try await keys(in: place, name))
            #expect(
                try await run(
                    "sign", image, "--key", names.last! + ".key", "--format", "cosign-tag", "--as",
                    "registry.example/a/b:v1") == 0)
        }
        for name in names { #expect(try await run("verify", image, "--key", name + ".pub") == 0) }
        let without = try await run("sign", image, "--key", names[0] + ".key", "--format", "cosign-tag")
        #expect(without == 64, "simple signing signs a name")
    }

    @Test func twoWritersAtOnceLoseNothing() async throws {
        let place = try Place()
        let image = try place.copy("signature/none_fail")
        var names: [String] = []
        for number in 0..<6 { names.append(try await keys(in: place, "key-\(number)", type: "ed25519")) }
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for (number, name) in names.enumerated() {
                let format = number % 2 == 0 ? "cosign-tag" : "bundle"
                group.addTask {
                    try await run(
                        "sign", image, "--key", name + ".key", "--format", format, "--as", "registry.example/a/b")
                }
            }
            for try await status in group { #expect(status == 0) }
        }
        for name in names { #expect(try await run("verify", image, "--key", name + ".pub") == 0) }
    }

    @Test(arguments: ["bundle", "cosign-tag"])
    func attestsWhatAPolicyAsksFor(_ format: String) async throws {
        let place = try Place()
        let image = try place.copy("signature/none_fail")
        let key = try await keys(in: place)
        let predicate = try place.write(
            """
            {"buildDefinition": {"buildType": "https://actions.github.io/buildtypes/workflow/v1",
              "externalParameters": {"workflow": {"ref": "refs/heads/main", "repository": "https://github.com/example/ledger",
                "path": ".github/workflows/release.yml"}},
              "resolvedDependencies": [{"uri": "git+https://github.com/example/ledger@refs/heads/main",
                "digest": {"gitCommit": "9a1efed3fa8b23d949531b80fbc013ace249ff76"}}]},
             "runDetails": {"builder": {"id": "https://ci.example/builder"}}}
            """, to: "provenance.json")
        let policy = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: built, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers: {pipeline: {key: {file: own.pub}}}
              require:
                - id: built
                  on: each-platform
                  provenance:
                    by: {atLeast: 1, of: [pipeline]}
                    match: any
                    builder: ["https://ci.example/builder"]
                    source: {repository: ["https://github.com/example/*"], ref: ["refs/heads/main"]}
            """, to: "policy.yaml")
        let attest = [
            "attest", image, "--key", key + ".key", "--type", "slsaprovenance1", "--predicate", predicate, "--format",
            format,
        ]
        #expect(try await status(attest + ["--platform", "linux/amd64"]) == 0)
        #expect(try await run("verify", image, "--policy", policy) == 1, "one platform of two")
        #expect(try await status(attest + ["--platform", "linux/arm64/v8"]) == 0)
        #expect(try await run("verify", image, "--policy", policy) == 0)
        #expect(try await status(attest + ["--platform", "linux/s390x"]) == 64)
    }

    @Test func whatIsThereIsNeverOverwritten() async throws {
        let place = try Place()
        let key = try await keys(in: place)
        let before = try LocalFile.read(key + ".key", limit: 10_000)
        #expect(try await run("key", "generate", "--insecure-no-passphrase", key) == 65)
        #expect(try LocalFile.read(key + ".key", limit: 10_000) == before)
        let attributes = try FileManager.default.attributesOfItem(atPath: key + ".key")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func nothingBrokenIsSigned() async throws {
        let place = try Place()
        let key = try await keys(in: place)
        let image = try place.copy("image/child-bytes-changed_fail")
        #expect(try await run("sign", image, "--key", key + ".key") == 65)
        #expect(try await run("sign", "dir:" + place.url.path, "--key", key + ".key") == 64, "layouts only")
    }

    /// Other tools go on reading what was written beside their image.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/skopeo"), "skipped: skopeo not found"))
    func skopeoReadsASignedLayoutAndItsCopiesVerify() async throws {
        let place = try Place()
        let key = try await keys(in: place)
        let image = try place.copy("signature/none_fail")
        #expect(try await run("sign", image, "--key", key + ".key") == 0)
        try skopeo("inspect", "--raw", image)
        try skopeo("copy", "--all", "--preserve-digests", image, "oci-archive:" + place.path("copy.tar") + ":v1")
        // skopeo copies the image and leaves its papers behind; they are given as files.
        #expect(try await run("verify", "oci-archive:" + place.path("copy.tar") + ":v1", "--key", key + ".pub") == 1)
        let papers = place.path("image/blobs/sha256")
        let evidence = try place.copyBundles(from: papers)
        #expect(
            try await run(
                "verify", "oci-archive:" + place.path("copy.tar") + ":v1", "--key", key + ".pub", "--evidence", evidence
            ) == 0)
    }

    private func skopeo(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/skopeo")
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

extension Place {
    /// The blobs that are bundles, as files of evidence.
    func copyBundles(from directory: String) throws -> String {
        let manager = FileManager.default
        for name in try manager.contentsOfDirectory(atPath: directory) {
            let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
            guard data.range(of: Data("dsseEnvelope".utf8)) != nil else { continue }
            try manager.createDirectory(atPath: path("papers"), withIntermediateDirectories: true)
            try data.write(to: URL(fileURLWithPath: path("papers/\(name).json")))
        }
        return path("papers")
    }
}
