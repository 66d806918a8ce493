import Landwaiter

/// Whose keys the tests sign with, made once per run. Only the stranger is named in no policy.
enum Signatory: String, CaseIterable {
    case corporate, pipeline, second, stranger

    private static let keys: [Signatory: Result<PrivateKey, PrivateKeyError>] = Dictionary(
        uniqueKeysWithValues: allCases.map { signatory in
            (signatory, Result { () throws(PrivateKeyError) in try PrivateKey.generate(.ecdsaP256) })
        })

    var key: PrivateKey {
        get throws {
            guard let key = Self.keys[self] else { throw PrivateKeyError.signingFailed }
            return try key.get()
        }
    }
}

/// An image with its papers, a policy and a question: honest to begin with, so that each test changes the one thing that
/// it is about.
struct Scene {
    static let amd64 = Platform(os: "linux", architecture: "amd64")
    static let arm64 = Platform(os: "linux", architecture: "arm64", variant: "v8")

    var store = MemorySource.Store()
    /// What is resolved.
    private(set) var image: Descriptor
    /// The manifests of an index; the image itself otherwise.
    private(set) var children: [Descriptor]

    var policy = Policies.signed
    /// Documents of the sources `guardrails` and `exceptions`.
    var guardrails: [String] = []
    var exceptions: [String] = []
    var breakGlass: [UInt8]?
    var namespace: String? = "finance"
    var reference: String? = "registry.example/finance/ledger:v1"
    var at = "2026-11-20T12:00:00Z"
    var hypothetical = false
    var supplied: [[UInt8]] = []
    var bases: [any ContentSource] = []
    var limits = AdmissionLimits()
    var roots: [SigstoreTrustedRoot] = []
    /// Beside the policy.
    var files: [String: [UInt8]] = [:]

    /// An index of images for two platforms, or of those that are given.
    init(platforms: [Platform] = [amd64, arm64], user: String = "10001") {
        var store = MemorySource.Store()
        children = platforms.map { Self.image(in: &store, for: $0, user: user) }
        image = store.keep(ImageIndex.indexBytes(manifests: children), as: .ociIndex)
        store.selected = [image]
        self.store = store
    }

    /// An image for one platform, without an index.
    init(alone platform: Platform) {
        var store = MemorySource.Store()
        image = Self.image(in: &store, for: platform)
        image.platform = nil
        children = [image]
        store.selected = [image]
        self.store = store
    }

    /// Selects another top document, such as an index that lists something else.
    mutating func select(_ descriptor: Descriptor) {
        image = descriptor
        store.selected = [descriptor]
    }

    /// Selects an index of these entries.
    mutating func select(indexOf entries: [Descriptor]) {
        select(store.keep(ImageIndex.indexBytes(manifests: entries), as: .ociIndex))
    }

    static func image(
        in store: inout MemorySource.Store, for platform: Platform, layers: [String] = ["base 1", "base 2", "program"],
        user: String = "10001", created: String? = nil
    ) -> Descriptor {
        let kept = layers.map {
            store.keep(Array("\($0) for \(platform)".utf8), as: "application/vnd.oci.image.layer.v1.tar")
        }
        let configuration = ImageConfiguration.configurationBytes(
            platform: platform, user: user, labels: ["team": "payments"], diffIDs: kept.map(\.digest))
        let dated = created.flatMap { try? tree(configuration).adding("created", .string($0)) }
        let config = store.keep(dated?.canonicalBytes() ?? configuration, as: .ociConfiguration)
        var manifest = store.keep(ImageManifest.imageBytes(config: config, layers: kept), as: .ociManifest)
        manifest.platform = platform
        return manifest
    }

    /// An approved base of both platforms: its two layers are the lowest of every image here.
    static func base(in store: inout MemorySource.Store, layers: [String] = ["base 1", "base 2"]) -> Descriptor {
        let children = [amd64, arm64].map { image(in: &store, for: $0, layers: layers, user: "") }
        return store.keep(ImageIndex.indexBytes(manifests: children), as: .ociIndex)
    }

    static let baseDigest: Digest = {
        var store = MemorySource.Store()
        return base(in: &store).digest
    }()

    // MARK: The question

    var source: MemorySource { MemorySource(store) }

    func request(_ source: MemorySource) throws -> AdmissionRequest {
        AdmissionRequest(
            image: source, statedReference: try reference.map { try ImageReference(parsing: $0) },
            namespace: namespace, at: try instant(at), hypothetical: hypothetical,
            suppliedEvidence: supplied.enumerated().map {
                SuppliedEvidence(name: "papers-\($0).json", content: VerifiedContent(namedByOwnDigest: $1))
            }, baseSources: bases, breakGlass: breakGlass)
    }

    func decide() async throws -> AdmissionRecord { try await decide(source) }

    func decide(_ source: MemorySource) async throws -> AdmissionRecord {
        await AdmissionPipeline(
            policies: try Policies.load([policy], guardrails: guardrails, exceptions: exceptions, files: files),
            limits: limits, trustedRoots: roots
        ).decide(try request(source))
    }
}

struct NoInstant: Error {}

func instant(_ text: String) throws -> Instant {
    guard let instant = Instant(rfc3339: text) else { throw NoInstant() }
    return instant
}

extension Scene {
    /// Fulfils the finance policy: signed, built and attested for each platform, the base beside the image.
    static func finance(platforms: [Platform] = [amd64, arm64]) throws -> Scene {
        var scene = Scene(platforms: platforms)
        scene.policy = Policies.finance
        _ = base(in: &scene.store)
        try scene.sign()
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        return scene
    }

    /// Signed with the corporate key and nothing more.
    static func signed(alone platform: Platform? = nil) throws -> Scene {
        var scene = platform.map { Scene(alone: $0) } ?? Scene()
        try scene.sign()
        return scene
    }
}

// MARK: Evidence

extension Scene {
    static let note = "https://example.com/note/v1"
    static let provenance = "https://slsa.dev/provenance/v1"

    /// A statement about digests.
    static func statement(_ digests: [Digest], type: String, predicate: JSONTree? = nil) -> [UInt8] {
        JSONTree(members: [
            "_type": "https://in-toto.io/Statement/v1",
            "subject": .array(
                digests.map {
                    [
                        "name": "registry.example/finance/ledger",
                        "digest": .object([ExactString($0.algorithm.rawValue): .string($0.hex)]),
                    ]
                }),
            "predicateType": .string(type),
            "predicate": predicate,
        ]).canonicalBytes()
    }

    static func signatureStatement(_ digest: Digest) -> [UInt8] {
        statement([digest], type: StatementMaking.imageSignatureType)
    }

    static func envelope(
        _ payload: [UInt8], by signatories: [Signatory], type: String = "application/vnd.in-toto+json"
    ) throws -> [UInt8] {
        try DSSESigner.envelope(payload: payload, payloadType: type, keys: try signatories.map { try $0.key })
    }

    static func bundle(_ payload: [UInt8], by signatory: Signatory) throws -> [UInt8] {
        let envelope = try DSSESigner.sign(
            payload: payload, payloadType: "application/vnd.in-toto+json", keys: [signatory.key])
        return try SigstoreBundle03.make(
            envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: signatory.key.publicKey))
    }

    /// Lists a manifest with this layer that is about `subject`: the image, unless another is given.
    @discardableResult
    mutating func attach(
        _ layer: [UInt8], as mediaType: MediaType = .sigstoreBundle03, to subject: Descriptor? = nil,
        annotations: Annotations = [:], listedFor digest: Digest? = nil, _ tie: Paper.Tie = .referrer
    ) -> Descriptor {
        let subject = subject ?? image
        store.keep(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
        var descriptor = store.keep(layer, as: mediaType)
        descriptor.annotations = annotations
        let manifest = store.keep(
            ImageManifest.artifactBytes(artifactType: mediaType, layers: [descriptor], subject: subject),
            as: .ociManifest)
        store.list(manifest, about: digest ?? subject.digest, tie)
        return manifest
    }

    /// Signs the image, unless something else is given, as cosign 3 does.
    mutating func sign(_ signed: Descriptor? = nil, by signatory: Signatory = .corporate) throws {
        let signed = signed ?? image
        attach(try Self.bundle(Self.signatureStatement(signed.digest), by: signatory), to: signed)
    }

    mutating func attest(
        _ predicate: JSONTree?, type: String = provenance, about subject: Descriptor,
        by signatory: Signatory = .pipeline
    ) throws {
        attach(
            try Self.bundle(Self.statement([subject.digest], type: type, predicate: predicate), by: signatory),
            to: subject)
    }

    /// A signature in cosign's older form, under the image's tag.
    mutating func cosign(
        by signatory: Signatory = .corporate, name: String = "registry.example/finance/ledger", digest: Digest? = nil
    ) throws {
        let payload = SimpleSigning.payload(dockerReference: name, manifestDigest: digest ?? image.digest)
        try cosign(payload: payload, signature: Base64.encode(signatory.key.sign(payload)))
    }

    mutating func cosign(payload: [UInt8], signature: String) {
        let made = EvidenceArtifact.cosignTag(
            adding: VerifiedContent(namedByOwnDigest: payload), mediaType: .simpleSigning,
            annotations: ["dev.cosignproject.cosign/signature": signature], to: nil)
        keep(made, .signatureTag)
    }

    mutating func keep(_ made: EvidenceArtifact, _ tie: Paper.Tie) {
        for blob in made.blobs { store.keep(blob.bytes, as: .ociEmpty) }
        store.keep(made.manifest.bytes, as: .ociManifest)
        store.list(made.descriptor, about: image.digest, tie)
    }
}

/// Provenance in BuildKit's form.
func buildKit(
    builder: String = "https://ci.example/builder", ref: String = "refs/heads/main",
    source: String = "https://git.example/finance/ledger", material: Digest? = Scene.baseDigest,
    finished: String? = "2026-11-20T10:00:00Z", run: String = "1"
) -> JSONTree {
    let commit = "9a1efed3fa8b23d949531b80fbc013ace249ff76"
    let git: JSONTree = .string("\(source).git#\(ref)")
    let base = material.map { digest -> JSONTree in
        [
            "uri": "pkg:docker/registry.example/base/debian@12?platform=linux%2Famd64",
            "digest": ["sha256": .string(digest.hex)],
        ]
    }
    return [
        "buildDefinition": [
            "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
            "externalParameters": [
                "configSource": ["uri": git, "digest": ["sha1": .string(commit)], "path": "Dockerfile"],
                "request": ["frontend": "dockerfile.v0"],
            ],
            "internalParameters": ["builderPlatform": "linux/amd64"],
            "resolvedDependencies": .array(
                [["uri": git, "digest": ["sha1": .string(commit)]]] + (base.map { [$0] } ?? [])),
        ],
        "runDetails": [
            "builder": ["id": .string(builder)],
            "metadata": JSONTree(members: [
                "invocationId": .string(run), "finishedOn": finished.map(JSONTree.string),
            ]),
        ],
    ]
}
