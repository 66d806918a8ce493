import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// testdata/import: policies of other systems, written after what their documentation shows, translated and used.
@Suite struct PolicyImportTests {
    /// An image of testdata/ and what is to come out for it.
    struct Judged: Sendable {
        var image: String
        var name = "registry.example/apps/ledger:v1"
        /// Nil: admitted. Else the code of the headline.
        var reason: String?
    }

    struct Example: Sendable, CustomTestStringConvertible {
        var file: String
        var arguments: [String] = []
        /// 0: everything is said. 1: something is not, or is stricter.
        var status: Int32 = 0
        /// Paths of the remarks.
        var remarks: [String] = []
        /// What the other system's documentation says of these images, and so do we; with ours, where it is stricter.
        var judged: [Judged]
        var testDescription: String { file + " " + arguments.joined(separator: " ") }
    }

    private static let signed = "signature/reference-repository"
    private static let corporate = "signature/two-of-two"
    private static let unsigned = "signature/none_fail"
    private static let stranger = "signature/stranger_fail"
    private static let github = "provenance/github"

    private static let never = "image-rule.name-differs"

    /// Each with the reason why it comes out so.
    static let clusterImagePolicies = [
        // A key: its signature is enough, and without one nothing is.
        Example(
            file: "key.yaml",
            judged: [
                Judged(image: signed), Judged(image: unsigned, reason: "signature.none"),
                Judged(image: stranger, reason: "signature.none"),
            ]),
        // Authorities are alternatives.
        Example(
            file: "two-authorities.yaml",
            judged: [
                Judged(image: signed), Judged(image: stranger), Judged(image: unsigned, reason: "signature.none"),
            ]),
        // Policies that match are all to be fulfilled.
        Example(
            file: "two-policies.yaml",
            judged: [Judged(image: corporate), Judged(image: signed, reason: "signature.no-allowed-signer")]),
        // A static authority that passes looks at no signature; images that no policy matches are refused.
        Example(
            file: "static-pass.yaml", remarks: ["spec.authorities[0].static"],
            judged: [
                Judged(image: unsigned),
                Judged(image: unsigned, name: "registry.example/other/ledger:v1", reason: "policy.none-matches"),
            ]),
        Example(
            file: "static-fail.yaml", remarks: ["spec.authorities[0].static"],
            judged: [Judged(image: corporate, reason: never)]),
        // The catch-all of the documentation: unsigned images pass, except where another policy asks for more.
        Example(
            file: "static-pass-and-key.yaml", remarks: ["spec.authorities[0].static"],
            judged: [
                Judged(image: unsigned, name: "registry.example/other/ledger:v1"),
                Judged(image: unsigned, reason: "signature.none"), Judged(image: signed),
            ]),
        // With attestations an authority asks for them, and for no signature of the image.
        Example(
            file: "attestation.yaml",
            judged: [Judged(image: github), Judged(image: signed, reason: "attestation.none")]),
        Example(file: "attestation-cue.yaml", judged: [Judged(image: github)]),
        Example(
            file: "attestation-cue-other.yaml", judged: [Judged(image: github, reason: "attestation.field-differs")]),
        Example(
            file: "key-or-attestation.yaml",
            judged: [
                Judged(image: github), Judged(image: stranger),
                Judged(image: signed, reason: "rule.no-alternative-holds"),
            ]),
        // Ours can't ask a log about a key's signature: nothing is admitted, unless that is asked for.
        Example(
            file: "key-with-log.yaml", status: 1, remarks: ["spec.authorities[0].ctlog"],
            judged: [Judged(image: signed, reason: never)]),
        Example(
            file: "key-with-log.yaml", arguments: ["--insecure-ignore-log"], status: 1,
            remarks: ["spec.authorities[0].ctlog"],
            judged: [Judged(image: signed), Judged(image: unsigned, reason: "signature.none")]),
        Example(file: "key-without-log.yaml", judged: [Judged(image: signed)]),
        Example(
            file: "custom-key-sbom.yaml", arguments: ["--insecure-ignore-log"], status: 1,
            remarks: ["spec.authorities[0].ctlog"], judged: [Judged(image: signed, reason: "attestation.none")]),
        Example(
            file: "keyless.yaml", status: 1,
            remarks: ["spec.authorities[0].ctlog", "spec.authorities[0].keyless.identities[0]"],
            judged: [Judged(image: signed, reason: "signature.none")]),
        Example(
            file: "keyless-or-key.yaml",
            judged: [Judged(image: signed), Judged(image: stranger, reason: "signature.none")]),
        // Keys that are elsewhere are no alternatives here.
        Example(
            file: "kms-and-secret.yaml", status: 1,
            remarks: ["spec.authorities[0].key.kms", "spec.authorities[1].key.secretRef"],
            judged: [Judged(image: signed, reason: never)]),
        Example(file: "warn.yaml", judged: [Judged(image: unsigned, reason: "signature.none")]),
        Example(
            file: "match.yaml", status: 1, remarks: ["spec.match"],
            judged: [Judged(image: signed), Judged(image: unsigned, reason: "signature.none")]),
        Example(
            file: "source.yaml", status: 1, remarks: ["spec.authorities[0].source"], judged: [Judged(image: signed)]),
        // A policy over all authorities is one more thing to be fulfilled.
        Example(
            file: "over-all-authorities.yaml", status: 1, remarks: ["spec.policy"],
            judged: [Judged(image: corporate, reason: never)]),
        // What the patterns do not match is refused, and so is another tag.
        Example(
            file: "tag.yaml", status: 1, remarks: ["spec.images[0].glob", "spec.images[1].glob"],
            judged: [
                Judged(image: signed),
                Judged(image: signed, name: "registry.example/apps/ledger:v2", reason: "image-rule.tag-differs"),
                Judged(image: signed, name: "registry.example/tools/ledger:v2.1"),
                Judged(image: signed, name: "registry.example/other/ledger:v1", reason: "policy.none-matches"),
            ]),
        Example(
            file: "docker-hub.yaml",
            judged: [
                Judged(image: signed, name: "debian"), Judged(image: signed, name: "example/app:v1"),
                Judged(image: signed, name: "index.docker.io/other/app"),
                Judged(image: signed, name: "elsewhere/app", reason: "policy.none-matches"),
                Judged(image: unsigned, name: "debian", reason: "signature.none"),
            ]),
        // Signed with SHA-384, which is what `hashAlgorithm` says.
        Example(
            file: "hash.yaml",
            judged: [Judged(image: "signature/key-p384"), Judged(image: signed, reason: "signature.none")]),
        Example(
            file: "no-authorities.yaml", status: 1, remarks: ["spec"], judged: [Judged(image: signed, reason: never)]),
        Example(file: "names.yaml", judged: [Judged(image: signed), Judged(image: stranger)]),
    ]

    static let containersPolicies = [
        Example(
            file: "locked-down.json", status: 1,
            remarks: [
                "transports.`dir`.``", "transports.`docker`.`registry.example/open`[0]",
                "transports.`docker`.`docker.io/library/busybox`[0]",
                "transports.`docker`.`*.temporary-project.example.com`[0]",
            ],
            judged: [
                Judged(image: unsigned, name: "registry.example/open/app:v1"), Judged(image: unsigned, name: "busybox"),
                Judged(image: unsigned, name: "a.temporary-project.example.com/app"),
                Judged(image: unsigned, name: "a.b.temporary-project.example.com:5000/app"),
                Judged(image: unsigned, name: "temporary-project.example.com/app", reason: "policy.none-matches"),
                Judged(image: unsigned, name: "debian", reason: "policy.none-matches"),
                Judged(image: unsigned, reason: "signature.none"), Judged(image: signed),
                // The name in the signature is another repository's.
                Judged(
                    image: signed, name: "registry.example/apps/other:v1", reason: "signature.reference-differs"),
            ]),
        Example(
            file: "accept-anything.json", remarks: ["default[0]"],
            judged: [Judged(image: unsigned), Judged(image: unsigned, name: "debian")]),
        Example(
            file: "reject-below.json", remarks: ["default[0]"],
            judged: [Judged(image: signed, reason: never), Judged(image: unsigned, name: "debian")]),
        // There the narrower scope decides alone; here the wider one is to be fulfilled too.
        Example(
            file: "narrow-accepts.json", status: 1,
            remarks: [
                "transports.`docker`.`registry.example/apps`", "transports.`docker`.`registry.example/apps`[0]",
            ], judged: [Judged(image: unsigned, reason: "signature.none"), Judged(image: signed)]),
        Example(file: "two-requirements.json", judged: [Judged(image: signed, reason: "signature.no-allowed-signer")]),
        Example(
            file: "any-of-keys.json", remarks: ["default"],
            judged: [Judged(image: signed), Judged(image: unsigned, reason: "signature.none")]),
        // cosign signs no tag, so the default identity accepts none of its signatures, there as here.
        Example(
            file: "default-identity.json", status: 1,
            remarks: ["transports.`docker`.`registry.example/apps`[0].signedIdentity"],
            judged: [
                Judged(image: "signature/reference-exact"),
                Judged(image: "signature/reference-exact-untagged_fail", reason: "signature.reference-differs"),
            ]),
        Example(file: "key-paths.json", judged: [Judged(image: "signature/reference-exact")]),
        Example(
            file: "mirror.json", status: 1,
            remarks: [
                "transports.`docker`.`mirror.example/vendor`[0]", "transports.`docker`.`mirror.example/one`[0]",
                "transports.`docker`.`registry.example/apps`[0]",
            ],
            judged: [
                Judged(image: signed, name: "mirror.example/vendor/app", reason: never),
                Judged(image: signed, name: "mirror.example/one", reason: never),
                // A repository below the scope is signed under its own name, which is not the one that is asked for.
                Judged(image: signed, reason: never),
            ]),
        Example(
            file: "own-repository.json", status: 1, remarks: ["transports.`docker`.`registry.example/apps/ledger:v1`"],
            judged: [Judged(image: signed), Judged(image: unsigned, reason: "signature.none")]),
        Example(
            file: "open-pgp.json", status: 1, remarks: ["transports.`docker`.`registry.example/apps`[0]"],
            judged: [Judged(image: signed, reason: never)]),
        Example(
            file: "fulcio.json", status: 1, remarks: ["transports.`docker`.`registry.example/apps`[0].fulcio"],
            judged: [Judged(image: signed, reason: "signature.none")]),
        Example(
            file: "log.json", status: 1, remarks: ["transports.`docker`.`registry.example/apps`[0]"],
            judged: [Judged(image: signed, reason: never)]),
        Example(
            file: "log.json", arguments: ["--insecure-ignore-log"], status: 1,
            remarks: ["transports.`docker`.`registry.example/apps`[0].rekorPublicKeyData"],
            judged: [Judged(image: signed), Judged(image: unsigned, reason: "signature.none")]),
        Example(
            file: "pinned.json", status: 1,
            remarks: [
                "transports.`docker`.`registry.example/apps/ledger:v1`",
                "transports.`docker`.`registry.example/apps/other@sha256:\(String(repeating: "0", count: 64))`",
            ],
            judged: [
                Judged(image: signed),
                Judged(image: signed, name: "registry.example/apps/ledger:v2", reason: "image-rule.tag-differs"),
                Judged(image: signed, name: "registry.example/apps/other:v1", reason: never),
            ]),
        // Nothing is admitted by a default that other transports make narrower.
        Example(
            file: "other-transport-stricter.json", status: 1,
            remarks: ["transports.`oci`.`/var/images`", "default", "default"], judged: []),
    ]

    @Test(arguments: clusterImagePolicies) func clusterImagePoliciesDecideTheSame(_ example: Example) async throws {
        try await check(example, in: "cluster-image-policy")
    }

    @Test(arguments: containersPolicies) func containersPoliciesDecideTheSame(_ example: Example) async throws {
        try await check(example, in: "policy-json")
    }

    private func check(_ example: Example, in folder: String) async throws {
        let place = try Place()
        let file = Repository.path("testdata/import/\(folder)/\(example.file)")
        let bytes = try LocalFile.read(file, limit: 1 << 20)
        let format = try #require(PolicyImport.format(of: bytes))
        #expect(format.rawValue == folder)
        var options = PolicyImport.Options()
        options.insecureIgnoreLog = example.arguments.contains("--insecure-ignore-log")
        let result = try PolicyImport.read(bytes, file: example.file, format: format, options: options)
        #expect(result.remarks.map(\.path) == example.remarks)
        for document in result.documents {
            for remark in result.remarks where remark.effect == .insecure || remark.effect == .notSaid {
                #expect(result.yaml.contains(remark.message), "\(document.name): stands in the policy")
            }
        }

        // Keys that are named and not held are read from where they are.
        let text = String(decoding: bytes, as: UTF8.self).replacing(
            "\"keys/", with: "\"\(Repository.path("testdata/keys"))/")
        let copy = try place.write(text, to: "original")
        let output = place.path("made")
        let words = ["policy", "import", copy, "--from", folder, "--output", output] + example.arguments
        #expect(try await status(words) == example.status)
        guard !example.judged.isEmpty else {
            #expect(result.documents.isEmpty)
            return
        }
        #expect(try await run("policy", "check", output) == 0, "what was written loads")
        for item in example.judged {
            let record = try await VerifyCommand.decide([
                "oci:" + Repository.path("testdata/\(item.image)/image") + ":v1", "--policy", output, "--namespace",
                "apps", "--as", item.name, "--at", "2026-11-20T12:00:00Z",
            ])
            #expect(record.headline?.code.name == item.reason, "\(item.image) as \(item.name)")
            #expect(record.verdict == (item.reason == nil ? .admit : .reject), "\(item.image) as \(item.name)")
            #expect(
                record.verdict == .admit || record.enforcement.isEnforced == !example.file.hasPrefix("warn"),
                "a mode that warns blocks nothing")
        }
    }

    @Test func everyFixtureIsUsed() throws {
        for (folder, examples) in [
            ("cluster-image-policy", Self.clusterImagePolicies), ("policy-json", Self.containersPolicies),
        ] {
            let names = try FileManager.default.contentsOfDirectory(
                atPath: Repository.path("testdata/import/\(folder)"))
            #expect(Set(names) == Set(examples.map(\.file)))
        }
    }

    /// Whatever stands in a file: it is refused, or the result loads.
    @Test func whatIsImportedLoads() throws {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(below limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(limit, 1)))
        }
        let key = try LocalFile.read(Repository.path("testdata/keys/corporate.pub"), limit: 10_000)
        var imported = 0
        for format in PolicyImport.Format.allCases {
            let folder = Repository.path("testdata/import/\(format.rawValue)")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
                let bytes = try LocalFile.read(folder + "/" + name, limit: 1 << 20)
                for _ in 0..<40 {
                    var changed = bytes
                    for _ in 0...random(below: 3) {
                        let at = random(below: changed.count)
                        switch random(below: 4) {
                        case 0: changed[at] = UInt8(random(below: 128))
                        case 1: changed.removeSubrange(at..<min(changed.count, at + 1 + random(below: 30)))
                        case 2:
                            changed.insert(contentsOf: changed[at..<min(changed.count, at + 40)], at: random(below: at))
                        default: changed.insert(Array("*:/@\"'{}[] \n-#\\".utf8)[random(below: 15)], at: at)
                        }
                    }
                    guard let result = try? PolicyImport.read(changed, file: name, format: format),
                        !result.documents.isEmpty
                    else { continue }
                    imported += 1
                    let source = PolicySource(
                        name: "imported", files: [PolicyFile(path: "p.yaml", bytes: Array(result.yaml.utf8))]
                    ) { _ in .success(key) }
                    do {
                        _ = try PolicySet.load([source])
                    } catch {
                        // One key under every name: a threshold of two is out of reach, and schemes are another kind's.
                        let isKeys = error.errors.allSatisfy { $0.message.contains("scheme") }
                        #expect(isKeys, "\(name): \(error.errors)\n\(String(decoding: changed, as: UTF8.self))")
                    }
                }
            }
        }
        #expect(imported > 100)
    }

    /// Without a directory the policy goes to standard output, and no key file anywhere.
    @Test func writesNothingWithoutOutput() async throws {
        let place = try Place()
        let file = Repository.path("testdata/import/cluster-image-policy/key.yaml")
        #expect(try await run("policy", "import", file) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path).isEmpty)
    }

    @Test func namespacesAreWhatWasAskedFor() async throws {
        let place = try Place()
        let file = Repository.path("testdata/import/cluster-image-policy/key.yaml")
        let words = ["policy", "import", file, "--output", place.path("made")]
        for wrong in ["a/b", "", "[a]"] {
            #expect(try await status(words + ["--namespace", wrong]) == 65, "\(wrong)")
            #expect(!FileManager.default.fileExists(atPath: place.path("made")))
        }
        #expect(try await status(words + ["--namespace", "apps", "--namespace", "tools-*"]) == 0)
        let policies = try PolicyFiles.load([place.path("made")])
        #expect(policies.policies[0].scope.namespaces.map(\.description) == ["apps", "tools-*"])
    }

    @Test func overwritesNothing() async throws {
        let place = try Place()
        let file = Repository.path("testdata/import/cluster-image-policy/key.yaml")
        #expect(try await run("policy", "import", file, "--output", place.path("made")) == 0)
        #expect(try await run("policy", "import", file, "--output", place.path("made")) == 65)
    }

    /// Whatever a policy.json names as key, only a public key is copied.
    @Test func copiesNothingButPublicKeys() async throws {
        let place = try Place()
        for name in ["corporate.test-key", "README.md"] {
            let secret = Repository.path("testdata/keys/\(name)")
            let file = try place.write(
                """
                {"default":[{"type":"sigstoreSigned","keyPath":"\(secret)","signedIdentity":{"type":"matchRepository"}}]}
                """, to: "policy.json")
            #expect(try await run("policy", "import", file, "--output", place.path("made")) == 65)
            #expect(!FileManager.default.fileExists(atPath: place.path("made")))
        }
    }

    @Test func unclearFilesHaveToBeNamed() async throws {
        let place = try Place()
        let file = try place.write("{\"a\": 1}", to: "policy.json")
        #expect(try await run("policy", "import", file) == 64)
        #expect(try await run("policy", "import", file, "--from", "policy-json") == 65)
        #expect(try await run("policy", "import", place.path("none")) == 65)
    }
}
