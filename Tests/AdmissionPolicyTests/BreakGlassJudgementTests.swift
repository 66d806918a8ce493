import Content
import Findings
import OCI
import PKI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

@Suite struct BreakGlassJudgementTests {
    private static let guardrail = guardrailText(Organisation.breakGlass)

    private static func facts(_ change: (inout BreakGlassFacts) throws -> Void = { _ in }) throws -> BreakGlassFacts {
        var facts = BreakGlassFacts(
            pass: .named("pass"), id: "bg-1", image: .image, namespace: "finance",
            notBefore: try Facts.instant("2026-11-20T08:00:00Z"), expires: try Facts.instant("2026-11-20T12:00:00Z"),
            reason: "payments are down", ticket: nil,
            signers: [try Keys.signer("corporate"), try Keys.signer("fourth")].sorted())
        try change(&facts)
        return facts
    }

    private func decide(
        _ require: String = Organisation.tagged, guardrails: [String] = [guardrail], deny: String? = nil,
        pass change: (inout BreakGlassFacts) throws -> Void = { _ in },
        document: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        try Organisation.load([Organisation.finance(require, deny: deny)], guardrails: guardrails).decide(
            try Facts.admitted {
                $0.breakGlass = try Self.facts(change)
                try document(&$0)
            })
    }

    private func expectRefused(
        _ evaluation: PolicyEvaluation, _ codes: String..., location: SourceLocation = #_sourceLocation
    ) {
        #expect(evaluation.verdict == .reject, sourceLocation: location)
        #expect(evaluation.codes == (codes + ["image-rule.tag-differs"]).sorted(), sourceLocation: location)
        #expect(evaluation.breakGlass?.hasEffect == false, sourceLocation: location)
        #expect(evaluation.breakGlass?.waived == [], sourceLocation: location)
    }

    @Test func waivesEveryRuleOfPolicies() throws {
        let evaluation = try decide(
            Organisation.tagged + "\n- {id: named, on: image, image: {name: {in: [registry.example/x]}}}")
        #expect(evaluation.verdict == .admit)
        #expect(evaluation.codes == ["break-glass.used"])
        #expect(evaluation.policies.first?.rules.map(\.outcome) == [.waived, .waived])
        #expect(evaluation.policies.first?.rules.map(\.waivedBy) == [.breakGlass, .breakGlass])
        let presented = try #require(evaluation.breakGlass)
        #expect(presented.hasEffect)
        #expect(presented.approvers == ["alice", "bob"])
        #expect(presented.waived.map(\.description) == ["payments/finance#named", "payments/finance#tagged"])
    }

    @Test func isReadFromJSONAsItWasWritten() throws {
        let document = try Facts.admitted { $0.breakGlass = try Self.facts { $0.ticket = "INC-1" } }
        let read = try EvidenceDocument(parsing: document.json.canonicalBytes())
        #expect(read.breakGlass == document.breakGlass)
        #expect(read.json == document.json)
    }

    @Test func isNotUsedWhereEveryRuleHolds() throws {
        let evaluation = try decide(PolicyText.signature)
        expectAdmit(evaluation)
        #expect(evaluation.breakGlass?.waived == [])
        #expect(evaluation.breakGlass?.hasEffect == true)
    }

    @Test func anExceptionGoesFirst() throws {
        let text = guardrailText(Organisation.exceptions + "\n" + Organisation.breakGlass)
        let set = try Organisation.load(
            [Organisation.finance(Organisation.tagged)], guardrails: [text], exceptions: [ExceptionText().text])
        let evaluation = set.decide(try Facts.admitted { $0.breakGlass = try Self.facts() })
        #expect(evaluation.codes == ["exception.used"])
        #expect(evaluation.breakGlass?.waived == [])
    }

    @Test func hasAnHourToBeginAndOneToEnd() throws {
        func decide(at instant: String) throws -> PolicyEvaluation {
            try self.decide(document: { $0.request.at = try Facts.instant(instant) })
        }
        #expect(try decide(at: "2026-11-20T08:00:00Z").verdict == .admit)
        #expect(try decide(at: "2026-11-20T11:59:59Z").verdict == .admit)
        expectRefused(try decide(at: "2026-11-20T07:59:59Z"), "break-glass.not-yet-valid")
        expectRefused(try decide(at: "2026-11-20T12:00:00Z"), "break-glass.expired")
    }

    @Test func oneThatIsTooLongHasNoEffectAtAll() throws {
        expectRefused(
            try decide { $0.expires = try Facts.instant("2026-11-20T12:00:01Z") }, "break-glass.too-long")
    }

    @Test func isForOneNamespaceAndOneDigest() throws {
        expectRefused(try decide { $0.namespace = "hr" }, "break-glass.other-namespace")
        expectRefused(try decide { $0.image = .amd64 }, "break-glass.other-image")
        let nowhere = try Organisation.load(
            [Organisation.finance(Organisation.tagged, namespaces: "[\"**\"]")], guardrails: [Self.guardrail])
        expectRefused(
            nowhere.decide(
                try Facts.admitted {
                    $0.breakGlass = try Self.facts()
                    $0.request.namespace = nil
                }), "break-glass.other-namespace")
    }

    @Test func needsTwoApproversOfEveryGuardrail() throws {
        expectRefused(
            try decide { $0.signers = [try Keys.signer("corporate")] }, "break-glass.too-few-approvers")
        expectRefused(
            try decide { $0.signers = [try Keys.signer("corporate"), try Keys.signer("pipeline")].sorted() },
            "break-glass.too-few-approvers")
        let other = guardrailText(
            Organisation.breakGlass.replacing("of: [alice, bob, carol]", with: "of: [alice, carol]"), name: "other")
        expectRefused(try decide(guardrails: [Self.guardrail, other]), "break-glass.too-few-approvers")
    }

    /// One person with two keys, or one key under two names, is one approver.
    @Test func countsPersonsAndNotKeys() throws {
        let rotation = guardrailText(
            """
            signers:
              alice: {key: {rotation: [{file: keys/corporate.pub}, {file: keys/fourth.pub}]}}
              bob: {key: {file: keys/other.pub}}
            breakGlass: {approvers: {atLeast: 2, of: [alice, bob]}, longest: 4h}
            """)
        expectRefused(try decide(guardrails: [rotation]), "break-glass.too-few-approvers")
        let twice = guardrailText(
            """
            signers:
              alice: {key: {file: keys/corporate.pub}}
              again: {key: {file: keys/corporate.pub}}
              bob: {key: {file: keys/other.pub}}
            breakGlass: {approvers: {atLeast: 2, of: [alice, again, bob]}, longest: 4h}
            """)
        expectRefused(
            try decide(guardrails: [twice]) { $0.signers = [try Keys.signer("corporate")] },
            "break-glass.too-few-approvers")
    }

    @Test func keysThatAreDeniedOrPastTheirTimeApproveNothing() throws {
        let denied = guardrailText("deny: [{id: k, key: {files: [keys/fourth.pub]}}]", name: "denied")
        expectRefused(
            try decide(guardrails: [Self.guardrail, denied]), "break-glass.not-permitted",
            "break-glass.too-few-approvers")
        let expired = Self.guardrail.replacing(
            "{file: keys/fourth.pub}", with: "{file: keys/fourth.pub, validUntil: 2026-01-01T00:00:00Z}")
        expectRefused(try decide(guardrails: [expired]), "break-glass.too-few-approvers")
        let compromised = Self.guardrail.replacing(
            "{file: keys/fourth.pub}", with: "{file: keys/fourth.pub, compromisedAt: 2030-01-01T00:00:00Z}")
        expectRefused(try decide(guardrails: [compromised]), "break-glass.too-few-approvers")
    }

    @Test func needsThePermissionOfEveryGuardrail() throws {
        expectRefused(try decide(guardrails: []), "break-glass.no-guardrail")
        let silent = guardrailText("insecure: {permit: none}", name: "silent")
        expectRefused(try decide(guardrails: [Self.guardrail, silent]), "break-glass.not-permitted")
    }

    // MARK: What is never waived

    @Test func neverWaivesWhatAGuardrailRequiresOrDenies() throws {
        let requiring =
            Self.guardrail + """
                  enforcement: {stage: enforce}
                  require: [{id: tagged, on: image, image: {tag: {in: [other]}}}]

                """
        expectReject(try decide(PolicyText.signature, guardrails: [requiring]), "image-rule.tag-differs")
        let denying =
            Self.guardrail + """
                  deny: [{id: d, on: image, image: {tag: {in: ["1.2"]}}}]

                """
        expectReject(try decide(PolicyText.signature, guardrails: [denying]), "policy.denied")
    }

    @Test func neverWaivesADenialOfAPolicy() throws {
        expectReject(
            try decide(PolicyText.signature, deny: "- {id: d, on: image, image: {tag: {in: [\"1.2\"]}}}"),
            "break-glass.not-waivable", "policy.denied")
    }

    @Test func neverWaivesWhatIsUndecided() throws {
        let evaluation = try decide(PolicyText.base(proof: "[layers]", by: nil, digests: [.alpine]))
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["base-image.unread"])
    }

    @Test func neverWaivesAnImageThatContradictsItself() throws {
        let evaluation = try decide(
            document: {
                $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.contentWrongDigest, "why")))
            })
        expectReject(evaluation, "break-glass.used", "content.digest-mismatch")
        #expect(evaluation.enforcement == .always)
    }

    @Test func neverStandsForAPolicy() throws {
        let set = try Organisation.load(
            [Organisation.finance(Organisation.tagged, namespaces: "[other]")], guardrails: [Self.guardrail])
        let evaluation = set.decide(try Facts.admitted { $0.breakGlass = try Self.facts() })
        expectReject(evaluation, "policy.none-matches")
    }
}

@Suite struct DeniedKeysOfGuardrailsTests {
    private func decide(_ deny: String, _ require: String = PolicyText.signature) throws -> PolicyEvaluation {
        try Organisation.load(
            [Organisation.finance(require, stage: "{stage: observe}")],
            guardrails: [guardrailText(Organisation.signers + "\ndeny: [\(deny)]")]
        ).decide(try Facts.admitted())
    }

    @Test func aDeniedKeyCountsForNoDocument() throws {
        for deny in [
            "{id: k, key: {files: [keys/corporate.pub]}}", "{id: k, signer: {of: [alice]}}",
        ] {
            let evaluation = try decide(deny)
            #expect(evaluation.verdict == .reject)
            #expect(evaluation.codes.contains("policy.denied-signer"))
            // Never staged.
            #expect(evaluation.enforcement == .always)
        }
    }

    @Test func neverWaived() throws {
        let guardrail = guardrailText(
            Organisation.exceptions.replacing("rule: tagged", with: "rule: signed") + "\n" + Organisation.breakGlass
                + "\ndeny: [{id: k, key: {files: [keys/corporate.pub]}}]")
        var exception = ExceptionText()
        exception.rule = "signed"
        let evaluation = try Organisation.load(
            [Organisation.finance()], guardrails: [guardrail], exceptions: [exception.text]
        ).decide(try Facts.admitted())
        #expect(evaluation.verdict == .reject)
        #expect(evaluation.exceptions == [])
        #expect(evaluation.codes.contains("exception.not-waivable"))
    }

    @Test func whatHoldsWithoutTheDeniedKeyStaysAdmitted() throws {
        let rule = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate, second]}}}"
        let set = try Organisation.load(
            [Organisation.finance(rule)],
            guardrails: [guardrailText("deny: [{id: k, key: {files: [keys/corporate.pub]}}]")])
        expectAdmit(
            set.decide(try Facts.admitted { $0.signatures.append(try Facts.signature("second", by: ["fourth"])) }))
    }

    @Test func deniesDigestsAndBuilders() throws {
        expectReject(try decide("{id: d, digest: {in: [\"\(Digest.amd64)\"]}}"), "policy.denied")
        expectReject(
            try decide("{id: b, builder: {glob: [\"https://ci.example/*\"]}}"), "policy.denied")
    }

    @Test func aDeniedBuilderIsLookedForWhateverTheRulesAsk() throws {
        let set = try Organisation.load(
            [Organisation.finance()],
            guardrails: [guardrailText("deny: [{id: b, builder: {glob: [\"https://ci.example/*\"]}}]")])
        let needs = PolicyNeeds(
            set.matching(namespace: "finance", reference: try ImageReference(parsing: "registry.example/a")))
        #expect(needs.attestations)
        let pipeline = try Keys.signer("pipeline")
        #expect(needs.keys.contains { .key(ExactString($0.key.fingerprint), scheme: $0.schemes[0]) == pipeline })
    }
}

@Suite struct InsecureUseCapTests {
    private static let rule = """
        - id: i
          on: image
          attestation:
            by: {atLeast: 1, of: [pipeline]}
            type: ["https://example.com/t"]
            match: any
            where: [{field: version, insecureRegex: "1[.][0-9]+"}]
        """

    @Test func namesBothPlacesOfWhatIsNotPermitted() throws {
        for cap in ["insecure: {permit: none}", "withoutPolicy: {stage: warn}"] {
            let found = Organisation.errors([
                Organisation.source("payments", [Organisation.finance(Self.rule)]),
                Organisation.source("guardrails", [guardrailText(cap)], mayCarryGuardrails: true),
            ])
            #expect(found.map(\.code) == [.policyFileInsecureNotPermitted])
            #expect(found.first?.message.contains("guardrails/organisation") == true)
            #expect(found.first?.line ?? 0 > 6)
        }
        #expect(
            throws: Never.self
        ) {
            try Organisation.load(
                [Organisation.finance(Self.rule)], guardrails: [guardrailText("insecure: {permit: [insecureRegex]}")])
        }
        #expect(throws: Never.self) {
            try Organisation.load(
                [Organisation.finance(Self.rule)],
                guardrails: [guardrailText("insecure: {permit: none}", namespaces: "[other]")])
        }
    }

    @Test func isHeldAgainstEveryRequestAgain() throws {
        let policies = try Organisation.load([Organisation.finance(Self.rule)]).policies
        let guardrails = try Organisation.load(
            [Organisation.finance()], guardrails: [guardrailText("insecure: {permit: none}")]
        ).guardrails
        let evaluation = PolicyEvaluator.evaluate(
            MatchingPolicies(policies: policies, guardrails: guardrails), try Facts.admitted())
        #expect(evaluation.codes.contains("policy.insecure-not-permitted"))
        #expect(evaluation.enforcement == .always)
        #expect(evaluation.insecure.map(\.description) == ["insecureRegex in payments/finance#i"])
    }
}

@Suite struct ExceptionStatusTests {
    @Test func listsAllWithWhatIsLeft() throws {
        var long = ExceptionText()
        (long.name, long.expires) = ("long", "2027-11-20T00:00:00Z")
        var unknown = ExceptionText()
        (unknown.name, unknown.rule, unknown.expires) = ("unknown", "taged", "2026-11-25T12:00:00Z")
        let set = try Organisation.load(
            [Organisation.finance(Organisation.tagged)], guardrails: [guardrailText(Organisation.exceptions)],
            exceptions: [ExceptionText().text, long.text, unknown.text])
        let now = set.exceptionStatuses(at: try Facts.instant("2026-11-24T00:00:00Z"))
        #expect(now.map(\.exception.name.name) == ["unknown", "fin-482", "long"])
        #expect(now.map(\.daysLeft) == [1, 21, 361])
        #expect(now.map(\.state) == [.active, .active, .active])
        #expect(
            now.map { $0.problems.map(\.code) } == [
                [.exceptionNotWaivable, .exceptionUnknownRule], [], [.exceptionTooLong],
            ])
        let later = set.exceptionStatuses(at: try Facts.instant("2026-12-15T00:00:00Z"))
        #expect(later.map(\.state) == [.expired, .expired, .active])
        #expect(later.first?.daysLeft == nil)
        let before = set.exceptionStatuses(at: try Facts.instant("2026-11-19T23:59:59Z"))
        #expect(before.map(\.state) == [.pending, .pending, .pending])
    }
}
