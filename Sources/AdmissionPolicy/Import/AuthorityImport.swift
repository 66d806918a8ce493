import Findings
import PKI
import StrictEncoding

/// Translates the authorities of one `ClusterImagePolicy` into signers and rules.
struct AuthorityImport {
    let reader: DocumentReader
    /// Our name of the policy, for key files.
    let policy: String
    private(set) var signers: [DraftSigner] = []
    private var names = DraftNames()
    var ids = DraftNames()

    init(reader: DocumentReader, policy: String) {
        self.reader = reader
        self.policy = policy
        for id in ["image-pattern", "signed", "any-authority", "not-imported-policy", "no-authority"] {
            _ = ids.name(id, otherwise: id)
        }
    }

    var problems: PolicyProblems { reader.problems }

    /// One way to be admitted: all of its rules have to hold.
    private struct Alternative {
        let id: String
        var rules: [(id: String, rule: DraftRule)]
        var comments: [String] = []
    }

    /// Nil if the file is refused. What can't be said is no alternative; if none is left nothing is admitted.
    mutating func requirements(
        _ node: PolicyNode?, place: PolicyPlace, into result: inout ImportResult
    ) -> [DraftRequirement]? {
        guard let node else {
            result.remark(
                .notSaid, place, "spec",
                "there are no authorities; what policy-controller makes of it depends on its "
                    + "configuration. This policy admits nothing")
            return [nothing]
        }
        guard case .sequence(let items) = node.content else {
            _ = reader.list(node, "`authorities`") { _ in () }
            return nil
        }
        guard reader.isWithin(DocumentReader.mostRules, items.count, node, "`authorities`") else { return nil }
        var alternatives: [Alternative] = []
        let before = problems.count
        for (position, item) in items.enumerated() {
            if let alternative = alternative(item, position, into: &result) { alternatives.append(alternative) }
        }
        guard problems.count == before,
            reader.isWithin(DocumentReader.mostRules, signers.count, node, "the keys of `authorities`")
        else { return nil }
        return requirements(of: alternatives)
    }

    private var nothing: DraftRequirement {
        DraftRequirement(id: "no-authority", .never("no authority of the original is left"))
    }

    private func requirements(of alternatives: [Alternative]) -> [DraftRequirement] {
        guard let first = alternatives.first else { return [nothing] }
        guard alternatives.count > 1 else {
            return first.rules.map {
                DraftRequirement(id: first.rules.count == 1 ? first.id : $0.id, $0.rule, comments: first.comments)
            }
        }
        // Any one of several keys: no alternatives are needed to say that.
        let keys = alternatives.compactMap { alternative -> [String]? in
            guard alternative.rules.count == 1, case .signature(let by, _) = alternative.rules[0].rule else {
                return nil
            }
            return by
        }
        if keys.count == alternatives.count {
            return [DraftRequirement(id: "signed", .signature(by: keys.flatMap { $0 }))]
        }
        return [
            DraftRequirement(
                id: "any-authority", .anyOf(alternatives.map { ($0.id, $0.rules) }),
                comments: alternatives.flatMap(\.comments))
        ]
    }

    // MARK: One authority

    private mutating func alternative(
        _ node: PolicyNode, _ position: Int, into result: inout ImportResult
    ) -> Alternative? {
        let path = "spec.authorities[\(position)]"
        guard let fields = reader.fields(of: node, .cipAuthority) else { return nil }
        var name = "authority-\(position)"
        if let node = fields["name"] {
            guard let text = reader.string(node, "a name") else { return nil }
            name = text
        }
        if let node = fields["static"] { return fixed(node, fields, path, name, into: &result) }
        if let node = fields["keyless"] {
            let keyless = KeylessAuthority(reader: reader, path: path + ".keyless", name: name)
            guard let identities = keyless.identities(node, fields, into: &result), !identities.isEmpty else {
                return nil
            }
            return alternative(fields, path, name, by: identities.map { signer($0, name) }, into: &result)
        }
        guard let key = reader.fields(of: fields["key"], .cipKey) else { return nil }
        guard let proof = proofs(fields, path, name, into: &result) else { return nil }
        guard proof, let by = keys(key, path, name, into: &result) else { return nil }
        return alternative(fields, path, name, by: by, into: &result)
    }

    /// What has to be signed by any of these.
    private mutating func alternative(
        _ fields: DocumentReader.Fields, _ path: String, _ name: String, by: [String], into result: inout ImportResult
    ) -> Alternative? {
        if let source = fields["source"] {
            result.remark(
                .stricter, source.place, path + ".source",
                "signatures are looked for with the image only; give those that lie elsewhere with `--evidence`")
        }
        let id = ids.name(name, otherwise: "authority")
        guard let node = fields["attestations"] else {
            return Alternative(id: id, rules: [("signed", .signature(by: by))])
        }
        guard let rules = attestations(node, path + ".attestations", by, name, into: &result) else { return nil }
        return Alternative(id: id, rules: rules)
    }

    private mutating func fixed(
        _ node: PolicyNode, _ authority: DocumentReader.Fields, _ path: String, _ name: String,
        into result: inout ImportResult
    ) -> Alternative? {
        enum Action: String, CaseIterable { case pass, fail }
        guard let fields = reader.fields(of: node, .cipStatic),
            let action = reader.word(fields["action"], "`action`", Action.self)
        else { return nil }
        for field in ["attestations", "source", "ctlog"] where authority[field] != nil {
            problems.add(
                .policyFileNoEffect, node.place, "expected `static` without `\(field)`, as policy-controller does")
        }
        guard action == .pass else {
            result.remark(
                .note, node.place, path + ".static",
                "the authority \(Finding.quoted(name)) admits nothing, and is left out")
            return nil
        }
        let comment = result.remark(
            .note, node.place, path + ".static",
            "the authority \(Finding.quoted(name)) admits every image, signed or not; so does this policy")
        return Alternative(
            id: ids.name("insecure-accept-anything", otherwise: "insecure"), rules: [("named", .anything)],
            comments: [comment])
    }

    /// Whether what the authority asks for besides the key can be said. Nil if the file is refused.
    private func proofs(
        _ fields: DocumentReader.Fields, _ path: String, _ name: String, into result: inout ImportResult
    ) -> Bool? {
        let leftOut = "the authority \(Finding.quoted(name)) is left out"
        var canBeSaid = true
        if let node = fields["ctlog"] {
            guard let log = reader.fields(of: node, .cipLog) else { return nil }
            // Neither of them: policy-controller asks no log.
            if log["url"] != nil || log["trustRootRef"] != nil {
                if result.options.insecureIgnoreLog {
                    result.remark(
                        .insecure, node.place, path + ".ctlog",
                        "signatures count that are in no log, because `--insecure-ignore-log` was given")
                } else {
                    result.remark(
                        .notSaid, node.place, path + ".ctlog",
                        "proof of a transparency log for a key is not there yet; \(leftOut)")
                    canBeSaid = false
                }
            }
        }
        if let node = fields["rfc3161timestamp"] {
            result.remark(
                .notSaid, node.place, path + ".rfc3161timestamp",
                "proof of a timestamp for a key is not there yet; \(leftOut)")
            canBeSaid = false
        }
        if let node = fields["signatureFormat"] {
            enum Format: String, CaseIterable { case legacy, bundle }
            guard let format = reader.word(node, "`signatureFormat`", Format.self) else { return nil }
            if format == .bundle {
                result.remark(
                    .note, node.place, path + ".signatureFormat",
                    "policy-controller verifies no bundle with a key; \(leftOut)")
                canBeSaid = false
            }
        }
        return canBeSaid
    }

    // MARK: Keys

    /// The names of the signers. Nil if they can't be said, or the file is refused.
    private mutating func keys(
        _ fields: DocumentReader.Fields, _ path: String, _ name: String, into result: inout ImportResult
    ) -> [String]? {
        guard let data = fields["data"] else {
            let field = fields["kms"] == nil ? "secretRef" : "kms"
            result.remark(
                .notSaid, fields.place, path + ".key.\(field)",
                "a key that is kept elsewhere; the authority \(Finding.quoted(name)) is left out: export the public key, "
                    + "and write it as `data`")
            return nil
        }
        guard case .scalar(let scalar) = data.content else {
            problems.add(.policyFileWrongType, data.place, "expected a public key as a string")
            return nil
        }
        let blocks = (try? PEMBlock.parseAll(Array(scalar.text.utf8), limit: 16)) ?? []
        guard !blocks.isEmpty else {
            problems.add(.policyFileBadValue, data.place, "expected a public key in PEM, found none")
            return nil
        }
        var by: [String] = []
        for block in blocks {
            do throws(PublicKeyError) {
                let key = try PublicKey(pem: Array(block.encoded().utf8))
                guard let schemes = schemes(fields["hashAlgorithm"], key, path, name, into: &result) else { return nil }
                by.append(signer(key, schemes, name, into: &result))
            } catch {
                problems.add(error.code, data.place, error.message)
                return nil
            }
        }
        return Array(Set(by)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private mutating func signer(
        _ key: PublicKey, _ schemes: [SignatureScheme], _ name: String, into result: inout ImportResult
    ) -> String {
        let file = result.keys.add(key, called: "\(policy)-\(name)")
        let own = schemes == SignatureScheme.defaults(for: key.kind) ? nil : schemes
        if let known = signers.first(where: { $0.identity == nil && $0.file == file && $0.schemes == own }) {
            return known.name
        }
        let signer = DraftSigner(name: names.name(name, otherwise: "signer"), file: file, schemes: own)
        signers.append(signer)
        return signer.name
    }

    private mutating func signer(_ identity: DraftIdentity, _ name: String) -> String {
        if let known = signers.first(where: { $0.identity == identity }) { return known.name }
        let signer = DraftSigner(name: names.name(name, otherwise: "signer"), identity: identity)
        signers.append(signer)
        return signer.name
    }

    /// The hash is the authority's, SHA-256 unless it says otherwise; the padding of RSA is PKCS #1's.
    private func schemes(
        _ node: PolicyNode?, _ key: PublicKey, _ path: String, _ name: String, into result: inout ImportResult
    ) -> [SignatureScheme]? {
        var hash = "sha256"
        if let node {
            guard let text = reader.string(node, "`hashAlgorithm`") else { return nil }
            hash = text.lowercased()
            let known = ["sha224", "sha256", "sha384", "sha512"]
            guard known.contains(where: { $0.utf8.elementsEqual(hash.utf8) }) else {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected `hashAlgorithm` to be one of \(known.joined(separator: ", ")), "
                        + "found \(Finding.quoted(text))")
                return nil
            }
        }
        guard let scheme = ImportedScheme.scheme(of: key, hash: hash) else {
            result.remark(
                .notSaid, node?.place ?? PolicyPlace(file: "", line: 0, column: 0), path + ".key.hashAlgorithm",
                "`\(hash)` is not accepted; the authority \(Finding.quoted(name)) is left out")
            return nil
        }
        return [scheme]
    }
}

/// The scheme under which the other systems verify: a hash that is stated, and the key's own kind.
enum ImportedScheme {
    /// Nil if there is none here.
    static func scheme(of key: PublicKey, hash: String) -> SignatureScheme? {
        let suffix = String(hash.dropFirst(3))
        let name =
            switch key.kind {
            case .ed25519: "ed25519"
            case .ecdsaP256, .ecdsaP384, .ecdsaP521: "ecdsa-sha" + suffix
            case .rsa: "rsa-pkcs1-sha" + suffix
            }
        return SignatureScheme(rawValue: name)
    }
}
