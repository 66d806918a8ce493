import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Roots side by side: each judges alone, by its own requirement.
@Suite struct SeveralRootsTests {
    @Test func namesTheRootThatProvesASignature() throws {
        var (first, second) = (try KeylessScene(), try KeylessScene())
        let roots = try [first.root.trusted("first"), second.root.trusted("second")]
        #expect(try first.verify(first.bundle(), roots).get().certificateSigner?.root == "first")
        #expect(try first.verify(second.bundle(), roots).get().certificateSigner?.root == "second")
        #expect(try first.verify(first.bundle(), roots.reversed()).get().certificateSigner?.root == "first")
    }

    /// A certificate of one root, logged in the log of another: neither root proves it.
    @Test func rejectsACertificateOfOneRootThatTheLogOfAnotherProves() throws {
        let first = try KeylessScene()
        var second = try KeylessScene()
        let roots = try [first.root.trusted("first"), second.root.trusted("second")]
        second.leaf = first.leaf
        for kind in [LogEntryKind.dsse001, .hashedrekord002] {
            let refusal = try first.verify(second.bundle(.envelope, kind), roots).failure
            #expect(refusal?.code.name == "certificate.signature-mismatch")
        }
        // The first root's clock says when, and the log is still the second's.
        second.clock = first.clock
        #expect(
            try first.verify(second.bundle(.envelope, .hashedrekord002), [first.root.trusted("first")]).failure
                == .certificate(.tooFewLogs(needed: 1, found: 0), root: "first"))
    }

    @Test func relaxingOneRootNeverRelaxesAnother() throws {
        let demanding = try KeylessScene()
        var lax = try KeylessScene()
        let roots = try [
            demanding.root.trusted("demanding"),
            lax.root.trusted(
                "lax", ProofRequirement(logEntries: 0, certificateTimestamps: 0, insecureAcceptsPromiseAlone: true)),
        ]
        // Neither logged nor published: only what the lax root issued may be so.
        for scene in [demanding, lax] {
            var draft = BundleDraft(try scene.signed(.envelope))
            draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
            let outcome = try scene.verify(draft, roots)
            if scene.leaf.der == lax.leaf.der {
                #expect(outcome.success?.certificateSigner?.root == "lax")
            } else {
                #expect(outcome.failure == .certificate(.tooFewLogs(needed: 1, found: 0), root: "demanding"))
            }
        }
        // A promise alone.
        var strict = demanding
        var draft = try strict.bundle()
        draft.entries[0].inclusionProof = nil
        #expect(try strict.verify(draft, roots).failure?.code.name == "log.no-inclusion-proof")
        draft = try lax.bundle()
        draft.entries[0].inclusionProof = nil
        #expect(try lax.verify(draft, roots).success != nil)
    }

    /// GitHub's own instance: a timestamp, no log, and a certificate that is published nowhere.
    @Test func provesWithATimestampAloneUnderTheProfileOfGitHub() throws {
        var scene = try KeylessScene()
        scene.leaf = try scene.authority.issue(
            scene.authority.fulcioLeaf(key: scene.key.publicKey), key: scene.key)
        var draft = BundleDraft(try scene.signed(.envelope))
        draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
        #expect(try scene.code(draft, nil, .githubPrivate) == nil)
        #expect(try scene.code(draft, nil, .publicGood) == "sct.missing")
        #expect(
            try scene.verify(draft, [scene.root.trusted("instance", .githubPrivate)]).get().certificateSigner?.logs == 0
        )
        // Without the timestamp nothing says when, and a log's promise is not what the profile asks for.
        draft.timestamps = []
        #expect(try scene.code(draft, nil, .githubPrivate) == "sigstore.no-verified-time")
        draft = try scene.bundle()
        #expect(try scene.code(draft, nil, .githubPrivate) == "sigstore.too-few-timestamps")
    }

    /// Of several refusals the one of the root under which the item came furthest is told.
    @Test func tellsTheRefusalThatExplainsMost() throws {
        var scene = try KeylessScene()
        let stranger = try KeylessScene().root.trusted("stranger")
        var draft = try scene.bundle()
        draft.entries[0].inclusionProof = nil
        for roots in try [[stranger, scene.root.trusted()], [scene.root.trusted(), stranger]] {
            #expect(
                try scene.verify(draft, roots).failure
                    == .certificate(.logEntry(.noInclusionProof), root: "instance"))
        }
        #expect(
            try scene.verify(draft, [stranger]).failure?.message
                == "under the trusted root `stranger`: " + CertificateRefusal.noVerifiedTime.message)
    }

    @Test func everyRequirementCountsInTheDigestOfTrust() throws {
        let scene = try KeylessScene()
        let witness = try #require(SimulatedWitness(time: SimulatedCA.now).trusted)
        let requirements = [
            ProofRequirement(), .githubPrivate, ProofRequirement(logEntries: 2),
            ProofRequirement(certificateTimestamps: 2), ProofRequirement(signedTimestamps: 1),
            ProofRequirement(insecureAcceptsPromiseAlone: true),
            ProofRequirement(witnesses: try #require(WitnessRequirement(atLeast: 1, of: [witness]))),
        ]
        var seen: Set<[UInt8]> = []
        for requirement in requirements {
            seen.insert(try scene.root.trusted("instance", requirement).json.canonicalBytes())
        }
        seen.insert(try scene.root.trusted("other").json.canonicalBytes())
        var file = scene.root
        file.logs.removeLast()
        seen.insert(try file.trusted().json.canonicalBytes())
        #expect(seen.count == requirements.count + 2)
    }
}
