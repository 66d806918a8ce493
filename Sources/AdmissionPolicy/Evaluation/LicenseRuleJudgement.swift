import Findings
import SBOM
import StrictEncoding

extension RuleJudge {
    func check(_ inventory: Inventory, _ rule: LicenseRule, _ check: inout CandidateCheck) {
        let components = ListedComponents(inventory)
        checkCount(components, atLeast: 1, &check)
        let judge = LicenseJudge(rule)
        // By what is wrong, then by the licences that are: hundreds of components share one.
        var found: [LicenseProblem: ComponentHits] = [:]
        for component in components {
            guard let problem = judge.problem(of: component) else { continue }
            found[problem, default: ComponentHits()].add(component, under: 0)
        }
        if found.isEmpty { check.matched.append("licences") }
        let problems = found.keys.sorted()
        for problem in problems.prefix(ComponentHits.mostGroups) {
            guard let hits = found[problem] else { continue }
            report(hits, &check) { group, _ in
                CandidateCheck.Miss(
                    code: problem.kind.code, what: "licence", expected: problem.kind.expected(rule),
                    found: problem.licenses.value.isEmpty ? nil : Finding.quoted(problem.licenses.value, limit: 120),
                    statement: "\(group.text) \(problem.statement)",
                    mending: problem.isObserved
                        ? "replace \(group.firstName), or except it after looking at what was seen"
                        : "replace \(group.firstName), have its licence stated otherwise if that is wrong, or except it"
                )
            }
        }
        guard problems.count > ComponentHits.mostGroups else { return }
        let left = problems.dropFirst(ComponentHits.mostGroups)
        let count = left.reduce(0) { $0 + (found[$1]?.groups[0]?.count ?? 0) }
        check.misses.append(
            .init(
                code: left.first?.kind.code ?? .licenseUnknown, what: "licences", expected: "permitted ones",
                found: "\(count) more",
                statement: "\(count) more components, under \(left.count) more licences, are not permitted"))
    }
}

/// What is wrong with the licences of a component.
private struct LicenseProblem: Hashable, Comparable {
    enum Kind: Int, Comparable {
        case denied, notAllowed, unknown

        static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }

        var code: ReasonCode {
            switch self {
            case .denied: .licenseDenied
            case .notAllowed: .licenseNotAllowed
            case .unknown: .licenseUnknown
            }
        }

        func expected(_ rule: LicenseRule) -> String {
            switch self {
            case .denied: "none of \(RuleJudge.listed(rule.deny.map(\.description)))"
            case .notAllowed: "one of \(RuleJudge.listed((rule.allow ?? []).map(\.description)))"
            case .unknown: "an expression of licences that SPDX lists"
            }
        }
    }
    let kind: Kind
    /// Whether they were only seen, and nobody states them.
    var isObserved = false
    /// Where they are stated all, where they were seen those that are wrong. As written, several with `AND` between them; empty where none is stated.
    let licenses: ExactString

    static func < (a: LicenseProblem, b: LicenseProblem) -> Bool {
        if a.kind != b.kind { return a.kind < b.kind }
        return a.isObserved == b.isObserved ? a.licenses < b.licenses : b.isObserved
    }

    /// Behind the components that have it.
    var statement: String {
        let text = Finding.quoted(licenses.value, limit: 120)
        if isObserved {
            let fault =
                switch kind {
                case .denied: "denied"
                case .notAllowed: "not among those that are allowed"
                case .unknown: "no expression of licences that SPDX lists"
                }
            return "shown by evidence to hold \(text), which is \(fault)"
        }
        return switch kind {
        case .denied: "under \(text), which is denied"
        case .notAllowed: "under \(text), which is not among those that are allowed"
        case .unknown where licenses.value.isEmpty: "under no licence that is stated"
        case .unknown: "under \(text), which is no expression of licences that SPDX lists"
        }
    }
}

/// Judges the licences of one component after the other.
private struct LicenseJudge {
    private let rule: LicenseRule
    private let rules: LicenseRules
    private let exceptions: [(list: ComponentList, rules: LicenseRules)]

    init(_ rule: LicenseRule) {
        self.rule = rule
        rules = LicenseRules(allowed: rule.allow, denied: rule.deny)
        exceptions = rule.exceptions.map { exception in
            (ComponentList([exception.component]), LicenseRules(allowed: exception.licenses))
        }
    }

    /// Nil if they are permitted.
    func problem(of component: Component) -> LicenseProblem? {
        let stated: [ComponentLicense] =
            switch rule.which {
            case .declared: component.declaredLicenses
            case .concluded: component.concludedLicenses
            case .either: component.declaredLicenses + component.concludedLicenses
            }
        // Of two lists one may be silent.
        let licenses = stated.filter { !$0.saysNothing }
        let observed = rule.observed == nil ? [] : component.observedLicenses.filter { !$0.saysNothing }
        let excepted = licenses.isEmpty && observed.isEmpty ? nil : exception(for: component)
        let problem =
            licenses.isEmpty && rule.unknown == .reject
            ? LicenseProblem(kind: .unknown, licenses: "") : problem(licenses, excepted)
        guard let seen = self.problem(observed, excepted, areObserved: true) else { return problem }
        return problem.map { min($0, seen) } ?? seen
    }

    /// Of licences that all hold, the worst.
    private func problem(
        _ licenses: [ComponentLicense], _ excepted: LicenseRules?, areObserved: Bool = false
    ) -> LicenseProblem? {
        let kinds = licenses.map { kind(of: $0, excepted) }
        let relevant = kinds.compactMap { $0 }.filter { !areObserved || rule.observed == .permitted || $0 == .denied }
        guard let worst = relevant.min() else { return nil }
        let told = zip(licenses, kinds).filter { !areObserved || $1 == worst }.map { ExactString($0.0.text) }
        // Sorted, so that the order of the document makes no other group.
        let texts = Set(told).sorted().map(\.value)
        return LicenseProblem(
            kind: worst, isObserved: areObserved, licenses: ExactString(texts.joined(separator: " AND ")))
    }

    private func kind(of license: ComponentLicense, _ excepted: LicenseRules?) -> LicenseProblem.Kind? {
        // A name is often an expression all the same; where it is none of listed licences, nobody knows what it means.
        guard let expression = try? LicenseExpression(license.text) else {
            return rule.unknown == .allow ? nil : .unknown
        }
        // What an exception permits is permitted wherever it occurs in the expression, also where it is denied.
        let judgement = expression.judge { term in
            if let excepted, excepted.judge(term) == .allowed { return .allowed }
            return rules.judge(term)
        }
        switch judgement {
        case .allowed: return nil
        case .denied: return .denied
        case .unknown:
            let isKnown = expression.terms.allSatisfy { $0.isListed || $0.isReference } && license.form != .name
            guard rule.allow == nil || !isKnown else { return .notAllowed }
            return rule.unknown == .allow ? nil : .unknown
        }
    }

    private func exception(for component: Component) -> LicenseRules? {
        guard !exceptions.isEmpty else { return nil }
        let listed = ListedComponent(component)
        return exceptions.first { $0.list.matches(listed).contains(where: \.isCertain) }?.rules
    }
}

extension ComponentLicense {
    fileprivate var saysNothing: Bool {
        text.isEmpty || text.utf8.elementsEqual("NOASSERTION".utf8) || text.utf8.elementsEqual("NONE".utf8)
    }
}
