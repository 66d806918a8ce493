import Foundation
import Landwaiter
import Testing

/// Every bit of everything that is signed or named by digest, flipped, through the whole pipeline. `SigstoreTests` does the
/// same for each form with the verifier alone.
///
/// Evidence is flipped as an attacker would: under its new digest, with a new manifest that names it. An admit is right
/// only where what was flipped is not signed, and then the signed bytes are the same. The image is flipped both ways.
///
/// Measured in a debug build on one core: all bits take 3 to 9 s for each form. Where a decision costs ten times as much
/// because evidence is verified before the flip is met (the finance image's configurations), or where all bits of what
/// is signed were flipped already (an attestation's envelope), it is one bit of each byte, another from byte to byte.
@Suite struct BitFlipTests {
    /// A place where a bit is flipped.
    private struct Flip: Sendable, CustomStringConvertible {
        let position: Int
        let bit: Int

        var description: String { "byte \(position), bit \(bit)" }

        static func all(of bytes: [UInt8]) -> [Flip] {
            bytes.indices.flatMap { position in (0..<8).map { Flip(position: position, bit: $0) } }
        }

        /// One bit of each byte.
        static func one(of bytes: [UInt8]) -> [Flip] { bytes.indices.map { Flip(position: $0, bit: $0 % 8) } }

        func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            bytes[position] ^= 1 << bit
            return bytes
        }
    }

    /// Decides on each flip, on all cores, and gives the flips that were admitted.
    private static func admitted(
        _ flips: [Flip], _ policy: String, _ scene: @escaping @Sendable (Flip) throws -> Scene
    ) async throws -> [Flip] {
        let pipeline = AdmissionPipeline(policies: try Policies.load(policy))
        let size = max(1, flips.count / 16)
        return try await withThrowingTaskGroup(of: [Flip].self) { group in
            for start in stride(from: 0, to: flips.count, by: size) {
                let part = flips[start..<min(start + size, flips.count)]
                group.addTask {
                    var admitted: [Flip] = []
                    for flip in part {
                        let scene = try scene(flip)
                        let record = await pipeline.decide(try scene.request(scene.source))
                        if record.verdict == .admit { admitted.append(flip) }
                    }
                    return admitted
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    // MARK: Evidence

    /// Flips every bit of a layer; what is still admitted was signed as it is.
    private static func neverAdmitsAnother(
        layer: [UInt8], as mediaType: MediaType, in honest: Scene, to subject: Descriptor,
        content: @escaping @Sendable ([UInt8]) throws -> UnverifiedSignedItem.Content
    ) async throws -> (admitted: Int, of: Int) {
        var original = honest
        original.attach(layer, as: mediaType, to: subject)
        #expect(try await original.decide().verdict == .admit)
        let flips = Flip.all(of: layer)
        let admitted = try await admitted(flips, honest.policy) { flip in
            var scene = honest
            scene.attach(flip(layer), as: mediaType, to: subject)
            return scene
        }
        let signed = try signed(try content(layer))
        for flip in admitted {
            #expect(try Self.signed(try content(flip(layer))) == signed, "\(flip)")
        }
        return (admitted.count, flips.count)
    }

    /// What is verified of an item: the message and the signatures over it, without hints.
    private static func signed(_ content: UnverifiedSignedItem.Content) throws -> [[UInt8]] {
        switch content {
        case .dsse(let envelope):
            [Array(envelope.payloadType.value.utf8), envelope.payload] + envelope.signatures.map(\.bytes)
        case .simpleSigning(let payload, let signature): [payload, signature]
        case .message(_, let signature): [signature]
        }
    }

    @Test func bundle() async throws {
        let scene = Scene(alone: Scene.amd64)
        let bundle = try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate)
        let result = try await Self.neverAdmitsAnother(
            layer: bundle, as: .sigstoreBundle03, in: scene, to: scene.image
        ) { try UnverifiedSignedItem(bundle: $0).content }
        // The two hints, and names of members that are not needed: 44 and 64 characters and a few more.
        #expect(result.admitted > 0 && result.admitted < (44 + 64 + 20) * 8)
    }

    @Test func envelope() async throws {
        let scene = Scene(alone: Scene.amd64)
        let envelope = try Scene.envelope(Scene.signatureStatement(scene.image.digest), by: [.corporate])
        let result = try await Self.neverAdmitsAnother(
            layer: envelope, as: .dsseEnvelope, in: scene, to: scene.image
        ) { try UnverifiedSignedItem(envelope: $0).content }
        #expect(result.admitted > 0 && result.admitted < (64 + 10) * 8)
    }

    /// An attestation is the largest: its payload is flipped bit by bit before it is encoded, which no base64 hides, and
    /// then one bit of each byte of the envelope.
    @Test func attestation() async throws {
        var scene = Scene(alone: Scene.amd64)
        scene.policy = Policies.text(require: Policies.provenance())
        let statement = Scene.statement(
            [scene.image.digest], type: Scene.provenance, predicate: buildKit(material: nil))
        let envelope = try Scene.envelope(statement, by: [.pipeline])
        let honest = scene
        var original = scene
        original.attach(envelope, as: .inToto)
        #expect(try await original.decide().verdict == .admit)
        let parsed = try tree(envelope)
        let ofPayload = try await Self.admitted(Flip.all(of: statement), honest.policy) { flip in
            var scene = honest
            let payload = Base64.encode(flip(statement))
            scene.attach(parsed.adding("payload", .string(payload)).canonicalBytes(), as: .inToto)
            return scene
        }
        #expect(ofPayload.isEmpty)
        let admitted = try await Self.admitted(Flip.one(of: envelope), honest.policy) { flip in
            var scene = honest
            scene.attach(flip(envelope), as: .inToto)
            return scene
        }
        let signed = try Self.signed(try UnverifiedSignedItem(envelope: envelope).content)
        for flip in admitted {
            #expect(try Self.signed(try UnverifiedSignedItem(envelope: flip(envelope)).content) == signed, "\(flip)")
        }
        #expect(admitted.count < 64 + 10)
    }

    /// Simple signing: the payload, and the signature that stands beside it in the manifest.
    @Test func cosignLayer() async throws {
        let honest = Scene(alone: Scene.amd64)
        let payload = SimpleSigning.payload(
            dockerReference: "registry.example/finance/ledger", manifestDigest: honest.image.digest)
        let signature = try Signatory.corporate.key.sign(payload)
        let text = Base64.encode(signature)
        var original = honest
        original.cosign(payload: payload, signature: text)
        #expect(try await original.decide().verdict == .admit)
        let ofPayload = try await Self.admitted(Flip.all(of: payload), honest.policy) { flip in
            var scene = honest
            scene.cosign(payload: flip(payload), signature: text)
            return scene
        }
        #expect(ofPayload.isEmpty)
        let ofSignature = try await Self.admitted(Flip.all(of: signature), honest.policy) { flip in
            var scene = honest
            scene.cosign(payload: payload, signature: Base64.encode(flip(signature)))
            return scene
        }
        #expect(ofSignature.isEmpty)
        // And in its text, of which no bit may be another either.
        let ofText = try await Self.admitted(Flip.all(of: Array(text.utf8)), honest.policy) { flip in
            var scene = honest
            scene.cosign(payload: payload, signature: String(decoding: flip(Array(text.utf8)), as: UTF8.self))
            return scene
        }
        #expect(ofText.isEmpty)
    }

    /// The digest kept and the content flipped, in the store and behind its back: refused, and never counted.
    @Test func evidenceUnderItsOldDigest() async throws {
        var honest = try Scene.signed(alone: Scene.amd64)
        let paper = try #require(honest.store.papers[honest.image.digest]?.first?.descriptor.digest)
        let layer = try honest.layers(of: Descriptor(mediaType: .ociManifest, digest: paper, size: 0))[0]
        honest.store.mixedUp = [:]
        for digest in [paper, layer] {
            let bytes = try #require(honest.store.blobs[digest])
            let scene = honest
            let inStore = try await Self.admitted(Flip.all(of: bytes), honest.policy) { flip in
                var scene = scene
                scene.store.blobs[digest] = flip(bytes)
                return scene
            }
            #expect(inStore.isEmpty)
            let mixedUp = try await Self.admitted(Flip.one(of: bytes), honest.policy) { flip in
                var scene = scene
                scene.store.mixedUp[digest] = flip(bytes)
                return scene
            }
            #expect(mixedUp.isEmpty)
        }
    }

    // MARK: The image

    /// The admitted finance case of testdata/, read into memory.
    private static func financeCase() async throws -> (scene: Scene, documents: [Digest], configurations: [Digest]) {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
            .standardizedFileURL
        let layout = root.appendingPathComponent("testdata/pipeline-key/admitted/image")
        let source = OCILayout(path: layout.path, selection: .tag("v1"))
        let limits = ContentLimits()
        let found = try await source.resolve(limits: limits)
        var scene = Scene()
        scene.store = MemorySource.Store()
        scene.reference = "registry.example/finance/ledger:v1.4.0"
        for place in [layout, root.appendingPathComponent("testdata/bases/debian")] {
            let blobs = place.appendingPathComponent("blobs/sha256")
            for name in try FileManager.default.contentsOfDirectory(atPath: blobs.path) {
                let bytes = Array(try Data(contentsOf: blobs.appendingPathComponent(name)))
                scene.store.blobs[try Digest("sha256:" + name)] = bytes
            }
        }
        scene.select(found.descriptor)
        let entries = try tree(found.content.bytes)["manifests"]?.elements ?? []
        let children = try entries.compactMap { $0["digest"]?.text }.map { try Digest($0) }
        for digest in [found.descriptor.digest] + children {
            scene.store.papers[digest] = try await source.papers(of: digest, limits: limits).found
        }
        let configurations = try children.map {
            try scene.config(of: Descriptor(mediaType: .ociManifest, digest: $0, size: 0)).digest
        }
        return (scene, [found.descriptor.digest] + children, configurations)
    }

    /// The finance policy for a pipeline with a key.
    private static func financePolicies() throws -> PolicySet {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../testdata/policies").standardizedFileURL
        let policy = Array(try Data(contentsOf: directory.appendingPathComponent("pipeline-key.yaml")))
        return try PolicySet.load([
            PolicySource(name: "finance", files: [PolicyFile(path: "policy.yaml", bytes: policy)]) { path in
                (try? Data(contentsOf: directory.appendingPathComponent(path))).map { .success(Array($0)) }
                    ?? .failure(KeyFileError("cannot be read"))
            }
        ])
    }

    @Test func everyBitOfTheFinanceImage() async throws {
        let (honest, documents, configurations) = try await Self.financeCase()
        let pipeline = AdmissionPipeline(policies: try Self.financePolicies())
        #expect(await pipeline.decide(try honest.request(honest.source)).verdict == .admit)
        let parts = try (documents + configurations).map { digest in
            let bytes = try #require(honest.store.blobs[digest])
            return (digest: digest, bytes: bytes, all: documents.contains(digest))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts {
                group.addTask {
                    for flip in part.all ? Flip.all(of: part.bytes) : Flip.one(of: part.bytes) {
                        var scene = honest
                        scene.store.blobs[part.digest] = flip(part.bytes)
                        let record = await pipeline.decide(try scene.request(scene.source))
                        #expect(record.verdict == .reject, "\(part.digest), \(flip)")
                        #expect(record.headline?.code == .contentWrongDigest, "\(part.digest), \(flip)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// As somebody would who builds another image of it: every digest up to the top is right, and nobody signed that.
    @Test func everyByteOfTheImageUnderNewDigests() async throws {
        let honest = try Scene.signed(alone: Scene.amd64)
        let papers = honest.store.papers[honest.image.digest] ?? []
        let configuration = try honest.config(of: honest.image)
        @Sendable func relabelled(_ image: [UInt8], _ scene: Scene) -> Scene {
            var scene = scene
            let descriptor = scene.store.keep(image, as: .ociManifest)
            scene.select(descriptor)
            // The papers lie with the new image as well as they can.
            scene.store.papers[descriptor.digest] = papers.map { Paper(tie: .cosignSave, descriptor: $0.descriptor) }
            return scene
        }
        #expect(try await relabelled(honest.store.bytes(of: honest.image), honest).decide().verdict == .admit)
        let manifest = honest.store.bytes(of: honest.image)
        let ofManifest = try await Self.admitted(Flip.all(of: manifest), honest.policy) { flip in
            relabelled(flip(manifest), honest)
        }
        #expect(ofManifest.isEmpty)
        let bytes = honest.store.bytes(of: configuration)
        let ofConfiguration = try await Self.admitted(Flip.one(of: bytes), honest.policy) { flip in
            var scene = honest
            let other = scene.store.keep(flip(bytes), as: .ociConfiguration)
            let text = String(decoding: manifest, as: UTF8.self).replacing(
                configuration.digest.hex, with: other.digest.hex)
            return relabelled(Array(text.utf8), scene)
        }
        #expect(ofConfiguration.isEmpty)
    }
}
