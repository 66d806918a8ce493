import Content
import Findings
import OCI

extension RequirementReader {
    func baseImage(_ node: PolicyNode) -> BaseImageRule? {
        guard let fields = reader.fields(of: node, .baseImageRule) else { return nil }
        let proof = reader.words(fields["proof"], "a proof", BaseImageRule.Proof.self)
        let approved = approvedImages(fields["approved"], "`approved`")
        let by = optional(fields["by"]) { threshold($0) }
        let buildTools = optional(fields["buildTools"]) { approvedImages($0, "`buildTools`") }
        guard let proof, let approved, let by, let buildTools else { return nil }
        let needsProvenance = proof.contains(.materials)
        if needsProvenance, by.value == nil {
            problems.add(
                .policyFileMissingField, fields.place, "expected the field `by` with the proof `materials`, found none",
                mend: "say whose provenance counts")
            return nil
        }
        for key in ["by", "buildTools"] where !needsProvenance {
            guard let node = fields[key] else { continue }
            problems.add(
                .policyFileNoEffect, node.place, "expected `\(key)` with the proof `materials` only, found it without")
            return nil
        }
        return BaseImageRule(
            proof: Set(proof), by: by.value, approved: approved, buildTools: buildTools.value ?? [])
    }

    private func approvedImages(_ node: PolicyNode?, _ what: String) -> [ApprovedImage]? {
        reader.list(node, what) { item in
            guard let fields = reader.fields(of: item, .approvedImage) else { return nil }
            let repository = repository(fields["repository"])
            let digests = reader.digests(fields["digests"], "`digests`")
            guard let repository, let digests else { return nil }
            return ApprovedImage(repository: repository, digests: digests)
        }
    }

    private func repository(_ node: PolicyNode?) -> String? {
        guard let node, let text = reader.string(node, "a repository") else { return nil }
        do throws(ImageReferenceError) {
            let reference = try ImageReference(parsing: text)
            guard reference.tag == nil, reference.digest == nil else {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected a repository without tag and digest, found \(Finding.quoted(text))",
                    mend: "list the digests under `digests`")
                return nil
            }
            return reference.name
        } catch {
            problems.add(.policyFileBadValue, node.place, error.message)
            return nil
        }
    }
}
