import Landwaiter
import Simulators
import Testing

/// Signers who are told by their certificates: forms of evidence, who is counted, what is recorded.
@Suite struct KeylessTests {
    // MARK: Forms

    /// `cosign sign-blob` over the image's manifest.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func aSignatureOverTheManifestIsOneOfTheImage(kind: LogEntryKind) async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        scene.supplied = [try instance.bundle(.artifact, kind, of: scene.store.bytes(of: scene.image)).bytes]
        #expect(try await scene.decide().verdict == .admit)
        scene.supplied = [try instance.bundle(.artifact, kind, of: [1, 2, 3]).bytes]
        #expect(try await scene.decide().refusedCodes == ["sigstore.message-signature"])
    }

    /// `cosign sign` of version 2: certificate, chain and the log's promise in annotations.
    @Test func readsTheAnnotationsOfCosign() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        let payload = SimpleSigning.payload(
            dockerReference: "registry.example/finance/ledger", manifestDigest: scene.image.digest)
        let parts = try instance.signed(.artifact, payload)
        let entry = try instance.rekor1.log(parts.submission(.hashedrekord001))
        let made = EvidenceArtifact.cosignTag(
            adding: VerifiedContent(namedByOwnDigest: payload), mediaType: .simpleSigning,
            annotations: [
                "dev.cosignproject.cosign/signature": Base64.encode(parts.signature),
                "dev.sigstore.cosign/certificate": instance.leaf.pem,
                "dev.sigstore.cosign/chain": instance.authority.intermediate.pem + instance.authority.root.pem,
                "dev.sigstore.cosign/bundle": entry.rekorBundle,
            ], to: nil)
        scene.keep(made, .signatureTag)
        // The form holds a promise and no proof: that is for whoever names the root to accept, and stands in the record.
        #expect(try await scene.decide().refusedCodes == ["log.no-inclusion-proof"])
        scene.roots = [try instance.root.trusted("lax", ProofRequirement(insecureAcceptsPromiseAlone: true))]
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.insecure == ["insecureAcceptsPromiseAlone in trusted root `lax`"])
    }

    // MARK: Strangers

    /// Whoever can attach evidence has certificates of his own; they use up nothing.
    @Test func strangersCostNothing() async throws {
        var instance = try KeylessScene()
        let stranger = try KeylessScene(altering: {
            $0.setFulcioClaim(12, "https://github.com/evil/ledger")
            $0.setFulcioClaim(11, "self-hosted")
        })
        var scene = try Scene.keyless(instance)
        let draft = try scene.bundle(&instance)
        scene.supplied = copies(of: draft, 1000) { $0.material = ["certificate": BundleDraft.raw(stranger.leaf.der)] }
        scene.attach(draft.bytes)
        // Just enough for the one that counts: chain, entry, certificate timestamp.
        scene.limits.signatureOperations = 12
        scene.limits.evidenceItems = 1
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.refused.count == 1000 && record.refusedCodes == ["evidence.no-named-holder"])
        #expect(
            record.refused.allSatisfy {
                $0.finding.found == Finding.quoted("\(SimulatedCA.workflow) (by \(SimulatedCA.githubIssuer))")
            })
        scene.limits.signatureOperations = 11
        let stopped = try await scene.decide()
        #expect(stopped.verdict == .undecided && stopped.codes.contains("limit.signature-operations"))
    }

    /// Anybody may call a reusable workflow of ours: his certificate misses one field, and what he signs is sound.
    @Test func thoseWhoAlmostFitUseUpNoLimit() async throws {
        var instance = try KeylessScene()
        var caller = instance
        let key = try PrivateKey.generate(.ecdsaP256)
        var template = instance.authority.fulcioLeaf(key: key.publicKey)
        template.setFulcioClaim(12, "https://github.com/evil/ledger")
        caller.leaf = try instance.authority.issue(template, key: key, logs: [instance.certificateLog])
        var scene = try Scene.keyless(instance)
        for number in 0..<40 {
            let note = Scene.statement([scene.image.digest], type: Scene.note, predicate: .string("\(number)"))
            scene.attach(try caller.bundle(of: note).bytes)
        }
        let alone = try await scene.decide()
        #expect(alone.verdict == .reject)
        #expect(alone.verified.count == 16 && alone.refused.count == 24)
        instance.rekor1 = caller.rekor1
        try scene.sign(by: &instance)
        scene.limits.signatureOperations = 12
        scene.limits.evidenceItems = 1
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 17)
        #expect(record.refused.count == 24 && record.refusedCodes == ["evidence.no-named-holder"])
    }

    private func copies(
        of draft: BundleDraft, _ count: Int, altering alter: (inout BundleDraft) -> Void
    ) -> [[UInt8]] {
        (0..<count).map { number in
            var copy = draft
            alter(&copy)
            copy.signed.signature = Array("\(number)".utf8)
            return copy.bytes
        }
    }

    // MARK: Several signers, wrappings and roots

    /// A signature lies with the image as a bundle of Rekor 1 and as one of Rekor 2: one piece of evidence.
    @Test func wrappingsOfOnePayloadAreOnePieceOfEvidence() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        for kind in [LogEntryKind.dsse001, .hashedrekord002] { scene.attach(try scene.bundle(&instance, kind).bytes) }
        scene.limits.evidenceItems = 1
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 1)
        // The log's 30 is before the clock's 60; who stamps later takes nothing back.
        #expect(times(record) == [[SimulatedCA.now.adding(seconds: 30)]])
    }

    /// Each keeps its own proof of when it signed.
    @Test func aKeyAndACertificateMaySignOnePayload() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(
            instance, require: "- {id: signed, on: image, signature: {by: {atLeast: 2, of: [pipeline, corporate]}}}")
        try scene.sign(by: .corporate)
        #expect(try await scene.decide().headline?.code.name == "signature.too-few-signers")
        try scene.sign(by: &instance)
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(times(record) == [[], [SimulatedCA.now.adding(seconds: 30)]])
        // A key whose theft is known counts with a time of its own only, not with the certificate's.
        scene.policy = scene.policy.replacing(
            "{file: corporate.pub}", with: "{file: corporate.pub, compromisedAt: 2026-06-01T00:00:00Z}")
        let stolen = try await scene.decide()
        #expect(stolen.verdict == .reject)
        #expect(stolen.codes.contains("signer.key-compromised"))
    }

    private func times(_ record: AdmissionRecord) -> [[Instant]] {
        record.verified.compactMap { item -> [Instant]? in
            guard case .signature(let facts) = item.statement else { return nil }
            return facts.verifiedTimes
        }.sorted { $0.count < $1.count }
    }

    /// One workflow under two roots is one signer.
    @Test func twoRootsMakeNoSecondSigner() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(
            instance, require: "- {id: signed, on: image, signature: {by: {atLeast: 2, of: [pipeline, corporate]}}}")
        scene.roots = try [instance.root.trusted("one"), instance.root.trusted("two")]
        try scene.sign(by: &instance)
        #expect(try await scene.decide().headline?.code.name == "signature.too-few-signers")
        scene.policy = Keyless.policy()
        #expect(try await scene.decide().verdict == .admit)
    }

    /// A signer may be bound to one root by its name; proof under another is none.
    @Test func aSignerOfOneRootIsNotProvenByAnother() async throws {
        var (own, other) = (try KeylessScene(), try KeylessScene())
        let signer = Keyless.github.replacing("{repository", with: "{trustedRoot: own, repository")
        var scene = try Scene.keyless(own, signer)
        scene.roots = try [own.root.trusted("own"), other.root.trusted("other")]
        var foreign = scene
        try foreign.sign(by: &other)
        let record = try await foreign.decide()
        #expect(record.verdict == .reject && record.headline?.code.name == "signer.identity-differs")
        try scene.sign(by: &own)
        #expect(try await scene.decide().verdict == .admit)
        // Without the name any root proves it.
        foreign.policy = Keyless.policy()
        #expect(try await foreign.decide().verdict == .admit)
    }

    @Test func aDeniedSignerIsDenied() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        try scene.sign(by: &instance)
        scene.guardrails = [
            """
            apiVersion: landwaiter.dev/v1
            kind: Guardrail
            metadata: {name: organisation, owner: security}
            spec:
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
                stolen: {github: {repository: "example/*", workflow: "**"}}
              deny: [{id: stolen, signer: {of: [stolen]}}]

            """
        ]
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code.name == "policy.denied-signer")
    }

    // MARK: What certificate and statement both say

    @Test(
        arguments: [
            (githubProvenance(), nil),
            (githubProvenance(repository: "https://github.com/example/other"), "provenance.certificate-differs"),
            (githubProvenance(ref: "refs/heads/dev"), "provenance.certificate-differs"),
            (githubProvenance(commit: "3333333333333333333333333333333333333333"), "provenance.certificate-differs"),
            (
                githubProvenance(run: "https://github.com/example/ledger/actions/runs/2/attempts/1"),
                "provenance.certificate-differs"
            ),
            (githubProvenance(builder: SimulatedCA.workflow + "2"), "provenance.certificate-differs"),
        ] as [(JSONTree, String?)])
    func provenanceAgreesWithTheCertificate(predicate: JSONTree, code: String?) async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(
            instance,
            require: """
                - id: built
                  on: image
                  provenance:
                    by: {atLeast: 1, of: [pipeline]}
                    match: any
                    builder: ["https://github.com/example/pipelines/**"]
                    source: {repository: ["https://github.com/example/*"], ref: ["refs/heads/*"]}
                """)
        try scene.attest(predicate, about: scene.image, by: &instance)
        let record = try await scene.decide()
        #expect(record.verdict == (code == nil ? .admit : .reject))
        #expect(record.headline?.code.name == code)
    }

    // MARK: Time

    /// A timestamp proves only "not signed later than": the time inside the payload may not be later.
    @Test(
        arguments: [
            ("2026-05-28T20:27:10Z", nil), ("2026-05-28T20:27:11Z", "evidence.time-after-signature"),
            ("2026-05-28T20:20:00Z", nil), ("2026-04-01T00:00:00Z", "provenance.too-old"),
            (nil, "evidence.no-signed-time"),
        ] as [(String?, String?)])
    func theSignedTimeIsNotLaterThanTheProvenOne(finished: String?, code: String?) async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(
            instance,
            require: Policies.provenance(on: "image", more: "\n    newestAge: 30d").replacing(
                "https://ci.example/*", with: "https://github.com/**"
            ).replacing("https://git.example/finance/*", with: "https://github.com/**").replacing(
                "externalParameters: [{name: request.frontend, values: [dockerfile.v0]}]", with: ""))
        scene.at = "2026-05-29T00:00:00Z"
        try scene.attest(githubProvenance(finished: finished), about: scene.image, by: &instance)
        let record = try await scene.decide()
        #expect(record.headline?.code.name == code)
        #expect(record.verdict == (code == nil ? .admit : .reject))
    }

    /// What bounds a signature from below: the certificate did not live when an old signature is stamped anew.
    @Test func anOldSignatureIsNotStampedAnew() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        var draft = try scene.bundle(&instance, .hashedrekord002)
        draft.timestamps = [
            try instance.timestamp(of: draft.signed.signature) { $0.time = SimulatedCA.now.adding(seconds: 86400) }
        ]
        scene.attach(draft.bytes)
        #expect(try await scene.decide().refusedCodes == ["certificate.not-valid-then"])
    }

    // MARK: The record

    @Test func theRecordSaysWhoSigned() async throws {
        var instance = try KeylessScene()
        var scene = try Scene.keyless(instance)
        try scene.sign(by: &instance)
        let record = try await scene.decide().json
        let signer = record["evidence"]?["verified"]?.elements.first?["signers"]?.elements.first?["certificate"]
        #expect(signer?["root"]?.text == "instance")
        #expect(signer?["issuer"]?.text == SimulatedCA.githubIssuer)
        #expect(signer?["names"]?.elements.first?["uri"]?.text == SimulatedCA.workflow)
        #expect(signer?["claims"]?["sourceRepositoryURI"]?.text == "https://github.com/example/ledger")
        #expect(signer?["claims"]?["runnerEnvironment"]?.text == "github-hosted")
    }

    // MARK: Noise

    /// However a bundle is mutilated: an answer, and never an admission by what nobody signed.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func mutatedBundlesAreNeverAdmitted(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var instance = try KeylessScene()
        let honest = try Scene.keyless(instance)
        let kind: LogEntryKind = seed.isMultiple(of: 2) ? .dsse001 : .hashedrekord002
        let draft = try honest.bundle(&instance, kind)
        let sound = try UnverifiedSignedItem(bundle: draft.bytes)
        for _ in 0..<40 {
            var bytes = draft.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, &random) }
            var scene = honest
            scene.attach(bytes)
            let record = try await scene.decide()
            guard record.verdict == .admit else { continue }
            // Only what is not signed, or said twice, may be other.
            let item = try UnverifiedSignedItem(bundle: bytes)
            #expect(item.content == sound.content && item.material == sound.material)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8.random(in: 0x20...0x7e, using: &random), at: at)
        case 3: bytes.replaceSubrange(at..., with: bytes[..<min(at, bytes.count - at)])
        default:
            let end = min(bytes.count, at + Int.random(in: 1...64, using: &random))
            bytes.append(contentsOf: bytes[at..<end])
        }
        if bytes.isEmpty { bytes = [0] }
    }
}
