import Findings
import SBOM
import StrictEncoding

extension RuleJudge {
    func check(_ inventory: Inventory, _ rule: ComponentRule, _ check: inout CandidateCheck) {
        let components = ListedComponents(inventory)
        checkCount(components, atLeast: 1, &check)
        var denied = ComponentHits()
        var unversioned = ComponentHits()
        var unidentified = ComponentHits()
        var unlisted = ComponentHits()
        var required = rule.require.map { Set($0.patterns.indices) } ?? []
        var room = PackageURLPatternIndex.LookupRoom()
        for component in components {
            // Most components are none of those that a list names: that is told before anything is made of them.
            let mayBeDenied = rule.deny.map { !$0.isKnownToMiss(component, &room) } ?? false
            let mayBeRequired =
                !required.isEmpty && rule.require.map { !$0.isKnownToMiss(component, &room) } ?? false
            guard mayBeDenied || mayBeRequired || rule.allow != nil else { continue }
            let listed = ListedComponent(component)
            if mayBeDenied, let deny = rule.deny {
                // The first is the one to say: a component that two patterns deny is one component.
                if let match = deny.matches(listed).first {
                    // Nobody escapes a denial by not stating the version.
                    if match.isCertain {
                        denied.add(component, under: match.position, version: match.version)
                    } else {
                        unversioned.add(component, under: match.position)
                    }
                } else if rule.unidentified == .reject, listed.packages.isEmpty || listed.unreadable != nil {
                    unidentified.add(component, under: 0)
                }
            }
            if let allow = rule.allow, !allow.matches(listed).contains(where: \.isCertain) {
                unlisted.add(component, under: 0)
            }
            if mayBeRequired, let require = rule.require {
                required.subtract(require.matches(listed).filter(\.isCertain).map(\.position))
            }
        }
        if let deny = rule.deny {
            if denied.isEmpty, unversioned.isEmpty { check.matched.append("no denied component") }
            report(denied, &check) { group, position in
                let pattern = deny.patterns[position]
                let reason = pattern.reason.map { " (\(Finding.escaped($0)))" } ?? ""
                return CandidateCheck.Miss(
                    code: .componentDenied, what: "component",
                    expected: "none that \(Finding.quoted(pattern.description)) means", found: group.first,
                    statement: "\(group.text) denied by \(Finding.quoted(pattern.description))\(reason)",
                    mending: pattern.versions?.remedy(for: group.firstVersion).map {
                        "upgrade \(group.firstName) to \($0)"
                    } ?? "remove \(group.firstName) from the image, or replace it")
            }
            report(unversioned, &check) { group, position in
                CandidateCheck.Miss(
                    code: .componentVersionUnknown, what: "component version", expected: "one that can be compared",
                    found: group.first,
                    statement: "\(group.text) without a version that can be compared, so it may be denied by "
                        + Finding.quoted(deny.patterns[position].description))
            }
            report(unidentified, &check) { group, _ in
                CandidateCheck.Miss(
                    code: .componentUnidentified, what: "component", expected: "a package URL that can be read",
                    found: group.first,
                    statement: "\(group.text) without a package URL that can be read, so it may be a denied one")
            }
        }
        if rule.allow != nil {
            if unlisted.isEmpty { check.matched.append("allowed components only") }
            report(unlisted, &check) { group, _ in
                CandidateCheck.Miss(
                    code: .componentNotAllowed, what: "component", expected: "one of those that `allow` lists",
                    found: group.first, statement: "\(group.text) not among those that are allowed",
                    mending: "remove \(group.firstName) from the image, or list it under `allow`")
            }
        }
        guard let require = rule.require else { return }
        if required.isEmpty { check.matched.append("required components") }
        for position in required.sorted().prefix(ComponentHits.mostGroups) {
            let text = Finding.quoted(require.patterns[position].description)
            check.misses.append(
                .init(
                    code: .componentMissing, what: "component", expected: text, found: nil,
                    statement: "no component is \(text), which is required", mending: "add \(text) to the image"))
        }
        if required.count > ComponentHits.mostGroups {
            check.misses.append(
                .init(
                    code: .componentMissing, what: "components", expected: "each of those that `require` lists",
                    found: nil, statement: "\(required.count - ComponentHits.mostGroups) more are missing"))
        }
    }

    /// One miss for each group, the most severe positions first, and one for those that are left out.
    func report(
        _ hits: ComponentHits, _ check: inout CandidateCheck,
        miss: (ComponentHits.Group, Int) -> CandidateCheck.Miss
    ) {
        var positions = hits.groups.keys.sorted()
        let left = positions.dropFirst(ComponentHits.mostGroups)
        positions = Array(positions.prefix(ComponentHits.mostGroups))
        var last: CandidateCheck.Miss?
        for position in positions {
            guard let group = hits.groups[position] else { continue }
            let miss = miss(group, position)
            check.misses.append(miss)
            last = miss
        }
        guard let last, !left.isEmpty else { return }
        let count = left.reduce(0) { $0 + (hits.groups[$1]?.count ?? 0) }
        check.misses.append(
            .init(
                code: last.code, what: "components", expected: "none", found: "\(count) more",
                statement: "\(count) more components, under \(left.count) more of the rule's patterns"))
    }
}

/// Components that a rule objects to, grouped by why. Thousands of them stay a few lines: every group is counted and shows
/// its first members, the same ones whatever the order of the document.
struct ComponentHits {
    /// Groups that are told one by one.
    static let mostGroups = 20
    /// Members of a group that are named.
    static let mostNamed = 5

    struct Group {
        /// How many components, each place of the document counted.
        fileprivate(set) var count = 0
        /// The least by name and version, sorted, at most ``ComponentHits/mostNamed``.
        fileprivate var members: [(key: ExactString, component: Component, version: String?)] = []

        /// `"log4j-core" 2.14.1 at /components/17 is`, or `12 components are`, with the first few.
        var text: String {
            guard count > 1 else { return "\(first) is" }
            let named = members.map { RuleJudge.named($0.component) }.joined(separator: ", ")
            let more = count > members.count ? " and \(count - members.count) more" : ""
            return "\(count) components (\(named)\(more)) are"
        }

        var first: String { members.first.map { RuleJudge.named($0.component) } ?? "none" }
        var firstName: String { members.first.map { Finding.quoted($0.component.name, limit: 120) } ?? "it" }
        /// As it was compared with the rule.
        var firstVersion: String? { members.first?.version }
    }

    private(set) var groups: [Int: Group] = [:]
    var isEmpty: Bool { groups.isEmpty }

    mutating func add(_ component: Component, under position: Int, version: String? = nil) {
        // Text below comes after every name, and the order of the document breaks ties.
        let key = ExactString(component.name + "\u{0}" + (component.version ?? ""))
        var group = groups[position] ?? Group()
        group.count += 1
        if group.members.count < Self.mostNamed || group.members.last.map({ key < $0.key }) ?? true {
            let index = group.members.firstIndex { key < $0.key } ?? group.members.count
            group.members.insert((key, component, version), at: index)
            if group.members.count > Self.mostNamed { group.members.removeLast() }
        }
        groups[position] = group
    }
}
