import Content
import Findings
import OCI
import StrictEncoding

extension WaiverJudge {
    /// The exception that waives a rule that failed, and why the others don't; the first by name if there are several.
    func judge(_ exceptions: [PolicyException], _ rule: WaivableRule) -> (PolicyException?, [Finding]) {
        var effective: PolicyException?
        var notes: [Finding] = []
        // Many exceptions for other images are one note: there may be one for every image of a fleet.
        var elsewhere: [(code: ReasonCode, name: PolicyName)] = []
        for exception in exceptions {
            if let code = exception.isElsewhere(document) {
                elsewhere.append((code, exception.name))
                continue
            }
            let problems = exception.problems(guardrails, at: document.request.at)
            notes += problems
            if problems.isEmpty, effective == nil { effective = exception }
        }
        for code in [ReasonCode.exceptionOtherNamespace, .exceptionOtherImage] {
            let names = elsewhere.filter { $0.code == code }.map(\.name.description)
            guard !names.isEmpty else { continue }
            let what = code == .exceptionOtherImage ? "another image" : "another namespace"
            notes.append(
                Finding(
                    code,
                    "\(names.count == 1 ? "an exception is" : "\(names.count) exceptions are") for \(what): "
                        + RuleJudge.listed(names),
                    found: code == .exceptionOtherImage
                        ? document.image.digest.description
                        : document.request.namespace.map { Finding.quoted($0) } ?? "no namespace",
                    rule: rule.description))
        }
        return (effective, notes)
    }

    /// Exceptions for this image that name a rule of the policy that is not there, where the policy does not admit:
    /// somebody meant one of those that failed.
    func noteUnknownRules(_ exceptions: [PolicyException], _ result: PolicyResult, _ outcome: inout Outcome) {
        guard result.verdict != .admit else { return }
        let known = Set(result.rules.map { ExactString($0.rule) })
        for exception in exceptions
        where !known.contains(ExactString(exception.waives.rule)) && exception.isElsewhere(document) == nil {
            outcome.notes.append(
                exception.finding(
                    .exceptionUnknownRule, "names a rule that policy `\(result.policy)` does not have",
                    expected: RuleJudge.listed(known.map(\.value)), found: Finding.quoted(exception.waives.rule)))
        }
    }
}

extension PolicyException {
    /// Why it has no effect for any rule of the request: it is for another namespace, or for another image. Nil if it is
    /// for this one.
    func isElsewhere(_ document: EvidenceDocument) -> ReasonCode? {
        guard let namespace = document.request.namespace,
            namespaces.contains(where: { $0.utf8.elementsEqual(namespace.utf8) })
        else { return .exceptionOtherNamespace }
        guard let reference = document.request.reference,
            images.contains(where: {
                $0.digest == document.image.digest && $0.name.utf8.elementsEqual(reference.name.utf8)
            })
        else { return .exceptionOtherImage }
        return nil
    }

    /// Why it has no effect at this instant under these guardrails; empty if it has. Every guardrail has to permit it.
    func problems(_ guardrails: [Guardrail], at instant: Instant) -> [Finding] {
        var problems: [Finding] = []
        if instant >= expires {
            problems.append(
                finding(
                    .exceptionExpired, "expired at \(expires)", expected: "an instant before \(expires)",
                    found: "\(instant)"))
        }
        if instant < from {
            problems.append(
                finding(
                    .exceptionNotYetValid, "begins at \(from)", expected: "an instant from \(from)", found: "\(instant)"
                ))
        }
        if guardrails.isEmpty {
            problems.append(finding(.exceptionNoGuardrail, "has no effect without a guardrail that permits it"))
        }
        for guardrail in guardrails { problems += self.problems(guardrail) }
        return problems
    }

    private func problems(_ guardrail: Guardrail) -> [Finding] {
        guard guardrail.name != waives.policy else {
            return [
                finding(
                    .exceptionNotWaivable, "names a rule of guardrail `\(guardrail.name)`, and no exception waives one")
            ]
        }
        guard let cap = guardrail.exceptions else {
            return [finding(.exceptionNotPermitted, "is not permitted: guardrail `\(guardrail.name)` permits none")]
        }
        var problems: [Finding] = []
        let by = "by guardrail `\(guardrail.name)`"
        if !cap.from.contains(where: { $0.utf8.elementsEqual(name.source.utf8) }) {
            problems.append(
                finding(
                    .exceptionWrongSource, "comes from a source that is not honoured \(by)",
                    expected: RuleJudge.listed(cap.from), found: Finding.quoted(name.source)))
        }
        if !cap.mayWaive.contains(waives) {
            problems.append(finding(.exceptionNotWaivable, "waives a rule that is not listed as waivable \(by)"))
        }
        if duration > cap.longest {
            problems.append(
                finding(
                    .exceptionTooLong, "lasts longer than is allowed \(by)", expected: "at most \(cap.longest) seconds",
                    found: "\(duration) seconds"))
        }
        for field in cap.require.sorted(by: { $0.rawValue < $1.rawValue }) where value(of: field) == nil {
            problems.append(
                finding(
                    .exceptionMissingField, "does not state `\(field.rawValue)`, which is demanded \(by)",
                    expected: "`\(field.rawValue)`", found: "none"))
        }
        return problems
    }

    private func value(of field: ExceptionCap.RequiredField) -> String? {
        switch field {
        case .owner: owner
        case .reason: reason
        case .ticket: ticket
        }
    }

    func finding(_ code: ReasonCode, _ what: String, expected: String? = nil, found: String? = nil) -> Finding {
        Finding(code, "exception `\(name)` \(what)", expected: expected, found: found, rule: waives.description)
    }
}
