import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import PKI
import StrictEncoding
import Testing

// Policies and evidence that the suites vary: one admitted image of the finance policy, from which every test takes or
// changes just the one thing that it is about.

enum Keys {
    static let files: [String: String] = [
        "keys/corporate.pub": pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHPNk2Gn/XN8C3jTtKEzDVkec8x8a",
            "XUVAtEcBx1nxzH1dVhqFgnEZUJaS9Zq5F1TQ9cMgqHJV/hM23QA2FFevjA=="),
        "keys/fourth.pub": pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1rpaZpDs9r0To0wlfOLXZ/YFuImj",
            "DqPCGNgl3/D205Hn355cavJfgKDhLyyPG0Hfq+H13V26apuho6K5U0ZJuA=="),
        "keys/other.pub": pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKeIMkOvAUUOnue19G3mQtDlH+gZJ",
            "+WbG/sdit3Y8ZHcmW6F3HOsar9AzbIA1r1g6/eZ6HIzPV9unW4yoTtq6oA=="),
        "keys/pipeline.pub": pem(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEd2+fy1Ytftc6Kwd4Umgi18BtIxp",
            "CwQ1ao1mRe6of2IeKqT6GYRT3CmP1cWXUwU8Akctozg6hSp0gU0NLjLeWw=="),
        "keys/rsa.pub": pem(
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvb0qNru7liFC004txMTg",
            "dMbjr2XDa9nbpRCdiDq7nszn4IirtfWyg3KlPvT2C2TIvZODSAZOSkwBUBLUMkBg",
            "HxL+UEGquRepGtBvPDob+TFmjqnAqJ4I358gVW9lgc5MPrEbZozdd6vn+TVLaeni",
            "3oyY//azSxuP+WziIaCCqqYHPKeXroJ/v/vWKFPmB+bkpigROPIgBiBQNjlh3823",
            "hHmJaVpPpWv40f6wdAvUfCeGVGiTd94NC4a2GtLV4gzW3JogNEyy6lK44qzS2d38",
            "L21NheiZq5nMcbK2rJZgutyWQIfSTULnj91UQc3fZvPBKSq+hyZMwFLy6EB2yTTy",
            "pQIDAQAB"),
    ]

    static func signer(_ name: String, _ scheme: SignatureScheme = .ecdsaSHA256) throws -> SignerIdentity {
        let pem = try #require(files["keys/\(name).pub"])
        return .key(ExactString(try PublicKey(pem: Array(pem.utf8)).fingerprint), scheme: scheme)
    }

    private static func pem(_ lines: String...) -> String {
        (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
    }
}

/// A policy file of which tests replace parts.
struct PolicyText {
    var name = "finance"
    var stage = "{stage: enforce}"
    var namespaces = "[finance]"
    var images = "[\"**\"]"
    var signers = """
            corporate: {key: {file: keys/corporate.pub}}
            pipeline: {key: {file: keys/pipeline.pub}}
            again: {key: {file: keys/corporate.pub}}
            second: {key: {file: keys/fourth.pub}}
        """
    var require = PolicyText.signature
    var deny: String?

    static let signature = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate]}}}"

    static func provenance(
        match: String = "any", by: String = "{atLeast: 1, of: [pipeline]}", on: String = "image", more: String = "",
        source: String = "{repository: [\"https://git.example/finance/*\"], ref: [refs/heads/main, \"refs/tags/v*\"]}"
    ) -> String {
        """
        - id: built
          on: \(on)
          provenance: {by: \(by), match: \(match), builder: ["https://ci.example/*"], source: \(source)\(more)}
        """
    }

    static func base(
        proof: String, on: String = "each-platform", by: String? = "{atLeast: 1, of: [pipeline]}", more: String = "",
        digests: [Digest] = [.debian]
    ) -> String {
        let list = digests.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            - id: based
              on: \(on)
              baseImage:
                proof: \(proof)
                approved: [{repository: registry.example/base/debian, digests: [\(list)]}]\(by.map { "\n    by: \($0)" } ?? "")\(more)
            """
    }

    var text: String {
        let deny = deny.map { "\n  deny:\n" + Self.indented($0, by: 4) } ?? ""
        return """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: \(name), owner: payments-platform}
            spec:
              enforcement: \(stage)
              scope: {namespaces: \(namespaces), images: \(images)}
              signers:
            \(signers)
              require:
            \(Self.indented(require, by: 4))\(deny)

            """
    }

    private static func indented(_ text: String, by count: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
    }

    func load() throws -> AdmissionPolicy { try #require(try Policies.load(text).policies.first) }
}

enum Policies {
    static func source(_ text: String, name: String = "payments", path: String = "policy.yaml") -> PolicySource {
        PolicySource(
            name: name, files: [PolicyFile(path: path, bytes: Array(text.utf8))],
            keyDirectory: { path in
                guard path == "keys" else { return .failure(KeyFileError("no such directory")) }
                return .success(Keys.files.keys.map { String($0.dropFirst("keys/".utf8.count)) })
            }
        ) { path in
            (Keys.files[path] ?? Roots.files[path] ?? Roots.lists[path]).map { .success(Array($0.utf8)) }
                ?? .failure(KeyFileError("no such file"))
        }
    }

    static func load(_ text: String) throws -> PolicySet { try PolicySet.load([source(text)]) }

    /// What is wrong with a policy file.
    static func errors(_ text: String) -> [PolicyError] {
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([source(text)])
            return []
        } catch {
            return error.errors
        }
    }
}

extension Digest {
    static let image = Digest(of: Array("image".utf8))
    static let amd64 = Digest(of: Array("amd64".utf8))
    static let arm64 = Digest(of: Array("arm64".utf8))
    static let debian = Digest(of: Array("debian".utf8))
    static let alpine = Digest(of: Array("alpine".utf8))
    static let golang = Digest(of: Array("golang".utf8))
    static func named(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
}

enum Facts {
    static let now = "2026-11-20T09:00:00Z"

    static func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    static func configuration(
        platform: String = "linux/amd64", user: String? = "10001", labels: [String: String] = ["team": "payments"],
        layers: [String] = ["debian-1", "debian-2", "app"]
    ) throws -> ImageConfiguration {
        let parts = platform.split(separator: "/").map(String.init)
        let tree: JSONTree = [
            "os": .string(parts[0]), "architecture": .string(parts[1]),
            "config": JSONTree(members: [
                "User": user.map(JSONTree.string),
                "Labels": .object(
                    Dictionary(uniqueKeysWithValues: labels.map { (ExactString($0.key), JSONTree.string($0.value)) })),
            ]),
            "rootfs": [
                "type": "layers", "diff_ids": JSONTree(strings: layers.map { Digest.named($0).description }),
            ],
        ]
        return try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: tree.canonicalBytes()))
    }

    static func provenance() throws -> Provenance {
        Provenance(
            version: .v0_2, builder: "https://ci.example/builder", buildType: "https://mobyproject.org/buildkit@v1",
            sourceRepository: "https://git.example/finance/ledger", sourceRef: "refs/heads/main",
            sourceCommit: "0123456789012345678901234567890123456789", entryPoint: "Dockerfile",
            materials: [
                Provenance.Material(
                    uri: "pkg:docker/registry.example/base/debian@12?platform=linux%2Famd64",
                    digests: ["sha256": ExactString(Digest.debian.hex)]),
                Provenance.Material(uri: "https://git.example/finance/ledger", digests: ["sha1": "0123"]),
            ],
            finishedOn: try instant("2026-11-19T09:00:00Z"))
    }

    static func attestation(
        _ name: String = "provenance", by signers: [String] = ["pipeline"], subjects: [Digest] = [.image],
        _ provenance: Provenance? = nil, change: (inout Provenance) throws -> Void = { _ in }
    ) throws -> AttestationFacts {
        var provenance = try provenance ?? Self.provenance()
        try change(&provenance)
        return AttestationFacts(
            evidence: .named(name), statement: .named(name + " statement"),
            signers: try signers.map { try Keys.signer($0) }.sorted(), subjects: subjects,
            predicateType: "https://slsa.dev/provenance/v0.2", provenance: provenance)
    }

    static func signature(
        _ name: String = "signature", by signers: [String] = ["corporate"], subjects: [Digest] = [.image],
        reference: String? = nil
    ) throws -> SignatureFacts {
        SignatureFacts(
            evidence: .named(name), signers: try signers.map { try Keys.signer($0) }.sorted(), subjects: subjects,
            dockerReference: reference)
    }

    static func base(
        _ layers: [String] = ["debian-1", "debian-2"],
        platform: Platform = Platform(os: "linux", architecture: "amd64"),
        nonEmpty: Int? = nil
    ) -> BaseImageFacts {
        .read([
            .init(
                digest: .named("base manifest"), platform: platform, diffIDs: layers.map { .named($0) },
                nonEmptyLayers: nonEmpty ?? layers.count)
        ])
    }

    /// An index of one platform, with everything that the finance policy asks for.
    static func admitted() throws -> EvidenceDocument {
        EvidenceDocument(
            request: RequestFacts(
                namespace: "finance",
                reference: try ImageReference(parsing: "registry.example/finance/ledger:1.2"), at: try instant(now)),
            image: ImageFacts(
                digest: .image, isIndex: true,
                platforms: [
                    PlatformFacts(
                        digest: .amd64, platform: Platform(os: "linux", architecture: "amd64"),
                        configuration: .success(try configuration()))
                ]),
            signatures: [try signature()], attestations: [try attestation()], bases: [.debian: base()])
    }

    static func admitted(_ change: (inout EvidenceDocument) throws -> Void) throws -> EvidenceDocument {
        var document = try admitted()
        try change(&document)
        return document
    }
}

/// Evaluates a single requirement.
func judge(
    _ require: String, deny: String? = nil, _ document: EvidenceDocument
) throws -> PolicyEvaluation {
    var text = PolicyText()
    text.require = require
    text.deny = deny
    return PolicyEvaluator.evaluate([try text.load()], document)
}

extension PolicyEvaluation {
    /// Distinct codes, sorted by name.
    var codes: [String] { Set(findings.map(\.code.name)).sorted() }
}

func expectReject(
    _ evaluation: PolicyEvaluation, _ codes: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(evaluation.verdict == .reject, sourceLocation: sourceLocation)
    #expect(evaluation.codes == codes.sorted(), sourceLocation: sourceLocation)
}

func expectAdmit(_ evaluation: PolicyEvaluation, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(evaluation.verdict == .admit, sourceLocation: sourceLocation)
    #expect(evaluation.findings == [], sourceLocation: sourceLocation)
}
