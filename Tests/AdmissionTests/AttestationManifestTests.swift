import Landwaiter
import Simulators
import Testing

/// Docker's way: the index is not signed, but the attestation manifests in it are, by referrers of their own.
@Suite struct AttestationManifestTests {
    static let built = Policies.text(require: Policies.provenance(by: "[corporate]"))

    /// An index with an unsigned statement about each child, and the entries that hold them.
    private static func index(policy: String = built) throws -> (scene: Scene, holders: [Descriptor]) {
        var scene = Scene()
        scene.policy = policy
        let holders = try scene.children.map { child in
            try scene.attestation(
                Scene.statement([child.digest], type: Scene.provenance, predicate: buildKit()), about: child)
        }
        scene.select(indexOf: scene.children + holders)
        return (scene, holders)
    }

    private static func bare(_ descriptor: Descriptor) -> Descriptor {
        Descriptor(mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size)
    }

    @Test func aStatementCountsAsSaidByWhoSignedItsManifest() async throws {
        var (scene, holders) = try Self.index()
        #expect(try await scene.decide().refusedCodes == ["evidence.index-unsigned"])
        for holder in holders { try scene.sign(Self.bare(holder)) }
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 2 && record.refused.isEmpty)
        // By that signer and nobody else.
        scene.policy = Policies.text(require: Policies.provenance())
        #expect(try await scene.decide().verdict == .reject)
    }

    @Test func aWorkflowMaySignIt() async throws {
        var instance = try KeylessScene()
        for kind in [LogEntryKind.dsse001, .hashedrekord002] {
            var (scene, holders) = try Self.index(policy: Keyless.policy(require: Policies.provenance()))
            scene.roots = [try instance.root.trusted()]
            for holder in holders {
                let statement = Scene.signatureStatement(holder.digest)
                scene.attach(try instance.bundle(.envelope, kind, of: statement).bytes, to: Self.bare(holder))
            }
            #expect(try await scene.decide().verdict == .admit)
        }
        // Or the manifest's bytes, without a statement.
        var (scene, holders) = try Self.index(policy: Keyless.policy(require: Policies.provenance()))
        scene.roots = [try instance.root.trusted()]
        for holder in holders {
            let manifest = scene.store.bytes(of: holder)
            scene.attach(try instance.bundle(.artifact, of: manifest).bytes, to: Self.bare(holder))
        }
        #expect(try await scene.decide().verdict == .admit)
    }

    /// cosign's older form, under the tag of the attestation manifest.
    @Test func cosignsTagIsFollowed() async throws {
        var (scene, holders) = try Self.index()
        for holder in holders {
            let payload = SimpleSigning.payload(
                dockerReference: "registry.example/finance/ledger", manifestDigest: holder.digest)
            let made = EvidenceArtifact.cosignTag(
                adding: VerifiedContent(namedByOwnDigest: payload), mediaType: .simpleSigning,
                annotations: [
                    "dev.cosignproject.cosign/signature": Base64.encode(try Signatory.corporate.key.sign(payload))
                ], to: nil)
            for blob in made.blobs { scene.store.keep(blob.bytes, as: .ociEmpty) }
            scene.store.keep(made.manifest.bytes, as: .ociManifest)
            scene.store.list(made.descriptor, about: holder.digest, .signatureTag)
        }
        #expect(try await scene.decide().verdict == .admit)
    }

    // MARK: What such a signature does not say

    /// Somebody vouches for what a build said of itself: level 1, and no signature of the image.
    @Test func itIsNoSignatureOfTheImage() async throws {
        var (scene, holders) = try Self.index(policy: Policies.signed)
        for holder in holders { try scene.sign(Self.bare(holder)) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code.name == "signature.none")
    }

    @Test func itShowsAtMostLevelOne() async throws {
        for (level, admitted) in [(1, true), (2, false)] {
            let rule = Policies.provenance(by: "[corporate]", more: "\n    level: \(level)")
            var (scene, holders) = try Self.index(policy: Policies.text(require: rule))
            for holder in holders { try scene.sign(Self.bare(holder)) }
            #expect(try await scene.decide().verdict == (admitted ? .admit : .reject))
        }
    }

    // MARK: Attacks

    @Test func signingOneManifestSaysNothingOfAnother() async throws {
        var (scene, holders) = try Self.index()
        try scene.sign(Self.bare(holders[0]))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.index-unsigned"])
        let held = record.policies.flatMap(\.rules).filter { $0.outcome == .holds }
        #expect(held.count == 1)
    }

    @Test func aStrangersSignatureIsNone() async throws {
        var (scene, holders) = try Self.index()
        for holder in holders { try scene.sign(Self.bare(holder), by: .stranger) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.index-unsigned", "signature.no-key-matches"])
    }

    /// The honest manifest, put into an index of another image and tied to it.
    @Test func aSignedManifestInAnotherIndexIsAboutWhatItsStatementSays() async throws {
        var (scene, holders) = try Self.index()
        for holder in holders { try scene.sign(Self.bare(holder)) }
        let evil = Scene.image(in: &scene.store, for: Scene.amd64, layers: ["evil"])
        var tied = holders[0]
        tied.annotations["vnd.docker.reference.digest"] = evil.digest.description
        scene.select(indexOf: [evil, tied])
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.not-about-this-image"])
        // One that names no subject of its own is found out by what its statement names.
        let loose = try scene.attestation(
            Scene.statement([scene.children[0].digest], type: Scene.provenance, predicate: buildKit()), about: evil,
            naming: false)
        scene.select(indexOf: [evil, loose])
        try scene.sign(Self.bare(loose))
        let other = try await scene.decide()
        #expect(other.verdict == .reject)
        #expect(other.refusedCodes == ["evidence.subject-mismatch"])
    }

    /// A list that anybody may write names a referrer of another manifest.
    @Test func aReferrerOfAnotherManifestIsNone() async throws {
        var (scene, holders) = try Self.index()
        let bundle = try Scene.bundle(Scene.signatureStatement(holders[1].digest), by: .corporate)
        scene.attach(bundle, to: Self.bare(holders[1]), listedFor: holders[0].digest)
        #expect(
            try await scene.decide().refusedCodes == ["evidence.index-unsigned", "evidence.not-about-this-image"])
    }

    /// A signed manifest that holds no statement, or lies in no index, is nothing that evidence can be about.
    @Test func aSignatureOfAnyOtherManifestIsRefused() async throws {
        var (scene, _) = try Self.index()
        let elsewhere = try scene.attestation(
            Scene.statement([scene.children[0].digest], type: Scene.provenance, predicate: buildKit(run: "2")),
            about: scene.children[0])
        scene.supplied = [try Scene.bundle(Scene.signatureStatement(elsewhere.digest), by: .corporate)]
        #expect(
            try await scene.decide().refusedCodes == ["evidence.index-unsigned", "evidence.subject-mismatch"])
    }

    /// What is said of an attestation manifest is not said of the image.
    @Test func anAttestationAboutTheManifestIsNotAboutTheImage() async throws {
        var (scene, holders) = try Self.index()
        for holder in holders { try scene.attest(buildKit(), about: Self.bare(holder), by: .corporate) }
        #expect(
            try await scene.decide().refusedCodes == ["evidence.index-unsigned", "evidence.subject-mismatch"])
    }

    @Test func referrersOfManifestsCountAgainstTheBudget() async throws {
        var (scene, holders) = try Self.index()
        for holder in holders { try scene.sign(Self.bare(holder)) }
        // Two statements, two referrers, two bundles.
        scene.limits.candidates = 6
        #expect(try await scene.decide().verdict == .admit)
        scene.limits.candidates = 5
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
        #expect(record.codes.contains("limit.candidates"))
    }
}
