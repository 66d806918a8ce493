import Content
public import Findings
import StrictEncoding

/// Whether a break-glass pass has effect for a request. Its signatures were verified; here it is compared with the
/// request, and with each guardrail that matches.
struct BreakGlassJudgement {
    let facts: BreakGlassFacts
    /// Why it has no effect; empty if it has.
    let problems: [Finding]
    /// The guardrails' names for those who approved it; sorted.
    let approvers: [String]

    init(_ facts: BreakGlassFacts, _ guardrails: [Guardrail], _ document: EvidenceDocument, _ context: JudgeContext) {
        var facts = facts
        // In the order in which the record has them, whoever signed first.
        facts.signers = Set(facts.signers).sorted()
        self.facts = facts
        // Keys that are denied, expired or compromised approve nothing, as they sign nothing.
        let judge = RuleJudge(rule: "", document: document, context: context)
        let caps = guardrails.map { [facts] guardrail in
            (
                guardrail: guardrail,
                signed: guardrail.breakGlass.map { judge.counted($0.approvers, among: facts.signers, times: []) } ?? []
            )
        }
        approvers = Set(caps.flatMap(\.signed).map { ExactString($0.name) }).sorted().map(\.value)
        problems =
            Self.problems(facts, document)
            + (guardrails.isEmpty ? [MatchingPolicies.noGuardrailForBreakGlass] : [])
            + caps.flatMap { [facts] in Self.problems(facts, $0.guardrail, $0.signed) }
    }

    private static func problems(_ facts: BreakGlassFacts, _ document: EvidenceDocument) -> [Finding] {
        let request = document.request
        let pass = "the break-glass pass \(Finding.quoted(facts.id))"
        var problems: [Finding] = []
        if request.namespace.map({ $0.utf8.elementsEqual(facts.namespace.utf8) }) != true {
            problems.append(
                Finding(
                    .breakGlassOtherNamespace, "\(pass) is for another namespace",
                    expected: Finding.quoted(facts.namespace),
                    found: request.namespace.map { Finding.quoted($0) } ?? "no namespace"))
        }
        if facts.image != document.image.digest {
            problems.append(
                Finding(
                    .breakGlassOtherImage, "\(pass) is for another image", expected: facts.image.description,
                    found: document.image.digest.description))
        }
        if request.at >= facts.expires {
            problems.append(
                Finding(
                    .breakGlassExpired, "\(pass) expired at \(facts.expires)",
                    expected: "an instant before \(facts.expires)", found: "\(request.at)"))
        }
        if request.at < facts.notBefore {
            problems.append(
                Finding(
                    .breakGlassNotYetValid, "\(pass) begins at \(facts.notBefore)",
                    expected: "an instant from \(facts.notBefore)", found: "\(request.at)"))
        }
        return problems
    }

    private static func problems(
        _ facts: BreakGlassFacts, _ guardrail: Guardrail, _ signed: [CountedSigner]
    ) -> [Finding] {
        guard let cap = guardrail.breakGlass else { return [guardrail.permitsNoBreakGlass] }
        var problems: [Finding] = []
        let pass = "the break-glass pass \(Finding.quoted(facts.id))"
        let duration = facts.expires.secondsSince1970 - facts.notBefore.secondsSince1970
        if duration > cap.longest {
            problems.append(
                Finding(
                    .breakGlassTooLong, "\(pass) lasts longer than guardrail `\(guardrail.name)` allows",
                    expected: "at most \(cap.longest) seconds", found: "\(duration) seconds"))
        }
        // Two keys of one person are one approver.
        let principals = Set(signed.map(\.principal))
        if principals.count < cap.approvers.atLeast {
            problems.append(
                Finding(
                    .breakGlassTooFewApprovers,
                    "\(pass) is signed by \(principals.count) of the \(cap.approvers.atLeast) approvers that guardrail "
                        + "`\(guardrail.name)` asks for",
                    expected: "\(cap.approvers.atLeast) of \(RuleJudge.names(cap.approvers))",
                    found: signed.isEmpty ? "none" : RuleJudge.listed(signed.map(\.name))))
        }
        return problems
    }
}

extension Guardrail {
    var permitsNoBreakGlass: Finding {
        Finding(.breakGlassNotPermitted, "guardrail `\(name)` permits no break-glass")
    }
}

extension MatchingPolicies {
    static var noGuardrailForBreakGlass: Finding {
        Finding(.breakGlassNoGuardrail, "a break-glass pass has no effect without a guardrail that names approvers")
    }

    /// Why no break-glass pass can have effect for the request, whoever signed it. Empty if one may have.
    public var breakGlassProblems: [Finding] {
        guardrails.isEmpty
            ? [Self.noGuardrailForBreakGlass]
            : guardrails.filter { $0.breakGlass == nil }.map(\.permitsNoBreakGlass)
    }
}
