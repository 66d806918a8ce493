import Attestation
import Content
import Findings
import StrictEncoding

extension StatementKind {
    static func attestation(_ rule: AttestationRule) -> StatementKind {
        StatementKind(
            noun: "a statement of type " + RuleJudge.listed(rule.types.map(\.value)), none: .attestationNone,
            noneOfType: .attestationNoneOfType,
            noAllowedSigner: .attestationNoAllowedSigner, tooFewSigners: .attestationTooFewSigners,
            notExactlyOne: .attestationNotExactlyOne, tooOld: .attestationTooOld,
            time: ("time", rule.time?.description ?? ""), includes: { rule.types.contains($0.predicateType) })
    }
}

/// What an attestation rule looks at in a statement.
struct AttestedContent: Sendable {
    let type: ExactString
    let predicate: JSONValue?

    /// Whether both say the same, byte for byte.
    func isSame(as other: AttestedContent) -> Bool {
        type == other.type && (predicate?.rawBytes ?? []) == (other.predicate?.rawBytes ?? [])
    }

    func time(at field: FieldPath?) -> Instant? {
        guard let field else { return nil }
        let found = field.values(in: predicate).found
        return found.first?.string.flatMap { Instant(rfc3339: $0) }
    }
}

extension RuleJudge {
    func attestation(_ rule: AttestationRule, _ subject: RuleSubject) -> Judgement {
        let kind = StatementKind.attestation(rule)
        let found = candidates(by: rule.by, kind, subject, isSame: { $0.isSame(as: $1) }) {
            AttestedContent(type: $0.predicateType, predicate: $0.predicate)
        }
        switch found {
        case .failure(let none): return none.judgement
        case .success(let candidates):
            return judge(
                candidates, by: rule.by, match: rule.match, kind, subject,
                time: { $0.content.time(at: rule.time) },
                check: { check($0, rule) })
        }
    }

    func check(_ candidate: StatementCandidate<AttestedContent>, _ rule: AttestationRule) -> CandidateCheck {
        var check = candidate.check
        for condition in rule.conditions { self.check(condition, candidate.content.predicate, &check) }
        checkAge(
            candidate.content.time(at: rule.time), newestAge: rule.newestAge, candidate, .attestation(rule), &check)
        return check
    }

    /// Every value that the path leads to has to satisfy the test, and there has to be at least one.
    private func check(_ condition: FieldCondition, _ predicate: JSONValue?, _ check: inout CandidateCheck) {
        let what = "field \(Finding.quoted(condition.field.description))"
        let (found, lacking) = condition.field.values(in: predicate)
        if case .absent = condition.test {
            if let first = found.first {
                check.misses.append(
                    .init(code: .attestationFieldDiffers, what: what, expected: "none", found: Self.shown(first)))
            } else {
                check.matched.append("absence of \(what)")
            }
            return
        }
        // Only where it is told: of a long list it costs more than all the comparing.
        var expected: String { self.expected(condition.test) }
        guard lacking == 0, !found.isEmpty else {
            check.misses.append(.init(code: .attestationFieldMissing, what: what, expected: expected, found: nil))
            return
        }
        let list = ValueList(condition.test, for: found.count)
        for value in found {
            if let list, list.contains(value) { continue }
            switch result(of: condition.test, value) {
            case .holds: continue
            case .otherType:
                check.misses.append(
                    .init(code: .attestationFieldType, what: what, expected: expected, found: Self.shown(value)))
            case .differs:
                check.misses.append(
                    .init(code: .attestationFieldDiffers, what: what, expected: expected, found: Self.shown(value)))
            }
            // One is enough to say: a list of findings may have thousands.
            return
        }
        check.matched.append(what)
    }

    private enum TestResult {
        case holds, differs, otherType
    }

    private func result(of test: FieldTest, _ value: JSONValue) -> TestResult {
        func number(_ holds: (ExactNumber) -> Bool) -> TestResult {
            guard let number = value.numberLiteral.flatMap({ ExactNumber(literal: $0) }) else { return .otherType }
            return holds(number) ? .holds : .differs
        }
        func time(_ holds: (Instant) -> Bool) -> TestResult {
            guard let time = value.string.flatMap({ Instant(rfc3339: $0) }) else { return .otherType }
            return holds(time) ? .holds : .differs
        }
        func text(_ holds: (String) -> Bool) -> TestResult {
            guard let text = value.string else { return .otherType }
            return holds(text) ? .holds : .differs
        }
        switch test {
        case .oneOf(let values):
            if values.contains(where: { $0.equals(value) }) { return .holds }
            return values.contains { $0.isOfType(of: value) } ? .differs : .otherType
        case .glob(let globs): return text { text in globs.contains { $0.matches(text) } }
        case .atLeast(let bound, _): return number { $0 >= bound }
        case .atMost(let bound, _): return number { $0 <= bound }
        case .above(let bound, _): return number { $0 > bound }
        case .below(let bound, _): return number { $0 < bound }
        case .before(let bound): return time { $0 < bound }
        case .after(let bound): return time { $0 > bound }
        case .newestAge(let seconds):
            let at = document.request.at
            return time { $0 <= at && $0 >= at.adding(seconds: -seconds) }
        case .insecureRegex(let regex): return text { regex.matches($0) }
        case .present: return .holds
        // Judged before: there is a value, so it is not absent.
        case .absent: return .differs
        }
    }

    /// For people.
    private func expected(_ test: FieldTest) -> String {
        switch test {
        case .oneOf(let values): Self.listed(values.map(\.text))
        case .glob(let globs): Self.listed(globs.map(\.description))
        case .atLeast(_, let literal): "at least \(literal)"
        case .atMost(_, let literal): "at most \(literal)"
        case .above(_, let literal): "more than \(literal)"
        case .below(_, let literal): "less than \(literal)"
        case .before(let bound): "a time before \(bound)"
        case .after(let bound): "a time after \(bound)"
        case .newestAge(let seconds):
            "a time from \(document.request.at.adding(seconds: -seconds)) to \(document.request.at)"
        case .present: "any value"
        case .absent: "none"
        case .insecureRegex(let regex): Finding.quoted(regex.description)
        }
    }

    /// A received value on one line: strings and numbers as they are, anything larger by its kind.
    private static func shown(_ value: JSONValue) -> String {
        switch value.kind {
        case .string: Finding.quoted(value.string ?? "")
        case .number: Finding.quoted(value.numberLiteral ?? "")
        case .bool: value.bool == true ? "true" : "false"
        case .object: "an object"
        case .array: "an array"
        case .null: "null"
        }
    }
}

/// A list of values by hash, where many received ones are looked up in it: five hundred components and a list of two
/// hundred are a hundred thousand comparisons otherwise.
private struct ValueList {
    private let strings: Set<ExactString>

    /// Nil where it would not pay.
    init?(_ test: FieldTest, for count: Int) {
        guard case .oneOf(let values) = test, count > 8, values.count > 8 else { return nil }
        strings = Set(
            values.compactMap { value in
                guard case .string(let text) = value else { return nil }
                return text
            })
    }

    /// False also for what is no string: numbers are compared by value, one by one.
    func contains(_ value: JSONValue) -> Bool { value.exact.map(strings.contains) ?? false }
}

extension FieldValue {
    fileprivate func isOfType(of value: JSONValue) -> Bool {
        switch self {
        case .string: value.kind == .string
        case .number: value.kind == .number
        case .bool: value.kind == .bool
        }
    }
}
