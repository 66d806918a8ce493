import Landwaiter
import Testing

/// The ruling "Index and platforms", and what BuildKit stores unsigned inside an index.
@Suite struct PlatformTests {
    static let unknown = Platform(os: "unknown", architecture: "unknown")

    @Test func evidenceForTheIndexCoversItsChildren() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance())
        try scene.attest(buildKit(), about: scene.image)
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func evidenceForAChildNeverCoversTheIndex() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance(on: "image"))
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .evidenceNamesOnlyPlatforms)
    }

    @Test func everyRunnableChildNeedsItsOwn() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance())
        try scene.attest(buildKit(), about: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.policies.flatMap(\.rules).map(\.outcome) == [.holds, .fails])
    }

    // MARK: Children that are passed over

    /// A policy on the users of all children, and provenance for each.
    private static let eachChild = Policies.text(
        require: "- {id: user, on: each-platform, image: {user: {nonRoot: true}}}\n" + Policies.provenance())

    private static func disguised(annotated: Bool) throws -> Scene {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = eachChild
        try scene.attest(buildKit(), about: scene.children[0])
        var evil = Scene.image(in: &scene.store, for: Scene.amd64, layers: ["evil"], user: "root")
        evil.platform = unknown
        if annotated {
            evil.annotations["vnd.docker.reference.type"] = "attestation-manifest"
            evil.annotations["vnd.docker.reference.digest"] = scene.children[0].digest.description
        }
        scene.select(indexOf: scene.children + [evil])
        return scene
    }

    @Test(arguments: [true, false])
    func anImageDisguisedAsAnAttestationIsJudged(annotated: Bool) async throws {
        let scene = try Self.disguised(annotated: annotated)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageConfigurationMismatch)
        #expect(record.image?.platforms.count == 2)
        #expect(record.codes.contains("provenance.no-attestation"))
    }

    /// In doubt it is runnable: a configuration that can't be had hides nothing.
    @Test(arguments: [ReasonCode.imageNotFound, .imageUnreadable, .contentWrongDigest])
    func whatCannotBeToldIsJudged(_ code: ReasonCode) async throws {
        var scene = try Self.disguised(annotated: true)
        scene.policy = Policies.text(require: Policies.provenance())
        let entries = try tree(scene.store.bytes(of: scene.image))["manifests"]?.elements ?? []
        let digest = try Digest(try #require(entries.last?["digest"]?.text))
        let config = try scene.config(of: Descriptor(mediaType: .ociManifest, digest: digest, size: 0))
        scene.store.faults[.fetch(config.digest)] = ContentSourceError(code, "the store says so")
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceNoAttestation)
        #expect(record.image?.platforms.count == 2)
    }

    @Test func anArtifactIsPassedOverOnlyIfItsPlatformIsUnknown() async throws {
        for (platform, verdict) in [(Self.unknown, Verdict.admit), (Scene.arm64, .reject), (nil, .reject)]
            as [(Platform?, Verdict)]
        {
            var scene = Scene(platforms: [Scene.amd64])
            scene.policy = Self.eachChild
            try scene.attest(buildKit(), about: scene.children[0])
            let layer = scene.store.keep(Array("x".utf8), as: "text/plain")
            scene.store.keep(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            var artifact = scene.store.keep(
                ImageManifest.artifactBytes(artifactType: "text/plain", layers: [layer]), as: .ociManifest)
            artifact.platform = platform
            scene.select(indexOf: scene.children + [artifact])
            #expect(try await scene.decide().verdict == verdict)
        }
    }

    @Test func anIndexWithNothingRunnableIsRejected() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        let attestation = try scene.attestation(
            Scene.statement([scene.children[0].digest], type: Scene.provenance, predicate: buildKit()),
            about: scene.children[0])
        scene.select(indexOf: [attestation])
        try scene.sign()
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageNothingRunnable)
    }

    @Test func oneChildUnderTwoPlatformsIsAContradiction() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Self.eachChild
        var twin = scene.children[0]
        twin.platform = Scene.arm64
        scene.select(indexOf: [scene.children[0], twin])
        try scene.attest(buildKit(), about: scene.image)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageConfigurationMismatch)
    }

    @Test func aChildThatIsAnIndexUnderAnotherNameIsRefused() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        // Stated to be a manifest, stating itself to be nothing.
        var inner = scene.store.keep(
            Array(#"{"schemaVersion":2,"manifests":[]}"#.utf8), as: .ociManifest)
        inner.platform = Scene.arm64
        scene.select(indexOf: scene.children + [inner])
        try scene.sign()
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageMediaTypeMismatch)
        for mediaType in [MediaType.ociIndex, .dockerManifestList] {
            var scene = Scene(platforms: [Scene.amd64])
            let inner = scene.store.keep(
                ImageIndex.indexBytes(manifests: scene.children, mediaType: mediaType), as: mediaType)
            scene.select(indexOf: [inner])
            try scene.sign()
            let record = try await scene.decide()
            #expect(record.verdict == .reject)
            #expect(record.headline?.code == .limitIndexDepth)
        }
    }

    // MARK: BuildKit

    /// An index with an unsigned statement about each child, not signed yet.
    private static func buildKitIndex(
        policy: String = Policies.text(require: Policies.provenance(by: "[corporate]")),
        statement: (Descriptor) -> [UInt8] = {
            Scene.statement([$0.digest], type: Scene.provenance, predicate: buildKit())
        }
    ) throws -> Scene {
        var scene = Scene()
        scene.policy = policy
        let attestations = try scene.children.map { try scene.attestation(statement($0), about: $0) }
        scene.select(indexOf: scene.children + attestations)
        return scene
    }

    @Test func anUnsignedStatementCountsAsSaidByWhoSignedTheIndex() async throws {
        var scene = try Self.buildKitIndex()
        #expect(try await scene.decide().refusedCodes == ["evidence.index-unsigned"])
        // Signing a child, or the index by somebody else, is not enough.
        try scene.sign(scene.children[0])
        try scene.sign(by: .stranger)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.index-unsigned", "signature.no-key-matches"])
        try scene.sign()
        let signed = try await scene.decide()
        #expect(signed.verdict == .admit)
        #expect(signed.verified.count { $0.origin == .insideIndex } == 2)
        // Said by the index's signer and nobody else.
        scene.policy = Policies.text(require: Policies.provenance(by: "[pipeline]"))
        let others = try await scene.decide()
        #expect(others.verdict == .reject)
    }

    @Test func anUnsignedStatementHasToSpeakOfTheSiblingThatTheIndexNames() async throws {
        let other = Scene().children[1]
        var scene = try Self.buildKitIndex { _ in
            Scene.statement([other.digest], type: Scene.provenance, predicate: buildKit())
        }
        try scene.sign()
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
        #expect(record.policies.flatMap(\.rules).map(\.outcome) == [.fails, .holds])
    }

    @Test func anAttestationManifestIsAboutWhatItsIndexSays() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"))
        let (first, second) = (scene.children[0], scene.children[1])
        let statement = Scene.statement([first.digest], type: Scene.provenance, predicate: buildKit())
        // Its subject is the first, and the index ties it to the second.
        let attestation = try scene.attestation(statement, about: second, subject: first)
        scene.select(indexOf: [first, second, attestation])
        try scene.sign()
        let record = try await scene.decide()
        #expect(record.refusedCodes == ["evidence.not-about-this-image"])
        #expect(record.verdict == .reject)
    }

    /// The manifest names no subject, and its statement names both children.
    @Test func oneManifestMayBeListedForSeveralSiblings() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"))
        let statement = Scene.statement(
            scene.children.map(\.digest), type: Scene.provenance, predicate: buildKit())
        let attestations = try scene.children.map { try scene.attestation(statement, about: $0, naming: false) }
        #expect(attestations[0].digest == attestations[1].digest)
        scene.select(indexOf: scene.children + attestations)
        try scene.sign()
        #expect(try await scene.decide().verdict == .admit)
    }

    /// Signed on its own and stored inside the signed index, it is one statement, by both signers.
    @Test func theSameStatementSignedAndUnsignedIsOne() async throws {
        let policy = Policies.text(
            require: Policies.provenance(match: "exactly-one", by: "[corporate, pipeline]", atLeast: 2))
        var scene = try Self.buildKitIndex(policy: policy)
        try scene.sign()
        #expect(try await scene.decide().headline?.code == .provenanceTooFewSigners)
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        let record = try await scene.decide()
        #expect(record.verdict == .admit, "\(record.text)")
    }

    /// A signer that compares names: what is said under its signature counts only if the signature does.
    @Test(arguments: ["repository", "exact"])
    func aStatementUnderASignatureForAnotherNameDoesNotCount(_ reference: String) async throws {
        let policy = Policies.text(require: Policies.provenance(by: "[corporate]"), reference: reference)
        let name = reference == "exact" ? "registry.example/finance/ledger:v1" : "registry.example/finance/ledger"
        for (signed, code) in [
            (name, nil), ("registry.example/finance/toy:v1", "signature.reference-differs"),
            (nil, "signature.reference-not-stated"),
        ] as [(String?, String?)] {
            var scene = try Self.buildKitIndex(policy: policy)
            if let signed { try scene.cosign(name: signed) } else { try scene.sign() }
            let record = try await scene.decide()
            #expect(record.verdict == (code == nil ? .admit : .reject), "\(signed ?? "no name")")
            #expect(record.headline?.code.name == code, "\(signed ?? "no name")")
        }
        // One signature that does is enough, whatever else the signer signed.
        var scene = try Self.buildKitIndex(policy: policy)
        try scene.cosign(name: "registry.example/finance/toy:v1")
        try scene.cosign(name: name)
        try scene.sign()
        #expect(try await scene.decide().verdict == .admit)
        scene.reference = nil
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .requestNameRequired)
    }

    /// Statements that are signed themselves have nothing to do with the index's name.
    @Test func aSignedStatementCountsWhateverTheIndexWasSignedAs() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"), reference: "exact")
        try scene.attest(buildKit(), about: scene.children[0], by: .corporate)
        #expect(try await scene.decide().verdict == .admit)
    }
}

extension Scene {
    /// Keeps an attestation manifest as BuildKit's second form has it, and gives the index's entry for it.
    mutating func attestation(
        _ statement: [UInt8], about child: Descriptor, subject: Descriptor? = nil, naming: Bool = true
    ) throws -> Descriptor {
        store.keep(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
        let layer = store.keep(statement, as: .inToto)
        var bare = subject ?? child
        bare.platform = nil
        var manifest = store.keep(
            ImageManifest.artifactBytes(
                artifactType: .dockerAttestationManifest, layers: [layer], subject: naming ? bare : nil),
            as: .ociManifest)
        manifest.platform = PlatformTests.unknown
        manifest.annotations["vnd.docker.reference.type"] = "attestation-manifest"
        manifest.annotations["vnd.docker.reference.digest"] = child.digest.description
        return manifest
    }
}
