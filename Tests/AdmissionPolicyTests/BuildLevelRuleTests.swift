import AdmissionPolicy
import Attestation
import Content
import Findings
import StrictEncoding
import Testing

/// `level` in provenance: builder and signer together, by the table.
@Suite struct BuildLevelRuleTests {
    private func judge(
        level: Int, rows: [BuilderRow] = [], _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.require = PolicyText.provenance(
            by: "{atLeast: 1, of: [pipeline, second]}", more: ", level: \(level)")
        let context = JudgeContext(builders: try BuilderTable.standard.adding(rows))
        var document = try Facts.admitted(change)
        for index in document.attestations.indices {
            // No type that the built-in rows know.
            document.attestations[index].provenance?.buildType = "https://ci.example/type"
        }
        return PolicyEvaluator.evaluate([try text.load()], document, context)
    }

    private func row(_ level: BuildLevel, key name: String = "pipeline") throws -> BuilderRow {
        guard case .key(let fingerprint, _) = try Keys.signer(name) else { throw Missing() }
        return BuilderRow(
            name: "own-\(name)", builder: try Glob("https://ci.example/*"), signer: .key(fingerprint), level: level,
            why: "our own")
    }

    @Test func anUnknownBuilderIsLevelOne() throws {
        expectAdmit(try judge(level: 1))
        let evaluation = try judge(level: 2)
        expectReject(evaluation, "provenance.level-no-row")
        #expect(evaluation.findings.first?.expected == "at least 2")
        #expect(evaluation.findings.first?.message.contains("build level was 1 (no builder row for") == true)
    }

    @Test func aRowForBuilderAndSignerGrantsItsLevel() throws {
        for level in 1...3 { expectAdmit(try judge(level: level, rows: [row(.three)])) }
        expectAdmit(try judge(level: 2, rows: [row(.two)]))
        expectReject(try judge(level: 3, rows: [row(.two)]), "provenance.level-too-low")
    }

    @Test func aRowForAnotherSignerGrantsNothing() throws {
        expectReject(try judge(level: 3, rows: [row(.three, key: "other")]), "provenance.level-signer-differs")
        // A signature that does not count for the rule raises nothing.
        let evaluation = try judge(level: 3, rows: [row(.three, key: "other")]) {
            $0.attestations = [try Facts.attestation(by: ["pipeline", "other"])]
        }
        expectReject(evaluation, "provenance.level-signer-differs")
    }

    @Test func whatIsSignedWithTheIndexOnlyIsLevelOne() throws {
        func change(_ document: inout EvidenceDocument) { document.attestations[0].underIndexSignature = true }
        expectAdmit(try judge(level: 1, rows: [row(.three)], change))
        expectReject(try judge(level: 2, rows: [row(.three)], change), "provenance.level-under-index-signature")
    }

    /// Somebody else's signature on the statement does not make the index signer's word his own.
    @Test func aCopyUnderTheIndexLendsItsSignersLevelToNobody() throws {
        let evaluation = try judge(level: 3, rows: [row(.three)]) { document in
            let direct = try Facts.attestation(by: ["fourth"])
            var under = try Facts.attestation(by: ["pipeline"])
            under.evidence = .named("under")
            under.underIndexSignature = true
            document.attestations = [direct, under]
        }
        expectReject(evaluation, "provenance.level-signer-differs")
        expectAdmit(
            try judge(level: 3, rows: [row(.three)]) { document in
                var under = try Facts.attestation(by: ["fourth"])
                under.evidence = .named("under")
                under.underIndexSignature = true
                document.attestations.append(under)
            })
    }
}
