import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Proofs of time beside what a key signed.
@Suite struct KeyTimesTests {
    /// A bundle by key, logged with that key and stamped.
    func keyed(
        _ scene: inout KeylessScene, altering alter: (inout BundleDraft) throws -> Void = { _ in }
    ) throws -> Result<VerifiedSignature, SignatureRefusal> {
        var draft = try scene.bundle()
        draft.material = ["publicKey": ["hint": "h"]]
        let material = LoggedItem.Material.publicKey(scene.key.publicKey.subjectPublicKeyInfo)
        var submission = draft.signed.submission(.dsse001)
        submission.claims[0].material = material
        draft.entries = [try scene.rekor1.log(submission)]
        draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
        try alter(&draft)
        return try scene.verify(draft.item(), keys: Fixture.trusted(scene.key))
    }

    func times(_ seconds: Int64...) -> [Instant] { seconds.map { SimulatedCA.now.adding(seconds: $0) } }

    @Test func datesWhatAKeySigned() throws {
        var scene = try KeylessScene()
        let verified = try keyed(&scene).get()
        #expect(verified.verifiedTimes == times(30, 60))
        #expect(verified.signers.count == 1 && verified.certificateSigner == nil)
    }

    /// cosign keeps a promise alone beside a signature by key: it counts, without that time.
    @Test func needsNoProofOfTime() throws {
        var scene = try KeylessScene()
        #expect(
            try keyed(&scene) {
                $0.entries = []
                $0.timestamps = []
            }.get().verifiedTimes == [])
        #expect(try keyed(&scene) { $0.entries[0].inclusionProof = nil }.get().verifiedTimes == times(60))
        #expect(try keyed(&scene) { $0.entries[0].inclusionPromise = nil }.get().verifiedTimes == times(60))
        #expect(
            try keyed(&scene) {
                $0.entries[0].logID = [1]
                $0.timestamps = [try SimulatedTSA("stranger").answer(to: $0.signed.signature).encoded()]
            }.get().verifiedTimes == [])
        // What can't be read proves nothing.
        #expect(try keyed(&scene) { $0.entries.append($0.entries[0]) }.get().verifiedTimes == [])
    }

    @Test func rejectsAProofThatContradictsTheSignature() throws {
        var scene = try KeylessScene()
        let stamp = try scene.timestamp(of: [1])
        let stamped = try keyed(&scene) { $0.timestamps = [stamp] }
        #expect(try stamped.get().verifiedTimes == times(30))
        let dated = try keyed(&scene) { $0.entries[0].integratedTime += 1 }
        #expect(dated.failure?.code.name == "log.invalid-promise")
        let entries = try scene.bundle().entries
        let logged = try keyed(&scene) { $0.entries = entries }
        #expect(logged.failure?.code.name == "log.other-signature")
        let proved = try keyed(&scene) { $0.entries[0].inclusionProof?.hashes[0][0] ^= 1 }
        #expect(proved.failure?.code.name == "log.invalid-inclusion-proof")
    }
}
