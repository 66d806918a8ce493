import Landwaiter
import Testing

/// What must not pass for a plain file: evidence about another, rules that only an image can meet, files that cannot be
/// read or are too large.
@Suite struct ArtifactAttackTests {
    // MARK: Evidence

    @Test func rejectsAFileWithoutEvidence() async throws {
        let record = try await ArtifactScene().decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .signatureNone)
    }

    @Test func rejectsTheSignatureOfAnotherFile() async throws {
        var scene = try ArtifactScene.signed()
        scene.artifact = .file(ArtifactBytes(ArtifactScene.other))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.verified.isEmpty)
        #expect(record.refusedCodes == ["sigstore.message-signature"])
    }

    /// The bundle claims our file's hash, the signature is over another.
    @Test func rejectsASignatureUnderTheClaimOfThisFile() async throws {
        var scene = ArtifactScene()
        scene.supplied = [try ArtifactScene.messageBundle(over: ArtifactScene.other, claiming: ArtifactScene.bytes)]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["signature.no-key-matches"])
        scene.artifact = .digest(ArtifactScene.digest)
        #expect(try await scene.decide().verdict == .reject)
    }

    @Test func rejectsAStrangersSignature() async throws {
        var scene = ArtifactScene()
        scene.supplied = [try ArtifactScene.messageBundle(over: ArtifactScene.bytes, by: try Signatory.stranger.key)]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["signature.no-key-matches"])
    }

    @Test(arguments: Digest.Algorithm.allCases)
    func rejectsAStatementAboutAnotherFile(_ algorithm: Digest.Algorithm) async throws {
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance())
        scene.supplied = [try ArtifactScene.provenance([Digest(of: ArtifactScene.other, using: algorithm)])]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
        #expect(record.refused.first?.finding.message == "the signed payload names another file")
    }

    /// The subject claims our SHA-256 and another file's SHA-512: it names neither.
    @Test(arguments: [
        (Digest.Algorithm.sha256, Digest.Algorithm.sha512), (.sha512, .sha256), (.sha256, .sha384), (.sha384, .sha512),
    ])
    func rejectsASubjectThatNamesTwoFiles(_ ours: Digest.Algorithm, _ theirs: Digest.Algorithm) async throws {
        let digests = [
            Digest(of: ArtifactScene.bytes, using: ours), Digest(of: ArtifactScene.other, using: theirs),
        ]
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance())
        scene.supplied = [try ArtifactScene.provenance(digests)]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
    }

    /// Of a file that is given by its SHA-256 digest nobody knows whether a SHA-512 is its own.
    @Test func rejectsEvidenceByAnAlgorithmThatIsNotKnown() async throws {
        var scene = ArtifactScene()
        scene.artifact = .digest(ArtifactScene.digest)
        scene.policy = Policies.text(require: Policies.provenance())
        scene.supplied = [try ArtifactScene.provenance([Digest(of: ArtifactScene.bytes, using: .sha512)])]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
        // Nor can what was signed over another hash be verified.
        scene.policy = Policies.signed
        scene.supplied = [try ArtifactScene.messageBundle(over: ArtifactScene.bytes, using: .sha512)]
        #expect(try await scene.decide().refusedCodes == ["sigstore.message-signature"])
    }

    /// A signature that cosign made of an image is about a file only if it names the file's very digest.
    @Test func rejectsSimpleSigningOfAnImage() async throws {
        func signed(_ digest: Digest) throws -> [UInt8] {
            let payload = SimpleSigning.payload(dockerReference: ArtifactScene.name, manifestDigest: digest)
            let content: JSONTree = [
                "mimeType": "application/vnd.dev.cosign.simplesigning.v1+json",
                "payload": .string(Base64.encode(payload)),
                "annotations": [
                    "dev.cosignproject.cosign/signature": .string(
                        Base64.encode(try Signatory.corporate.key.sign(payload)))
                ],
            ]
            return [0] + Array("sigstore-json\n".utf8) + content.canonicalBytes()
        }
        var scene = ArtifactScene()
        scene.supplied = [try signed(Digest(of: ArtifactScene.other))]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
        scene.supplied = [try signed(ArtifactScene.digest)]
        #expect(try await scene.decide().verdict == .admit)
    }

    /// A file has no index: unsigned statements and papers count for nothing.
    @Test func rejectsAnUnsignedStatement() async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"))
        scene.supplied.append(ArtifactScene.statement([ArtifactScene.digest], predicate: buildKit()))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceNoAttestation)
        #expect(record.refusedCodes == ["evidence.unrelated-file"])
    }

    /// Who can't verify for want of the file is told so, not only that no key matches.
    @Test func saysThatTheFileItselfIsNeeded() async throws {
        let key = try PrivateKey.generate(.ed25519)
        let policies = try PolicySet.load([
            PolicySource(
                name: "tests", files: [PolicyFile(path: "policy.yaml", bytes: Array(Policies.signed.utf8))]
            ) { _ in .success(Array(key.publicKey.pem.utf8)) }
        ])
        var scene = ArtifactScene()
        scene.supplied = [try ArtifactScene.messageBundle(over: ArtifactScene.bytes, by: key)]
        func decide() async throws -> AdmissionRecord {
            await AdmissionPipeline(policies: policies).decide(try scene.request())
        }
        #expect(try await decide().verdict == .admit)
        scene.artifact = .digest(ArtifactScene.digest)
        let byDigest = try await decide()
        #expect(byDigest.verdict == .reject)
        #expect(byDigest.refused.first?.finding.mend.hasPrefix("give the file itself") == true)

        let large = [UInt8](repeating: 0x61, count: (16 << 20) + 1)
        scene.supplied = [try ArtifactScene.messageBundle(over: large, by: key)]
        scene.artifact = .file(ArtifactBytes(large))
        let tooLarge = try await decide()
        #expect(tooLarge.verdict == .reject)
        #expect(tooLarge.refused.first?.finding.mend.hasPrefix("sign the file with a key of another kind") == true)
        let longest = Array(large.dropLast())
        scene.supplied = [try ArtifactScene.messageBundle(over: longest, by: key)]
        scene.artifact = .file(ArtifactBytes(longest))
        #expect(try await decide().verdict == .admit)
    }

    /// Of a file that is not kept there are no bytes: a signature over no bytes at all must not pass for one over it.
    @Test(arguments: [PublicKey.Kind.ed25519, .ecdsaP256])
    func rejectsASignatureOverNothing(_ kind: PublicKey.Kind) throws {
        let key = try PrivateKey.generate(kind)
        let item = try UnverifiedSignedItem(
            bundle: try ArtifactScene.messageBundle(over: [], claiming: ArtifactScene.bytes, by: key))
        var hasher = MessageHasher(keepingUpTo: 0)
        ArtifactScene.bytes.withUnsafeBytes { hasher.update($0) }
        let byDigest = try #require(SignedArtifact(digest: ArtifactScene.digest))
        for artifact in [SignedArtifact(hasher), byDigest] {
            var budget = SignatureBudget()
            let keys = TrustedKeySet([try #require(TrustedKey(key.publicKey))])
            guard
                case .failure = SignatureVerifier.verify(item, keys: keys, artifacts: [artifact], budget: &budget)
            else {
                Issue.record("a signature over nothing counts")
                continue
            }
        }
    }

    // MARK: Rules that only an image can meet

    @Test(arguments: [
        "- {id: r, on: {platform: linux/amd64}, signature: {by: {atLeast: 1, of: [corporate]}}}",
        "- {id: r, on: image, image: {labels: {team: {in: [payments]}}}}",
        "- {id: r, on: each-platform, image: {user: {nonRoot: true}}}",
        "- {id: r, on: image, image: {platform: {in: [linux/amd64]}}}",
        Policies.base(proof: "[layers]"), Policies.base(proof: "[materials]", by: "pipeline"),
        Policies.base(proof: "[materials, layers]", by: "pipeline"),
    ])
    func rejectsByARuleAboutImages(_ rule: String) async throws {
        var scene = try ArtifactScene.signed()
        scene.supplied.append(try ArtifactScene.provenance([ArtifactScene.digest]))
        scene.policy = Policies.text(require: rule)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .imageNotAnImage)
        #expect(record.codes == ["image.not-an-image"])
    }

    /// A file is built on no base, so none is looked for.
    @Test func judgesNoBaseOfAFile() async throws {
        var scene = ArtifactScene()
        scene.supplied = [try ArtifactScene.provenance([ArtifactScene.digest])]
        let rule = Policies.base(proof: "[materials]", by: "pipeline") + "\n    chain: {policy: bases}"
        scene.policy = [
            Policies.text(name: "app", require: rule, images: "[\"registry.npmjs.org/**\"]"),
            Policies.text(name: "bases", require: Policies.signature, images: "[\"registry.example/base/**\"]"),
        ].joined(separator: "---\n")
        let record = try await scene.decide()
        #expect(record.codes == ["image.not-an-image"])
        #expect(record.bases.isEmpty)
    }

    /// None of the alternatives may pass vacuously either.
    @Test func rejectsByAlternativesAboutImages() async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(
            require: """
                - id: either
                  on: image
                  anyOf:
                    - {id: user, image: {user: {nonRoot: true}}}
                    - {id: label, image: {labels: {team: {in: [payments]}}}}
                """)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes == ["image.not-an-image", "rule.no-alternative-holds"])
    }

    /// A denial that can't be judged denies.
    @Test(arguments: [
        "- {id: d, on: image, image: {user: {nonRoot: true}}}",
        "- {id: d, on: {platform: linux/amd64}, image: {tag: {in: [latest]}}}",
        "- {id: d, on: image, image: {labels: {team: {in: [other]}}}}",
    ])
    func rejectsByADenialAboutImages(_ denial: String) async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(require: Policies.signature, deny: denial)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .policyDenyError)
        #expect(record.codes == ["image.not-an-image", "policy.deny-error"])
    }

    @Test func rejectsADeniedFile() async throws {
        var scene = try ArtifactScene.signed()
        scene.policy = Policies.text(
            require: Policies.signature,
            deny: "- {id: d, digest: {in: [\"\(ArtifactScene.digest)\"]}}")
        #expect(try await scene.decide().headline?.code == .policyDenied)
        scene.artifact = .digest(ArtifactScene.digest)
        #expect(try await scene.decide().headline?.code == .policyDenied)
    }

    /// Nobody escapes a denial by naming the same bytes by another algorithm.
    @Test func rejectsAFileWhoseDeniedDigestIsNotKnown() async throws {
        let sha512 = Digest(of: ArtifactScene.bytes, using: .sha512)
        var scene = ArtifactScene()
        scene.artifact = .digest(sha512)
        scene.supplied = [try Scene.bundle(ArtifactScene.statement([sha512]), by: .pipeline)]
        let rule = "- {id: named, on: image, image: {name: {glob: [\"registry.npmjs.org/*\"]}}}"
        scene.policy = Policies.text(
            require: rule, deny: "- {id: d, digest: {in: [\"\(Digest(of: ArtifactScene.other))\"]}}")
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes == ["artifact.digest-unknown", "policy.deny-error"])
        scene.artifact = .file(ArtifactBytes(ArtifactScene.bytes))
        #expect(try await scene.decide().verdict == .admit)
    }

    // MARK: The file

    @Test func limitsTheFile() async throws {
        var scene = try ArtifactScene.signed()
        scene.limits.artifactBytes = ArtifactScene.bytes.count
        #expect(try await scene.decide().verdict == .admit)
        scene.limits.artifactBytes -= 1
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes == ["limit.artifact-bytes"])
        #expect(record.json["artifact"] == ["digests": []])
    }

    /// A source that hands over more than it was allowed to is not believed.
    @Test func limitsASourceThatDoesNot() async throws {
        struct Endless: ArtifactSource {
            func read(limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws(ContentSourceError) {
                for _ in 0...limit { [0].withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<1])) } }
            }
        }
        var scene = ArtifactScene()
        scene.artifact = .file(Endless())
        scene.limits.artifactBytes = 1_000
        #expect(try await scene.decide().codes == ["limit.artifact-bytes"])
    }

    @Test func whatCannotBeReadIsUndecided() async throws {
        struct Broken: ArtifactSource {
            func read(limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws(ContentSourceError) {
                ArtifactScene.bytes.withUnsafeBytes(take)
                throw ContentSourceError(.artifactUnreadable, "the medium is broken")
            }
        }
        var scene = try ArtifactScene.signed()
        scene.artifact = .file(Broken())
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
        #expect(record.codes == ["artifact.unreadable"])
        #expect(record.artifact?.digest == nil)
    }

    @Test func limitsTheEvidence() async throws {
        var scene = try ArtifactScene.signed()
        scene.limits.totalBytes = scene.supplied[0].count
        #expect(try await scene.decide().verdict == .admit)
        scene.limits.totalBytes -= 1
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
        #expect(record.codes.contains("limit.image-bytes"))
    }
}
