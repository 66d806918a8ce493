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
    /// Whether the document may deny signers and keys, which takes effect beyond it.
    var isGuardrail = false
    /// Reads the files of denied keys; given for a guardrail.
    var keys: SignerReader?
    /// Reads the lists beside the document.
    var files: SignerReader?

    var problems: PolicyProblems { reader.problems }

    func requirement(_ node: PolicyNode) -> Requirement? {
        guard let fields = reader.fields(of: node, .requirement) else { return nil }
        let id = reader.name(fields["id"], "an id")
        let target = target(fields["on"])
        let rule = rule(fields)
        guard let id, let target, let rule else { return nil }
        return Requirement(id: id, target: target, rule: rule, place: fields.place)
    }

    func target(_ node: PolicyNode?) -> RuleTarget? {
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

    func rule(_ fields: DocumentReader.Fields) -> Requirement.Rule? {
        if let node = fields["signature"] {
            guard let rule = reader.fields(of: node, .signatureRule) else { return nil }
            return threshold(rule["by"]).map { .signature(SignatureRule(by: $0)) }
        }
        if let node = fields["provenance"] { return provenance(node).map { .provenance($0) } }
        if let node = fields["attestation"] { return attestation(node).map { .attestation($0) } }
        if let node = fields["sbom"] { return sbom(node).map { .sbom($0) } }
        if let node = fields["components"] { return components(node).map { .components($0) } }
        if let node = fields["licenses"] { return licenses(node).map { .licenses($0) } }
        if let node = fields["vulnerabilities"] { return vulnerabilities(node).map { .vulnerabilities($0) } }
        if let node = fields["baseImage"] { return baseImage(node).map { .baseImage($0) } }
        if let node = fields["anyOf"] { return alternatives(node).map { .anyOf($0) } }
        return imageConditions(fields["image"]).map { .image($0) }
    }

    /// Counts principals, not names: neither a key under two names can sign twice, nor the holders of one pattern.
    func threshold(_ node: PolicyNode?) -> SignerThreshold? {
        guard let fields = reader.fields(of: node, .threshold) else { return nil }
        let atLeast = reader.integer(fields["atLeast"], "`atLeast`", in: 1...1000)
        let allowed = self.signers(fields["of"])
        guard let atLeast, let allowed else { return nil }
        let principals = allowed.flatMap { $0.pattern == nil ? Array($0.principals) : [] }
        // Of signers by the same certificates each certificate is the first one's.
        let count = Set(principals).count + Set(allowed.compactMap(\.pattern)).count
        guard atLeast <= count else {
            problems.add(
                .policyFileUnreachableThreshold, fields.place,
                "expected `atLeast` of at most \(count), which is how many distinct signers `of` lists, "
                    + "found \(atLeast)")
            return nil
        }
        return SignerThreshold(atLeast: atLeast, signers: allowed)
    }

    /// A list of names of signers, no two the same.
    func signers(_ node: PolicyNode?) -> [Signer]? {
        var seen: Set<ExactString> = []
        return reader.list(node, "`of`") { item in
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
    }

    /// A field that may be left out: nil if it was refused, an empty box if it is not there.
    func optional<Value>(_ node: PolicyNode?, _ read: (PolicyNode) -> Value?) -> (value: Value?, Void)? {
        guard let node else { return (nil, ()) }
        return read(node).map { ($0, ()) }
    }
}
