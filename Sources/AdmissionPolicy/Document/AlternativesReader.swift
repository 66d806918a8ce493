import Findings
import StrictEncoding

extension RequirementReader {
    /// Reads `anyOf`.
    func alternatives(_ node: PolicyNode) -> [Alternative]? {
        var seen: Set<ExactString> = []
        let alternatives = reader.list(node, "`anyOf`", most: DocumentReader.mostRules) { alternative($0, &seen) }
        guard let alternatives else { return nil }
        guard alternatives.count > 1 else {
            problems.add(
                .policyFileBadValue, node.place, "expected at least two alternatives in `anyOf`, found one",
                mend: "write the rule itself, without `anyOf`")
            return nil
        }
        return alternatives
    }

    private func alternative(_ node: PolicyNode, _ seen: inout Set<ExactString>) -> Alternative? {
        guard let fields = reader.fields(of: node, .alternative) else { return nil }
        guard let id = distinctID(fields, "an alternative's id", &seen) else { return nil }
        guard let all = fields["allOf"] else {
            return rule(fields).map { Alternative(id: id, rules: [Alternative.Part(id: nil, rule: $0)]) }
        }
        var ids: Set<ExactString> = []
        let parts: [Alternative.Part]? = reader.list(all, "`allOf`", most: DocumentReader.mostRules) { node in
            guard let fields = reader.fields(of: node, .alternativePart) else { return nil }
            let id = distinctID(fields, "a rule's id", &ids)
            let rule = rule(fields)
            guard let id, let rule else { return nil }
            return Alternative.Part(id: id, rule: rule)
        }
        return parts.map { Alternative(id: id, rules: $0) }
    }

    private func distinctID(
        _ fields: DocumentReader.Fields, _ what: String, _ seen: inout Set<ExactString>
    ) -> String? {
        guard let node = fields["id"], let id = reader.name(node, what) else { return nil }
        guard seen.insert(ExactString(id)).inserted else {
            problems.add(.policyFileTwice, node.place, "expected distinct ids, found \(Finding.quoted(id)) again")
            return nil
        }
        return id
    }
}
