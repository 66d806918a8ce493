import Findings
import SBOM

extension RuleJudge {
    func check(_ inventory: Inventory, _ rule: SBOMRule, _ check: inout CandidateCheck) {
        checkCount(ListedComponents(inventory), atLeast: rule.atLeast, &check)
        if let elements = rule.minimumElements { self.check(inventory, elements, &check) }
        if let phases = rule.generationContext { self.check(inventory.generationContexts, phases, &check) }
    }

    /// Each stage that is stated has to be one of these. A name of the document's own is none: nobody knows what it means.
    private func check(
        _ contexts: [GenerationContext], _ phases: [GenerationContext.Phase], _ check: inout CandidateCheck
    ) {
        let others = contexts.filter { context in !phases.contains { $0 == context.phase } }
        guard contexts.isEmpty || !others.isEmpty else {
            check.matched.append("generation context")
            return
        }
        check.misses.append(
            .init(
                code: .sbomGenerationContextDiffers, what: "generation context",
                expected: Self.listed(phases.map(\.rawValue)),
                found: contexts.isEmpty ? nil : Self.listed(others.map(\.text))))
    }

    /// A list of nothing satisfies no rule.
    func checkCount(_ components: ListedComponents, atLeast: Int, _ check: inout CandidateCheck) {
        let count = components.count
        if count >= atLeast {
            check.matched.append("number of components")
        } else {
            check.misses.append(
                .init(
                    code: .sbomTooFewComponents, what: "number of components", expected: "at least \(atLeast)",
                    found: String(count)))
        }
    }

    private func check(_ inventory: Inventory, _ elements: MinimumElements, _ check: inout CandidateCheck) {
        var lacking = false
        let profile = elements.profile == .ntia ? "NTIA" : "CISA"
        let components = ListedComponents(inventory)
        for element in MinimumElement.all(of: elements.profile) {
            switch element.holder {
            case .document(let isStated):
                guard !isStated(inventory) else { continue }
                check.misses.append(
                    .init(
                        code: .sbomElementMissing, what: element.name,
                        expected: "stated, a minimum element of \(profile)'s",
                        found: nil))
            case .component(let isStated):
                var count = 0
                var first: Component?
                for component in components {
                    if isStated(component) { count += 1 } else if first == nil { first = component }
                }
                // Of no component every part is stated; that there are some is another condition.
                guard count * 100 < elements.percent * components.count, let first else { continue }
                check.misses.append(
                    .init(
                        code: .sbomElementMissing, what: element.name,
                        expected: "stated of \(elements.percent)% of the components",
                        found: "stated of \(count) of \(components.count)",
                        statement: "\(element.name) is stated of \(count) of \(components.count) components, expected "
                            + "\(elements.percent)%; it is missing from \(Self.named(first))"))
            }
            lacking = true
        }
        if !lacking { check.matched.append("\(profile)'s minimum elements") }
    }

    /// A component for people: name, version and place.
    static func named(_ component: Component) -> String {
        let version = component.version.map { $0.isEmpty ? "" : " " + Finding.escaped($0) } ?? ""
        return
            "\(Finding.quoted(component.name, limit: 120))\(version.prefix(80)) at \(Finding.escaped("\(component.place)"))"
    }
}

/// An element that an SBOM should have, and how to see whether it does.
struct MinimumElement {
    enum Holder {
        case document((Inventory) -> Bool)
        case component((Component) -> Bool)
    }
    let name: String
    let holder: Holder

    /// NTIA: "Data Fields", page 9. CISA's draft of August 2025, "Data Fields", adds hash, licence, tool name and generation
    /// context. What it calls software producer is who supplies a component or, where that is not said, who made it.
    static func all(of profile: MinimumElements.Profile) -> [MinimumElement] {
        let ntia = [
            MinimumElement(
                name: "author of the SBOM", holder: .document { $0.creators.contains { !$0.name.isEmpty } }),
            MinimumElement(name: "time of making", holder: .document { $0.created != nil }),
            MinimumElement(name: "relationships", holder: .document { !$0.relationships.isEmpty }),
            MinimumElement(name: "component name", holder: .component { !$0.name.isEmpty }),
            MinimumElement(name: "component version", holder: .component { !($0.version ?? "").isEmpty }),
            MinimumElement(name: "supplier", holder: .component { $0.statedSupplier != nil }),
            MinimumElement(
                name: "identifier", holder: .component { $0.packageURL != nil || !$0.cpes.isEmpty }),
        ]
        switch profile {
        case .ntia: return ntia
        case .cisa:
            return ntia + [
                MinimumElement(name: "tool", holder: .document { $0.creators.contains { $0.isTool } }),
                MinimumElement(
                    name: "generation context",
                    holder: .document { $0.generationContexts.contains { !$0.text.isEmpty } }),
                MinimumElement(name: "component hash", holder: .component { !$0.hashes.isEmpty }),
                MinimumElement(name: "licence", holder: .component { $0.statesLicense }),
            ]
        }
    }
}

extension DocumentCreator {
    /// SPDX 2 and CycloneDX tell tools apart; who is of an unknown kind may be one, and is none that is stated.
    fileprivate var isTool: Bool { kind == .tool && !name.isEmpty }
}

extension Component {
    fileprivate var statesLicense: Bool {
        (declaredLicenses + concludedLicenses).contains { license in
            !license.text.isEmpty && !license.text.utf8.elementsEqual("NOASSERTION".utf8)
        }
    }
}
