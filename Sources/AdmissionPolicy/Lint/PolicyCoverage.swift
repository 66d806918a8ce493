import Findings
public import StrictEncoding

/// Which rules the cases of policy tests show to hold, and which to fail.
///
/// A case counts only if it came out as it expects. Then
/// - a rule has a **passing** case if the case expects `admit` and the rule was judged in it and holds; an alternative of
///   `anyOf`, if it alone made its rule hold;
/// - a rule has a **failing** case if the case expects `reject`, the rule fails, and its findings hold a reason that the
///   case expects and that no other rule's findings hold. A rule that the case names in `expect.rules` need not have the
///   reason for itself.
///
/// So no rule is covered by what merely happens beside what a case is about: a rule that holds in a rejected image was
/// not asked about, and one that fails for a reason that nobody expects could be removed and no test would tell.
public struct PolicyCoverage: Sendable {
    /// Sorted by file and place.
    public private(set) var rules: [Rule]

    /// A rule, or an alternative of one, and the cases that speak for it.
    public struct Rule: Sendable {
        /// Of the document.
        public let file: String
        /// `AdmissionPolicy` or `Guardrail`.
        public let documentKind: String
        public let document: String
        /// `rule`, or `rule/alternative`.
        public let id: String
        public let kind: RuleResult.Kind
        public let place: PolicyPlace
        /// `test: case`, in the order in which they ran.
        public internal(set) var passing: [String] = []
        public internal(set) var failing: [String] = []
        /// Cases in which it fails that don't count, each with why.
        public internal(set) var uncounted: [String] = []

        public var isCovered: Bool { !passing.isEmpty && !failing.isEmpty }
    }

    /// - Parameter outlines: of every file that is under test; a file that is given twice counts once.
    public init(_ outlines: [PolicyOutline]) {
        var seen: Set<PolicyOutline> = []
        rules = outlines.filter { seen.insert($0).inserted }.flatMap { outline in
            outline.rules.flatMap { rule in
                let alternatives = rule.alternatives.map { ("\(rule.id)/\($0.id)", $0.place) }
                return ([(rule.id, rule.place)] + alternatives).map { id, place in
                    Rule(
                        file: outline.place.file, documentKind: outline.kind, document: outline.name, id: id,
                        kind: rule.kind, place: place)
                }
            }
        }.sorted { $0.place < $1.place }
    }

    /// How many rules have both kinds of case.
    public var covered: Int { rules.count(where: \.isCovered) }
    public var isComplete: Bool { covered == rules.count }
    /// Whole percent, rounded down: 100 only if every rule is covered. Of no rules: 100.
    public var percent: Int { rules.isEmpty ? 100 : covered * 100 / rules.count }
}

/// What one rule came to in one case; an alternative of `anyOf` is one too.
struct JudgedRule {
    let file: String
    let document: String
    let id: String
    var outcome: RuleResult.Outcome
    var codes: Set<ExactString>
    /// The rule it is an alternative of.
    var alternativeOf: String?
    /// Whether no other alternative of that rule holds.
    var isAlone = true
    /// `id`, `policy#id` and `source/policy#id`: as tests may name it.
    let names: [String]
}

extension PolicyCoverage {
    /// Counts a case that came out as it expects.
    mutating func count(_ label: String, _ expected: PolicyTestDocument.Expectation, _ judged: [JudgedRule]) {
        for rule in judged {
            guard let position = position(of: rule) else { continue }
            switch expected.verdict {
            case .admit:
                if rule.outcome == .holds, rule.isAlone { rules[position].passing.append(label) }
            case .reject where rule.outcome == .fails:
                if let why = uncounted(rule, expected, judged) {
                    rules[position].uncounted.append("\(label): \(why)")
                } else {
                    rules[position].failing.append(label)
                }
            case .reject, .undecided: break
            }
        }
    }

    /// Why a rule that fails in a case is not what the case is about; nil if it is.
    private func uncounted(
        _ rule: JudgedRule, _ expected: PolicyTestDocument.Expectation, _ judged: [JudgedRule]
    ) -> String? {
        guard !expected.reasons.isEmpty else { return "it expects no reason" }
        let reasons = Set(expected.reasons.map { ExactString($0) }).intersection(rule.codes)
        guard !reasons.isEmpty else { return "it expects none of the rule's reasons" }
        let top = rule.alternativeOf ?? rule.id
        let isNamed = expected.rules.contains { wanted in
            rule.names.contains { $0.utf8.elementsEqual(wanted.utf8) }
        }
        guard !isNamed else { return nil }
        // Alternatives of one rule fail together; they don't stand in each other's light.
        let others = judged.filter {
            $0.outcome == .fails
                && !($0.file == rule.file && $0.document == rule.document
                    && ($0.alternativeOf ?? $0.id).utf8.elementsEqual(top.utf8))
        }
        let own = reasons.filter { reason in !others.contains { $0.codes.contains(reason) } }
        guard own.isEmpty, let shared = reasons.min(),
            let other = others.first(where: { $0.codes.contains(shared) })
        else { return nil }
        return "`\(other.id)` fails for `\(shared)` too; name the rule in `expect.rules`"
    }

    private func position(of rule: JudgedRule) -> Int? {
        rules.firstIndex {
            $0.file.utf8.elementsEqual(rule.file.utf8) && $0.document.utf8.elementsEqual(rule.document.utf8)
                && $0.id.utf8.elementsEqual(rule.id.utf8)
        }
    }
}

extension PolicyCoverage {
    public var json: JSONTree {
        [
            "rules": .array(
                rules.map { rule in
                    [
                        "file": .string(rule.file), "line": .integer(Int64(rule.place.line)),
                        "documentKind": .string(rule.documentKind), "document": .string(rule.document),
                        "rule": .string(rule.id), "kind": .string(rule.kind.rawValue),
                        "passing": JSONTree(strings: rule.passing), "failing": JSONTree(strings: rule.failing),
                        "uncounted": JSONTree(strings: rule.uncounted), "covered": .bool(rule.isCovered),
                    ]
                }),
            "covered": .integer(Int64(covered)), "total": .integer(Int64(rules.count)),
            "percent": .integer(Int64(percent)),
        ]
    }
}
