import Attestation
import Content
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Bits of every form, flipped: refused, or verified to the same facts. Where the latter can be, it is listed with why.
@Suite struct EveryBitTests {
    /// A scene whose certificate says little, so that there are fewer bits.
    func scene() throws -> KeylessScene {
        try KeylessScene { template in
            template.extensions.removeAll { claim in
                (9...24).contains { claim.oid == "1.3.6.1.4.1.57264.1.\($0)" }
            }
        }
    }

    /// - Parameter surviving: the places of bits that neither a signature nor a comparison covers, each with why.
    func check(
        _ bytes: [UInt8], _ root: SigstoreTrustedRoot?, keys: TrustedKeySet = TrustedKeySet([]),
        surviving: [String: String], sourceLocation: SourceLocation = #_sourceLocation,
        parse: @escaping @Sendable ([UInt8]) throws -> UnverifiedSignedItem
    ) async throws {
        let outcome = try await BitFlips(
            bytes: bytes, parse: parse,
            verify: { item in
                var budget = SignatureBudget()
                return SignatureVerifier.verify(
                    item, keys: keys, roots: root.map { [$0] } ?? [], artifacts: [KeylessScene.released],
                    budget: &budget)
            }
        ).run()
        #expect(outcome.other.isEmpty, sourceLocation: sourceLocation)
        let same = Set(outcome.same.keys)
        #expect(same.subtracting(surviving.keys) == [], sourceLocation: sourceLocation)
        #expect(outcome.refused > 0, sourceLocation: sourceLocation)
        if BitFlips.all { #expect(Set(surviving.keys).subtracting(same) == [], sourceLocation: sourceLocation) }
    }

    // MARK: Sigstore bundles

    static let bundles: [(SignedParts.Subject, LogEntryKind)] = [
        (.envelope, .dsse001), (.envelope, .intoto001), (.envelope, .hashedrekord002), (.artifact, .hashedrekord001),
        (.artifact, .hashedrekord002),
    ]

    static let ofRekor1 = [
        "inclusionProof.checkpoint.envelope": "a signature of a note names its key, and the key's hash says which it is"
    ]
    static let ofRekor2 = [
        "integratedTime": "an entry of Rekor 2 has none", "integratedTime:name": "so it may be absent",
        "logIndex": "the proof has the index that counts", "logIndex:name": "so it may be absent",
        "logId.keyId": "the log is found by the key ID of its checkpoint", "logId.keyId:name": "so it may be absent",
    ]
    static let ofATimestamp = "CMS lists the hash functions once more outside of what is signed"
    static let ofAnArtifact = [
        "messageSignature.messageDigest.algorithm:name": "the digest is a hint, and there is one artifact"
    ]

    @Test(arguments: bundles.indices) func ofABundle(number: Int) async throws {
        let (subject, kind) = Self.bundles[number]
        var scene = try scene()
        let bytes = try scene.bundle(subject, kind).bytes
        var surviving = subject == .artifact ? Self.ofAnArtifact : [:]
        for (place, reason) in kind.generation == .rekor1 ? Self.ofRekor1 : Self.ofRekor2 {
            surviving["verificationMaterial.tlogEntries[]." + place] = reason
        }
        if kind.generation == .rekor2 {
            let place = "verificationMaterial.timestampVerificationData.rfc3161Timestamps[].signedTimestamp"
            surviving[place] = Self.ofATimestamp
        }
        try await check(bytes, scene.root.trusted(), surviving: surviving) { try UnverifiedSignedItem(bundle: $0) }
    }

    /// Where nothing but the signature and its timestamp prove anything.
    @Test func ofABundleWithATimestampAlone() async throws {
        let scene = try scene()
        var draft = BundleDraft(try scene.signed(.envelope))
        draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
        let place = "verificationMaterial.timestampVerificationData.rfc3161Timestamps[].signedTimestamp"
        try await check(
            draft.bytes, scene.root.trusted("instance", .githubPrivate), surviving: [place: Self.ofATimestamp]
        ) { try UnverifiedSignedItem(bundle: $0) }
    }

    // MARK: cosign's forms

    static let promiseAlone = ProofRequirement(insecureAcceptsPromiseAlone: true)

    /// A layer and the annotations of its descriptor, in one document.
    func layer(_ payload: [UInt8], _ annotations: [String: String]) -> [UInt8] {
        let tree: JSONTree = [
            "annotations": .object(
                Dictionary(uniqueKeysWithValues: annotations.map { (ExactString($0), .string($1)) })),
            "payload": .string(Base64.encode(payload)),
        ]
        return tree.canonicalBytes()
    }

    @Sendable static func layer(_ bytes: [UInt8], _ mediaType: MediaType) throws -> UnverifiedSignedItem {
        let document = try JSONDocument(parsing: bytes)
        var annotations: [String: String] = [:]
        for (name, value) in document.root["annotations"]?.object?.keyed ?? [:] {
            annotations[name.value] = value.string
        }
        return try UnverifiedSignedItem(
            cosignLayer: document.root["payload"]?.base64Bytes() ?? [], mediaType: mediaType,
            annotations: annotations, evidence: Digest(of: []))
    }

    @Test func ofALayerOfASignature() async throws {
        var scene = try scene()
        var parts = try scene.signed(.artifact)
        parts.message = CosignSignatureTests.payload
        parts.signature = try scene.key.sign(parts.message)
        let bytes = layer(
            parts.message,
            [
                "dev.cosignproject.cosign/signature": Base64.encode(parts.signature),
                "dev.sigstore.cosign/certificate": scene.leaf.pem,
                "dev.sigstore.cosign/chain": scene.authority.intermediate.pem,
                "dev.sigstore.cosign/bundle": try scene.rekor1.log(parts.submission(.hashedrekord001)).rekorBundle,
            ])
        try await check(
            bytes, scene.root.trusted("instance", Self.promiseAlone),
            surviving: [
                "annotations.dev.sigstore.cosign/chain": "the root has the same chain",
                "annotations.dev.sigstore.cosign/chain:name": "so it may be absent",
            ]
        ) {
            try Self.layer($0, SimpleSigningPayload.mediaType)
        }
    }

    @Test func ofALayerOfAnAttestation() async throws {
        var scene = try scene()
        let parts = try scene.signed(.envelope)
        var submission = parts.submission(.intoto001)
        submission.statesPayloadHash = false
        let stamp = Base64.encode(try scene.timestamp(of: parts.envelope))
        let bytes = layer(
            parts.envelope,
            [
                "dev.cosignproject.cosign/signature": "", "dev.sigstore.cosign/certificate": scene.leaf.pem,
                "dev.sigstore.cosign/bundle": try scene.rekor1.log(submission).rekorBundle,
                "dev.sigstore.cosign/rfc3161timestamp": #"{"SignedRFC3161Timestamp":"\#(stamp)"}"#,
            ])
        try await check(
            bytes,
            scene.root.trusted("instance", ProofRequirement(signedTimestamps: 1, insecureAcceptsPromiseAlone: true)),
            surviving: [
                "annotations.dev.cosignproject.cosign/signature:name": "the envelope has the signature",
                "annotations.dev.sigstore.cosign/rfc3161timestamp": Self.ofATimestamp,
            ]
        ) { try Self.layer($0, UnverifiedSignedItem.envelopeMediaType) }
    }

    @Test func ofAnOlderBundleOfABlob() async throws {
        var scene = try scene()
        let parts = try scene.signed(.artifact)
        let entry = try scene.rekor1.log(parts.submission(.hashedrekord001)).rekorBundle
        let text =
            #"{"base64Signature":"\#(Base64.encode(parts.signature))","#
            + #""cert":"\#(Base64.encode(Array(scene.leaf.pem.utf8)))","rekorBundle":\#(entry)}"#
        try await check(
            Array(text.utf8), scene.root.trusted("instance", Self.promiseAlone), surviving: [:]
        ) { try Self.only($0) }
    }

    // MARK: Documents that hold items

    @Sendable static func only(_ bytes: [UInt8]) throws -> UnverifiedSignedItem {
        let items = EvidenceFile.sniff(bytes).items
        guard let item = items.first, items.count == 1 else { throw SignedItemError.notEvidence }
        return try item.get()
    }

    @Test func ofAListOfAttestations() async throws {
        let key = try Fixture.key()
        let text = #"{"attestations":[{"predicateType":"p","bundle":\#(try Fixture.bundle(by: key))}]}"#
        try await check(
            Array(text.utf8), nil, keys: Fixture.trusted(key),
            surviving: [
                "attestations[].bundle.verificationMaterial.publicKey.hint": "a hint",
                "attestations[].bundle.verificationMaterial.publicKey.hint:name": "it may be absent",
                "attestations[].predicateType:name": Self.absent,
            ]
        ) { try Self.only($0) }
    }

    static let absent = "a label that is not there contradicts nothing"

    @Test func ofADocumentOfCloudBuild() async throws {
        let tests = try CloudBuildTests()
        let bytes = try tests.document([tests.entry()]).canonicalBytes()
        try await check(
            bytes, nil, keys: tests.trusted(.regional("us-west2")),
            surviving: [
                "image_summary.registry": "for people", "image_summary.registry:name": "for people",
                "image_summary.fully_qualified_digest": "the name before the digest is for people",
                "provenance_summary.provenance[].resourceUri": "the name before the digest is for people",
                "image_summary.digest:name": Self.absent, "image_summary.fully_qualified_digest:name": Self.absent,
                "provenance_summary.provenance[].build.intotoStatement._type:name": Self.absent,
                "provenance_summary.provenance[].kind:name": Self.absent,
                "provenance_summary.provenance[].resourceUri:name": Self.absent,
            ]
        ) { try Self.only($0) }
    }
}
