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

    init(_ facts: BreakGlassFacts, _ guardrails: [Guardrail], _ document: EvidenceDocument) {
        self.facts = facts
        let signed = guardrails.compactMap(\.breakGlass).flatMap {
            RuleJudge.allowed($0.approvers, among: facts.signers)
        }
        approvers = Set(signed.map { ExactString($0.name) }).sorted().map(\.value)
        problems =
            Self.problems(facts, document)
            + (guardrails.isEmpty ? [MatchingPolicies.noGuardrailForBreakGlass] : [])
            + guardrails.flatMap { Self.problems(facts, $0) }
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

    private static func problems(_ facts: BreakGlassFacts, _ guardrail: Guardrail) -> [Finding] {
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
        let allowed = RuleJudge.allowed(cap.approvers, among: facts.signers)
        let principals = Set(allowed.map { ExactString($0.principal) })
        if principals.count < cap.approvers.atLeast {
            problems.append(
                Finding(
                    .breakGlassTooFewApprovers,
                    "\(pass) is signed by \(principals.count) of the \(cap.approvers.atLeast) approvers that guardrail "
                        + "`\(guardrail.name)` asks for",
                    expected: "\(cap.approvers.atLeast) of \(RuleJudge.names(cap.approvers))",
                    found: allowed.isEmpty ? "none" : RuleJudge.listed(allowed.map(\.name))))
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
