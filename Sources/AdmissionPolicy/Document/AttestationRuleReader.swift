import Content
import Findings
import StrictEncoding

extension RequirementReader {
    func attestation(_ node: PolicyNode) -> AttestationRule? {
        guard let fields = reader.fields(of: node, .attestationRule) else { return nil }
        let by = threshold(fields["by"])
        let types = reader.strings(fields["type"], "`type`")
        let match = reader.word(fields["match"], "`match`", Cardinality.self)
        let time = optional(fields["time"]) { timeField($0) }
        let newestAge = optional(fields["newestAge"]) { reader.duration($0, "`newestAge`") }
        let conditions = optional(fields["where"]) { node in
            reader.list(node, "`where`", most: DocumentReader.mostRules) { condition($0) }
        }
        guard let by, let types, let match, let time, let newestAge, let conditions else { return nil }
        if match == .latest, fields["newestAge"] == nil {
            problems.add(
                .policyFileMissingField, fields.place,
                "expected the field `newestAge` with `match: latest`, found none",
                mend: "add `newestAge`: whoever withholds newer statements would otherwise choose which is the latest")
            return nil
        }
        if newestAge.value != nil, time.value == nil {
            problems.add(
                .policyFileMissingField, fields.place, "expected the field `time` with `newestAge`, found none",
                mend: "name the field of the predicate that says when it was made, such as `metadata.finishedOn`")
            return nil
        }
        if newestAge.value == nil, let node = fields["time"] {
            problems.add(
                .policyFileNoEffect, node.place, "expected `time` with `newestAge` only, found it without")
            return nil
        }
        return AttestationRule(
            by: by, types: types.map { ExactString($0) }, match: match, time: time.value, newestAge: newestAge.value,
            conditions: conditions.value ?? [])
    }

    private func timeField(_ node: PolicyNode) -> FieldPath? {
        guard let path = path(node, "`time`") else { return nil }
        guard !path.hasWildcard else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected a single field as `time`, found `*` in \(Finding.quoted(path.description))")
            return nil
        }
        return path
    }

    /// Dotted text, or a list where a name holds a dot. `*` is every element or member in both.
    private func path(_ node: PolicyNode?, _ what: String) -> FieldPath? {
        guard let node = reader.present(node) else { return nil }
        var names: [String] = []
        if case .sequence = node.content {
            guard let list = reader.list(node, what, most: FieldPath.mostSteps, { reader.string($0, "a name") }) else {
                return nil
            }
            names = list
        } else {
            guard let text = reader.string(node, what) else { return nil }
            names = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
                String(Substring($0))
            }
            guard !names.contains(where: \.isEmpty) else {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected names with single dots between them as \(what), found \(Finding.quoted(text))",
                    mend: "write a name that holds dots in a list: [labels, \"a.b\"]")
                return nil
            }
            guard reader.isWithin(FieldPath.mostSteps, names.count, node, what) else { return nil }
        }
        return FieldPath(names.map { $0.utf8.elementsEqual("*".utf8) ? .every : .member(ExactString($0)) })
    }

    private func condition(_ node: PolicyNode) -> FieldCondition? {
        guard let fields = reader.fields(of: node, .fieldCondition) else { return nil }
        let field = path(fields["field"], "`field`")
        let test = test(fields)
        guard let field, let test else { return nil }
        return FieldCondition(field: field, test: test)
    }

    private func test(_ fields: DocumentReader.Fields) -> FieldTest? {
        if let node = fields["equals"] { return value(node, "`equals`").map { .oneOf([$0]) } }
        if let node = fields["in"] {
            var seen: Set<FieldValue> = []
            return reader.list(node, "`in`") { item in
                guard let value = value(item, "an item of `in`") else { return nil }
                return reader.isNew(value, item, &seen) ? value : nil
            }.map { .oneOf($0) }
        }
        if let node = fields["glob"] { return reader.globs(node, "`glob`").map { .glob($0) } }
        if let node = fields["atLeast"] { return number(node, "`atLeast`").map { .atLeast($0.0, literal: $0.1) } }
        if let node = fields["atMost"] { return number(node, "`atMost`").map { .atMost($0.0, literal: $0.1) } }
        if let node = fields["above"] { return number(node, "`above`").map { .above($0.0, literal: $0.1) } }
        if let node = fields["below"] { return number(node, "`below`").map { .below($0.0, literal: $0.1) } }
        if let node = fields["before"] { return reader.instant(node, "`before`").map { .before($0) } }
        if let node = fields["after"] { return reader.instant(node, "`after`").map { .after($0) } }
        if let node = fields["newestAge"] { return reader.duration(node, "`newestAge`").map { .newestAge($0) } }
        if let node = fields["exists"] { return reader.bool(node, "`exists`").map { $0 ? .present : .absent } }
        return reader.regex(fields["insecureRegex"]).map { .insecureRegex($0) }
    }

    /// Text, a number or true or false.
    private func value(_ node: PolicyNode, _ what: String) -> FieldValue? {
        guard let node = reader.present(node) else { return nil }
        if case .scalar(let scalar) = node.content {
            switch scalar.kind {
            case .bool: return reader.bool(node, what).map { .bool($0) }
            case .integer, .float:
                return number(node, what).map { .number($0.0, literal: ExactString($0.1)) }
            case .string, .null: break
            }
        }
        return reader.string(node, what).map { .string(ExactString($0)) }
    }

    /// Only what JSON would read as the same number: YAML's `0o17`, `+1` and `.5` are refused.
    private func number(_ node: PolicyNode, _ what: String) -> (ExactNumber, String)? {
        guard let node = reader.present(node) else { return nil }
        guard case .scalar(let scalar) = node.content, scalar.kind == .integer || scalar.kind == .float else {
            problems.add(.policyFileWrongType, node.place, "expected \(what) as a number, found \(node.kindName)")
            return nil
        }
        guard let number = ExactNumber(literal: scalar.text) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as JSON writes numbers, found \(Finding.quoted(scalar.text))")
            return nil
        }
        return (number, scalar.text)
    }
}
