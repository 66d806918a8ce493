import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Who vouches for when, and that everyone could see it.
@Suite struct TimeAndLogAttackTests {
    /// cosign CVE-2026-24122: the signer's certificate was valid, the one that issued it was not.
    @Test func rejectsAnIssuingAuthorityThatHadExpired() throws {
        let expired = try SimulatedCA(intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 29) })
        var scene = try KeylessScene(authority: expired)
        #expect(try scene.code(scene.bundle()) == "certificate.authority-not-valid-then")
        let valid = try SimulatedCA(intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 30) })
        scene = try KeylessScene(authority: valid)
        #expect(try scene.code(scene.bundle()) == nil)
    }

    @Test(arguments: [(-1, "certificate.not-valid-then"), (0, nil), (600, nil), (601, "certificate.not-valid-then")])
    func rejectsATimeOutsideTheCertificate(seconds: Int64, code: String?) throws {
        var scene = try KeylessScene()
        scene.rekor1.time = SimulatedCA.now.adding(seconds: seconds)
        #expect(try scene.code(scene.bundle()) == code)
    }

    /// Both ends of an authority's period belong to it.
    @Test(arguments: [
        (30, 30, nil), (31, 40, "certificate.authority-not-trusted-then"),
        (0, 29, "certificate.authority-not-trusted-then"),
    ])
    func rejectsAnAuthorityOutsideItsPeriod(start: Int64, end: Int64, code: String?) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle()
        var root = scene.root
        root.authorities[0].start = SimulatedCA.now.adding(seconds: start)
        root.authorities[0].end = SimulatedCA.now.adding(seconds: end)
        #expect(try scene.code(draft, root) == code)
    }

    @Test(arguments: [(30, 30, nil), (31, 40, "log.key-not-valid"), (0, 29, "log.key-not-valid")])
    func rejectsALogOutsideItsPeriod(start: Int64, end: Int64, code: String?) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle()
        var root = scene.root
        root.logs[0].start = SimulatedCA.now.adding(seconds: start)
        root.logs[0].end = SimulatedCA.now.adding(seconds: end)
        #expect(try scene.code(draft, root) == code)
    }

    /// sigstore-go CVE-2026-54787; the timestamp says 60.
    @Test(arguments: [
        (60, 60, nil), (61, 70, "timestamp.authority-refused"), (0, 59, "timestamp.authority-refused"),
    ])
    func rejectsAClockOutsideItsPeriod(start: Int64, end: Int64, code: String?) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(.envelope, .hashedrekord002)
        var root = scene.root
        root.clocks[0].start = SimulatedCA.now.adding(seconds: start)
        root.clocks[0].end = SimulatedCA.now.adding(seconds: end)
        #expect(try scene.code(draft, root) == code)
        // A log of Rekor 2 has no time of its own: the timestamp's has to lie in its period.
        var logged = scene.root
        logged.logs[1].start = SimulatedCA.now.adding(seconds: start)
        logged.logs[1].end = SimulatedCA.now.adding(seconds: end)
        #expect(try scene.code(draft, logged) == code.map { _ in "log.key-not-valid" })
    }

    @Test(arguments: [(0, 0, nil), (1, 9, "sct.log-not-trusted-then"), (-9, -1, "sct.log-not-trusted-then")])
    func rejectsACertificateLogOutsideItsPeriod(start: Int64, end: Int64, code: String?) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle()
        var root = scene.root
        root.certificateLogs[0].start = SimulatedCA.now.adding(seconds: start)
        root.certificateLogs[0].end = SimulatedCA.now.adding(seconds: end)
        #expect(try scene.code(draft, root) == code)
    }

    // MARK: Promises

    /// sigstore-js CVE-2026-48816.
    @Test func rejectsAnIntegratedTimeWithoutAPromise() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.entries[0].inclusionPromise = nil
        #expect(try scene.code(draft) == "sigstore.no-verified-time")
    }

    @Test func rejectsAnIntegratedTimeThatWasNotPromised() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.entries[0].integratedTime += 1
        #expect(try scene.code(draft) == "log.invalid-promise")
    }

    @Test func rejectsAPromiseOfAnotherLog() throws {
        var scene = try KeylessScene()
        let other = try SimulatedRekor(.rekor1, name: "rekor.example", time: scene.rekor1.time)
        var draft = try scene.bundle()
        draft.entries[0].inclusionPromise = try other.promise(for: draft.entries[0])
        #expect(try scene.code(draft) == "log.invalid-promise")
    }

    /// gitsign CVE-2023-47122: a log counts by the key in the root, whatever it says of itself.
    @Test func rejectsALogThatTheRootDoesNotKnow() throws {
        var scene = try KeylessScene()
        let root = scene.root
        scene.rekor1 = try SimulatedRekor(.rekor1, name: "rekor.example", time: scene.rekor1.time)
        #expect(try scene.code(scene.bundle(), root) == "sigstore.no-verified-time")
        scene.rekor2 = try SimulatedRekor(.rekor2, name: "log.example", time: scene.rekor2.time)
        #expect(try scene.code(scene.bundle(.envelope, .hashedrekord002), root) == "sigstore.too-few-logs")
    }

    @Test func rejectsAnEntryOfRekor2WithoutATimestamp() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps = []
        draft.entries[0].integratedTime = SimulatedCA.now.adding(seconds: 30).secondsSince1970
        #expect(try scene.code(draft) == "sigstore.no-verified-time")
        // A promise of its key does not help: Rekor 2 makes none.
        draft.entries[0].inclusionPromise = try scene.rekor2.promise(for: draft.entries[0])
        #expect(try scene.code(draft) == "sigstore.no-verified-time")
    }

    @Test func rejectsAnEntryOfRekor2ThatAnotherLogDates() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps = []
        let parts = draft.signed
        draft.entries = [
            try scene.rekor2.log(parts.submission(.hashedrekord002)),
            try scene.rekor1.log(parts.submission(.dsse001)),
        ]
        #expect(try scene.code(draft) == "log.no-verified-time")
        draft.timestamps = [try scene.timestamp(of: parts.signature)]
        #expect(try scene.verify(draft).get().certificateSigner?.logs == 2)
    }

    // MARK: Inclusion

    @Test func rejectsAPromiseAloneUnlessTheRootSaysSo() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
        draft.entries[0].inclusionProof = nil
        #expect(try scene.code(draft) == "log.no-inclusion-proof")
        let accepting = ProofRequirement(insecureAcceptsPromiseAlone: true)
        #expect(try scene.code(draft, nil, accepting) == nil)
        // A proof without a checkpoint is its own claim.
        draft = try scene.bundle()
        draft.entries[0].inclusionProof?.checkpoint = nil
        #expect(try scene.code(draft) == "log.no-inclusion-proof")
        #expect(try scene.code(draft, nil, accepting) == nil)
        // What is there has to be right even so.
        draft.entries[0].inclusionProof?.hashes = [[UInt8](repeating: 0, count: 32)]
        #expect(try scene.code(draft, nil, accepting) == "log.invalid-inclusion-proof")
        // Rekor 2 promises nothing.
        draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.entries[0].inclusionProof = nil
        #expect(try scene.code(draft, nil, accepting) == "log.no-inclusion-proof")
    }

    @Test(arguments: [LogEntryKind.dsse001, .hashedrekord002])
    func rejectsAnInclusionProofThatDoesNotLeadToTheCheckpoint(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, kind)
        let sound = draft.entries[0]
        draft.entries[0].inclusionProof?.hashes[0][0] ^= 1
        #expect(try scene.code(draft) == "log.invalid-inclusion-proof")
        draft.entries[0] = sound
        draft.entries[0].inclusionProof?.logIndex -= 1
        #expect(try scene.code(draft) == "log.invalid-inclusion-proof")
        // A sound proof, and a checkpoint of the log over another tree.
        draft.entries[0] = sound
        let other = try scene.bundle(.envelope, kind)
        draft.entries[0].inclusionProof?.checkpoint = other.entries[0].inclusionProof?.checkpoint
        #expect(try scene.code(draft) == "log.invalid-inclusion-proof")
    }

    @Test(arguments: [LogEntryKind.dsse001, .hashedrekord002])
    func rejectsACheckpointOfAnotherLog(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, kind)
        let proof = try #require(draft.entries[0].inclusionProof)
        let name = kind.generation == .rekor1 ? "rekor.example" : "log.example"
        let other = try SimulatedRekor(kind.generation, name: name, time: SimulatedCA.now)
        draft.entries[0].inclusionProof?.checkpoint = try other.checkpoint(
            of: TreeHead(size: UInt64(proof.treeSize), rootHash: proof.rootHash))
        #expect(
            try scene.code(draft)
                == (kind.generation == .rekor1 ? "checkpoint.not-signed-by-log" : "sigstore.too-few-logs"))
    }

    @Test func rejectsACheckpointWithTooFewWitnesses() throws {
        var scene = try KeylessScene()
        let witness = try SimulatedWitness(time: SimulatedCA.now)
        let trusted = try #require(witness.trusted)
        let requirement = ProofRequirement(witnesses: try #require(WitnessRequirement(atLeast: 1, of: [trusted])))
        #expect(try scene.code(scene.bundle(), nil, requirement) == "checkpoint.too-few-witnesses")
        scene.rekor1.witnesses = [witness]
        #expect(try scene.code(scene.bundle(), nil, requirement) == nil)
    }

    // MARK: Thresholds

    /// sigstore-go CVE-2026-49834: a log that signs two entries is one log.
    @Test func countsDistinctLogs() throws {
        var scene = try KeylessScene()
        let two = ProofRequirement(logEntries: 2)
        var draft = try scene.bundle()
        draft.entries.append(try scene.rekor1.log(draft.signed.submission(.dsse001)))
        #expect(draft.entries[0] != draft.entries[1])
        #expect(try scene.code(draft, nil, two) == "sigstore.too-few-logs")
        let other = try SimulatedRekor(.rekor1, name: "second.example", time: SimulatedCA.now.adding(seconds: 40))
        var second = other
        draft.entries[1] = try second.log(draft.signed.submission(.intoto002))
        var root = scene.root
        root.logs.append(.init(other))
        #expect(try scene.code(draft, root, two) == nil)
        // The same key under two names is one log.
        root = scene.root
        root.logs.append(root.logs[0])
        root.logs[2].baseURL = "https://second.example"
        draft.entries[1] = try scene.rekor1.log(draft.signed.submission(.dsse001))
        #expect(try scene.code(draft, root, two) == "sigstore.too-few-logs")
    }

    @Test func countsDistinctTimestampAuthorities() throws {
        var scene = try KeylessScene()
        let two = ProofRequirement(signedTimestamps: 2)
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        let later = try scene.timestamp(of: draft.signed.signature) { $0.time = SimulatedCA.now.adding(seconds: 61) }
        draft.timestamps.append(later)
        #expect(try scene.code(draft, nil, two) == "sigstore.too-few-timestamps")
        // Two signers of one authority are one authority.
        let sibling = try SimulatedTSA("sibling", authority: scene.clock.authority)
        var root = scene.root
        root.clocks.append(.init(sibling))
        draft.timestamps[1] = try sibling.answer(to: draft.signed.signature).encoded()
        #expect(try scene.code(draft, root, two) == "sigstore.too-few-timestamps")
        let other = try SimulatedTSA("other")
        root.clocks.append(.init(other))
        draft.timestamps[1] = try other.answer(to: draft.signed.signature).encoded()
        #expect(try scene.code(draft, root, two) == nil)
    }

    @Test func countsDistinctCertificateLogs() throws {
        var scene = try KeylessScene()
        let two = ProofRequirement(certificateTimestamps: 2)
        let key = scene.key
        scene.leaf = try scene.authority.issue(
            scene.authority.fulcioLeaf(key: key.publicKey), key: key,
            logs: [scene.certificateLog, scene.certificateLog])
        #expect(try scene.code(scene.bundle(), nil, two) == "sct.threshold-not-met")
        let other = try SimulatedCTLog()
        scene.leaf = try scene.authority.issue(
            scene.authority.fulcioLeaf(key: key.publicKey), key: key, logs: [scene.certificateLog, other])
        var root = scene.root
        root.certificateLogs.append(.init(other.key.publicKey))
        #expect(try scene.code(scene.bundle(), root, two) == nil)
    }

    // MARK: Timestamps

    @Test func rejectsATimestampOfAnotherSignature() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps = [try scene.timestamp(of: [1, 2, 3])]
        #expect(try scene.code(draft) == "timestamp.other-signature")
        // Beside another time it says nothing, and counts for nothing.
        draft = try scene.bundle()
        draft.timestamps = [try scene.timestamp(of: [1, 2, 3])]
        #expect(try scene.verify(draft).get().verifiedTimes == [SimulatedCA.now.adding(seconds: 30)])
        #expect(try scene.code(draft, nil, ProofRequirement(signedTimestamps: 1)) == "sigstore.too-few-timestamps")
    }

    /// Every time counts, not the earliest alone.
    @Test func rejectsALateTimestampBesideAGoodOne() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        for (seconds, code) in [(600, nil), (601, "certificate.not-valid-then")] as [(Int64, String?)] {
            draft.timestamps = [
                try scene.timestamp(of: draft.signed.signature) {
                    $0.time = SimulatedCA.now.adding(seconds: seconds)
                }
            ]
            #expect(try scene.code(draft) == code)
        }
    }

    @Test func passesOverATimestampOfAnUnknownAuthority() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        var answer = try SimulatedTSA("stranger").answer(to: draft.signed.signature)
        draft.timestamps = [try answer.encoded()]
        #expect(try scene.verify(draft).get().verifiedTimes == [SimulatedCA.now.adding(seconds: 30)])
        // It brings its certificates along.
        answer.certificates = [answer.signer.der]
        draft.timestamps = [try answer.encoded()]
        var root = scene.root
        root.clocks[0].certificates.removeFirst()
        #expect(try scene.code(draft, root) == nil)
        // It dates nothing.
        draft.entries = []
        #expect(try scene.code(draft, root) == "sigstore.no-verified-time")
    }

    /// go-witness GHSA-5qp5.
    @Test func rejectsAClockThatIsNotForTimestampsAlone() throws {
        for usage in [
            CertificateTemplate.Extension.extendedKeyUsage([ChainProfile.timeStamping]),
            .extendedKeyUsage([ChainProfile.timeStamping, ChainProfile.codeSigning], isCritical: true),
        ] {
            var scene = try KeylessScene()
            scene.clock = try SimulatedTSA(altering: { $0.set(usage) })
            #expect(try scene.code(scene.bundle(.envelope, .hashedrekord002)) == "timestamp.authority-refused")
        }
    }

    /// timestamp-authority CVE-2026-39984: two certificates of one name in the token, and the wrong one first.
    @Test func rejectsATimestampOfAnotherSignerOfTheName() throws {
        var scene = try KeylessScene()
        let stranger = try SimulatedTSA("clock")
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps = [
            try scene.timestamp(of: draft.signed.signature) {
                $0.named = scene.clock.signer
                $0.signer = stranger.signer
                $0.certificates = [scene.clock.signer.der, stranger.signer.der]
            }
        ]
        #expect(try scene.code(draft) == "timestamp.signature-mismatch")
    }

    /// Each time has a path of certificates, and no path has both.
    @Test func rejectsTimesThatNoOneChainHolds() throws {
        let early = try SimulatedCA(intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 40) })
        var template = early.intermediate.template
        template.notBefore = SimulatedCA.now.adding(seconds: 50)
        template.notAfter = SimulatedCA.now.adding(seconds: 86400)
        let late = try template.signed(by: early.root.key)
        var scene = try KeylessScene(authority: early)
        var root = scene.root
        root.authorities.append(.init([late, early.root.der]))
        var draft = try scene.bundle()
        #expect(try scene.code(draft, root) == nil)
        draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
        #expect(try scene.code(draft, root) == "sigstore.times-disagree")
        draft.entries[0] = try scene.rekor2.log(draft.signed.submission(.hashedrekord002))
        #expect(try scene.code(draft, root) == nil)
    }

    // MARK: Endless and repeated

    @Test func rejectsAProofThatIsRepeated() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.entries.append(draft.entries[0])
        #expect(try scene.verify(draft).failure == .certificate(.proofs(.repeated("tlogEntries")), root: nil))
        #expect(try scene.code(draft) == "sigstore.malformed-bundle")
        draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps.append(draft.timestamps[0])
        #expect(try scene.verify(draft).failure == .certificate(.proofs(.repeated("rfc3161Timestamps")), root: nil))
    }

    @Test func rejectsMoreProofsThanTheLimit() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        let stamps = try (1...33).map { second in
            try scene.timestamp(of: draft.signed.signature) { $0.time = SimulatedCA.now.adding(seconds: Int64(second)) }
        }
        draft.timestamps = Array(stamps.prefix(32))
        #expect(try scene.code(draft) == nil)
        draft.timestamps = stamps
        #expect(try scene.code(draft) == "limit.bundle-elements")
        draft = try scene.bundle()
        let entry = draft.entries[0]
        draft.entries = (0..<33).map { number in
            var entry = entry
            entry.logID = [UInt8(number)]
            return entry
        }
        #expect(try scene.code(draft) == "limit.bundle-elements")
        draft.entries = [entry] + draft.entries.prefix(31)
        #expect(try scene.code(draft) == nil)
    }

    @Test func chargesForEveryProofUnderEveryRoot() throws {
        var scene = try KeylessScene()
        let item = try scene.bundle(.envelope, .hashedrekord002).item()
        let stranger = try KeylessScene().root.trusted("stranger")
        let roots = try [stranger, scene.root.trusted()]
        var budget = SignatureBudget(limit: 32)
        #expect(SignatureVerifier.verify(item, keys: TrustedKeySet([]), roots: roots, budget: &budget).success != nil)
        #expect(budget.remaining == 0)
        budget = SignatureBudget(limit: 31)
        let refusal = SignatureVerifier.verify(item, keys: TrustedKeySet([]), roots: roots, budget: &budget).failure
        #expect(refusal == .tooManyOperations(limit: 31))
    }
}
