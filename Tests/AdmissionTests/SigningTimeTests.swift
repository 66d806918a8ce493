import Landwaiter
import Simulators
import Testing

/// When a key signed, as a trusted root's clock proves it, and what that decides.
struct SigningTimeTests {
    let clock: SimulatedTSA
    let root: SigstoreTrustedRoot

    init() throws {
        clock = try SimulatedTSA()
        root = try Self.root(of: clock)
    }

    static func root(
        of clock: SimulatedTSA, _ requirement: ProofRequirement = .publicGood
    ) throws -> SigstoreTrustedRoot {
        let chain = [clock.signer.der, clock.authority.intermediate.der, clock.authority.root.der]
        let file: JSONTree = [
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "timestampAuthorities": [
                [
                    "certChain": [
                        "certificates": .array(chain.map { ["rawBytes": .string(Base64.encode($0))] })
                    ], "validFor": ["start": "2026-01-01T00:00:00Z"],
                ]
            ],
        ]
        return try SigstoreTrustedRoot(parsing: file.canonicalBytes(), name: "clock", requirement: requirement)
    }

    /// A bundle that signs the image, with timestamps of its signature at these instants.
    func bundle(_ scene: Scene, by signatory: Signatory = .corporate, stamped times: [String]) throws -> [UInt8] {
        let envelope = try DSSESigner.sign(
            payload: Scene.signatureStatement(scene.image.digest), payloadType: "application/vnd.in-toto+json",
            keys: [signatory.key])
        let bundle = try tree(SigstoreBundle03.make(envelope: envelope, publicKeyHint: ""))
        return try adding(times, to: bundle)
    }

    /// The same bundle with these timestamps instead.
    func adding(_ times: [String], to bundle: JSONTree) throws -> [UInt8] {
        let signature = try Base64.decode(
            bundle["dsseEnvelope"]?["signatures"]?.elements.first?["sig"]?.text ?? "")
        let stamps: [JSONTree] = try times.map { time in
            var answer = clock.answer(to: signature)
            answer.time = try instant(time)
            return ["signedTimestamp": .string(Base64.encode(try answer.encoded()))]
        }
        guard let material = bundle["verificationMaterial"] else { throw NotJSON() }
        let stamped = material.adding("timestampVerificationData", ["rfc3161Timestamps": .array(stamps)])
        return bundle.adding("verificationMaterial", stamped).canonicalBytes()
    }

    func scene(key: String, policy: String = Policies.signed) -> Scene {
        var scene = Scene()
        scene.policy = policy.replacing(
            "{file: corporate.pub}", with: "{file: corporate.pub, \(key)}", maxReplacements: 1)
        return scene
    }

    func decide(_ scene: Scene, roots: [SigstoreTrustedRoot]? = nil) async throws -> AdmissionRecord {
        await AdmissionPipeline(
            policies: try Policies.load([scene.policy]), limits: scene.limits, trustedRoots: roots ?? [root]
        ).decide(try scene.request(scene.source))
    }

    static let compromised = "compromisedAt: 2026-08-01T00:00:00Z"

    /// A key that was stolen in August: what it signed in June still counts, if a clock proves that it is of June.
    @Test(arguments: [
        (["2026-06-01T00:00:00Z"], true), (["2026-07-31T23:59:59Z"], true), (["2026-08-01T00:00:00Z"], false),
        (["2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z"], false), ([], false),
    ])
    func whatWasSignedBeforeTheKeyWasStolenCounts(times: [String], admitted: Bool) async throws {
        var scene = scene(key: Self.compromised)
        scene.attach(try bundle(scene, stamped: times))
        let record = try await decide(scene)
        #expect(record.verdict == (admitted ? .admit : .reject))
        if !admitted { #expect(record.headline?.code.name == "signer.key-compromised") }
        // Nobody's clock is believed unless somebody says so.
        #expect(try await decide(scene, roots: []).verdict == .reject)
        #expect(try await decide(scene, roots: [Self.root(of: SimulatedTSA("stranger"))]).verdict == .reject)
    }

    /// What proves when one signer signed says nothing of another, who signed the same payload later.
    @Test func theTimeOfOneSignerIsNotAnothers() async throws {
        var scene = scene(key: Self.compromised, policy: Policies.text(require: Policies.twoSignatures))
        scene.attach(try bundle(scene, by: .second, stamped: ["2026-06-01T00:00:00Z"]))
        for times in [[], ["2026-09-01T00:00:00Z"]] {
            var late = scene
            late.attach(try bundle(scene, by: .corporate, stamped: times))
            let record = try await decide(late)
            #expect(record.verdict == .reject)
            #expect(record.findings.contains { $0.code.name == "signer.key-compromised" })
        }
        scene.attach(try bundle(scene, by: .corporate, stamped: ["2026-07-01T00:00:00Z"]))
        #expect(try await decide(scene).verdict == .admit)
    }

    /// Anybody can stamp a signature anew, or leave its stamp away.
    @Test func aLaterStampTakesNothingBack() async throws {
        var scene = scene(key: Self.compromised)
        let early = try bundle(scene, stamped: ["2026-06-01T00:00:00Z"])
        scene.attach(early)
        let honest = try await decide(scene)
        #expect(honest.verdict == .admit)
        for times in [["2026-10-01T00:00:00Z"], [], ["2026-06-01T00:00:00Z", "2026-10-01T00:00:00Z"]] {
            scene.attach(try adding(times, to: tree(early)))
            #expect(try await decide(scene).verdict == .admit)
        }
        #expect(try await decide(scene).trustDigest == honest.trustDigest)
    }

    @Test func anExpiredKeyThatSignedInTimeCounts() async throws {
        var scene = scene(key: "validUntil: 2026-06-30T00:00:00Z")
        scene.attach(try bundle(scene, stamped: ["2026-06-01T00:00:00Z"]))
        #expect(try await decide(scene).verdict == .admit)
        let record = try await decide(scene, roots: [])
        #expect(record.headline?.code.name == "signer.key-expired")
    }

    @Test func aProofThatContradictsTheSignatureRefusesIt() async throws {
        var scene = Scene()
        let bytes = try bundle(scene, stamped: ["2026-06-01T00:00:00Z"])
        var answer = clock.answer(to: [1])
        answer.status = 2
        let refused: JSONTree = [
            "rfc3161Timestamps": [["signedTimestamp": .string(Base64.encode(try answer.encoded()))]]
        ]
        let bundle = try tree(bytes)
        guard let material = bundle["verificationMaterial"] else { throw NotJSON() }
        scene.attach(
            bundle.adding("verificationMaterial", material.adding("timestampVerificationData", refused))
                .canonicalBytes())
        let record = try await decide(scene)
        #expect(record.verdict == .reject)
        #expect(record.refused.map(\.finding.code.name) == ["timestamp.malformed"])
        #expect(try await decide(scene, roots: []).verdict == .admit)
    }

    // MARK: What is signed

    /// `cosign sign-blob` over the image's manifest, by a key.
    @Test func aSignatureOverTheManifestIsOneOfTheImage() async throws {
        var scene = Scene()
        guard let manifest = scene.store.blobs[scene.image.digest] else { throw NotJSON() }
        let signature = try Signatory.corporate.key.sign(manifest)
        func bundle(_ digest: Digest) throws -> [UInt8] {
            let tree: JSONTree = [
                "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
                "verificationMaterial": ["publicKey": ["hint": "h"]],
                "messageSignature": [
                    "messageDigest": [
                        "algorithm": "SHA2_256", "digest": .string(Base64.encode(try Hex.decode(digest.hex))),
                    ], "signature": .string(Base64.encode(signature)),
                ],
            ]
            return tree.canonicalBytes()
        }
        scene.supplied = [try bundle(scene.image.digest)]
        #expect(try await decide(scene, roots: []).verdict == .admit)
        scene.supplied = [try bundle(Digest(of: [1]))]
        let record = try await decide(scene, roots: [])
        #expect(record.verdict == .reject)
        #expect(record.refused.map(\.finding.code.name) == ["sigstore.message-signature"])
    }

    // MARK: Certificates

    /// Whoever has a certificate of a trusted root is still nobody whom a policy names; and costs nothing.
    @Test func nobodysCertificateCounts() async throws {
        var scene = Scene()
        let payload = Scene.signatureStatement(scene.image.digest)
        let bundle = try tree(Scene.bundle(payload, by: .corporate))
        let material: JSONTree = ["certificate": ["rawBytes": .string(Base64.encode(clock.signer.der))]]
        scene.attach(bundle.adding("verificationMaterial", material).canonicalBytes())
        let record = try await decide(scene)
        #expect(record.verdict == .reject)
        #expect(record.refused.map(\.finding.code.name) == ["evidence.no-named-holder"])
        #expect(
            try await decide(scene, roots: []).refused.map(\.finding.code.name) == ["sigstore.no-trusted-root"])
    }

    @Test func trustedRootsCountInTheTrustDigest() async throws {
        let scene = Scene()
        var digests: Set<Digest> = []
        let promising = try Self.root(of: clock, ProofRequirement(insecureAcceptsPromiseAlone: true))
        for roots in try [[], [root], [root, root], [promising], [Self.root(of: SimulatedTSA())]] {
            digests.insert(try await decide(scene, roots: roots).trustDigest)
        }
        #expect(digests.count == 5)
        #expect(
            try await decide(scene, roots: [promising]).insecure
                == ["insecureAcceptsPromiseAlone in trusted root `clock`"])
    }
}
