import Content
import Findings
import PKI
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// What the program holds of Sigstore's public good instance.
@Suite struct PublicGoodTrustTests {
    @Test func everyFactCanBeUsed() {
        let root = SigstoreTrustedRoot.publicGood
        #expect(root.unusable.isEmpty)
        #expect(root.logs.logs.count >= 2 && root.certificateLogs.count >= 2)
        #expect(root.certificateAuthorities.all.count >= 2 && root.timestampAuthorities.count >= 1)
        // Rekor 1 and Rekor 2.
        #expect(Set(root.logs.logs.map(\.publicKey.kind)).isSuperset(of: [.ecdsaP256, .ed25519]))
    }

    /// Scripts/embed-public-good-trust computes the same digest of the facts.
    @Test func isWhatTheScriptWrote() {
        #expect(SigstoreTrustedRoot.publicGood.digest.description == "sha256:" + PublicGoodTrust.sha256)
        let parts = PublicGoodTrust.date.split(separator: "-").map { Int($0) ?? 0 }
        #expect(parts.count == 3 && parts[0] >= 2025 && (1...12).contains(parts[1]) && (1...31).contains(parts[2]))
        #expect(!PublicGoodTrust.version.isEmpty)
    }

    @Test func asksForWhatThePublicGoodInstanceGives() throws {
        let root = SigstoreTrustedRoot.publicGood
        #expect(root.name == "public-good" && root.requirement == .publicGood)
        let lax = root.requiring(ProofRequirement(insecureAcceptsPromiseAlone: true))
        #expect(lax.requirement.insecureAcceptsPromiseAlone && !root.requirement.insecureAcceptsPromiseAlone)
        #expect(lax.name == root.name && lax.digest == root.digest && lax.logs.logs == root.logs.logs)
        #expect(lax.certificateAuthorities.all.count == root.certificateAuthorities.all.count)
        #expect(lax.certificateLogs.map(\.logID) == root.certificateLogs.map(\.logID))
        #expect(lax.timestampAuthorities.count == root.timestampAuthorities.count)
        #expect(lax.json.canonicalBytes() != root.json.canonicalBytes())
    }

    @Test func proofsOfAnotherInstanceProveNothingHere() throws {
        var scene = try KeylessScene()
        for kind in [LogEntryKind.dsse001, .hashedrekord002] {
            #expect(
                try scene.verify(scene.bundle(.envelope, kind), [.publicGood]).failure?.code.name
                    == "sigstore.no-verified-time")
        }
    }

    /// A root that lists no logs doesn't ask for less by that.
    @Test func neverInfersALesserRequirement() throws {
        var scene = try KeylessScene()
        var file = scene.root
        file.logs = []
        file.certificateLogs = []
        let line = file.json.canonicalBytes()
        let roots = try SigstoreTrustedRoot.all(parsing: line + [0x0A] + line, name: "a")
        #expect(roots.map(\.requirement) == [.publicGood, .publicGood])
        var draft = try scene.bundle()
        draft.timestamps = [try scene.timestamp(of: draft.signed.signature)]
        #expect(try scene.verify(draft, roots).failure?.code.name == "sct.unknown-log")
        #expect(
            try scene.verify(draft, roots.map { $0.requiring(.githubPrivate) }).success?.certificateSigner?.root
                == "a-1")
    }
}
