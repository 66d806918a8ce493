import Landwaiter
import Testing

/// What was signed is what is admitted, whatever a store answers.
@Suite struct BindingTests {
    // MARK: Sources that mix up their answers

    @Test func aSecondResolutionIsNeverAskedFor() async throws {
        var scene = try Scene.signed()
        var evil = MemorySource.Store()
        let other = Scene.image(in: &evil, for: Scene.amd64, layers: ["evil"])
        scene.store.blobs.merge(evil.blobs) { own, _ in own }
        scene.store.selected.append(other)
        let source = scene.source
        let record = try await scene.decide(source)
        #expect(record.verdict == .admit)
        #expect(record.image?.digest == scene.image.digest)
        #expect(source.calls.count { $0 == .resolve } == 1)
        // Asked again, the store has another image, and nobody signed that one.
        let second = try await scene.decide(source)
        #expect(second.verdict == .reject)
        #expect(second.imageDigest == other.digest)
    }

    /// Real content with its own digest, given where other content was asked for: one answer after the other.
    @Test func neverTakesOneContentForAnother() async throws {
        let honest = try Scene.finance()
        let source = honest.source
        #expect(try await honest.decide(source).verdict == .admit)
        for call in Set(source.calls) {
            let asked: Digest
            switch call {
            case .resolve: asked = honest.image.digest
            case .fetch(let digest), .manifest(let digest): asked = digest
            case .papers, .looseSignatures: continue
            }
            // What parses as well as the content that was asked for: the same and a space.
            var scene = honest
            let bytes = try #require(scene.store.blobs[asked])
            scene.store.mixedUp[asked] = bytes + [UInt8(ascii: " ")]
            let record = try await scene.decide()
            #expect(record.verdict == .reject, "\(call)")
            let codes = record.codes + record.refusedCodes
            #expect(codes.contains("content.digest-mismatch"), "\(call)")
        }
    }

    @Test func aDescriptorThatLiesAboutTheSizeIsNoName() async throws {
        var scene = try Scene.signed()
        scene.store.selected[0].size += 1
        var record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .contentWrongSize)
        // Where the source does not look, the pipeline does.
        scene.store.mixedUp[scene.image.digest] = scene.store.bytes(of: scene.image)
        record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .contentWrongSize)
    }

    @Test func anIndexIsSignedAndItsChildIsSwapped() async throws {
        var scene = try Scene.signed()
        let original = scene.store.bytes(of: scene.children[0])
        var evil = MemorySource.Store()
        let other = Scene.image(in: &evil, for: Scene.amd64, layers: ["evil 1", "evil 2", "evil 3"])
        scene.store.blobs.merge(evil.blobs) { own, _ in own }
        #expect(evil.bytes(of: other).count == original.count)
        scene.store.blobs[scene.children[0].digest] = evil.bytes(of: other)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .contentWrongDigest)
        #expect(record.imageDigest == scene.image.digest)
    }

    // MARK: The digest that the caller states

    @Test(arguments: [Digest.Algorithm.sha256, .sha512])
    func aStatedDigestIsTheImages(_ algorithm: Digest.Algorithm) async throws {
        var scene = try Scene.signed()
        let name = "registry.example/finance/ledger:v1@"
        scene.reference = name + Digest(of: scene.store.bytes(of: scene.image), using: algorithm).description
        #expect(try await scene.decide().verdict == .admit)
        // Not even a platform of it: what is judged is what is run.
        for other in [Digest(of: [1], using: algorithm), scene.children[0].digest] {
            scene.reference = name + other.description
            let record = try await scene.decide()
            #expect(record.verdict == .reject)
            #expect(record.headline?.code == .contentWrongDigest)
            #expect(record.headline?.expected == other.description)
            #expect(record.headline?.found == scene.image.digest.description)
            #expect(record.policies.isEmpty)
        }
    }

    /// The same bytes under a digest of another algorithm are the same image.
    @Test(arguments: [false, true])
    func aDeniedDigestIsNotEscapedByAnotherAlgorithm(_ isListed: Bool) async throws {
        var scene = Scene(alone: Scene.amd64)
        let bytes = scene.store.bytes(of: scene.image)
        let denied = scene.image.digest
        var other = scene.image
        other.digest = Digest(of: bytes, using: .sha512)
        scene.store.blobs[other.digest] = bytes
        if isListed {
            other.platform = Scene.amd64
            scene.select(indexOf: [other])
        } else {
            scene.select(other)
        }
        let tagged = "- {id: tagged, on: image, image: {tag: {in: [v1]}}}"
        scene.policy = Policies.text(require: tagged)
        #expect(try await scene.decide().verdict == .admit)
        scene.policy = Policies.text(require: tagged, deny: "- {id: withdrawn, digest: {in: [\"\(denied)\"]}}")
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .policyDenied)
        #expect(record.headline?.found == denied.description)
    }

    // MARK: Signatures of something else

    @Test func aSignatureOfAnotherImageCountsForNothing() async throws {
        let other = Digest(of: Array("another image".utf8))
        var scene = Scene()
        scene.attach(try Scene.bundle(Scene.signatureStatement(other), by: .corporate))
        try scene.cosign(digest: other)
        scene.supplied = [try Scene.envelope(Scene.signatureStatement(other), by: [.corporate])]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refused.map(\.finding.code) == Array(repeating: .evidenceSubjectMismatch, count: 3))
        #expect(record.refused.allSatisfy { $0.finding.expected == "\(scene.image.digest) or one of its 2 platforms" })
    }

    /// One kind of payload is never read as the other, whoever signed it.
    @Test func payloadsAreReadAsWhatWasSigned() async throws {
        var scene = Scene()
        let simple = SimpleSigning.payload(dockerReference: "registry.example/x", manifestDigest: scene.image.digest)
        let statement = Scene.signatureStatement(scene.image.digest)
        scene.attach(
            try Scene.envelope(simple, by: [.corporate], type: SimpleSigningPayload.mediaType.description),
            as: .dsseEnvelope)
        scene.attach(try Scene.envelope(simple, by: [.corporate]), as: .dsseEnvelope)
        scene.cosign(payload: statement, signature: Base64.encode(try Signatory.corporate.key.sign(statement)))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(
            record.refusedCodes == ["dsse.unsupported-payload-type", "simple-signing.malformed", "statement.malformed"])
    }

    /// A signature over the payload alone is none over the envelope, which binds the type as well.
    @Test func aSignatureIsOverTypeAndPayload() async throws {
        var scene = Scene()
        let statement = Scene.signatureStatement(scene.image.digest)
        let envelope: JSONTree = [
            "payload": .string(Base64.encode(statement)), "payloadType": "application/vnd.in-toto+json",
            "signatures": [["sig": .string(Base64.encode(try Signatory.corporate.key.sign(statement)))]],
        ]
        scene.attach(envelope.canonicalBytes(), as: .dsseEnvelope)
        #expect(try await scene.decide().refusedCodes == ["signature.no-key-matches"])
    }

    // MARK: False lists

    /// A list names cosign's manifest as a referrer, which it is not: that hides it from nobody.
    @Test func aFalseListHidesNothing() async throws {
        var scene = try Scene.finance()
        let papers = scene.store.papers
        for (digest, listed) in papers {
            for paper in listed {
                var wrongSize = paper.descriptor
                wrongSize.size += 1
                for other in papers.keys where other != digest {
                    scene.store.list(paper.descriptor, about: other, .fallbackTag)
                    scene.store.list(wrongSize, about: other, .fallbackTag)
                }
                scene.store.papers[digest, default: []].insert(Paper(tie: .fallbackTag, descriptor: wrongSize), at: 0)
            }
        }
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 3)
        #expect(record.refusedCodes == ["content.size-mismatch", "evidence.not-about-this-image"])
    }

    @Test func cosignsManifestListedAsAReferrerStillCounts() async throws {
        var scene = Scene()
        try scene.cosign()
        let listed = try #require(scene.store.papers[scene.image.digest]?.first)
        scene.store.papers[scene.image.digest] = [Paper(tie: .fallbackTag, descriptor: listed.descriptor), listed]
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func aPaperByTwoTiesCountsOnce() async throws {
        var scene = try Scene.signed()
        let paper = try #require(scene.store.papers[scene.image.digest]?.first)
        for tie in Paper.Tie.allCases {
            scene.store.list(paper.descriptor, about: scene.image.digest, tie)
            scene.store.list(paper.descriptor, about: scene.children[0].digest, tie)
        }
        let source = scene.source
        let record = try await scene.decide(source)
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 1)
        #expect(record.verified.first?.origin == .referrer)
        #expect(source.calls.count { $0 == .fetch(paper.descriptor.digest) } == 1)
    }

    // MARK: Base images

    @Test(arguments: [
        (ReasonCode.imageNotFound, Verdict.undecided, "base-image.unread"),
        (.imageUnreadable, .undecided, "base-image.unread"), (.limitImageBytes, .undecided, "limit.image-bytes"),
        (.contentWrongDigest, .reject, "base-image.layers-differ"),
        (.imageUnsafePath, .reject, "base-image.layers-differ"),
    ])
    func aBaseThatCannotBeRead(code: ReasonCode, verdict: Verdict, headline: String) async throws {
        var scene = try Scene.finance()
        var calls: [MemorySource.Call] = [.manifest(Scene.baseDigest)]
        let entries = try tree(scene.store.blobs[Scene.baseDigest] ?? [])["manifests"]?.elements ?? []
        for entry in entries {
            let digest = try Digest(try #require(entry["digest"]?.text))
            let config = try scene.config(of: Descriptor(mediaType: .ociManifest, digest: digest, size: 0))
            calls += [.manifest(digest), .fetch(config.digest)]
        }
        for call in calls {
            scene.store.faults = [call: ContentSourceError(code, "the store says so")]
            let record = try await scene.decide()
            #expect(record.verdict == verdict, "\(call)")
            // A contradiction of the base is not one of the image; it stands beside what the rule missed.
            #expect(verdict == .reject ? record.codes.contains(code.name) : record.headline?.code.name == headline)
            // Given besides, whole, it is as good: content is named by its digest.
            var whole = MemorySource.Store()
            _ = Scene.base(in: &whole)
            scene.bases = [MemorySource(whole)]
            #expect(try await scene.decide().verdict == .admit, "\(call)")
            scene.bases = []
        }
    }

    /// Read, and contradictory: the proof fails, and the record says why.
    @Test func aBaseWhoseDocumentsContradictThemselvesProvesNothing() async throws {
        var store = MemorySource.Store()
        let config = store.keep(
            ImageConfiguration.configurationBytes(platform: Scene.amd64, diffIDs: [Digest(of: [1]), Digest(of: [2])]),
            as: .ociConfiguration)
        let base = store.keep(ImageManifest.imageBytes(config: config, layers: []), as: .ociManifest)
        let twoTypes = store.keep(Array(#"{"schemaVersion":2,"layers":[],"manifests":[]}"#.utf8), as: .ociManifest)
        let child = store.keep(ImageIndex.indexBytes(manifests: []), as: .ociIndex)
        var entry = child
        entry.mediaType = .ociManifest
        entry.platform = Scene.amd64
        let nested = store.keep(ImageIndex.indexBytes(manifests: [entry]), as: .ociIndex)
        for (digest, code) in [
            (base.digest, "image.configuration-mismatch"), (twoTypes.digest, "image.two-types"),
            (nested.digest, "limit.index-depth"),
        ] {
            var scene = Scene(platforms: [Scene.amd64])
            scene.policy = Policies.text(require: Policies.base(proof: "[layers]", digests: [digest]))
            scene.bases = [MemorySource(store)]
            let record = try await scene.decide()
            #expect(record.verdict == .reject)
            #expect(record.codes.contains(code), "\(record.codes)")
        }
    }

    @Test func onlyThePlatformsOfTheImageAreReadOfABase() async throws {
        var scene = try Scene.finance(platforms: [Scene.amd64])
        let arm = try tree(scene.store.blobs[Scene.baseDigest] ?? [])["manifests"]?.elements.last
        let digest = try #require(arm?["digest"]?.text)
        scene.store.blobs[try Digest(digest)] = nil
        #expect(try await scene.decide().verdict == .admit)
    }
}
