import Landwaiter

/// What anybody may put beside an image who holds no trusted key: one of many kinds at random.
enum Junk: CaseIterable {
    case signatureByStranger, provenanceByStranger, noteByStranger, cosignByStranger, statementOfAnotherImage
    case malformedBundle, emptyEnvelope, envelopeOfTwoStrangers, otherArtifact, noise
    case absentManifest, absentLayer, wrongSize, hugeClaim, aboutAnother, index, sbomTag, noSubject
    case ownPaperElsewhere, copiedSignature
    case openPGP, looseNoise, passedOver, file, lines

    static func add(_ count: Int, to scene: inout Scene, _ random: inout SeededGenerator) throws {
        for _ in 0..<count {
            guard let kind = allCases.randomElement(using: &random) else { continue }
            try kind.add(to: &scene, &random)
        }
    }

    /// One of each.
    static func addAll(to scene: inout Scene, _ random: inout SeededGenerator) throws {
        for kind in allCases { try kind.add(to: &scene, &random) }
    }

    func add(to scene: inout Scene, _ random: inout SeededGenerator) throws {
        let subjects = [scene.image] + scene.children
        let subject = subjects.randomElement(using: &random) ?? scene.image
        let number = random.next()
        switch self {
        case .signatureByStranger:
            scene.attach(try Scene.bundle(Scene.signatureStatement(subject.digest), by: .stranger), to: subject)
        case .provenanceByStranger:
            let builder = Bool.random(using: &random) ? "https://ci.example/builder" : "https://evil.example/x"
            let ref = Bool.random(using: &random) ? "refs/heads/main" : "refs/heads/evil"
            let finished = Bool.random(using: &random) ? "2026-11-20T11:59:59Z" : nil
            try scene.attest(
                buildKit(builder: builder, ref: ref, material: nil, finished: finished, run: "\(number)"),
                about: subject, by: .stranger)
        case .noteByStranger:
            try scene.attest(["number": .string("\(number)")], type: Scene.note, about: subject, by: .stranger)
        case .cosignByStranger: try scene.cosign(by: .stranger, digest: subject.digest)
        case .statementOfAnotherImage:
            let other = Scene.statement([Digest(of: Array("\(number)".utf8))], type: Scene.note)
            scene.attach(try Scene.bundle(other, by: .pipeline), to: subject)
        case .malformedBundle: scene.attach(Array("{\"mediaType\":\(number)}".utf8), to: subject)
        case .emptyEnvelope:
            scene.attach(
                Array("{\"payload\":\"\",\"payloadType\":\"\(number)\",\"signatures\":[]}".utf8), as: .dsseEnvelope,
                to: subject)
        case .envelopeOfTwoStrangers:
            let statement = Scene.statement([subject.digest], type: Scene.note, predicate: .string("\(number)"))
            scene.attach(try Scene.envelope(statement, by: [.stranger, .stranger]), as: .inToto, to: subject)
        case .otherArtifact: scene.attach(Array("# \(number)".utf8), as: "text/markdown", to: subject)
        case .noise:
            let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
            scene.attach(bytes, as: [.dsseEnvelope, .simpleSigning, .sigstoreBundle03][Int(number % 3)], to: subject)
        case .absentManifest:
            scene.store.list(
                Descriptor(mediaType: .ociManifest, digest: Digest(of: Array("\(number)".utf8)), size: 9),
                about: subject.digest, .fallbackTag)
        case .absentLayer:
            let manifest = scene.attach(Array("absent \(number)".utf8), to: subject)
            scene.store.blobs[try scene.layers(of: manifest)[0]] = nil
        case .wrongSize, .hugeClaim:
            // Of a paper that counts, if there is one.
            guard var paper = scene.store.papers[subject.digest]?.randomElement(using: &random) else { return }
            var descriptor = paper.descriptor
            descriptor.size = self == .hugeClaim ? 1 << 50 : descriptor.size + 1
            paper = Paper(tie: paper.tie, descriptor: descriptor)
            scene.store.papers[subject.digest]?.insert(paper, at: 0)
        case .aboutAnother:
            let other = Descriptor(mediaType: .ociIndex, digest: Digest(of: Array("\(number)".utf8)), size: 3)
            scene.attach(
                try Scene.bundle(Scene.signatureStatement(subject.digest), by: .stranger), to: other,
                listedFor: subject.digest, .fallbackTag)
        case .index:
            let index = ImageIndex.indexBytes(manifests: [], subject: subject, annotations: ["x": "\(number)"])
            scene.store.list(scene.store.keep(index, as: .ociIndex), about: subject.digest)
        case .sbomTag:
            let config = scene.store.keep(Array("{}".utf8), as: .ociConfiguration)
            let layer = scene.store.keep(Array("{\"sbom\":\(number)}".utf8), as: "application/spdx+json")
            let manifest = ImageManifest.imageBytes(config: config, layers: [layer])
            scene.store.list(scene.store.keep(manifest, as: .ociManifest), about: subject.digest, .sbomTag)
        case .noSubject:
            let config = scene.store.keep(Array("{}".utf8), as: .ociConfiguration)
            let manifest = ImageManifest.imageBytes(config: config, layers: [], annotations: ["x": "\(number)"])
            scene.store.list(scene.store.keep(manifest, as: .ociManifest), about: subject.digest, .fallbackTag)
        case .ownPaperElsewhere:
            // A paper that counts, listed as if it were about another digest.
            let referrers: [Paper] = scene.store.papers.values.joined().filter { $0.tie == .referrer }
            guard let paper = referrers.min(by: { $0.descriptor.digest < $1.descriptor.digest }) else { return }
            scene.store.papers[subject.digest, default: []].insert(
                Paper(tie: .fallbackTag, descriptor: paper.descriptor), at: 0)
        case .copiedSignature:
            // The corporate key's signature of one payload under another.
            let signed = try tree(try Scene.envelope(Scene.signatureStatement(Digest(of: [1])), by: [.corporate]))
            let payload = Base64.encode(Scene.signatureStatement(subject.digest))
            scene.attach(signed.adding("payload", .string(payload)).canonicalBytes(), as: .dsseEnvelope, to: subject)
        case .openPGP: scene.addLoose([0x89] + Array("\(number)".utf8))
        case .looseNoise: scene.addLoose([0] + Array("sigstore-json\n{\"x\":\(number)}".utf8))
        case .passedOver: scene.store.passedOver.append(Finding(.imageMalformedManifest, "entry \(number)"))
        case .file: scene.supplied.append(Array("note \(number)".utf8))
        case .lines:
            let line = try Scene.bundle(Scene.signatureStatement(subject.digest), by: .stranger)
            scene.supplied.append(line + Array("\n{}\n\(number)".utf8))
        }
    }
}

extension Scene {
    fileprivate mutating func addLoose(_ bytes: [UInt8]) {
        store.loose.append(
            LooseSignature(
                name: "signature-\(store.loose.count + 1)", content: VerifiedContent(namedByOwnDigest: bytes)))
    }
}

/// Ways in which anybody can make more evidence of one piece, whose payload stays the same.
enum Replay: CaseIterable {
    case spaces, otherMembers, signatureTwice, strangersSignatureToo, otherHint, urlSafeBase64, bareEnvelope
    case bundleAgain, cosignsAttestationTag, attachedToAChild, supplied, suppliedLines

    /// Adds a replay of an envelope that somebody else signed.
    func add(_ envelope: [UInt8], about subject: Descriptor, to scene: inout Scene) throws {
        let original = try tree(envelope)
        let signatures = original["signatures"]?.elements ?? []
        let payload = original["payload"]?.text ?? ""
        func attach(_ envelope: JSONTree) {
            scene.attach(envelope.canonicalBytes(), as: .dsseEnvelope, to: subject)
        }
        switch self {
        case .spaces: scene.attach(envelope + Array("  \n".utf8), as: .dsseEnvelope, to: subject)
        case .otherMembers: attach(original.adding("x-junk", ["a", "b"]))
        case .signatureTwice: attach(original.adding("signatures", .array(signatures + signatures)))
        case .strangersSignatureToo:
            let others = try tree(try Scene.envelope(try Base64.decode(payload), by: [.stranger]))
            attach(original.adding("signatures", .array((others["signatures"]?.elements ?? []) + signatures)))
        case .otherHint:
            attach(original.adding("signatures", .array(signatures.map { $0.adding("keyid", "somebody else") })))
        case .urlSafeBase64:
            let text = payload.replacing("+", with: "-").replacing("/", with: "_")
            attach(original.adding("payload", .string(text)))
        case .bareEnvelope: attach(original)
        case .bundleAgain:
            guard signatures.count == 1 else { return }
            let bundle: JSONTree = [
                "mediaType": .string(SigstoreBundle03.mediaType),
                "verificationMaterial": ["publicKey": ["hint": "x"]], "dsseEnvelope": original,
            ]
            scene.attach(bundle.canonicalBytes(), to: subject)
        case .cosignsAttestationTag:
            scene.keep(
                EvidenceArtifact.cosignTag(
                    adding: VerifiedContent(namedByOwnDigest: envelope), mediaType: .dsseEnvelope, annotations: [:],
                    to: nil), .attestationTag)
        case .attachedToAChild: scene.attach(envelope, as: .inToto, to: scene.children[0])
        case .supplied: scene.supplied.append(envelope + Array("\n".utf8))
        case .suppliedLines: scene.supplied.append(envelope + Array("\n".utf8) + envelope + Array("\n\n".utf8))
        }
    }
}
