import Content
import Findings
import OCI
import StrictEncoding

/// Reads the items of `require` and `deny`.
struct RequirementReader {
    let reader: DocumentReader
    /// The source of the document: what it names without a source is its own.
    let source: String
    let signers: [ExactString: Signer]
    /// False if a signer was refused: then nothing is said about names that can't be found.
    let signersWereRead: Bool

    var problems: PolicyProblems { reader.problems }

    func requirement(_ node: PolicyNode) -> Requirement? {
        guard let fields = reader.fields(of: node, .requirement) else { return nil }
        let id = reader.name(fields["id"], "an id")
        let target = target(fields["on"])
        let rule = rule(fields)
        guard let id, let target, let rule else { return nil }
        return Requirement(id: id, target: target, rule: rule)
    }

    func denial(_ node: PolicyNode) -> Denial? {
        guard let fields = reader.fields(of: node, .denial) else { return nil }
        let id = reader.name(fields["id"], "an id")
        let target = target(fields["on"])
        let conditions = imageConditions(fields["image"])
        guard let id, let target, let conditions else { return nil }
        return Denial(id: id, target: target, conditions: conditions)
    }

    private func target(_ node: PolicyNode?) -> RuleTarget? {
        guard let node = reader.present(node) else { return nil }
        if case .mapping = node.content {
            guard let fields = reader.fields(of: node, .platformTarget) else { return nil }
            return reader.platform(fields["platform"], "a platform").map(RuleTarget.platform)
        }
        enum Word: String, CaseIterable {
            case image
            case eachPlatform = "each-platform"
        }
        switch reader.word(node, "`on`", Word.self) {
        case .image: return .image
        case .eachPlatform: return .eachPlatform
        case nil: return nil
        }
    }

    private func rule(_ fields: DocumentReader.Fields) -> Requirement.Rule? {
        if let node = fields["signature"] {
            guard let rule = reader.fields(of: node, .signatureRule) else { return nil }
            return threshold(rule["by"]).map { .signature(SignatureRule(by: $0)) }
        }
        if let node = fields["provenance"] { return provenance(node).map { .provenance($0) } }
        if let node = fields["baseImage"] { return baseImage(node).map { .baseImage($0) } }
        return imageConditions(fields["image"]).map { .image($0) }
    }

    /// Counts keys, not names: a key under two names can't sign twice.
    func threshold(_ node: PolicyNode?) -> SignerThreshold? {
        guard let fields = reader.fields(of: node, .threshold) else { return nil }
        let atLeast = reader.integer(fields["atLeast"], "`atLeast`", in: 1...1000)
        var seen: Set<ExactString> = []
        let allowed: [Signer]? = reader.list(fields["of"], "`of`") { item in
            guard let name = reader.string(item, "a signer's name") else { return nil }
            guard reader.isNew(ExactString(name), item, &seen) else { return nil }
            if let signer = signers[ExactString(name)] { return signer }
            guard signersWereRead else { return nil }
            let names = signers.keys.map(\.value).sorted()
            problems.add(
                .policyFileUnknownSigner, item.place,
                "expected a signer that `signers` defines, found \(Finding.quoted(name))",
                mend: Spelling.closest(to: name, among: names).map { "did you mean `\($0)`?" })
            return nil
        }
        guard let atLeast, let allowed else { return nil }
        let principals = Set(allowed.map { ExactString($0.principal) })
        guard atLeast <= principals.count else {
            problems.add(
                .policyFileUnreachableThreshold, fields.place,
                "expected `atLeast` of at most \(principals.count), which is how many distinct keys `of` lists, "
                    + "found \(atLeast)")
            return nil
        }
        return SignerThreshold(atLeast: atLeast, signers: allowed)
    }

    private func provenance(_ node: PolicyNode) -> ProvenanceRule? {
        guard let fields = reader.fields(of: node, .provenanceRule) else { return nil }
        let by = threshold(fields["by"])
        let match = reader.word(fields["match"], "`match`", Cardinality.self)
        let source = reader.fields(of: fields["source"], .source)
        let repository = reader.globs(source?["repository"], "`repository`")
        let ref = reader.globs(source?["ref"], "`ref`")
        let builder = reader.globs(fields["builder"], "`builder`")
        let newestAge = optional(fields["newestAge"]) { reader.duration($0, "`newestAge`") }
        let buildType = optional(fields["buildType"]) { reader.globs($0, "`buildType`") }
        let entryPoint = optional(fields["entryPoint"]) { reader.globs($0, "`entryPoint`") }
        let parameters = optional(fields["externalParameters"]) { node in
            reader.list(node, "`externalParameters`") { externalParameter($0) }
        }
        if match == .latest, fields["newestAge"] == nil {
            problems.add(
                .policyFileMissingField, fields.place,
                "expected the field `newestAge` with `match: latest`, found none",
                mend: "add `newestAge`: whoever withholds newer statements would otherwise choose which is the latest")
            return nil
        }
        guard let by, let match, let repository, let ref, let builder, let newestAge, let buildType, let entryPoint,
            let parameters
        else { return nil }
        return ProvenanceRule(
            by: by, match: match, newestAge: newestAge.value, builder: builder, buildType: buildType.value,
            sourceRepository: repository, sourceRef: ref, entryPoint: entryPoint.value,
            externalParameters: parameters.value ?? [])
    }

    private func externalParameter(_ node: PolicyNode) -> ExternalParameterRule? {
        guard let fields = reader.fields(of: node, .externalParameter) else { return nil }
        let name = reader.glob(fields["name"], "`name`")
        let values = reader.globs(fields["values"], "`values`")
        guard let name, let values else { return nil }
        return ExternalParameterRule(name: name, values: values)
    }

    /// A field that may be left out: nil if it was refused, an empty box if it is not there.
    func optional<Value>(_ node: PolicyNode?, _ read: (PolicyNode) -> Value?) -> (value: Value?, Void)? {
        guard let node else { return (nil, ()) }
        return read(node).map { ($0, ()) }
    }
}

// MARK: Conditions on the image

extension RequirementReader {
    private func imageConditions(_ node: PolicyNode?) -> ImageConditions? {
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

    private func text(_ node: PolicyNode, _ list: FieldList) -> TextCondition? {
        reader.fields(of: node, list).flatMap { text($0) }
    }

    private func text(_ fields: DocumentReader.Fields) -> TextCondition? {
        if let node = fields["in"] { return reader.strings(node, "`in`").map { .oneOf($0) } }
        return reader.globs(fields["glob"], "`glob`").map { .glob($0) }
    }
}
