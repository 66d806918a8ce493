import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Every candidate against every condition.
@Suite struct CandidateCheckTests {
    private func checks(
        _ require: String, _ document: EvidenceDocument, signers: String? = nil, denied: Set<ExactString> = []
    ) throws -> [CandidateCheck] {
        var text = PolicyText()
        text.require = require
        if let signers { text.signers = signers }
        let requirement = try #require(try text.load().require.first)
        let judge = RuleJudge(
            rule: "payments/finance#x", document: document, context: JudgeContext(denied: DeniedSigners(keys: denied)))
        let subject = try #require(try judge.subjects(of: requirement.target, .require).get().first)
        return judge.checks(requirement.rule, subject)
    }

    @Test func saysOfEachSignatureWhyItIsOfNoUse() throws {
        let document = try Facts.admitted {
            $0.signatures = [
                try Facts.signature("good"), try Facts.signature("stranger", by: ["other"]),
                try Facts.signature("platform", subjects: [.amd64]),
            ]
        }
        let all = try checks(PolicyText.signature, document)
        #expect(all.map { $0.evidence[0] } == [Digest.named("good"), .named("stranger"), .named("platform")].sorted())
        func check(_ name: String) -> CandidateCheck? { all.first { $0.evidence == [.named(name)] } }
        #expect(check("good")?.matched == ["subject", "signer"])
        #expect(check("good")?.misses == [])
        #expect(check("good")?.signers == ["corporate"])
        #expect(check("stranger")?.misses.map(\.code) == [.signatureNoAllowedSigner])
        #expect(check("stranger")?.signers == [])
        #expect(check("platform")?.misses.map(\.code) == [.evidenceNamesOnlyPlatforms])
    }

    @Test func saysWhyASignersKeyDoesNotCount() throws {
        let old = "    corporate: {key: {file: keys/corporate.pub, validUntil: 2026-01-01T00:00:00Z}}"
        #expect(
            try checks(PolicyText.signature, Facts.admitted(), signers: old).first?.misses.map(\.code)
                == [.signerKeyExpired])
        guard case .key(let fingerprint, _) = try Keys.signer("corporate") else { throw Missing() }
        #expect(
            try checks(PolicyText.signature, Facts.admitted(), denied: [fingerprint]).first?.misses.map(\.code)
                == [.policyDeniedSigner])
        let named = "    corporate: {key: {file: keys/corporate.pub}, reference: repository}"
        let other = try Facts.admitted { $0.signatures = [try Facts.signature(reference: "registry.example/x")] }
        #expect(
            try checks(PolicyText.signature, other, signers: named).first?.misses.map(\.code)
                == [.signatureReferenceDiffers])
        let same = try Facts.admitted {
            $0.signatures = [try Facts.signature(reference: "registry.example/finance/ledger")]
        }
        #expect(try checks(PolicyText.signature, same, signers: named).first?.matched == ["subject", "signer", "name"])
    }

    @Test func comparesEveryConditionOfStatements() throws {
        let built = try Facts.admitted {
            $0.attestations = [
                try Facts.attestation(by: ["other"]) { $0.sourceRef = "refs/heads/dev" }, try Facts.attested("{}"),
            ]
        }
        let provenance = try checks(PolicyText.provenance(), built)
        #expect(provenance.count == 1, "other types are no candidates")
        #expect(provenance.first?.matched == ["subject", "builder", "source repository", "external parameters"])
        #expect(provenance.first?.misses.map(\.code) == [.provenanceNoAllowedSigner, .provenanceSourceRefDiffers])
        #expect(
            provenance.first?.misses.last?.message
                == "source ref was `refs/heads/dev`, expected `refs/heads/main`, `refs/tags/v*`")
        let tested = try checks(PolicyText.attestation("{field: result, equals: PASSED}"), built)
        #expect(tested.map(\.matched) == [["subject", "signer"]])
        #expect(tested.first?.misses.map(\.message) == ["field `result` is not stated, expected `PASSED`"])
        let based = try checks(PolicyText.base(proof: "[materials]", on: "image"), built)
        #expect(based.first?.misses.map(\.code) == [.provenanceNoAllowedSigner])
    }

    @Test func rulesWithoutEvidenceHaveNoCandidates() throws {
        #expect(try checks("- {id: a, on: image, image: {user: {nonRoot: true}}}", Facts.admitted()).isEmpty)
    }
}
