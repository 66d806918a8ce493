import Content
import Findings
import OCI
import StrictEncoding

extension RequirementReader {
    /// Reads `baseImage`.
    func baseImage(_ node: PolicyNode) -> BaseImageRule? {
        guard let fields = reader.fields(of: node, .baseImageRule) else { return nil }
        let proof = reader.words(fields["proof"], "a proof", BaseImageRule.Proof.self)
        let approved = reader.list(fields["approved"], "`approved`") { approvedBase($0) }
        let by = optional(fields["by"]) { threshold($0) }
        let buildTools = optional(fields["buildTools"]) { node in
            reader.list(node, "`buildTools`") { item in
                reader.fields(of: item, .buildTool).flatMap { approvedImage($0) }
            }
        }
        let age = optional(fields["newestAllowedAge"]) { reader.duration($0, "`newestAllowedAge`") }
        let chain = optional(fields["chain"]) { self.chain($0) }
        guard let proof, let approved, let by, let buildTools, let age, let chain else { return nil }
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
        guard isDatable(approved, age: age.value, hasChain: chain.value != nil, fields.place) else { return nil }
        return BaseImageRule(
            proof: Set(proof), by: by.value, approved: approved.map(\.base), buildTools: buildTools.value ?? [],
            newestAllowedAge: age.value, chain: chain.value)
    }

    /// A base whose age can't be told could only be rejected, and of two dates for one digest nobody could say which
    /// counts.
    private func isDatable(
        _ approved: [(base: ApprovedBase, place: PolicyPlace)], age: Int64?, hasChain: Bool, _ place: PolicyPlace
    ) -> Bool {
        let before = problems.count
        var dates: [Digest: Instant?] = [:]
        for (base, place) in approved {
            if age == nil, base.listed != nil {
                problems.add(
                    .policyFileNoEffect, place, "expected `listed` with `newestAllowedAge` only, found it without")
            }
            if age != nil, !hasChain, base.listed == nil {
                problems.add(
                    .policyFileMissingField, place,
                    "expected `listed`, or a `chain` for the rule, with `newestAllowedAge`, found neither",
                    mend: "say since when the base is listed, like `listed: 2026-11-01T00:00:00Z`")
            }
            for digest in base.image.digests where age != nil {
                if let other = dates.updateValue(base.listed, forKey: digest), other != base.listed {
                    problems.add(
                        .policyFileTwice, place,
                        "expected one `listed` for a digest, found another for \(Finding.quoted(digest.description))")
                }
            }
        }
        return problems.count == before
    }

    private func approvedBase(_ node: PolicyNode) -> (base: ApprovedBase, place: PolicyPlace)? {
        guard let fields = reader.fields(of: node, .approvedBase) else { return nil }
        let image = approvedImage(fields)
        let listed = optional(fields["listed"]) { reader.instant($0, "`listed`") }
        guard let image, let listed else { return nil }
        return (ApprovedBase(image: image, listed: listed.value), node.place)
    }

    private func approvedImage(_ fields: DocumentReader.Fields) -> ApprovedImage? {
        let repository = repository(fields["repository"])
        let digests = reader.digests(fields["digests"], "`digests`")
        guard let repository, let digests else { return nil }
        return ApprovedImage(repository: repository, digests: digests)
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

    /// `SOURCE/NAME`, or `NAME` for a policy of the document's own source.
    private func chain(_ node: PolicyNode) -> BaseImageChain? {
        guard let fields = reader.fields(of: node, .chain), let value = reader.present(fields["policy"]),
            let text = reader.string(value, "a policy")
        else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), parts.allSatisfy(DocumentReader.isName), let name = parts.last else {
            problems.add(
                .policyFileBadValue, value.place,
                "expected a policy as `SOURCE/NAME`, or `NAME` in the same source, found \(Finding.quoted(text))")
            return nil
        }
        let owner = parts.count == 2 ? parts[0] : source
        return BaseImageChain(policy: PolicyName(source: owner, name: name), place: value.place)
    }
}
