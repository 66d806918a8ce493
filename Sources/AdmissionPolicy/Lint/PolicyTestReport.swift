public import Findings
public import StrictEncoding

/// What the cases of policy tests came to.
public struct PolicyTestReport: Sendable {
    public private(set) var outcomes: [Outcome] = []
    public private(set) var coverage: PolicyCoverage

    /// One case.
    public struct Outcome: Sendable {
        public let test: String
        public let name: String
        public let place: PolicyPlace
        public let expected: PolicyTestDocument.Expectation
        public let verdict: Verdict
        /// Sorted, the most telling first.
        public let findings: [Finding]
        /// One line for each expectation that was not met.
        public let differences: [String]

        public var passed: Bool { differences.isEmpty }
    }

    /// - Parameter outlines: of every policy file that lies under the paths of the tests or that a test loads.
    public init(_ outlines: [PolicyOutline]) { coverage = PolicyCoverage(outlines) }

    public var passed: Int { outcomes.count(where: \.passed) }
    public var failed: Int { outcomes.count - passed }

    /// Compares what was decided with what a case expects, and counts what the case shows.
    ///
    /// - Parameters:
    ///   - policies: those that the test loads: they say which file a rule stands in.
    ///   - results: what the matching guardrails and policies say; empty where the image could not be judged at all.
    @discardableResult
    public mutating func add(
        _ item: PolicyTestDocument.Case, of test: PolicyTestDocument, _ policies: PolicySet, verdict: Verdict,
        findings: [Finding], results: [PolicyResult]
    ) -> Outcome {
        let judged = Self.judged(results, policies)
        let outcome = Outcome(
            test: test.name, name: item.name, place: item.place, expected: item.expected, verdict: verdict,
            findings: findings, differences: Self.differences(item.expected, verdict, findings, judged))
        outcomes.append(outcome)
        if outcome.passed { coverage.count("\(test.name): \(item.name)", item.expected, judged) }
        return outcome
    }

    private static func differences(
        _ expected: PolicyTestDocument.Expectation, _ verdict: Verdict, _ findings: [Finding], _ judged: [JudgedRule]
    ) -> [String] {
        var lines: [String] = []
        if verdict != expected.verdict {
            lines.append("expected \(expected.verdict.rawValue), found \(verdict.rawValue)")
        }
        let codes = Set(findings.map { ExactString($0.code.name) })
        let missing = expected.reasons.filter { !codes.contains(ExactString($0)) }
        if !missing.isEmpty {
            lines.append("expected reason \(missing.map { Finding.quoted($0) }.joined(separator: ", ")), not found")
        }
        for rule in expected.rules {
            let matching = judged.filter { $0.names.contains { $0.utf8.elementsEqual(rule.utf8) } }
            if matching.isEmpty {
                lines.append("expected rule \(Finding.quoted(rule)) not to hold, but it was not judged")
            } else if !matching.contains(where: { $0.outcome == .fails || $0.outcome == .undecided }) {
                lines.append("expected rule \(Finding.quoted(rule)) not to hold, but it does")
            }
        }
        return lines
    }

    /// One value for each rule, over all platforms: it holds if it holds for each, and its reasons are those of all.
    private static func judged(_ results: [PolicyResult], _ policies: PolicySet) -> [JudgedRule] {
        var judged: [JudgedRule] = []
        for result in results {
            let place =
                policies.policies.first { $0.name == result.policy }?.place
                ?? policies.guardrails.first { $0.name == result.policy }?.place
            guard let file = place?.file else { continue }
            for rule in result.rules {
                let found = JudgedRule(
                    file: PathText.normalised(file), document: result.policy.name, id: rule.rule,
                    outcome: rule.outcome, codes: Set(rule.findings.map { ExactString($0.code.name) }),
                    names: [rule.rule, "\(result.policy.name)#\(rule.rule)", "\(result.policy)#\(rule.rule)"])
                if let index = judged.firstIndex(where: { $0.names.last == found.names.last }) {
                    judged[index].merge(found)
                } else {
                    judged.append(found)
                }
            }
        }
        return judged
    }
}

extension JudgedRule {
    fileprivate mutating func merge(_ other: JudgedRule) {
        codes.formUnion(other.codes)
        if outcome == .fails || other.outcome == .fails {
            outcome = .fails
        } else if outcome == .holds {
            outcome = other.outcome
        }
    }
}

extension PolicyTestReport {
    /// The JSON form; its schema is docs/policy-test-report.schema.json.
    ///
    /// - Parameter coverage: whether to tell it.
    public func json(coverage tellsCoverage: Bool) -> JSONTree {
        JSONTree(members: [
            "schemaVersion": 1,
            "cases": .array(outcomes.map(\.json)),
            "passed": .integer(Int64(passed)),
            "failed": .integer(Int64(failed)),
            "coverage": tellsCoverage ? coverage.json : nil,
        ])
    }
}

extension PolicyTestReport.Outcome {
    fileprivate var json: JSONTree {
        [
            "test": .string(test), "case": .string(name), "file": .string(place.file),
            "line": .integer(Int64(place.line)), "passed": .bool(passed),
            "expected": .string(expected.verdict.rawValue), "verdict": .string(verdict.rawValue),
            "codes": JSONTree(strings: Set(findings.map { ExactString($0.code.name) }).sorted().map(\.value)),
            "differences": JSONTree(strings: differences),
        ]
    }
}
