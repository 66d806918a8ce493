import AdmissionPolicy
import Content
import Findings
import SBOM
import StrictEncoding
import Testing

extension PolicyText {
    static func licenses(
        _ fields: String, which: String = "declared", unknown: String = "reject", by: String = "pipeline"
    ) -> String {
        """
        - id: licensed
          on: image
          licenses: {by: {atLeast: 1, of: [\(by)]}, match: all, which: \(which), unknown: \(unknown), \(fields)}
        """
    }
}

@Suite struct LicenseRuleTests {
    private func evaluate(_ rule: String, _ components: String...) throws -> PolicyEvaluation {
        try judge(rule, try Facts.admitted { $0.attestations = [try Facts.sbom(Facts.bom(components))] })
    }

    /// A component under these licences, each as an entry of CycloneDX.
    private func component(_ licenses: String..., name: String = "lib") -> String {
        Facts.Component.named(
            name, "1.0.0", purl: "pkg:npm/\(name)@1.0.0",
            more: licenses.isEmpty ? "" : #", "licenses": [\#(licenses.joined(separator: ", "))]"#)
    }

    private func id(_ text: String) -> String { #"{"license": {"id": "\#(text)"}}"# }
    private func named(_ text: String) -> String { #"{"license": {"name": "\#(text)"}}"# }
    private func expression(_ text: String) -> String { #"{"expression": "\#(text)"}"# }
    private func concluded(_ text: String) -> String {
        #"{"license": {"id": "\#(text)", "acknowledgement": "concluded"}}"#
    }

    @Test func namesTheComponentItsLicenceAndPlace() throws {
        let rule = PolicyText.licenses(#"deny: ["AGPL-*"]"#)
        expectAdmit(try evaluate(rule, component(id("MIT"))))
        let evaluation = try evaluate(rule, component(id("MIT"), name: "a"), component(id("AGPL-3.0-only"), name: "b"))
        expectReject(evaluation, "license.denied")
        let finding = try #require(evaluation.findings.first)
        #expect(finding.message.hasSuffix("`b` 1.0.0 at /components/1 is under `AGPL-3.0-only`, which is denied"))
        #expect(finding.expected == "none of `AGPL-*`")
        #expect(finding.found == "`AGPL-3.0-only`")
    }

    @Test func choosesWhatMayBeChosen() throws {
        let rule = PolicyText.licenses("deny: [GPL-3.0-only]")
        expectAdmit(try evaluate(rule, component(expression("GPL-3.0-only OR MIT"))))
        expectReject(try evaluate(rule, component(expression("GPL-3.0-only AND MIT"))), "license.denied")
        expectReject(
            try evaluate(rule, component(expression("(GPL-3.0-only OR GPL-3.0-only WITH GCC-exception-3.1) AND MIT"))),
            "license.denied")
        // Several entries hold together.
        expectReject(try evaluate(rule, component(id("MIT"), id("GPL-3.0-only"))), "license.denied")
    }

    @Test func allowsOnlyWhatIsListed() throws {
        let rule = PolicyText.licenses("allow: [MIT, Apache-2.0, LicenseRef-own]")
        for text in ["MIT", "Apache-2.0 OR GPL-3.0-only", "LicenseRef-own AND MIT"] {
            expectAdmit(try evaluate(rule, component(expression(text))))
        }
        for text in ["GPL-3.0-only", "MIT AND BSD-3-Clause", "Apache-2.0 WITH LLVM-exception", "LicenseRef-other"] {
            expectReject(try evaluate(rule, component(expression(text))), "license.not-allowed")
        }
    }

    @Test func unknownLicencesAreWhatThePolicySays() throws {
        let components = [
            component(), component(named("our own licence")), component(expression("NOASSERTION")),
            component(expression("LicenseRef-x")),
        ]
        for component in components {
            let (reject, allow) = (
                PolicyText.licenses("deny: [GPL-3.0-only]"),
                PolicyText.licenses("deny: [GPL-3.0-only]", unknown: "allow")
            )
            expectReject(try evaluate(reject, component), "license.unknown")
            expectAdmit(try evaluate(allow, component))
        }
        // What is denied is denied, and what is none of those that are allowed is not allowed, whatever is unknown.
        expectReject(
            try evaluate(
                PolicyText.licenses("deny: [GPL-3.0-only]", unknown: "allow"),
                component(expression("LicenseRef-x AND GPL-3.0-only"))), "license.denied")
        expectReject(
            try evaluate(PolicyText.licenses("allow: [MIT]", unknown: "allow"), component(id("GPL-3.0-only"))),
            "license.not-allowed")
    }

    @Test func tellsDeclaredFromConcluded() throws {
        let both = component(id("MIT"), concluded("GPL-3.0-only"))
        expectAdmit(try evaluate(PolicyText.licenses("deny: [GPL-3.0-only]"), both))
        for which in ["concluded", "either"] {
            expectReject(
                try evaluate(PolicyText.licenses("deny: [GPL-3.0-only]", which: which), both), "license.denied")
        }
        let declared = component(id("MIT"))
        expectReject(
            try evaluate(PolicyText.licenses("deny: [GPL-3.0-only]", which: "concluded"), declared), "license.unknown")
        expectAdmit(try evaluate(PolicyText.licenses("deny: [GPL-3.0-only]", which: "either"), declared))
    }

    // MARK: What was only seen

    /// A component under the MIT licence in which these were seen.
    private func holding(_ licenses: String..., name: String = "lib", stated: String = "MIT") -> String {
        Facts.Component.named(
            name, "1.0.0", purl: "pkg:npm/\(name)@1.0.0",
            more: stated.isEmpty
                ? #", "evidence": {"licenses": [\#(licenses.joined(separator: ", "))]}"#
                : #", "licenses": [\#(id(stated))], "evidence": {"licenses": [\#(licenses.joined(separator: ", "))]}"#)
    }

    @Test func whatWasSeenIsJudgedWhereThePolicySaysSo() throws {
        let component = holding(id("GPL-3.0-only"), id("ISC"), named("ours"))
        expectAdmit(try evaluate(PolicyText.licenses("deny: [GPL-3.0-only]", which: "either"), component))
        let denying = PolicyText.licenses("deny: [GPL-3.0-only], observed: not-denied")
        let evaluation = try evaluate(denying, component)
        expectReject(evaluation, "license.denied")
        #expect(
            evaluation.findings.first?.message.hasSuffix(
                "`lib` 1.0.0 at /components/0 is shown by evidence to hold `GPL-3.0-only`, which is denied") == true)
        #expect(
            evaluation.findings.first?.mend.hasPrefix("replace `lib`, or except it after looking at what was seen")
                == true)
        // What may be chosen, and what nobody can read, is none that is denied.
        expectAdmit(try evaluate(denying, holding(expression("GPL-3.0-only OR MIT"), named("ours"))))
        expectReject(
            try evaluate(denying, holding(expression("ISC"), expression("GPL-3.0-only AND MIT"))), "license.denied")
    }

    @Test func whatWasSeenMayHaveToBePermitted() throws {
        let rule = PolicyText.licenses("allow: [MIT, ISC], observed: permitted")
        expectAdmit(try evaluate(rule, holding(id("ISC"))))
        expectAdmit(try evaluate(rule, component(id("MIT"))))
        expectReject(try evaluate(rule, holding(id("ISC"), id("Zlib"))), "license.not-allowed")
        expectReject(try evaluate(rule, holding(named("ours"))), "license.unknown")
        expectAdmit(
            try evaluate(
                PolicyText.licenses("deny: [Zlib], observed: permitted", unknown: "allow"), holding(named("ours"))))
        let both = PolicyText.licenses("deny: [Zlib], allow: [MIT], observed: not-denied")
        expectAdmit(try evaluate(both, holding(id("ISC"))))
        expectReject(try evaluate(both, holding(id("Zlib"))), "license.denied")
    }

    /// Evidence stands for nothing that is not stated, and hides nothing that is.
    @Test func whatWasSeenStatesNothing() throws {
        let rule = PolicyText.licenses("deny: [GPL-3.0-only], observed: permitted")
        expectReject(try evaluate(rule, holding(id("MIT"), stated: "")), "license.unknown")
        let denied = try evaluate(rule, holding(id("ISC"), stated: "GPL-3.0-only"))
        expectReject(denied, "license.denied")
        #expect(denied.findings.first?.message.contains("is under `GPL-3.0-only`") == true)
        // Of two faults the worse one is told.
        let worse = try evaluate(rule, holding(id("GPL-3.0-only"), stated: ""))
        expectReject(worse, "license.denied")
        #expect(worse.findings.count == 1)
    }

    @Test func whatWasSeenIsExceptedLikeAllElse() throws {
        let rule = PolicyText.licenses(
            "deny: [GPL-3.0-only], observed: not-denied, exceptions: [{name: tool, licenses: [GPL-3.0-only]}]")
        expectAdmit(try evaluate(rule, holding(id("GPL-3.0-only"), name: "tool")))
        expectReject(try evaluate(rule, holding(id("GPL-3.0-only"))), "license.denied")
    }

    @Test func groupsWhatWasSeenApart() throws {
        let rule = PolicyText.licenses("deny: [GPL-3.0-only], observed: not-denied")
        let evaluation = try evaluate(
            rule, component(id("GPL-3.0-only"), name: "a"), holding(id("GPL-3.0-only"), id("ISC"), name: "b"),
            holding(id("GPL-3.0-only"), name: "c"))
        expectReject(evaluation, "license.denied")
        #expect(evaluation.findings.count == 2)
        #expect(evaluation.findings.contains { $0.message.contains("2 components (`b` 1.0.0 at /components/1") })
    }

    @Test func emptySBOMSatisfiesNoRule() throws {
        for fields in ["deny: [MIT]", "allow: [MIT]"] {
            expectReject(try evaluate(PolicyText.licenses(fields, unknown: "allow")), "sbom.too-few-components")
        }
    }

    @Test func exceptsSingleComponents() throws {
        let rule = PolicyText.licenses(
            """
            deny: ["GPL-*"], exceptions: [{package: "pkg:npm/tool", versions: "vers:npm/<2.0.0", licenses: [GPL-3.0-only]}]
            """)
        expectAdmit(try evaluate(rule, component(id("GPL-3.0-only"), name: "tool")))
        expectReject(try evaluate(rule, component(id("GPL-3.0-only"))), "license.denied")
        // Neither another licence, nor another version, nor what is only similar.
        expectReject(try evaluate(rule, component(id("GPL-2.0-only"), name: "tool")), "license.denied")
        expectReject(
            try evaluate(rule, component(id("GPL-3.0-only"), id("GPL-2.0-only"), name: "tool")), "license.denied")
        let later = Facts.Component.named(
            "tool", "2.0.0", purl: "pkg:npm/tool@2.0.0", more: #", "licenses": [{"license": {"id": "GPL-3.0-only"}}]"#)
        expectReject(try evaluate(rule, later), "license.denied")
        // Of what version it is, nobody says.
        let unversioned = Facts.Component.named(
            "tool", purl: "pkg:npm/tool", more: #", "licenses": [{"license": {"id": "GPL-3.0-only"}}]"#)
        expectReject(try evaluate(rule, unversioned), "license.denied")
    }

    @Test func groupsByLicence() throws {
        let components = (0..<500).map { component(id($0 < 200 ? "GPL-3.0-only" : "AGPL-3.0-only"), name: "p\($0)") }
        let evaluation = try judge(
            PolicyText.licenses(#"deny: ["*GPL-*"]"#),
            try Facts.admitted { $0.attestations = [try Facts.sbom(Facts.bom(components))] })
        expectReject(evaluation, "license.denied")
        #expect(evaluation.findings.count == 2)
        #expect(evaluation.findings.contains { $0.message.contains("200 components (`p0` 1.0.0 at /components/0") })
    }

    @Test func tellsTwentyLicencesAndCountsTheRest() throws {
        let components = (10..<40).map { component(expression("LicenseRef-\($0)"), name: "p\($0)") }
        let evaluation = try judge(
            PolicyText.licenses("allow: [MIT]"),
            try Facts.admitted { $0.attestations = [try Facts.sbom(Facts.bom(components))] })
        expectReject(evaluation, "license.not-allowed")
        #expect(evaluation.findings.count == 21)
        #expect(evaluation.findings.contains { $0.message.contains("10 more components, under 10 more licences") })
    }

    static let mistakes: [(String, ReasonCode)] = [
        (PolicyText.licenses("newestAge: 30d"), .policyFileMissingField),
        (PolicyText.licenses("deny: [\"MIT OR Apache-2.0\"]"), .policyFileBadValue),
        (PolicyText.licenses("deny: [MIT, MIT]"), .policyFileTwice),
        (PolicyText.licenses("deny: [MIT]", which: "any"), .policyFileBadValue),
        (PolicyText.licenses("deny: [MIT]", unknown: "maybe"), .policyFileBadValue),
        (PolicyText.licenses("deny: [MIT], observed: denied"), .policyFileBadValue),
        (PolicyText.licenses("allow: [MIT], observed: not-denied"), .policyFileNoEffect),
        (PolicyText.licenses("deny: [MIT], exceptions: [{name: a}]"), .policyFileMissingField),
        (PolicyText.licenses("deny: [MIT], exceptions: [{licenses: [MIT]}]"), .policyFileExactlyOne),
    ]

    @Test(arguments: mistakes)
    func refusesWhatNobodyCanMean(rule: String, code: ReasonCode) {
        var text = PolicyText()
        text.require = rule
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }
}
