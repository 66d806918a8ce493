import Content
import Findings
import OCI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

@Suite struct ExceptionTests {
    private static let guardrail = guardrailText(Organisation.exceptions)

    /// The finance policy requires what does not hold, and an exception waives it.
    private func decide(
        _ require: String = Organisation.tagged, guardrails: [String] = [guardrail], source: String = "exceptions",
        deny: String? = nil, stage: String = "{stage: enforce}",
        exception change: (inout ExceptionText) -> Void = { _ in },
        document: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        var exception = ExceptionText()
        change(&exception)
        return try Organisation.load(
            [Organisation.finance(require, stage: stage, deny: deny)], guardrails: guardrails,
            exceptions: [exception.text], exceptionSource: source
        ).decide(try Facts.admitted(document))
    }

    private func expectRefused(
        _ evaluation: PolicyEvaluation, _ code: String, also codes: String...,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(evaluation.verdict == .reject, sourceLocation: location)
        #expect(evaluation.exceptions == [], sourceLocation: location)
        #expect(
            evaluation.codes == (codes + [code, "image-rule.tag-differs"]).sorted(), sourceLocation: location)
        #expect(
            evaluation.findings.first { $0.code.name == code }?.code.effect == .note, sourceLocation: location)
    }

    @Test func waivesTheRuleAndIsCounted() throws {
        let evaluation = try decide()
        #expect(evaluation.verdict == .admit)
        #expect(evaluation.codes == ["exception.used"])
        let rule = try #require(evaluation.policies.first?.rules.first)
        #expect(rule.outcome == .waived)
        #expect(rule.waivedBy == .exception(PolicyName(source: "exceptions", name: "fin-482")))
        #expect(rule.findings.map(\.code.name) == ["image-rule.tag-differs"])
        #expect(rule.summary == "waived by exception `exceptions/fin-482` until 2026-12-15T00:00:00Z")
        let used = try #require(evaluation.exceptions.first)
        #expect(evaluation.exceptions.count == 1)
        #expect(used.name.description == "exceptions/fin-482")
        #expect(used.waives.description == "payments/finance#tagged")
        #expect(used.owner == "payments-platform" && used.ticket == "FIN-482")
        #expect(used.reason == "base rebuild ships in release 4.2")
        #expect(used.expires.description == "2026-12-15T00:00:00Z")
        #expect(used.subject == .image)
    }

    @Test func isNotCountedWhereTheRuleHolds() throws {
        let evaluation = try decide("- {id: tagged, on: image, image: {tag: {in: [\"1.2\"]}}}")
        expectAdmit(evaluation)
        #expect(evaluation.exceptions == [])
    }

    @Test func waivesOneRuleOnly() throws {
        let evaluation = try decide(
            Organisation.tagged + "\n- {id: named, on: image, image: {name: {in: [registry.example/x]}}}")
        expectReject(evaluation, "exception.used", "image-rule.name-differs")
        #expect(evaluation.policies.first?.rules.map(\.outcome) == [.waived, .fails])
    }

    @Test func waivesEachPlatformThatFails() throws {
        let evaluation = try decide(
            "- {id: tagged, on: each-platform, image: {tag: {in: [other]}}}",
            document: {
                $0.image.platforms.append(
                    PlatformFacts(
                        digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"),
                        configuration: .success(try Facts.configuration(platform: "linux/arm64"))))
            })
        #expect(evaluation.verdict == .admit)
        #expect(evaluation.exceptions.map(\.subject) == [.amd64, .arm64])
        #expect(evaluation.exceptions.map(\.platform) == ["linux/amd64", "linux/arm64"])
        #expect(evaluation.findings.count == 1)
    }

    // MARK: Where it has no effect

    @Test func expires() throws {
        // Half-open: the last second is the one before.
        let last = try decide(document: { $0.request.at = try Facts.instant("2026-12-14T23:59:59Z") })
        #expect(last.verdict == .admit)
        expectRefused(
            try decide(document: { $0.request.at = try Facts.instant("2026-12-15T00:00:00Z") }), "exception.expired")
    }

    @Test func begins() throws {
        let first = try decide(document: { $0.request.at = try Facts.instant("2026-11-20T00:00:00Z") })
        #expect(first.verdict == .admit)
        expectRefused(
            try decide(document: { $0.request.at = try Facts.instant("2026-11-19T23:59:59Z") }),
            "exception.not-yet-valid")
    }

    @Test func oneThatIsTooLongHasNoEffectAtAll() throws {
        #expect(try decide { $0.expires = "2026-12-20T00:00:00Z" }.verdict == .admit)
        expectRefused(try decide { $0.expires = "2026-12-20T00:00:01Z" }, "exception.too-long")
    }

    @Test func isHonouredOnlyFromTheSourceThatTheGuardrailNames() throws {
        expectRefused(try decide(source: "waivers"), "exception.wrong-source")
        // Not from the team's own source either.
        let set = try PolicySet.load([
            Organisation.source("payments", [Organisation.finance(Organisation.tagged), ExceptionText().text]),
            Organisation.source("guardrails", [Self.guardrail], mayCarryGuardrails: true),
        ])
        expectRefused(set.decide(try Facts.admitted()), "exception.wrong-source")
    }

    @Test func waivesOnlyWhatMayBeWaived() throws {
        expectRefused(
            try decide(guardrails: [Self.guardrail.replacing("rule: tagged", with: "rule: other")]),
            "exception.not-waivable")
        expectRefused(
            try decide(guardrails: [Self.guardrail.replacing("payments/finance", with: "payments/other")]),
            "exception.not-waivable")
    }

    @Test func needsAGuardrail() throws {
        expectRefused(try decide(guardrails: []), "exception.no-guardrail")
        expectRefused(
            try decide(guardrails: [guardrailText(Organisation.exceptions, namespaces: "[other]")]),
            "exception.no-guardrail")
    }

    @Test func needsThePermissionOfEveryGuardrail() throws {
        let silent = guardrailText("insecure: {permit: none}", name: "silent")
        expectRefused(try decide(guardrails: [silent]), "exception.not-permitted")
        expectRefused(try decide(guardrails: [Self.guardrail, silent]), "exception.not-permitted")
        // The tightest cap holds.
        let short = guardrailText(
            Organisation.exceptions.replacing("longest: 30d", with: "longest: 1d"), name: "short")
        expectRefused(try decide(guardrails: [Self.guardrail, short]), "exception.too-long")
    }

    @Test func statesWhatIsDemanded() throws {
        expectRefused(try decide { $0.owner = nil }, "exception.missing-field")
        expectRefused(try decide { $0.reason = nil }, "exception.missing-field")
        expectRefused(try decide { $0.ticket = nil }, "exception.missing-field")
        let lenient = Self.guardrail.replacing("[owner, reason, ticket]", with: "[reason]")
        #expect(try decide(guardrails: [lenient]) { ($0.owner, $0.ticket) = (nil, nil) }.verdict == .admit)
    }

    @Test func isForItsNamespacesOnly() throws {
        expectRefused(try decide { $0.namespaces = "[finance-dev]" }, "exception.other-namespace")
        // A request that does not say where is not in the namespace.
        let set = try Organisation.load(
            [Organisation.finance(Organisation.tagged, namespaces: "[\"**\"]")], guardrails: [Self.guardrail],
            exceptions: [ExceptionText().text])
        expectRefused(
            set.decide(try Facts.admitted { $0.request.namespace = nil }), "exception.other-namespace")
    }

    @Test func isForItsDigestsOnly() throws {
        expectRefused(
            try decide { $0.images = "[\"registry.example/finance/ledger@\(Digest.amd64)\"]" }, "exception.other-image")
        expectRefused(
            try decide { $0.images = "[\"registry.example/finance/other@\(Digest.image)\"]" }, "exception.other-image")
        let unnamed = try decide(
            "- {id: tagged, on: image, image: {user: {in: [root]}}}", document: { $0.request.reference = nil })
        #expect(unnamed.verdict == .reject)
        #expect(unnamed.codes.contains("exception.other-image"))
    }

    @Test func manyForOtherImagesAreOneNote() throws {
        let texts = (0..<20).map { number in
            var text = ExceptionText()
            text.name = "e\(number)"
            text.images = "[\"registry.example/finance/ledger@\(Digest.named("\(number)"))\"]"
            return text.text
        }
        let evaluation = try Organisation.load(
            [Organisation.finance(Organisation.tagged)], guardrails: [Self.guardrail], exceptions: texts
        ).decide(try Facts.admitted())
        let notes = evaluation.findings.filter { $0.code == .exceptionOtherImage }
        #expect(notes.count == 1)
        #expect(notes.first?.message.contains("20 exceptions") == true)
    }

    @Test func namesARuleThatIsThere() throws {
        let evaluation = try decide { $0.rule = "taged" }
        expectRefused(evaluation, "exception.unknown-rule")
        #expect(evaluation.findings.first { $0.code == .exceptionUnknownRule }?.expected == "`tagged`")
    }

    // MARK: What is never waived

    @Test func neverWaivesADenial() throws {
        let evaluation = try decide(
            PolicyText.signature, deny: "- {id: tagged, on: image, image: {tag: {in: [\"1.2\"]}}}")
        expectReject(evaluation, "exception.not-waivable", "policy.denied")
        #expect(evaluation.enforcement == .always)
    }

    @Test func neverWaivesWhatAGuardrailRequires() throws {
        let guardrail =
            Self.guardrail + """
                  enforcement: {stage: enforce}
                  require: [{id: tagged, on: image, image: {tag: {in: [other]}}}]

                """
        let evaluation = try decide(PolicyText.signature, guardrails: [guardrail]) {
            $0.policy = "guardrails/organisation"
        }
        expectReject(evaluation, "exception.not-waivable", "image-rule.tag-differs")
    }

    @Test func neverWaivesWhatIsUndecided() throws {
        let based = PolicyText.base(proof: "[layers]", by: nil, digests: [.alpine])
            .replacing("id: based", with: "id: tagged")
        let evaluation = try decide(based)
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["base-image.unread"])
    }

    @Test func neverWaivesAFailureThatIsPartlyUndecided() throws {
        let evaluation = try decide(
            "- {id: tagged, on: image, image: {tag: {in: [other]}, user: {nonRoot: true}}}",
            document: { $0.image.platforms[0].configuration = nil })
        expectReject(
            evaluation, "evidence.configuration-unread", "exception.not-waivable", "image-rule.tag-differs")
        #expect(evaluation.exceptions == [])
    }

    @Test func neverWaivesAnImageThatContradictsItself() throws {
        let evaluation = try decide(
            "- {id: tagged, on: image, image: {user: {nonRoot: true}}}",
            document: {
                $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.contentWrongDigest, "why")))
            })
        expectReject(evaluation, "content.digest-mismatch", "exception.not-waivable")
        #expect(evaluation.enforcement == .always)
    }

    @Test func neverStandsForAPolicy() throws {
        let set = try Organisation.load(
            [Organisation.finance(Organisation.tagged, namespaces: "[other]")], guardrails: [Self.guardrail],
            exceptions: [ExceptionText().text])
        expectReject(set.decide(try Facts.admitted()), "policy.none-matches")
    }

    @Test func theFirstByNameIsTheOneThatIsUsed() throws {
        var second = ExceptionText()
        second.name = "another"
        var expired = ExceptionText()
        (expired.name, expired.from, expired.expires) = ("abc", "2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z")
        let texts = [ExceptionText().text, second.text, expired.text]
        func decide(_ texts: [String]) throws -> PolicyEvaluation {
            try Organisation.load(
                [Organisation.finance(Organisation.tagged)], guardrails: [Self.guardrail], exceptions: texts
            ).decide(try Facts.admitted())
        }
        let evaluation = try decide(texts)
        #expect(evaluation.exceptions.map(\.name.name) == ["another"])
        #expect(evaluation == (try decide(texts.reversed())))
    }
}
