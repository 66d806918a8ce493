import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// What `verify --explain` says of each rule and each piece of evidence.
@Suite struct ExplanationTests {
    private static func explain(
        _ require: String, _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> [RuleExplanation] {
        var text = PolicyText()
        text.require = require
        let policies = try Policies.load(text.text)
        let document = try Facts.admitted(change)
        let matching = policies.matching(
            namespace: document.request.namespace, reference: document.request.reference)
        let explanations = PolicyEvaluator.explain(matching, document)
        // The same judges: what is explained is what is decided.
        let results = PolicyEvaluator.evaluate(matching, document).rules
        for result in results {
            let explanation = explanations.first { $0.rule == result.rule && $0.subject == result.subject }
            #expect(explanation?.outcome == result.outcome && explanation?.findings == result.findings)
        }
        return explanations
    }

    private static let two = "- {id: signed, on: image, signature: {by: {atLeast: 2, of: [corporate, second]}}}"

    // MARK: Signatures

    @Test func everySignatureSaysWhatItMeets() throws {
        let explanations = try Self.explain(PolicyText.signature) {
            $0.signatures = [
                try Facts.signature("good"), try Facts.signature("stranger", by: ["other"]),
                try Facts.signature("platform", subjects: [.amd64]),
            ]
        }
        let rule = try #require(explanations.first)
        #expect(explanations.count == 1 && rule.outcome == .holds && rule.mend == nil && rule.closest == nil)
        #expect(rule.candidates.map(\.evidence) == [[.named("good")], [.named("stranger")], [.named("platform")]])
        #expect(rule.candidates.map(\.matched) == [["subject", "signer"], ["subject"], ["signer"]])
        #expect(
            rule.candidates.map { $0.misses.map(\.code) } == [
                [], [.signatureNoAllowedSigner], [.evidenceNamesOnlyPlatforms],
            ])
        #expect(rule.candidates[0].signers == ["`again`, `corporate`"] || rule.candidates[0].signers == ["`corporate`"])
        #expect(rule.candidates[1].signers.first?.hasPrefix("key sha256:") == true)
        #expect(rule.candidates[2].misses.first?.message == "speaks of `linux/amd64`, expected \(Digest.image)")
    }

    @Test func aSignatureThatIsNotEnoughCountsTowardsEnough() throws {
        let rule = try #require(try Self.explain(Self.two).first)
        #expect(rule.outcome == .fails)
        #expect(rule.candidates.map(\.counts) == [true])
        #expect(rule.candidates.map(\.note) == ["one of 2 signers that are needed"])
        #expect(rule.mend == "have `second` sign the image (`landwaiter sign`)")
    }

    @Test func aNameThatDiffersIsSaid() throws {
        var text = PolicyText()
        text.signers = "    corporate: {key: {file: keys/corporate.pub}, reference: repository}"
        let policies = try Policies.load(text.text)
        let document = try Facts.admitted {
            $0.signatures = [try Facts.signature(reference: "registry.example/other")]
        }
        let matching = policies.matching(namespace: "finance", reference: document.request.reference)
        let rule = try #require(PolicyEvaluator.explain(matching, document).first)
        #expect(rule.closest?.matched == ["subject", "signer"])
        #expect(rule.closest?.misses.map(\.code) == [.signatureReferenceDiffers])
    }

    @Test func withoutEvidenceTheRuleSaysWhoHasToSign() throws {
        let rule = try #require(try Self.explain(PolicyText.signature) { $0.signatures = [] }.first)
        #expect(rule.candidates == [] && rule.closest == nil)
        #expect(rule.mend == "have `corporate` sign the image (`landwaiter sign`)")
        let both = try #require(try Self.explain(Self.two) { $0.signatures = [] }.first)
        #expect(both.mend == "have 2 of `corporate`, `second` sign the image (`landwaiter sign`)")
    }

    // MARK: Statements

    @Test func theClosestOfAllStatementsComesFirst() throws {
        let rule = try #require(
            try Self.explain(PolicyText.provenance()) {
                $0.attestations = [
                    try Facts.attestation("far") {
                        $0.sourceRef = "refs/heads/dev"
                        $0.builder = "https://elsewhere.example/x"
                    },
                    try Facts.attestation("near") { $0.sourceRef = "refs/heads/dev" },
                    try Facts.attestation("stranger", by: ["other"]),
                    try Facts.attestation("platform", subjects: [.amd64]),
                ]
            }.first)
        #expect(rule.outcome == .fails)
        #expect(
            rule.candidates.map(\.evidence) == [
                [.named("near")], [.named("far")], [.named("stranger")], [.named("platform")],
            ])
        let closest = try #require(rule.closest)
        #expect(
            closest.matched == ["subject", "signer", "builder", "source repository", "external parameters"])
        #expect(
            closest.misses.map(\.message) == [
                "source ref was `refs/heads/dev`, expected `refs/heads/main`, `refs/tags/v*`"
            ])
        #expect(
            rule.mend
                == "one change would do: build from an allowed branch or tag: `refs/heads/main`, `refs/tags/v*`")
        #expect(rule.candidates[1].misses.map(\.code) == [.provenanceBuilderDiffers, .provenanceSourceRefDiffers])
        #expect(
            rule.candidates[2].matched
                == ["subject", "builder", "source repository", "source ref", "external parameters"])
        #expect(rule.candidates[2].misses.map(\.code) == [.provenanceNoAllowedSigner])
        #expect(rule.candidates[3].misses.map(\.message) == ["speaks of `linux/amd64`, expected \(Digest.image)"])
        // What the record leads with says the same.
        #expect(
            rule.findings.map(\.mend) == [
                "build from an allowed branch or tag; it misses nothing else"
            ])
    }

    @Test func statementsOfAnotherTypeAreToldApart() throws {
        let rule = try #require(
            try Self.explain(PolicyText.provenance()) {
                var other = try Facts.attestation("sbom")
                other.provenance = nil
                other.predicateType = "https://spdx.dev/Document"
                $0.attestations = [other]
            }.first)
        #expect(rule.closest?.what == "https://spdx.dev/Document")
        #expect(rule.closest?.matched == [])
        #expect(
            rule.closest?.misses.map(\.message) == ["type was `https://spdx.dev/Document`, expected provenance"])
        #expect(rule.closest?.misses.map(\.code) == [.provenanceNoneOfType])
    }

    @Test func whatIsStaleIsSaid() throws {
        let rule = try #require(
            try Self.explain(PolicyText.provenance(match: "latest", more: ", newestAge: 7d")) {
                $0.attestations = [
                    try Facts.attestation("old") { $0.finishedOn = try Facts.instant("2026-01-01T00:00:00Z") }
                ]
            }.first)
        #expect(rule.closest?.misses.map(\.code) == [.provenanceTooOld])
        #expect(rule.mend == "one change would do: build the image anew")
    }

    @Test func copiesOfOneStatementAreOneCandidate() throws {
        let rule = try #require(
            try Self.explain(PolicyText.provenance()) {
                var copy = try Facts.attestation()
                copy.evidence = .named("copy")
                $0.attestations = [try Facts.attestation(), copy]
            }.first)
        #expect(rule.candidates.map(\.evidence) == [[.named("provenance"), .named("copy")].sorted()])
    }

    @Test func severalMissesAreSeveralChanges() throws {
        let rule = try #require(
            try Self.explain(PolicyText.provenance()) {
                $0.attestations = [
                    try Facts.attestation {
                        $0.sourceRef = "refs/heads/dev"
                        $0.builder = "https://elsewhere.example/x"
                    }
                ]
            }.first)
        #expect(
            rule.mend
                == "build with an allowed builder: `https://ci.example/*`; and build from an allowed branch or tag: `refs/heads/main`, `refs/tags/v*`"
        )
    }

    // MARK: Other rules

    @Test func materialsAreExplainedWithoutTheLayers() throws {
        let rule = try #require(
            try Self.explain(PolicyText.base(proof: "[materials, layers]")) {
                $0.attestations = [
                    try Facts.attestation("good", subjects: [.amd64]),
                    try Facts.attestation("bad", subjects: [.amd64]) { $0.materials = [] },
                ]
                $0.bases = [.debian: .read([])]
            }.first)
        #expect(rule.outcome == .fails, "of the layers")
        #expect(rule.candidates.map(\.evidence) == [[.named("good")], [.named("bad")]])
        #expect(rule.candidates.map(\.counts) == [true, false])
        #expect(rule.candidates[1].misses.map(\.code) == [.baseImageNoImageMaterial])
    }

    @Test func alternativesAreExplainedEachForItself() throws {
        let explanations = try Self.explain(
            """
            - id: either
              on: image
              anyOf:
                - {id: signed, signature: {by: {atLeast: 1, of: [second]}}}
                - id: both
                  allOf:
                    - {id: team, image: {labels: {team: {in: [payments]}}}}
                    - {id: tag, image: {tag: {in: [v9]}}}
            """)
        #expect(
            explanations.map(\.rule) == ["either", "either/signed", "either/both/team", "either/both/tag"])
        #expect(explanations.map(\.outcome) == [.fails, .fails, .holds, .fails])
        #expect(explanations[1].candidates.count == 1)
        #expect(explanations[3].mend == "deploy it under an allowed tag: `v9`")
    }

    @Test func denialsAreExplainedByTheirFindings() throws {
        var text = PolicyText()
        text.deny = "- {id: no, on: image, image: {tag: {in: [\"1.2\"]}}}"
        let document = try Facts.admitted()
        let policies = try Policies.load(text.text)
        let explanations = PolicyEvaluator.explain(
            policies.matching(namespace: "finance", reference: document.request.reference), document)
        #expect(explanations.map(\.kind) == [.require, .deny])
        #expect(explanations.last?.findings.map(\.code) == [.policyDenied])
        #expect(explanations.last?.candidates == [])
    }

    @Test func orderOfEvidenceChangesNothing() throws {
        func explained(_ reversed: Bool) throws -> [RuleExplanation] {
            try Self.explain(PolicyText.provenance() + "\n" + PolicyText.signature) {
                $0.attestations = [
                    try Facts.attestation("a"), try Facts.attestation("b", by: ["other"]),
                    try Facts.attestation("c") { $0.sourceRef = nil },
                ]
                $0.signatures = [try Facts.signature("x"), try Facts.signature("y", by: ["other"])]
                if reversed {
                    $0.attestations.reverse()
                    $0.signatures.reverse()
                }
            }
        }
        #expect(try explained(false) == explained(true))
    }
}
