import Findings
import SBOM
import StrictEncoding

extension RequirementReader {
    func sbom(_ node: PolicyNode) -> SBOMRule? {
        guard let fields = reader.fields(of: node, .sbomRule) else { return nil }
        let selection = selection(fields)
        let elements = optional(fields["minimumElements"]) { minimumElements($0) }
        let contexts = optional(fields["generationContext"]) { node in
            reader.words(node, "`generationContext`", GenerationContext.Phase.self)
        }
        let count = optional(fields["components"]) { node in
            reader.integer(
                reader.fields(of: node, .componentCount)?["atLeast"], "`atLeast`",
                in: 1...SBOMLimits.standard.components)
        }
        guard let selection, let elements, let contexts, let count else { return nil }
        return SBOMRule(
            selection: selection, minimumElements: elements.value, generationContext: contexts.value,
            atLeast: count.value ?? 1)
    }

    /// The fields that every rule on what SBOMs say has.
    func selection(_ fields: DocumentReader.Fields) -> SBOMSelection? {
        let by = threshold(fields["by"])
        let match = reader.word(fields["match"], "`match`", Cardinality.self)
        let formats = optional(fields["formats"]) { self.formats($0) }
        let newestAge = optional(fields["newestAge"]) { reader.duration($0, "`newestAge`") }
        let describesImage = optional(fields["describesImage"]) { self.describesImage($0) }
        guard let by, let match, let formats, let newestAge, let describesImage else { return nil }
        if match == .latest, newestAge.value == nil {
            problems.add(
                .policyFileMissingField, fields.place,
                "expected the field `newestAge` with `match: latest`, found none",
                mend: "add `newestAge`: whoever withholds newer SBOMs would otherwise choose which is the latest")
            return nil
        }
        return SBOMSelection(
            by: by, match: match, formats: formats.value, newestAge: newestAge.value,
            describesImage: describesImage.value ?? false)
    }

    private func formats(_ node: PolicyNode) -> [SBOMFormatName]? {
        var seen: Set<SBOMFormatName> = []
        return reader.list(node, "`formats`") { item in
            guard let text = reader.string(item, "a format") else { return nil }
            guard let name = SBOMFormatName.all.first(where: { $0.description.utf8.elementsEqual(text.utf8) }) else {
                let names = SBOMFormatName.all.map(\.description)
                problems.add(
                    .policyFileBadValue, item.place,
                    "expected a format: \(names.map { "`\($0)`" }.joined(separator: ", ")), "
                        + "found \(Finding.quoted(text))",
                    mend: Spelling.closest(to: text, among: names).map { "did you mean `\($0)`?" })
                return nil
            }
            return reader.isNew(name, item, &seen) ? name : nil
        }
    }

    /// Only `true`: an SBOM about another image never counts, so there is nothing to switch off.
    private func describesImage(_ node: PolicyNode) -> Bool? {
        guard let value = reader.bool(node, "`describesImage`") else { return nil }
        guard value else {
            problems.add(
                .policyFileNoEffect, node.place, "expected `describesImage: true` or nothing, found `false`",
                mend: "leave it out: then an SBOM need not state the digest, and still may not state another")
            return nil
        }
        return true
    }

    private func minimumElements(_ node: PolicyNode) -> MinimumElements? {
        guard let fields = reader.fields(of: node, .minimumElements) else { return nil }
        let profile = reader.word(fields["profile"], "`profile`", MinimumElements.Profile.self)
        let percent = percent(fields["coverage"])
        guard let profile, let percent else { return nil }
        return MinimumElements(profile: profile, percent: percent)
    }

    /// `95%`, from `1%` to `100%`.
    private func percent(_ node: PolicyNode?) -> Int? {
        guard let node, let text = reader.string(node, "`coverage`") else { return nil }
        let digits = text.utf8.dropLast()
        guard text.utf8.last == UInt8(ascii: "%"), (1...3).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let percent = Int(String(Substring(digits))),
            (1...100).contains(percent)
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `coverage` from `1%` to `100%`, found \(Finding.quoted(text))")
            return nil
        }
        return percent
    }
}

extension FieldList {
    static let selection = ["formats", "newestAge", "describesImage"]
    static let sbomRule = FieldList(
        name: "`sbom`", required: ["by", "match"],
        optional: selection + ["minimumElements", "generationContext", "components"])
    static let componentCount = FieldList(name: "`components`", required: ["atLeast"])
    static let minimumElements = FieldList(name: "`minimumElements`", required: ["profile", "coverage"])
    static let componentRule = FieldList(
        name: "`components`", required: ["by", "match"], optional: selection + ["unidentified"],
        atLeastOneOf: ["deny", "denyFile", "allow", "require"])
    static let componentPattern = FieldList(
        name: "a component", optional: ["versions", "reason"], exactlyOneOf: ["package", "name", "supplier"])
}
