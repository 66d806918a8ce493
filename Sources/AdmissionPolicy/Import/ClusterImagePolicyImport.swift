import Findings
import StrictEncoding

/// Translates `ClusterImagePolicy` documents.
///
/// There as here every policy that matches has to admit. Within one, authorities are alternatives; one with attestations
/// asks for all of them, one without for a signature of the image.
struct ClusterImagePolicyImport {
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    func translate(_ document: PolicyNode, into result: inout ImportResult) {
        guard let kind = text("kind", of: document), let version = text("apiVersion", of: document) else {
            problems.add(
                .policyFileMissingField, document.place, "expected the fields `apiVersion` and `kind`, found none")
            return
        }
        let versions = ["policy.sigstore.dev/v1alpha1", "policy.sigstore.dev/v1beta1"]
        guard kind.utf8.elementsEqual("ClusterImagePolicy".utf8) else {
            result.remark(
                .notSaid, document.place, "kind", "\(Finding.quoted(kind)) is not translated; nothing here refers to it"
            )
            return
        }
        guard versions.contains(where: { $0.utf8.elementsEqual(version.utf8) }) else {
            problems.add(
                .policyFileVersion, document.place,
                "expected `apiVersion` to be one of \(versions.map { "`\($0)`" }.joined(separator: ", ")), "
                    + "found \(Finding.quoted(version))")
            return
        }
        guard let fields = reader.fields(of: document, .cipDocument),
            let spec = reader.fields(of: fields["spec"], .cipSpec), let metadata = fields["metadata"],
            let name = text("name", of: metadata)
        else {
            if problems.errors.isEmpty {
                problems.add(.policyFileMissingField, document.place, "expected `metadata.name`, found none")
            }
            return
        }
        translate(name, spec, into: &result)
    }

    private func translate(_ name: String, _ spec: DocumentReader.Fields, into result: inout ImportResult) {
        let before = result.remarks.count
        guard let images = images(spec["images"], into: &result) else { return }
        enum Mode: String, CaseIterable { case enforce, warn }
        var mode = Mode.enforce
        if let node = spec["mode"] {
            guard let word = reader.word(node, "`mode`", Mode.self) else { return }
            mode = word
        }
        if let match = spec["match"] {
            result.remark(
                .stricter, match.place, "spec.match",
                "resources and labels can't be said; this policy speaks of every workload")
        }
        guard !images.names.isEmpty else { return }
        var draft = PolicyDraft(
            name: result.names.name(name, otherwise: "policy"), owner: "imported", stage: mode.rawValue,
            namespaces: result.options.namespaces, images: images.names)
        if let rule = images.rule { draft.require.append(DraftRequirement(id: "image-pattern", rule)) }
        var authorities = AuthorityImport(reader: reader, policy: draft.name)
        guard let requirements = authorities.requirements(spec["authorities"], place: spec.place, into: &result) else {
            return
        }
        draft.require += requirements
        if let policy = spec["policy"] {
            let comment = result.remark(
                .notSaid, policy.place, "spec.policy",
                "a policy over all authorities is not translated; the rule `not-imported-policy` admits nothing until "
                    + "you put yours in its place")
            draft.require.append(
                DraftRequirement(
                    id: "not-imported-policy", .never("not imported: spec.policy of \(name)"), comments: [comment]))
        }
        draft.signers = authorities.signers
        draft.comments =
            ["ClusterImagePolicy \(name), translated."]
            + (result.options.namespaces == ["**"]
                ? ["policy-controller judges namespaces that are labelled for it; this policy speaks of all."] : [])
            + result.remarks[before...].map(\.text)
        result.drafts.append(draft)
    }

    /// Nil if the file is refused.
    private func images(
        _ node: PolicyNode?, into result: inout ImportResult
    ) -> (names: [String], rule: DraftRule?)? {
        var patterns: [ClusterImagePolicyGlob] = []
        var position = 0
        let read: [Void]? = reader.list(node, "`images`") { item in
            defer { position += 1 }
            guard let fields = reader.fields(of: item, .cipImage),
                let text = reader.string(fields["glob"], "a pattern")
            else { return nil }
            do throws(ClusterImagePolicyGlob.Failure) {
                let glob = try ClusterImagePolicyGlob(text)
                let path = "spec.images[\(position)].glob"
                if let difference = glob.difference {
                    result.remark(
                        glob.names.isEmpty ? .note : .stricter, item.place, path,
                        "\(Finding.quoted(text)): \(difference)")
                }
                patterns.append(glob)
                return ()
            } catch {
                problems.add(
                    .policyFileBadValue, item.place, "\(error.message): \(Finding.quoted(text))",
                    mend: "write the pattern so that `**` is a whole component, or ends one")
                return nil
            }
        }
        guard read != nil else { return nil }
        patterns.removeAll(where: \.names.isEmpty)
        var seen: Set<ExactString> = []
        let names = patterns.flatMap(\.names).filter { seen.insert(ExactString($0)).inserted }
        guard names.count <= DocumentReader.mostItems else {
            problems.add(
                .policyFileTooMany, node?.place ?? PolicyPlace(file: "", line: 0, column: 0), "too many patterns")
            return nil
        }
        guard patterns.contains(where: { $0.tags != nil }) else { return (names, nil) }
        let rules = patterns.map { DraftRule.image(DraftImage(names: .glob($0.names), tags: $0.tags)) }
        guard rules.count > 1 else { return (names, rules.first) }
        return (names, .anyOf(rules.enumerated().map { ("pattern-\($0 + 1)", [("matches", $1)]) }))
    }

    /// Of documents that other systems write, only what is asked for is looked at.
    private func text(_ key: String, of node: PolicyNode) -> String? {
        guard case .mapping(let members) = node.content,
            let member = members.first(where: { $0.key.utf8.elementsEqual(key.utf8) }),
            case .scalar(let scalar) = member.value.content, scalar.kind == .string
        else { return nil }
        return scalar.text
    }
}
