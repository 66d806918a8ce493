import Content
import Findings
import OCI
import StrictEncoding

extension RequirementReader {
    func imageConditions(_ node: PolicyNode?) -> ImageConditions? {
        guard let fields = reader.fields(of: node, .imageRule) else { return nil }
        let labels = optional(fields["labels"]) { self.labels($0) }
        let user = optional(fields["user"]) { self.user($0) }
        let tag = optional(fields["tag"]) { text($0, .textCondition) }
        let name = optional(fields["name"]) { text($0, .textCondition) }
        let platforms = optional(fields["platform"]) { node -> [Platform]? in
            guard let fields = reader.fields(of: node, .platformCondition) else { return nil }
            var seen: Set<Platform> = []
            return reader.list(fields["in"], "`in`") { item in
                guard let platform = reader.platform(item, "a platform") else { return nil }
                return reader.isNew(platform, item, &seen) ? platform : nil
            }
        }
        guard let labels, let user, let tag, let name, let platforms else { return nil }
        return ImageConditions(
            labels: labels.value ?? [], user: user.value, tag: tag.value, name: name.value,
            platforms: platforms.value)
    }

    private func labels(_ node: PolicyNode) -> [LabelCondition]? {
        guard case .mapping(let members) = node.content else {
            if reader.present(node) != nil {
                problems.add(
                    .policyFileWrongType, node.place,
                    "expected `labels` as a mapping of label keys to conditions, found \(node.kindName)")
            }
            return nil
        }
        guard reader.isWithin(DocumentReader.mostItems, members.count, node, "`labels`") else { return nil }
        let labels = members.compactMap { member in
            text(member.value, .textCondition).map { LabelCondition(key: member.key, value: $0) }
        }
        guard labels.count == members.count else { return nil }
        return labels.sorted { ExactString($0.key) < ExactString($1.key) }
    }

    private func user(_ node: PolicyNode) -> UserCondition? {
        guard let fields = reader.fields(of: node, .userCondition) else { return nil }
        guard let nonRoot = fields["nonRoot"] else { return text(fields).map { .text($0) } }
        guard case .scalar(let scalar) = nonRoot.content, scalar.kind == .bool,
            scalar.text.utf8.elementsEqual("true".utf8)
        else {
            if reader.present(nonRoot) != nil {
                problems.add(
                    .policyFileBadValue, nonRoot.place, "expected `nonRoot: true`, found another value",
                    mend: "leave `user` out where any user will do")
            }
            return nil
        }
        return .nonRoot
    }

    func text(_ node: PolicyNode, _ list: FieldList) -> TextCondition? {
        reader.fields(of: node, list).flatMap { text($0) }
    }

    private func text(_ fields: DocumentReader.Fields) -> TextCondition? {
        if let node = fields["in"] { return reader.strings(node, "`in`").map { .oneOf($0) } }
        return reader.globs(fields["glob"], "`glob`").map { .glob($0) }
    }
}
