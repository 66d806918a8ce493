import Landwaiter
import Testing

/// A plain file goes the way of an image: resolved once, bound by digest, judged by the same rules.
@Suite struct ArtifactTests {
    private static let digests = Digest.Algorithm.allCases.map { Digest(of: ArtifactScene.bytes, using: $0) }

    @Test func admitsASignedFile() async throws {
        let record = try await ArtifactScene.signed().decide()
        #expect(record.verdict == .admit)
        #expect(record.artifact?.digest == ArtifactScene.digest)
        #expect(record.artifact?.digests == Self.digests)
        #expect(record.artifact?.size == ArtifactScene.bytes.count)
        #expect(record.image == nil && record.imageDigest == nil)
        let rule = try #require(record.policies.first?.rules.first)
        #expect(rule.subject == ArtifactScene.digest)
    }

    @Test(arguments: ["image", "each-platform"])
    func imageAndEachPlatformBothMeanTheFile(_ target: String) async throws {
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance(on: target))
        scene.supplied = [try ArtifactScene.provenance([ArtifactScene.digest])]
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.policies.flatMap(\.rules).map(\.subject) == [ArtifactScene.digest])
    }

    /// npm's statements name SHA-512 alone.
    @Test(arguments: Digest.Algorithm.allCases)
    func countsAStatementThatNamesOneAlgorithm(_ algorithm: Digest.Algorithm) async throws {
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance())
        scene.supplied = [try ArtifactScene.provenance([Digest(of: ArtifactScene.bytes, using: algorithm)])]
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        // Whichever digest a statement names, the record calls the file by one.
        #expect(
            record.json["evidence"]?["verified"]?.elements.first?["subjects"]
                == .array([.string(ArtifactScene.digest.description)]))
    }

    @Test(arguments: Digest.Algorithm.allCases)
    func admitsByADigestAlone(_ algorithm: Digest.Algorithm) async throws {
        let digest = Digest(of: ArtifactScene.bytes, using: algorithm)
        var scene = ArtifactScene()
        scene.artifact = .digest(digest)
        scene.policy = Policies.text(require: Policies.provenance())
        scene.supplied = [try ArtifactScene.provenance([digest])]
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.artifact?.digest == digest && record.artifact?.digests == [digest])
        #expect(record.artifact?.size == nil)
        #expect(record.json["request"]?["transport"] == "digest")
    }

    @Test func verifiesASignatureOverADigestAlone() async throws {
        #expect(try await ArtifactScene.signed(.digest(ArtifactScene.digest)).decide().verdict == .admit)
    }

    /// Any kind of key signs files: Ed25519 reads the file itself, the others hashes of it.
    @Test(arguments: [
        (PublicKey.Kind.ed25519, "ed25519"), (.ecdsaP384, "ecdsa-sha384"), (.ecdsaP521, "ecdsa-sha512"),
        (.rsa(bits: 2_048), "rsa-pkcs1-sha256"), (.rsa(bits: 2_048), "rsa-pss-sha256"),
    ])
    func verifiesEveryKindOfKey(_ kind: PublicKey.Kind, _ name: String) throws {
        let key = try PrivateKey.generate(kind)
        let scheme = try #require(SignatureScheme(rawValue: name))
        let item = try UnverifiedSignedItem(
            bundle: try ArtifactScene.messageBundle(over: ArtifactScene.bytes, by: key, scheme: scheme))
        func verify(_ artifact: SignedArtifact) throws -> Bool {
            var budget = SignatureBudget()
            let keys = TrustedKeySet([try #require(TrustedKey(key.publicKey))])
            switch SignatureVerifier.verify(item, keys: keys, artifacts: [artifact], budget: &budget) {
            case .success: return true
            case .failure: return false
            }
        }
        func hashed(_ bytes: [UInt8], keeping: Int) -> SignedArtifact {
            var hasher = MessageHasher(keepingUpTo: keeping)
            // In pieces, as a file is read.
            for piece in bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).dropLast() {
                Array(piece + [UInt8(ascii: " ")]).withUnsafeBytes { hasher.update($0) }
            }
            Array(bytes.reversed().prefix { $0 != UInt8(ascii: " ") }.reversed())
                .withUnsafeBytes { hasher.update($0) }
            return SignedArtifact(hasher)
        }
        let bytes = ArtifactScene.bytes
        #expect(hashed(bytes, keeping: bytes.count).digests == Self.digests)
        #expect(try verify(hashed(bytes, keeping: bytes.count)))
        #expect(try !verify(hashed(ArtifactScene.other, keeping: 1 << 20)))
        // A file that is not kept has no bytes to read twice; the hashes are the same.
        #expect(hashed(bytes, keeping: bytes.count - 1).digests == Self.digests)
        #expect(try verify(hashed(bytes, keeping: bytes.count - 1)) == (kind != .ed25519))
        #expect(hashed(bytes, keeping: bytes.count - 1).isAtHand == false)
    }

    /// A name is what policies' globs see, as for images.
    @Test func policiesMatchByTheStatedName() async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(require: Policies.signature, images: "[\"registry.npmjs.org/ledger\"]")
        #expect(try await scene.decide().verdict == .admit)
        scene.reference = "registry.npmjs.org/other:1.4.0"
        #expect(try await scene.decide().codes == ["policy.none-matches"])
        scene.reference = nil
        #expect(try await scene.decide().codes == ["policy.none-matches"])
    }

    @Test func rulesOnNameAndTagHoldForTheStatedName() async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(
            require: "- {id: named, on: image, image: {name: {glob: [\"registry.npmjs.org/*\"]}, tag: {in: [1.4.0]}}}")
        #expect(try await scene.decide().verdict == .admit)
        scene.reference = "registry.npmjs.org/ledger:1.5.0"
        #expect(try await scene.decide().codes == ["image-rule.tag-differs"])
    }

    @Test(arguments: Digest.Algorithm.registered)
    func aNameWithADigestPinsTheFile(_ algorithm: Digest.Algorithm) async throws {
        var scene = try ArtifactScene.signed()
        let digest = Digest(of: ArtifactScene.bytes, using: algorithm)
        scene.reference = "\(ArtifactScene.name)@\(digest)"
        #expect(try await scene.decide().verdict == .admit)
        scene.reference = "\(ArtifactScene.name)@\(Digest(of: ArtifactScene.other, using: algorithm))"
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes == ["content.digest-mismatch"])
        #expect(record.json["image"] == [:])
    }

    // MARK: The record

    @Test func theRecordSaysThatItIsAFile() async throws {
        let record = try await ArtifactScene.signed().decide()
        let json = record.json
        #expect(json["image"] == [:])
        #expect(
            json["artifact"] == [
                "digest": .string(ArtifactScene.digest.description),
                "digests": JSONTree(strings: Self.digests.map(\.description)),
                "size": .integer(Int64(ArtifactScene.bytes.count)),
            ])
        #expect(json["request"]?["transport"] == "file")
        #expect(json["limits"]?["artifact-bytes"] == .integer(16 << 30))
        #expect(try tree(record.canonicalBytes) == json)
        let again = try await ArtifactScene.signed().decide()
        #expect(again.trustDigest == record.trustDigest && again.policyDigest == record.policyDigest)
    }

    @Test func theRecordOfAnImageHasNothingOfAFile() async throws {
        let json = try await Scene.signed().decide().json
        #expect(json["artifact"] == nil)
        #expect(json["limits"]?["artifact-bytes"] == nil)
    }

    @Test func theTrustDigestNamesTheLimitOnFiles() async throws {
        var scene = try ArtifactScene.signed()
        let first = try await scene.decide()
        #expect(first.trustDigest != (try scene.pipeline().trustDigest))
        scene.limits.artifactBytes -= 1
        let changed = try await scene.decide()
        #expect(changed.trustDigest != first.trustDigest)
        #expect(changed.json["limits"]?["artifact-bytes"] == .integer((16 << 30) - 1))
        // For images it is not in force.
        var image = try Scene.signed()
        let before = try await image.decide()
        image.limits.artifactBytes -= 1
        #expect(try await image.decide().canonicalBytes == before.canonicalBytes)
    }

    /// A record of a file can't be decided again as one of an image.
    @Test func aRecordOfAFileIsNoRequestForAnImage() async throws {
        let record = try await ArtifactScene.signed().decide()
        #expect(throws: RecordedRequestError.artifact) { try RecordedRequest(parsing: record.canonicalBytes) }
    }

    @Test func explainsTheSameRecord() async throws {
        let scene = try ArtifactScene.signed()
        let (record, explanation) = try await scene.pipeline().explain(try scene.request())
        #expect(record.canonicalBytes == (try await scene.decide().canonicalBytes))
        #expect(explanation.rules.count == 1)
    }

    /// What a rule sees of a file, written and read, is judged the same.
    @Test(arguments: [true, false])
    func theEvidenceDocumentKeepsThatItIsAFile(_ isSigned: Bool) throws {
        let sha384 = Digest(of: ArtifactScene.bytes, using: .sha384)
        let facts = ImageFacts(artifact: sha384, otherDigests: isSigned ? [ArtifactScene.digest] : [])
        let document = EvidenceDocument(
            request: RequestFacts(namespace: "finance", reference: nil, at: try instant("2026-11-20T12:00:00Z")),
            image: facts)
        let read = try EvidenceDocument(parsing: document.json.canonicalBytes())
        #expect(read.image.isArtifact && read.image.digest == sha384)
        #expect(read.image.otherDigests == facts.otherDigests)
        #expect(read.json == document.json)
        #expect(throws: EvidenceDocumentError.self) {
            try EvidenceDocument(
                parsing: Array(
                    #"{"image": {"digest": "\#(sha384)", "isArtifact": true, "platforms": []}, "request": {"at": "2026-11-20T12:00:00Z"}}"#
                        .utf8))
        }
        #expect(throws: EvidenceDocumentError.self) {
            try EvidenceDocument(
                parsing: Array(
                    #"{"image": {"digest": "\#(sha384)", "isIndex": false, "platforms": []}, "request": {"at": "2026-11-20T12:00:00Z"}}"#
                        .utf8))
        }
    }
}
