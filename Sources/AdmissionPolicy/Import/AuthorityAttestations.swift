import Findings

extension AuthorityImport {
    /// Nil if one can't be said, or the file is refused: all of them have to hold.
    mutating func attestations(
        _ node: PolicyNode, _ path: String, _ by: [String], _ authority: String, into result: inout ImportResult
    ) -> [(id: String, rule: DraftRule)]? {
        guard case .sequence(let items) = node.content else {
            _ = reader.list(node, "`attestations`") { _ in () }
            return nil
        }
        guard by.count == 1 else {
            result.remark(
                .notSaid, node.place, path,
                "attestations by several keys in one `data`; the authority \(Finding.quoted(authority)) is left out")
            return nil
        }
        var rules: [(id: String, rule: DraftRule)] = []
        var canBeSaid = true
        for (position, item) in items.prefix(DocumentReader.mostRules).enumerated() {
            guard let fields = reader.fields(of: item, .cipAttestation),
                let name = reader.string(fields["name"], "a name"),
                let type = reader.string(fields["predicateType"], "a predicate type")
            else {
                canBeSaid = false
                continue
            }
            let place = "\(path)[\(position)]"
            guard let uri = PredicateTypeAlias.uri(type) else {
                problems.add(
                    .policyFileBadValue, fields.place,
                    "expected a predicate type that policy-controller knows, or a URI, found \(Finding.quoted(type))")
                canBeSaid = false
                continue
            }
            switch conditions(fields["policy"], uri) {
            case .some(let conditions):
                rules.append(
                    (
                        ids.name(name, otherwise: "attestation"),
                        .attestation(by: by, type: uri, conditions: conditions)
                    ))
            case nil:
                result.remark(
                    .notSaid, item.place, place + ".policy",
                    "of CUE only fields that are a text or a boolean are translated, and no Rego; the authority "
                        + "\(Finding.quoted(authority)) is left out")
                canBeSaid = false
            }
        }
        return canBeSaid && items.count == rules.count ? rules : nil
    }

    /// Nil if they can't be said.
    private func conditions(_ node: PolicyNode?, _ uri: String) -> [DraftCondition]? {
        guard let node else { return [] }
        guard let fields = reader.fields(of: node, .cipPolicy), let type = reader.string(fields["type"], "`type`"),
            type.utf8.elementsEqual("cue".utf8), case .scalar(let data)? = fields["data"]?.content,
            ["remote", "configMapRef", "fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta"]
                .allSatisfy({ fields[$0] == nil }),
            let equality = CueEquality(data.text)
        else { return nil }
        var conditions: [DraftCondition] = []
        for field in equality.fields {
            switch (field.path.first, field.path.count, field.value) {
            // The type is asked for anyway; another one could never be.
            case ("predicateType", 1, .text(let text)) where text.utf8.elementsEqual(uri.utf8): continue
            case ("predicate", 2..., _) where !field.path.contains("*"):
                conditions.append(DraftCondition(field: Array(field.path.dropFirst()), value: field.value))
            default: return nil
            }
        }
        return conditions
    }
}

/// The words that cosign and policy-controller have for predicate types.
enum PredicateTypeAlias {
    private static let all = [
        "custom": "https://cosign.sigstore.dev/attestation/v1",
        "slsaprovenance": "https://slsa.dev/provenance/v0.2",
        "slsaprovenance02": "https://slsa.dev/provenance/v0.2",
        "slsaprovenance1": "https://slsa.dev/provenance/v1",
        "spdx": "https://spdx.dev/Document",
        "spdxjson": "https://spdx.dev/Document",
        "cyclonedx": "https://cyclonedx.org/bom",
        "link": "https://in-toto.io/Link/v1",
        "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
        "openvex": "https://openvex.dev/ns",
    ]

    /// What is no word of theirs is taken as it is, if it is a URI.
    static func uri(_ type: String) -> String? {
        all[type] ?? (type.utf8.contains(UInt8(ascii: ":")) && type.utf8.count <= 512 ? type : nil)
    }
}
