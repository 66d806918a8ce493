import Content
import Signing
import StrictEncoding

/// Plain files in the place of an image: what binds evidence to them, and what no file can meet.
func artifactCases(_ world: World) -> [Case] {
    let file = Array("ledger 1.4.0\n".utf8)
    let other = Array("ledger 1.4.1\n".utf8)
    let name = "ledger-1.4.0.tgz"
    let beside = name + ".sigstore.json"

    func build(
        _ caseName: String, _ why: String, _ verdict: String, _ reason: String? = nil, refused: [String] = [],
        artifact: String? = nil, bytes: [UInt8]? = file, evidence: [UInt8]?, named: [String] = [],
        policy: String? = "policies/signed.yaml", key: String? = nil,
        reference: String? = "registry.example/ledger:1.4.0",
        limits: [String: Int] = [:]
    ) -> Case {
        var files: [String: [UInt8]] = [:]
        if let bytes { files[name] = bytes }
        if let evidence { files[beside] = evidence }
        return Case(
            family: "artifact", name: caseName, why: why, files: files, layout: nil,
            expect: Case.Expectation(
                image: nil, artifact: artifact ?? name, policy: policy, key: key, reference: reference,
                evidence: named, limits: limits, verdict: verdict, reason: reason, refused: refused))
    }
    func message(over bytes: [UInt8], claiming claimed: [UInt8]? = nil, by key: String = "corporate") -> [UInt8] {
        guard let signature = try? world.keys[key].sign(bytes),
            let hash = try? Hex.decode(Digest(of: claimed ?? bytes).hex)
        else { preconditionFailure("not signed") }
        let bundle: JSONTree = [
            "mediaType": .string(SigstoreBundle03.mediaType),
            "verificationMaterial": [
                "publicKey": ["hint": .string(SigstoreBundle03.hint(for: world.keys[key].publicKey))]
            ],
            "messageSignature": [
                "messageDigest": ["algorithm": "SHA2_256", "digest": .string(Base64.encode(hash))],
                "signature": .string(Base64.encode(signature)),
            ],
        ]
        return bundle.canonicalBytes()
    }
    func provenance(_ digests: [Digest]) -> [UInt8] {
        let set = Dictionary(
            uniqueKeysWithValues: digests.map { (ExactString($0.algorithm.rawValue), JSONTree.string($0.hex)) })
        let statement = JSONTree(members: [
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [["name": "pkg:npm/ledger@1.4.0", "digest": .object(set)]],
            "predicateType": .string(Predicate.provenance1), "predicate": Predicate.gitHub(),
        ])
        return world.bundle(statement.canonicalBytes(), by: "pipeline")
    }
    let byProvenance = "policies/provenance.yaml"
    return [
        build(
            "signed", "A signature over the file, in the bundle that lies beside it: no `--evidence` is needed.",
            "admit",
            evidence: message(over: file)),
        build(
            "key", "The same, with a key in the place of a policy.", "admit", evidence: message(over: file),
            policy: nil, key: "keys/corporate.pub"),
        build(
            "digest", "The file is given by its SHA-256 digest alone; the evidence is named.", "admit",
            artifact: Digest(of: file).description, bytes: nil, evidence: message(over: file), named: [beside]),
        build(
            "provenance-sha512",
            "Provenance that names the file by SHA-512 alone, as npm's does. `each-platform` means the file.", "admit",
            evidence: provenance([Digest(of: file, using: .sha512)]), policy: byProvenance),
        build(
            "digest-of-other-algorithm_fail",
            "The file is given by its SHA-256 digest: whether the SHA-512 of the statement is its own, nobody can know.",
            "reject", "provenance.no-attestation", refused: ["evidence.subject-mismatch"],
            artifact: Digest(of: file).description, bytes: nil,
            evidence: provenance([Digest(of: file, using: .sha512)]), named: [beside], policy: byProvenance),
        build(
            "other-file_fail", "The signature is over another file, and says so.", "reject", "signature.none",
            refused: ["sigstore.message-signature"], evidence: message(over: other)),
        build(
            "false-claim_fail", "The signature is over another file; the bundle claims the hash of this one.", "reject",
            "signature.none", refused: ["signature.no-key-matches"], evidence: message(over: other, claiming: file)),
        build(
            "two-files_fail", "The subject has the SHA-256 of this file and the SHA-512 of another: it names neither.",
            "reject", "provenance.no-attestation", refused: ["evidence.subject-mismatch"],
            evidence: provenance([Digest(of: file), Digest(of: other, using: .sha512)]), policy: byProvenance),
        build(
            "stranger_fail", "Nobody named in the policy signed.", "reject", "signature.none",
            refused: ["signature.no-key-matches"], evidence: message(over: file, by: "stranger")),
        build(
            "no-evidence_fail", "Nothing was given, and nothing lies beside.", "reject", "signature.none", evidence: nil
        ),
        build(
            "rule-about-images_fail", "A rule on labels, user and platform holds for no file.", "reject",
            "image.not-an-image", evidence: message(over: file), policy: "policies/image.yaml"),
        build(
            "base-image_fail", "A file is built on no base image.", "reject", "image.not-an-image",
            evidence: message(over: file), policy: "policies/base-layers.yaml"),
        build(
            "denied-by-unknown-digest_fail",
            "Files are denied by SHA-256, and the file is given by its SHA-512 alone: it may be the one.", "reject",
            "policy.deny-error", refused: ["sigstore.message-signature"],
            artifact: Digest(of: file, using: .sha512).description, bytes: nil, evidence: message(over: file),
            named: [beside], policy: "policies/deny-digest.yaml"),
        build(
            "pinned-to-other_fail", "The stated name is of another digest.", "reject", "content.digest-mismatch",
            evidence: message(over: file), reference: "registry.example/ledger@\(Digest(of: other))"),
        build(
            "too-large_fail", "One byte more than the limit.", "reject", "limit.artifact-bytes",
            evidence: message(over: file), limits: ["artifact-bytes": file.count - 1]),
        build(
            "absent_fail", "The file is not there.", "undecided", "artifact.unreadable", bytes: nil,
            evidence: message(over: file)),
    ]
}
