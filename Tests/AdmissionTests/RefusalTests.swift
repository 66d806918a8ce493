import Landwaiter
import Testing

/// The ruling "Refused": contradictions of the image reject, absence leaves the decision open, evidence that is no good is
/// a finding and not counted. Whatever a source answers, it is never what admits.
@Suite struct RefusalTests {
    private static func fault(_ code: ReasonCode) -> ContentSourceError {
        ContentSourceError(code, "the store says so")
    }

    /// A contradiction, absences, budgets, and a code that says that nothing is the matter.
    static let codes: [ReasonCode] = [
        .imageNotFound, .imageUnreadable, .contentWrongDigest, .imageUnsafePath, .limitImageBytes, .limitCandidates,
        .evidenceUnrelated,
    ]

    // MARK: Sources that fail

    /// Every call of an honest decision, failing in every way: all of it is needed, so nothing of it is admitted.
    @Test(arguments: codes)
    func neverAdmitsWhateverCallFails(_ code: ReasonCode) async throws {
        let honest = try Scene.finance()
        let source = honest.source
        #expect(try await honest.decide(source).verdict == .admit)
        let calls = Set(source.calls)
        #expect(calls.count > 15)
        for call in calls {
            var scene = honest
            scene.store.faults[call] = Self.fault(code)
            let record = try await scene.decide()
            #expect(record.verdict != .admit, "\(call)")
            #expect(record.headline != nil && record.headline?.code.effect != .note, "\(call)")
        }
    }

    @Test(arguments: [
        (ReasonCode.imageNotFound, Verdict.undecided, "image.not-found"),
        (.imageUnreadable, .undecided, "image.unreadable"), (.limitImageBytes, .undecided, "limit.image-bytes"),
        (.contentWrongDigest, .reject, "content.digest-mismatch"), (.imageUnsafePath, .reject, "image.unsafe-path"),
        (.evidenceUnrelated, .undecided, "internal.inconsistent"),
    ])
    func anImageThatCannotBeResolved(code: ReasonCode, verdict: Verdict, headline: String) async throws {
        var scene = try Scene.signed()
        scene.store.faults[.resolve] = Self.fault(code)
        let record = try await scene.decide()
        #expect(record.verdict == verdict)
        #expect(record.headline?.code.name == headline)
        #expect(record.enforcement == .always)
        #expect(record.image == nil && record.imageDigest == nil)
    }

    @Test(arguments: [
        (ReasonCode.imageNotFound, Verdict.undecided, "image.child-unavailable"),
        (.imageUnreadable, .undecided, "image.child-unavailable"),
        // A budget says so itself.
        (.limitImageBytes, .undecided, "limit.image-bytes"), (.limitCandidates, .undecided, "limit.candidates"),
        (.contentWrongDigest, .reject, "content.digest-mismatch"),
        (.limitManifestBytes, .reject, "limit.manifest-bytes"),
        (.evidenceUnrelated, .undecided, "internal.inconsistent"),
    ])
    func aChildThatCannotBeRead(code: ReasonCode, verdict: Verdict, headline: String) async throws {
        var scene = try Scene.signed()
        scene.store.faults[.fetch(scene.children[1].digest)] = Self.fault(code)
        let record = try await scene.decide()
        #expect(record.verdict == verdict)
        #expect(record.headline?.code.name == headline)
        #expect(record.imageDigest == scene.image.digest)
    }

    /// What lies in the list that could not be had might have counted.
    @Test(arguments: codes)
    func papersThatCannotBeListedLeaveTheDecisionOpen(_ code: ReasonCode) async throws {
        for call in [
            MemorySource.Call.papers(Scene().image.digest), .papers(Scene().children[1].digest), .looseSignatures,
        ] {
            var scene = Scene()
            // Enough to be admitted by what can be had.
            scene.supplied = [try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate)]
            #expect(try await scene.decide().verdict == .admit)
            scene.store.faults[call] = Self.fault(code)
            let record = try await scene.decide()
            #expect(record.verdict == .undecided)
            #expect(record.headline?.code == (code == .evidenceUnrelated ? .evidenceUnreadable : code))
            #expect(record.enforcement == .always)
        }
    }

    @Test(arguments: [true, false])
    func aPaperThatIsNotThereIsNotCounted(isManifest: Bool) async throws {
        var scene = try Scene.signed()
        let other = scene.attach(try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .second))
        let missing = isManifest ? other.digest : try scene.layers(of: other)[0]
        scene.store.blobs[missing] = nil
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.refused.map(\.finding.code) == [.evidenceAbsent])
        #expect(record.refused.map(\.evidence) == [missing])
    }

    @Test(arguments: [ReasonCode.imageUnreadable, .limitImageBytes, .limitCandidates])
    func aPaperThatIsThereAndUnreadableLeavesTheDecisionOpen(_ code: ReasonCode) async throws {
        var scene = try Scene.signed()
        let other = scene.attach(try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .second))
        for digest in [other.digest, try scene.layers(of: other)[0]] {
            var scene = scene
            scene.store.faults[.fetch(digest)] = Self.fault(code)
            let record = try await scene.decide()
            #expect(record.verdict == .undecided)
            #expect(record.headline?.code == (code == .imageUnreadable ? .evidenceUnreadable : code))
            #expect(record.headline?.evidence == digest.description)
        }
    }

    @Test(arguments: [ReasonCode.contentWrongDigest, .contentWrongSize, .imageUnsafePath, .limitManifestBytes])
    func aPaperThatContradictsItsNameIsNotCounted(_ code: ReasonCode) async throws {
        var scene = try Scene.signed()
        let other = scene.attach(Array("junk".utf8))
        for digest in [other.digest, try scene.layers(of: other)[0]] {
            var scene = scene
            scene.store.faults[.fetch(digest)] = Self.fault(code)
            let record = try await scene.decide()
            #expect(record.verdict == .admit)
            #expect(record.refusedCodes == [code.name])
        }
    }

    // MARK: What lies with the image

    @Test func everyKindOfJunkIsRefusedWithItsReason() async throws {
        var scene = try Scene.signed()
        var expected: Set<String> = []
        func attach(_ layer: String, as mediaType: MediaType, _ code: String) {
            scene.attach(Array(layer.utf8), as: mediaType)
            expected.insert(code)
        }
        attach("", as: .sigstoreBundle03, "sigstore.malformed-bundle")
        attach("{}", as: .dsseEnvelope, "dsse.malformed")
        attach("# read me", as: "text/markdown", "evidence.unknown-type")
        attach(#"{"payload":"","payloadType":"x","signatures":[]}"#, as: .inToto, "dsse.no-signatures")
        attach("{}", as: .simpleSigning, "sigstore.no-signature")
        let elsewhere = Scene(alone: Scene.amd64)
        // Listed for this image, about another; about nothing; an index; an unsigned SBOM.
        let mismatched = scene.attach(Array("a".utf8), to: elsewhere.image, listedFor: scene.image.digest)
        let config = scene.store.keep(Array("{}".utf8), as: .ociConfiguration)
        let bare = scene.store.keep(ImageManifest.imageBytes(config: config, layers: []), as: .ociManifest)
        scene.store.list(bare, about: scene.image.digest, .fallbackTag)
        expected.insert("evidence.not-about-this-image")
        scene.store.list(
            scene.store.keep(ImageIndex.indexBytes(manifests: [], subject: scene.image), as: .ociIndex),
            about: scene.image.digest)
        scene.store.list(mismatched, about: scene.image.digest, .sbomTag)
        expected.insert("evidence.unsigned")
        scene.store.loose = [
            LooseSignature(name: "signature-1", content: VerifiedContent(namedByOwnDigest: [0x89, 1, 2])),
            LooseSignature(name: "signature-2", content: VerifiedContent(namedByOwnDigest: Array("junk".utf8))),
        ]
        expected.formUnion(["simple-signing.openpgp-unsupported", "simple-signing.unknown-file"])
        scene.store.passedOver = [Finding(.imageMalformedManifest, "not a manifest")]
        expected.insert("image.malformed-manifest")
        scene.supplied = [Array("hello".utf8), Array("{}\n{}".utf8)]
        expected.insert("evidence.unrelated-file")
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.refusedCodes == expected.sorted())
        #expect(record.findings.isEmpty)
        // Each says what it is about, except what was passed over before anybody asked for it.
        #expect(record.refused.filter { $0.finding.evidence == nil }.map(\.finding.code) == [.imageMalformedManifest])
    }

    /// What was passed over is the same for every digest: a thousand platforms must not make a thousand copies of it.
    @Test func keepsWhatWasPassedOverOnce() async throws {
        var scene = try Scene.signed()
        scene.store.passedOver = (0..<5).map { Finding(.imageMalformedManifest, "entry \($0)") }
        #expect(try await scene.decide().refused.count == 5)
    }

    @Test func theSameFileTwiceCountsOnce() async throws {
        var scene = Scene()
        let junk = try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .stranger)
        scene.supplied = [junk, junk]
        let record = try await scene.decide()
        #expect(record.refused.count == 1)
    }

    // MARK: What is not known and what is

    /// More papers than may be looked at.
    private static func flooded(_ scene: Scene) -> Scene {
        var scene = scene
        for number in 0..<8 { scene.attach(Array("junk \(number)".utf8)) }
        scene.limits.candidates = 12
        return scene
    }

    @Test func aPassedBudgetLeavesOpenWhatEvidenceDecides() async throws {
        let admitted = try await Self.flooded(Scene.signed()).decide()
        #expect(admitted.verdict == .undecided)
        #expect(admitted.headline?.code == .limitCandidates)
        let unsigned = try await Self.flooded(Scene()).decide()
        #expect(unsigned.verdict == .undecided)
        #expect(unsigned.headline?.code == .limitCandidates)
    }

    /// Nobody gets a bad image called undecided by adding papers to it.
    @Test func aPassedBudgetLeavesNoContradictionOpen() async throws {
        var scene = try Scene.signed()
        scene.policy = Policies.text(
            require: "- {id: user, on: image, image: {user: {nonRoot: true}}}\n" + Policies.signature, stage: "observe")
        // The index calls the image of one platform that of another.
        var entries = scene.children
        entries[0].platform = Platform(os: "linux", architecture: "riscv64")
        scene.select(indexOf: entries)
        let record = try await Self.flooded(scene).decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageConfigurationMismatch)
        #expect(record.codes.contains("limit.candidates"))
        #expect(record.enforcement == .always)
    }

    /// Papers that can't be listed: what only warns goes on warning, but a builder that nobody saw may be denied.
    @Test func anUndecidedVerdictIsStagedUnlessEvidenceMayShowADenial() async throws {
        var scene = try Scene.signed()
        scene.store.faults[.papers(scene.image.digest)] = Self.fault(.imageUnreadable)
        for (deny, isEnforced) in [
            (nil, false), (#"- {id: d, builder: {in: ["https://evil.example/"]}}"#, true),
            (#"- {id: d, digest: {in: ["\#(Digest(of: [1]))"]}}"#, false),
        ] {
            scene.policy = Policies.text(require: Policies.signature, deny: deny, stage: "observe")
            let record = try await scene.decide()
            #expect(record.verdict == .undecided)
            #expect(record.enforcement.isEnforced == isEnforced, "\(deny ?? "")")
        }
    }

    /// An image that can't be had at all, whose digest is not known either.
    @Test func anImageThatCannotBeHadIsStagedUnlessItMayBeDenied() async throws {
        var scene = try Scene.signed()
        scene.store.faults[.resolve] = Self.fault(.imageUnreadable)
        for (deny, stage, isEnforced) in [
            (nil, "observe", false), (nil, "warn", false), (nil, "enforce", true),
            (#"- {id: d, digest: {in: ["\#(Digest(of: [1]))"]}}"#, "warn", true),
            (#"- {id: d, builder: {in: ["https://evil.example/"]}}"#, "warn", true),
            (#"- {id: d, on: image, image: {user: {nonRoot: true}}}"#, "warn", true),
            (#"- {id: d, on: image, image: {tag: {in: [latest]}}}"#, "warn", false),
        ] {
            scene.policy = Policies.text(require: Policies.signature, deny: deny, stage: stage)
            let record = try await scene.decide()
            #expect(record.verdict == .undecided)
            #expect(record.enforcement.isEnforced == isEnforced, "\(stage) \(deny ?? "")")
        }
    }
}
