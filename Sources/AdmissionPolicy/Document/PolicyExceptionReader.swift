import Content
import Findings
import OCI
import StrictEncoding

/// Reads `kind: Exception`.
struct PolicyExceptionReader {
    let source: PolicySource
    let fileDigest: Digest
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    /// Nil if anything in the document was refused.
    func exception(_ fields: DocumentReader.Fields) -> PolicyException? {
        let before = problems.count
        let metadata = reader.fields(of: fields["metadata"], .exceptionMetadata)
        let name = reader.name(metadata?["name"], "a name")
        let owner = reader.string(metadata?["owner"], "an owner")
        guard let spec = reader.fields(of: fields["spec"], .exceptionSpec) else { return nil }
        let waives = reader.waivable(spec["waives"])
        let scope = reader.fields(of: spec["scope"], .scope)
        var namespaces: Set<ExactString> = []
        let spaces = reader.list(scope?["namespaces"], "`namespaces`") { item -> String? in
            guard let namespace = namespace(item) else { return nil }
            return reader.isNew(ExactString(namespace), item, &namespaces) ? namespace : nil
        }
        var seen: Set<ExceptedImage> = []
        let images = reader.list(scope?["images"], "`images`") { item -> ExceptedImage? in
            guard let image = image(item) else { return nil }
            return reader.isNew(image, item, &seen) ? image : nil
        }
        let from = reader.instant(spec["from"], "`from`")
        let expires = reader.instant(spec["expires"], "`expires`")
        let reason = reader.string(spec["reason"], "`reason`")
        let ticket = reader.string(spec["ticket"], "`ticket`")
        if let from, let expires, expires <= from {
            problems.add(
                .policyFileBadValue, spec["expires"]?.place ?? fields.place,
                "expected `expires` after `from`, found \(expires), which is not after \(from)")
        }
        guard let name, let waives, let spaces, let images, let from, let expires, problems.count == before else {
            return nil
        }
        return PolicyException(
            name: PolicyName(source: source.name, name: name), owner: owner, waives: waives, namespaces: spaces,
            images: images, from: from, expires: expires, reason: reason, ticket: ticket, fileDigest: fileDigest,
            place: fields.place)
    }

    private func namespace(_ node: PolicyNode) -> String? {
        guard let text = reader.string(node, "a namespace") else { return nil }
        guard !text.utf8.contains(where: { [0x2A, 0x3F, 0x2F].contains($0) }) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected a namespace as it is, without patterns, found \(Finding.quoted(text))",
                mend: "list the namespaces one by one: an exception is narrow")
            return nil
        }
        return text
    }

    private func image(_ node: PolicyNode) -> ExceptedImage? {
        guard let text = reader.string(node, "an image") else { return nil }
        do throws(ImageReferenceError) {
            let reference = try ImageReference(parsing: text)
            if let digest = reference.digest, reference.tag == nil {
                return ExceptedImage(name: reference.name, digest: digest)
            }
            problems.add(
                .policyFileBadValue, node.place,
                "expected an image as `registry/repository@sha256:…`, found \(Finding.quoted(text))",
                mend: "name the digest and no tag: a tag can be moved to another image")
        } catch {
            problems.add(.policyFileBadValue, node.place, error.message)
        }
        return nil
    }
}

extension DocumentReader {
    /// `{policy: source/name, rule: id}`
    func waivable(_ node: PolicyNode?) -> WaivableRule? {
        guard let fields = fields(of: node, .waivable) else { return nil }
        let rule = name(fields["rule"], "a rule's id")
        guard let node = present(fields["policy"]), let text = string(node, "a policy") else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard parts.count == 2, parts.allSatisfy(Self.isName) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected a policy as `source/name`, found \(Finding.quoted(text))")
            return nil
        }
        return rule.map { WaivableRule(policy: PolicyName(source: parts[0], name: parts[1]), rule: $0) }
    }
}
