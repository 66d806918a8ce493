import Content
import Findings
import StrictEncoding

extension RequirementReader {
    func denial(_ node: PolicyNode) -> Denial? {
        guard let fields = reader.fields(of: node, isGuardrail ? .guardrailDenial : .denial) else { return nil }
        let id = reader.name(fields["id"], "an id")
        let target = denialTarget(fields)
        let condition = denialCondition(fields)
        guard let id, let target, let condition else { return nil }
        return Denial(id: id, target: target, condition: condition, place: fields.place)
    }

    /// `on` belongs to conditions on the image: each of the others is about the image and all its platforms.
    private func denialTarget(_ fields: DocumentReader.Fields) -> RuleTarget? {
        guard fields["image"] == nil else {
            if fields["on"] == nil {
                problems.add(
                    .policyFileMissingField, fields.place, "expected the field `on` with `image`, found none",
                    mend: "add `on`; it has no default")
            }
            return target(fields["on"])
        }
        guard let node = fields["on"] else { return .image }
        problems.add(
            .policyFileNoEffect, node.place, "expected `on` with `image` only, found it without",
            mend: "leave it out: this denial is about the image and all its platforms")
        return nil
    }

    private func denialCondition(_ fields: DocumentReader.Fields) -> Denial.Condition? {
        if let node = fields["image"] { return imageConditions(node).map { .image($0) } }
        if let node = fields["digest"] {
            guard let fields = reader.fields(of: node, .digestDenial) else { return nil }
            return reader.digests(fields["in"], "`in`").map { .digest($0) }
        }
        if let node = fields["builder"] { return text(node, .textCondition).map { .builder($0) } }
        if let node = fields["signer"] {
            guard let fields = reader.fields(of: node, .signerDenial) else { return nil }
            return self.signers(fields["of"]).map { .signer($0) }
        }
        return deniedKeys(fields["key"]).map { .key($0) }
    }

    private func deniedKeys(_ node: PolicyNode?) -> [ExactString]? {
        guard let fields = reader.fields(of: node, .keyDenial) else { return nil }
        var seen: Set<ExactString> = []
        if let node = fields["files"] {
            return reader.list(node, "`files`") { item in
                guard let key = keys?.fingerprint(ofFile: item) else { return nil }
                return reader.isNew(key, item, &seen) ? key : nil
            }
        }
        return reader.list(fields["fingerprints"], "`fingerprints`") { item in
            guard let text = reader.string(item, "a fingerprint") else { return nil }
            guard let digest = try? Digest(text), digest.algorithm == .sha256 else {
                problems.add(
                    .policyFileBadValue, item.place,
                    "expected a key's fingerprint, `sha256:` and 64 hexadecimal digits, found \(Finding.quoted(text))",
                    mend: "`landwaiter key show` prints it")
                return nil
            }
            let key = ExactString(digest.description)
            return reader.isNew(key, item, &seen) ? key : nil
        }
    }
}
