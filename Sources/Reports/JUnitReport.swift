import Admission
import AdmissionPolicy
import Content
import Findings
import StrictEncoding

/// JUnit's XML, as Jenkins, GitLab and GitHub actions that publish tests read it: a suite for each image, a case for
/// each rule of it.
///
/// The first case of a suite is the verdict itself, so that a suite passes only where the image is admitted, whatever
/// its rules say. A rule that fails is a failure, one that could not be judged an error, one that was waived is skipped.
/// Where the gate honours stages, what it lets pass is skipped as well. No times: a record has no durations.
public enum JUnitReport {
    /// The document, UTF-8.
    public static func xml(_ list: DecisionList) -> String {
        let suites = list.decisions.map { Suite($0, isBlocked: list.isBlocked($0.record)) }
        let cases = suites.flatMap(\.cases)
        var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        out += "<testsuites name=\"landwaiter\" \(counts(cases))>\n"
        for suite in suites { out += suite.xml }
        return out + "</testsuites>\n"
    }

    fileprivate static func counts(_ cases: [Case]) -> String {
        func count(_ element: String) -> Int { cases.count { $0.element == element } }
        return "tests=\"\(cases.count)\" failures=\"\(count("failure"))\" errors=\"\(count("error"))\""
            + " skipped=\"\(count("skipped"))\""
    }
}

/// One rule of one image, or its verdict.
private struct Case {
    let group: String
    let name: String
    /// `failure`, `error`, `skipped`; nil for one that passes.
    var element: String?
    var type = ""
    var message = ""
    var body = ""

    var xml: String {
        let head = "    <testcase classname=\"\(XMLText.escaped(group))\" name=\"\(XMLText.escaped(name))\""
        guard let element else { return head + "/>\n" }
        let type = element == "skipped" ? "" : " type=\"\(XMLText.escaped(self.type))\""
        let body =
            body.isEmpty || element == "skipped" ? "/>" : ">\(XMLText.escaped(self.body, lineBreak: "\n"))</\(element)>"
        return head + ">\n      <\(element)\(type) message=\"\(XMLText.escaped(message))\"\(body)\n    </testcase>\n"
    }
}

private struct Suite {
    let decision: DecisionList.Decision
    let cases: [Case]

    init(_ decision: DecisionList.Decision, isBlocked: Bool) {
        self.decision = decision
        let record = decision.record
        cases =
            ([Self.verdict(record)]
            + (record.guardrails + record.policies).flatMap { policy in
                policy.rules.map { Self.rule($0, of: policy, in: record) }
            }).map { item in
                guard !isBlocked, record.verdict != .admit, item.element != nil, item.element != "skipped" else {
                    return item
                }
                var item = item
                item.message = "not enforced (stage \(record.enforcement.stage.name)): \(item.message)"
                item.element = "skipped"
                return item
            }
    }

    private static func verdict(_ record: AdmissionRecord) -> Case {
        var item = Case(group: "landwaiter", name: "verdict")
        guard record.verdict != .admit, let headline = record.headline else { return item }
        item.element = record.verdict == .reject ? "failure" : "error"
        item.type = headline.code.name
        item.message = headline.message
        // What belongs to a rule is told with it.
        item.body = text(record.findings.filter { $0.rule == nil || $0 == headline })
        return item
    }

    private static func rule(_ rule: RuleResult, of policy: PolicyResult, in record: AdmissionRecord) -> Case {
        let subject = rule.platform ?? (rule.on == .image ? nil : rule.subject?.description)
        var item = Case(
            group: policy.policy.description, name: rule.rule + (subject.map { " (\($0))" } ?? ""))
        let first = rule.findings.first
        switch rule.outcome {
        case .holds: return item
        case .fails: item.element = "failure"
        case .undecided: item.element = "error"
        case .waived:
            item.element = "skipped"
            item.message = "waived by \(rule.waivedBy?.text ?? "an exception"): \(first?.message ?? "")"
            return item
        }
        item.type = first?.code.name ?? "policy"
        item.message = first?.message ?? "the rule does not hold"
        item.body = text(rule.findings)
        return item
    }

    private static func text(_ findings: [Finding]) -> String {
        findings.map { finding in
            var lines = [finding.code.name + ": " + finding.message]
            if let expected = finding.expected { lines.append("expected: " + expected) }
            if let found = finding.found { lines.append("found: " + found) }
            if let evidence = finding.evidence { lines.append("evidence: " + evidence) }
            lines.append("mend: " + finding.mend)
            return lines.map { Finding.escaped($0) + "\n" }.joined()
        }.joined(separator: "\n")
    }

    var xml: String {
        let record = decision.record
        var properties = [("verdict", record.verdict.rawValue), ("image", decision.image)]
        if let digest = decision.digest { properties.append(("digest", digest)) }
        if let namespace = record.request.namespace { properties.append(("namespace", namespace)) }
        properties.append(("hypothetical", record.request.hypothetical ? "true" : "false"))
        properties.append(("policyDigest", record.policyDigest.description))
        for use in record.insecure { properties.append(("insecure", use)) }
        for mention in decision.mentions { properties.append(("mention", mention.text)) }
        // The form has no place for a zone; times are in UTC.
        let time = String(record.request.at.description.prefix { $0 != "Z" })
        var out = "  <testsuite name=\"\(XMLText.escaped(decision.name))\" \(JUnitReport.counts(cases))"
        out += " timestamp=\"\(XMLText.escaped(time))\">\n    <properties>\n"
        for (name, value) in properties {
            out += "      <property name=\"\(name)\" value=\"\(XMLText.escaped(value))\"/>\n"
        }
        out += "    </properties>\n"
        for item in cases { out += item.xml }
        return out + "  </testsuite>\n"
    }
}

/// Text in XML 1.0: what markup would act on, and what no XML document may hold, whatever way it is written.
enum XMLText {
    /// For text and for attribute values in either kind of quotes. Control and format characters, those that XML forbids
    /// (section 2.2, "Characters") among them, stand as `\u{…}`; line feeds stay.
    ///
    /// - Parameter lineBreak: in attributes a reference, since a reader makes a space of a line feed there.
    static func escaped(_ text: String, lineBreak: String = "&#10;") -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var out = ""
            for scalar in Finding.escaped(String(line)).unicodeScalars {
                switch scalar {
                case "&": out += "&amp;"
                case "<": out += "&lt;"
                case ">": out += "&gt;"
                case "\"": out += "&quot;"
                case "'": out += "&apos;"
                default: out.unicodeScalars.append(scalar)
                }
            }
            return out
        }.joined(separator: lineBreak)
    }
}

extension Waiver {
    /// `exception source/name`, or `break-glass`.
    var text: String {
        switch self {
        case .exception(let name): "exception \(name)"
        case .breakGlass: "break-glass"
        }
    }
}
