import Landwaiter

/// A plain file with its evidence, a policy and a question: honest to begin with, so that each test changes the one thing
/// that it is about.
struct ArtifactScene {
    static let bytes = Array("the release\n".utf8)
    static let digest = Digest(of: bytes)
    static let other = Array("another release\n".utf8)
    static let name = "registry.npmjs.org/ledger"

    var artifact: RequestedArtifact = .file(ArtifactBytes(bytes))
    var policy = Policies.signed
    var guardrails: [String] = []
    var exceptions: [String] = []
    var breakGlass: [UInt8]?
    var namespace: String? = "finance"
    var reference: String? = "\(name):1.4.0"
    var supplied: [[UInt8]] = []
    var limits = AdmissionLimits()

    /// Signed as plain bytes by the corporate key.
    static func signed(_ artifact: RequestedArtifact? = nil) throws -> ArtifactScene {
        var scene = ArtifactScene()
        if let artifact { scene.artifact = artifact }
        scene.supplied = [try messageBundle(over: bytes)]
        return scene
    }

    func request() throws -> AdmissionRequest {
        AdmissionRequest(
            artifact: artifact, statedReference: try reference.map { try ImageReference(parsing: $0) },
            namespace: namespace, at: try instant("2026-11-20T12:00:00Z"),
            suppliedEvidence: supplied.enumerated().map {
                SuppliedEvidence(name: "papers-\($0).json", content: VerifiedContent(namedByOwnDigest: $1))
            }, breakGlass: breakGlass)
    }

    func pipeline() throws -> AdmissionPipeline {
        AdmissionPipeline(
            policies: try Policies.load([policy], guardrails: guardrails, exceptions: exceptions), limits: limits)
    }

    func decide() async throws -> AdmissionRecord { try await pipeline().decide(try request()) }
}

// MARK: Evidence

extension ArtifactScene {
    /// A bundle with a signature over the bytes themselves, which says that they have the hash of `claimed`.
    static func messageBundle(
        over bytes: [UInt8], claiming claimed: [UInt8]? = nil, using algorithm: Digest.Algorithm = .sha256,
        by key: PrivateKey? = nil, scheme: SignatureScheme? = nil
    ) throws -> [UInt8] {
        let key = try key ?? Signatory.corporate.key
        let digest = Digest(of: claimed ?? bytes, using: algorithm)
        let bundle: JSONTree = [
            "mediaType": .string(SigstoreBundle03.mediaType),
            "verificationMaterial": ["publicKey": ["hint": .string(SigstoreBundle03.hint(for: key.publicKey))]],
            "messageSignature": [
                "messageDigest": [
                    "algorithm": .string("SHA2_" + algorithm.rawValue.dropFirst(3)),
                    "digest": .string(Base64.encode(try Hex.decode(digest.hex))),
                ],
                "signature": .string(Base64.encode(try key.sign(bytes, scheme: scheme))),
            ],
        ]
        return bundle.canonicalBytes()
    }

    /// A statement about one subject with these digests.
    static func statement(
        _ digests: [Digest], type: String = Scene.provenance, predicate: JSONTree? = nil
    ) -> [UInt8] {
        let set = Dictionary(
            uniqueKeysWithValues: digests.map { (ExactString($0.algorithm.rawValue), JSONTree.string($0.hex)) })
        return JSONTree(members: [
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [["name": "pkg:npm/ledger@1.4.0", "digest": .object(set)]],
            "predicateType": .string(type),
            "predicate": predicate,
        ]).canonicalBytes()
    }

    static func provenance(_ digests: [Digest], by signatory: Signatory = .pipeline) throws -> [UInt8] {
        try Scene.bundle(statement(digests, predicate: buildKit()), by: signatory)
    }
}
