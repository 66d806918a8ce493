import AdmissionPolicy
import Content
import Findings
import OCI
import Testing

@Suite struct AlternativesTests {
    private static func anyOf(_ alternatives: String..., on: String = "image") -> String {
        "- id: either\n  on: \(on)\n  anyOf:\n"
            + alternatives.flatMap { $0.split(separator: "\n") }.map { "    " + $0 }.joined(separator: "\n")
    }

    private static let signed = "- {id: signed, signature: {by: {atLeast: 1, of: [corporate]}}}"
    private static let second = "- {id: second, signature: {by: {atLeast: 1, of: [second]}}}"
    /// Undecided where the configuration is not there.
    private static let described = "- {id: described, image: {labels: {team: {in: [payments]}}}}"
    private static let both = """
        - id: both
          allOf:
            - {id: signed, signature: {by: {atLeast: 1, of: [second]}}}
            - {id: labelled, image: {labels: {team: {in: [payments]}}}}
        """

    private func document(
        signed: Bool = false, second: Bool = false, label: String? = "payments"
    ) throws -> EvidenceDocument {
        try Facts.admitted { document in
            document.signatures = []
            if signed { document.signatures.append(try Facts.signature()) }
            if second { document.signatures.append(try Facts.signature("second", by: ["fourth"])) }
            document.image.platforms[0].configuration = try label.map {
                .success(try Facts.configuration(labels: ["team": $0]))
            }
        }
    }

    @Test func oneAlternativeThatHoldsIsEnough() throws {
        let rule = Self.anyOf(Self.signed, Self.second)
        for (signed, second) in [(true, false), (false, true), (true, true)] {
            expectAdmit(try judge(rule, document(signed: signed, second: second)))
        }
        let evaluation = try judge(rule, document(second: true))
        #expect(evaluation.rules.map(\.rule) == ["either"])
        #expect(evaluation.rules.first?.summary == "`second`: signed by `second`")
        #expect(evaluation.rules.first?.satisfiedBy == [.named("second")])
    }

    @Test func rejectsWhereNoneHolds() throws {
        let evaluation = try judge(Self.anyOf(Self.signed, Self.second), document())
        expectReject(evaluation, "rule.no-alternative-holds", "signature.none")
        let none = try #require(evaluation.findings.first { $0.code == .ruleNoAlternativeHolds })
        #expect(none.rule == "payments/finance#either")
        #expect(none.message.hasPrefix("none of `second` and `signed` holds; closest is `second`: no verified"))
        #expect(
            evaluation.findings.first { $0.code == .signatureNone }?.rule == "payments/finance#either/second")
    }

    @Test func anAlternativeThatHoldsOutweighsOneThatIsUndecided() throws {
        expectAdmit(try judge(Self.anyOf(Self.signed, Self.described), document(signed: true, label: nil)))
    }

    @Test func undecidedWhereOneMightHold() throws {
        let evaluation = try judge(Self.anyOf(Self.signed, Self.described), document(label: nil))
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["evidence.configuration-unread"])
        // The other way round likewise: order says nothing.
        #expect(try judge(Self.anyOf(Self.described, Self.signed), document(label: nil)).codes == evaluation.codes)
    }

    @Test func anAlternativeOfSeveralRulesNeedsAll() throws {
        let rule = Self.anyOf(Self.signed, Self.both)
        expectAdmit(try judge(rule, document(second: true)))
        expectReject(
            try judge(rule, document(second: true, label: "other")), "rule.no-alternative-holds",
            "image-rule.label-differs")
        #expect(try judge(rule, document(second: true, label: nil)).verdict == .undecided)
        // What can't hold any more is not undecided; but that something could not be had is said beside it.
        let evaluation = try judge(rule, document(label: nil))
        #expect(evaluation.verdict == .reject)
        #expect(evaluation.codes.contains("evidence.configuration-unread"))
    }

    @Test func theClosestIsTheOneThatLacksFewestRules() throws {
        let evaluation = try judge(
            Self.anyOf(
                Self.both, Self.both.replacing("id: both", with: "id: more").replacing("[second]", with: "[corporate]")),
            document(signed: true, label: "other"))
        #expect(evaluation.findings.contains { $0.message.contains("closest is `more`") })
        #expect(!evaluation.findings.contains { $0.rule?.contains("/both") == true })
        #expect(evaluation.findings.contains { $0.rule == "payments/finance#either/more/labelled" })
    }

    @Test func eachPlatformMayGoByAnother() throws {
        let rule = Self.anyOf(
            "- {id: amd, image: {platform: {in: [linux/amd64]}}}",
            "- {id: arm, image: {platform: {in: [linux/arm64]}}}",
            on: "each-platform")
        let document = try Facts.admitted { document in
            document.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: .init(os: "linux", architecture: "arm64"),
                    configuration: .success(try Facts.configuration(platform: "linux/arm64"))))
        }
        expectAdmit(try judge(rule, document))
        let third = try Facts.admitted {
            $0.image.platforms[0].configuration = .success(try Facts.configuration(platform: "linux/s390x"))
        }
        #expect(try judge(rule, third).verdict == .reject)
    }

    /// Everything of each alternative is asked for.
    @Test func needsAreThoseOfEveryAlternative() throws {
        var text = PolicyText()
        text.require = Self.anyOf(
            Self.signed, Self.described, PolicyText.attestation().replacing("  on: image\n", with: ""))
        let needs = PolicyNeeds([try text.load()])
        #expect(needs.signatures && needs.attestations && needs.configurations)
        #expect(needs.keys.count == 2)
    }

    @Test func listsOfRulesAreBounded() throws {
        func codes(_ require: String, _ signers: String? = nil) -> [ReasonCode] {
            var text = PolicyText()
            text.require = require
            if let signers { text.signers = signers }
            return Policies.errors(text.text).map(\.code)
        }
        func parts(_ count: Int) -> String {
            (0..<count).map { "{id: p\($0), signature: {by: {atLeast: 1, of: [corporate]}}}" }.joined(separator: ", ")
        }
        func conditions(_ count: Int) -> String {
            (0..<count).map { "{field: x\($0), equals: 1}" }.joined(separator: ", ")
        }
        for (count, expected) in [(200, []), (201, [ReasonCode.policyFileTooMany])] {
            #expect(codes("- {id: a, on: image, anyOf: [\(parts(count))]}") == expected)
            #expect(codes(Self.anyOf(Self.signed, "- {id: x, allOf: [\(parts(count))]}")) == expected)
            #expect(codes(PolicyText.attestation(conditions(count))) == expected)
        }
        let rotation = (0...200).map { _ in "{file: keys/corporate.pub}" }.joined(separator: ", ")
        #expect(
            codes(PolicyText.signature, "    corporate: {key: {rotation: [\(rotation)]}}") == [.policyFileTooMany])
    }

    static let mistakes: [(String, ReasonCode)] = [
        (anyOf(signed), .policyFileBadValue), (anyOf(signed, signed), .policyFileTwice),
        (anyOf(signed, "- {id: x, anyOf: [a, b]}"), .policyFileUnknownField),
        (anyOf(signed, "- {id: x}"), .policyFileExactlyOne),
        (anyOf(signed, "- {signature: {by: {atLeast: 1, of: [corporate]}}}"), .policyFileMissingField),
        (
            anyOf(signed, "- {id: x, on: image, signature: {by: {atLeast: 1, of: [corporate]}}}"),
            .policyFileUnknownField
        ),
        (anyOf(signed, "- {id: x, allOf: []}"), .policyFileEmptyValue),
        (anyOf(signed, both.replacing("id: labelled", with: "id: signed")), .policyFileTwice),
        (anyOf(signed, both.replacing("- {id: labelled, image", with: "- {image")), .policyFileMissingField),
        (anyOf(signed, "- {id: x, signature: {by: {atLeast: 1, of: [nobody]}}}"), .policyFileUnknownSigner),
    ]

    @Test(arguments: mistakes) func refuses(_ rule: String, _ code: ReasonCode) {
        var text = PolicyText()
        text.require = rule
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }
}
