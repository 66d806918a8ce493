import Landwaiter
import Testing

/// Promise 7: every limit at exactly the limit and one beyond, with its own code. A limit of the image's own documents
/// rejects, one of a single piece of evidence refuses that piece, a budget for all of it leaves the decision open.
@Suite struct LimitTests {
    /// A limit that is added without a test here fails this one.
    @Test func everyLimitHasATest() {
        #expect(
            AdmissionLimits.adjustable.map(\.name) == [
                // `ArtifactAttackTests.limitsTheFile`.
                "artifact-bytes",
                // `BaseChainTests.judgesSoManyBasesOnOneAnother`.
                "base-depth",
                "candidates", "configuration-bytes", "envelope-bytes", "envelope-signatures", "evidence-items",
                // How far an archive expands is the archive's business (ImageStoreTests); that it gets to know the limit
                // is `sourcesGetToKnowTheirLimits`.
                "expanded-archive-bytes", "index-entries", "json-depth", "manifest-bytes", "signature-operations",
                "total-bytes",
            ])
    }

    private func expect(
        _ scene: Scene, _ path: WritableKeyPath<AdmissionLimits, Int>, admits: Int, verdict: Verdict, code: String,
        refused: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var scene = scene
        scene.limits[keyPath: path] = admits
        let within = try await scene.decide()
        #expect(within.verdict == .admit, "\(within.text)", sourceLocation: sourceLocation)
        scene.limits[keyPath: path] = admits - 1
        let beyond = try await scene.decide()
        #expect(beyond.verdict == verdict, sourceLocation: sourceLocation)
        let codes = refused ? beyond.refusedCodes : [beyond.headline?.code.name ?? "none"]
        #expect(codes == [code], sourceLocation: sourceLocation)
    }

    // MARK: The image's own documents

    @Test func manifestBytes() async throws {
        var scene = try Scene.signed(alone: Scene.amd64)
        #expect(scene.image.size < 1_000)
        // The index, the child, and the manifest of the evidence, each made the largest in turn.
        var index = Scene()
        index.select(
            index.store.keep(
                ImageIndex.indexBytes(
                    manifests: index.children, annotations: ["x": String(repeating: "x", count: 2_000)]),
                as: .ociIndex))
        try index.sign()
        try await expect(
            index, \.manifestBytes, admits: index.image.size, verdict: .reject, code: "limit.manifest-bytes")
        var child = Scene()
        let config = try child.config(of: child.children[0])
        let large = child.store.keep(
            ImageManifest.imageBytes(
                config: config, layers: [], annotations: ["x": String(repeating: "x", count: 2_000)]),
            as: .ociManifest)
        child.select(indexOf: [large])
        try child.sign()
        try await expect(child, \.manifestBytes, admits: large.size, verdict: .reject, code: "limit.manifest-bytes")
        scene.store.papers = [:]
        var layer = scene.store.keep(
            try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate), as: .sigstoreBundle03)
        layer.annotations["x"] = String(repeating: "x", count: 2_000)
        let paper = scene.store.keep(
            ImageManifest.artifactBytes(artifactType: .sigstoreBundle03, layers: [layer], subject: scene.image),
            as: .ociManifest)
        scene.store.list(paper, about: scene.image.digest)
        try await expect(
            scene, \.manifestBytes, admits: paper.size, verdict: .reject, code: "limit.manifest-bytes", refused: true)
    }

    @Test func configurationBytes() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: "- {id: user, on: image, image: {user: {nonRoot: true}}}")
        let sizes = try scene.children.map { try scene.config(of: $0).size }
        let largest = try #require(sizes.max())
        try await expect(
            scene, \.configurationBytes, admits: largest, verdict: .reject, code: "limit.configuration-bytes")
    }

    @Test func indexEntries() async throws {
        let scene = try Scene.signed()
        try await expect(scene, \.indexEntries, admits: 2, verdict: .reject, code: "limit.index-entries")
    }

    @Test func indexEntriesOfABase() async throws {
        var scene = Scene()
        _ = Scene.base(in: &scene.store)
        scene.policy = Policies.text(require: Policies.base(proof: "[layers]"))
        // The base's index lists three, the image's one.
        let base = try tree(scene.store.blobs[Scene.baseDigest] ?? [])
        let entries = base["manifests"]?.elements ?? []
        let larger = scene.store.keep(
            base.adding("manifests", .array(entries + [entries[0]])).canonicalBytes(), as: .ociIndex)
        scene.policy = Policies.text(require: Policies.base(proof: "[layers]", digests: [larger.digest]))
        scene.limits.indexEntries = 3
        #expect(try await scene.decide().verdict == .admit)
        scene.limits.indexEntries = 2
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes.contains("limit.index-entries"))
    }

    // MARK: One piece of evidence

    @Test func envelopeBytes() async throws {
        for supplied in [false, true] {
            var scene = Scene()
            let bundle = try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate)
            if supplied { scene.supplied = [bundle] } else { scene.attach(bundle) }
            try await expect(
                scene, \.envelopeBytes, admits: bundle.count, verdict: .reject, code: "limit.envelope-bytes",
                refused: true)
        }
    }

    @Test func envelopeSignatures() async throws {
        let digest = Scene().image.digest
        let envelope = try Scene.envelope(
            Scene.signatureStatement(digest), by: [.stranger, .stranger, .stranger, .corporate])
        let limit = (\AdmissionLimits.envelopeSignatures, 4, "limit.envelope-signatures")
        var layer = Scene()
        layer.attach(envelope, as: .dsseEnvelope)
        var supplied = Scene()
        supplied.supplied = [envelope]
        var loose = Scene()
        loose.store.loose = [try Self.signatureFile(envelope)]
        for scene in [layer, supplied, loose] {
            try await expect(scene, limit.0, admits: limit.1, verdict: .reject, code: limit.2, refused: true)
        }
    }

    /// A file of containers/image that holds an envelope.
    private static func signatureFile(_ envelope: [UInt8]) throws -> LooseSignature {
        let content: JSONTree = [
            "mimeType": .string(MediaType.dsseEnvelope.description), "payload": .string(Base64.encode(envelope)),
            "annotations": [:],
        ]
        let bytes = [0] + Array("sigstore-json\n".utf8) + content.canonicalBytes()
        return LooseSignature(name: "signature-1", content: VerifiedContent(namedByOwnDigest: bytes))
    }

    /// The limit as it stands: 999 signatures of others do not hide the thousandth.
    @Test func aThousandSignaturesInOneEnvelope() async throws {
        var scene = Scene(alone: Scene.amd64)
        let statement = Scene.signatureStatement(scene.image.digest)
        let others = try tree(try Scene.envelope(statement, by: [.stranger]))
        let own = try tree(try Scene.envelope(statement, by: [.corporate]))
        let signatures =
            Array(repeating: others["signatures"]?.elements.first ?? .null, count: 999)
            + (own["signatures"]?.elements ?? [])
        scene.attach(others.adding("signatures", .array(signatures)).canonicalBytes(), as: .dsseEnvelope)
        #expect(try await scene.decide().verdict == .admit)
        let more = others.adding("signatures", .array(signatures + [.null]))
        scene.store.papers = [:]
        scene.attach(more.canonicalBytes(), as: .dsseEnvelope)
        #expect(try await scene.decide().refusedCodes == ["limit.envelope-signatures"])
    }

    @Test func jsonDepth() async throws {
        func nested(_ depth: Int) -> JSONTree {
            (1..<depth).reduce(JSONTree.array([])) { inner, _ in .array([inner]) }
        }
        /// A document with a member that nests this deep beside those that count.
        func deep(_ bytes: [UInt8], _ depth: Int) throws -> [UInt8] {
            try tree(bytes).adding("x-deep", nested(depth - 1)).canonicalBytes()
        }
        for depth in [128, 129] {
            let isWithin = depth == 128
            var index = Scene()
            index.select(index.store.keep(try deep(index.store.bytes(of: index.image), depth), as: .ociIndex))
            try index.sign()
            var child = Scene()
            let manifest = child.store.keep(try deep(child.store.bytes(of: child.children[0]), depth), as: .ociManifest)
            child.select(indexOf: [manifest])
            try child.sign()
            for scene in [index, child] {
                let record = try await scene.decide()
                #expect(record.verdict == (isWithin ? .admit : .reject))
                #expect(record.headline?.code == (isWithin ? nil : .limitJSONDepth))
            }

            let digest = Scene().image.digest
            let statement = Scene.signatureStatement(digest)
            var bundle = Scene()
            bundle.attach(try deep(try Scene.bundle(statement, by: .corporate), depth))
            var envelope = Scene()
            envelope.attach(try deep(try Scene.envelope(statement, by: [.corporate]), depth), as: .dsseEnvelope)
            var payload = Scene()
            payload.attach(try Scene.bundle(try deep(statement, depth), by: .corporate))
            var simple = Scene()
            let signing = try tree(
                SimpleSigning.payload(dockerReference: "registry.example/x", manifestDigest: digest)
            ).adding("optional", ["x": nested(depth - 2)]).canonicalBytes()
            simple.cosign(payload: signing, signature: Base64.encode(try Signatory.corporate.key.sign(signing)))
            var supplied = Scene()
            supplied.supplied = [try deep(try Scene.envelope(statement, by: [.corporate]), depth) + Array("\n".utf8)]
            for scene in [bundle, envelope, payload, simple] {
                let record = try await scene.decide()
                #expect(record.verdict == (isWithin ? .admit : .reject))
                #expect(record.refusedCodes == (isWithin ? [] : ["limit.evidence-json-depth"]))
            }
            #expect(try await supplied.decide().verdict == (isWithin ? .admit : .reject))
        }
    }

    /// What the caller sets is what holds, in every place that reads JSON.
    @Test func jsonDepthIsTheCallers() async throws {
        var simple = Scene(alone: Scene.amd64)
        try simple.cosign()
        // Manifests of images and papers nest 4 deep, the payload 3.
        simple.limits.jsonDepth = 4
        #expect(try await simple.decide().verdict == .admit)
        let payload = try tree(
            SimpleSigning.payload(dockerReference: "registry.example/x", manifestDigest: simple.image.digest)
        ).adding("optional", ["a": ["b": ["c": [:]]]]).canonicalBytes()
        simple.store.papers = [:]
        simple.cosign(payload: payload, signature: Base64.encode(try Signatory.corporate.key.sign(payload)))
        #expect(try await simple.decide().refusedCodes == ["limit.evidence-json-depth"])
    }

    // MARK: Budgets for all of it

    @Test func evidenceItems() async throws {
        var scene = try Scene.signed()
        for number in 0..<3 as Range<Int64> {
            try scene.attest(["number": .integer(number)], type: Scene.note, about: scene.image, by: .corporate)
        }
        try await expect(scene, \.evidenceItems, admits: 4, verdict: .undecided, code: "limit.evidence-items")
    }

    @Test func evidenceItemsInsideTheIndex() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"))
        let attestations = try scene.children.map {
            try scene.attestation(
                Scene.statement([$0.digest], type: Scene.provenance, predicate: buildKit()), about: $0)
        }
        scene.select(indexOf: scene.children + attestations)
        try scene.sign()
        try await expect(scene, \.evidenceItems, admits: 3, verdict: .undecided, code: "limit.evidence-items")
    }

    @Test func candidates() async throws {
        // Two manifests and their layers; two files; one paper that was passed over; one signature file.
        var scene = try Scene.signed()
        scene.attach(Array("junk".utf8))
        // A file costs one, and each of its items.
        scene.supplied = [Array("hello".utf8), Array("{\"payload\":1,\"payloadType\":1}\n{}".utf8)]
        scene.store.passedOver = [Finding(.imageMalformedManifest, "x")]
        scene.store.loose = [LooseSignature(name: "signature-1", content: VerifiedContent(namedByOwnDigest: [1]))]
        try await expect(scene, \.candidates, admits: 4 + 4 + 1 + 1, verdict: .undecided, code: "limit.candidates")
    }

    /// A file with more lines than may be looked at: one of them might have counted.
    @Test func linesOfAFile() async throws {
        var scene = try Scene.signed(alone: Scene.amd64)
        let line = try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .stranger)
        scene.supplied = [Array(Array(repeating: line, count: 4).joined(separator: Array("\n".utf8)))]
        scene.limits.candidates = 3
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
        #expect(record.headline?.code == .limitCandidates)
    }

    @Test func totalBytes() async throws {
        // The index, its children, the paper's manifest and its layer.
        var scene = try Scene.signed()
        let paper = try #require(scene.store.papers[scene.image.digest]?.first?.descriptor)
        let layer = try scene.layers(of: paper)[0]
        let image = scene.image.size + scene.children.map(\.size).reduce(0, +)
        let papers = paper.size + (scene.store.blobs[layer]?.count ?? 0)
        try await expect(scene, \.totalBytes, admits: image + papers, verdict: .undecided, code: "limit.image-bytes")
        // The image alone, if no policy asks for papers.
        scene.policy = Policies.text(require: "- {id: named, on: image, image: {tag: {in: [v1]}}}")
        try await expect(scene, \.totalBytes, admits: image, verdict: .undecided, code: "limit.image-bytes")
        // Configurations count as well, and so does a base.
        scene.policy = Policies.text(require: "- {id: user, on: image, image: {user: {nonRoot: true}}}")
        let configurations = try scene.children.map { try scene.config(of: $0).size }.reduce(0, +)
        try await expect(
            scene, \.totalBytes, admits: image + configurations, verdict: .undecided, code: "limit.image-bytes")
        scene.policy = Policies.text(require: Policies.base(proof: "[layers]"))
        let before = Set(scene.store.blobs.keys)
        _ = Scene.base(in: &scene.store)
        let layersOfBase = Set(try scene.children.flatMap { try scene.layers(of: $0) })
        let base = scene.store.blobs.filter { !before.contains($0.key) && !layersOfBase.contains($0.key) }
        try await expect(
            scene, \.totalBytes, admits: image + configurations + base.values.map(\.count).reduce(0, +),
            verdict: .undecided, code: "limit.image-bytes")
    }

    @Test func totalBytesOfFiles() async throws {
        for loose in [true, false] {
            var scene = Scene(alone: Scene.amd64)
            let statement = Scene.signatureStatement(scene.image.digest)
            let envelope = try Scene.envelope(statement, by: [.corporate])
            let file = try Self.signatureFile(envelope)
            if loose { scene.store.loose = [file] } else { scene.supplied = [envelope] }
            let count = loose ? file.content.bytes.count : envelope.count
            try await expect(
                scene, \.totalBytes, admits: scene.image.size + count, verdict: .undecided, code: "limit.image-bytes")
        }
    }

    /// What claims to be larger than evidence may be is not read, so its claim uses nothing up.
    @Test func aFalseSizeUsesUpNoBudget() async throws {
        var scene = try Scene.signed()
        scene.store.list(
            Descriptor(mediaType: .ociManifest, digest: Digest(of: [1]), size: 1 << 52), about: scene.image.digest,
            .fallbackTag)
        let layer = Descriptor(mediaType: .sigstoreBundle03, digest: Digest(of: [2]), size: 1 << 52)
        let paper = scene.store.keep(
            ImageManifest.artifactBytes(artifactType: .sigstoreBundle03, layers: [layer, layer], subject: scene.image),
            as: .ociManifest)
        scene.store.list(paper, about: scene.image.digest)
        let source = scene.source
        let record = try await scene.decide(source)
        #expect(record.verdict == .admit)
        #expect(record.refusedCodes == ["limit.envelope-bytes", "limit.manifest-bytes"])
        #expect(!source.calls.contains(.fetch(layer.digest)))
    }

    @Test func signatureOperations() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.twoSignatures)
        let statement = Scene.signatureStatement(scene.image.digest)
        scene.attach(try Scene.envelope(statement, by: [.corporate]), as: .dsseEnvelope)
        scene.attach(try Scene.envelope(statement, by: [.second]), as: .dsseEnvelope)
        // The hinted key is tried first, so one operation each.
        try await expect(
            scene, \.signatureOperations, admits: 2, verdict: .undecided, code: "limit.signature-operations")
    }

    // MARK: Sources

    @Test func sourcesGetToKnowTheirLimits() {
        var limits = AdmissionLimits()
        limits.manifestBytes = 1
        limits.candidates = 2
        limits.totalBytes = 3
        limits.expandedArchiveBytes = 4
        #expect(limits.content.manifestBytes == 1)
        #expect(limits.content.candidates == 2)
        #expect(limits.content.totalBytes == 3)
        #expect(limits.content.expandedArchiveBytes == 4)
    }
}
