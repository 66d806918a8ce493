import Findings
import PKI
import StrictEncoding

/// Reads `signers`, of a policy or of a guardrail, and the key files that it names.
struct SignerReader {
    let source: PolicySource
    let file: PolicyFile
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }
}

extension SignerReader {
    /// By name. An empty dictionary if there are none; nil if one was refused.
    func signers(_ node: PolicyNode?) -> [ExactString: Signer]? {
        guard let node else { return [:] }
        guard case .mapping(let members) = node.content else {
            if reader.present(node) != nil {
                problems.add(
                    .policyFileWrongType, node.place,
                    "expected `signers` as a mapping of names to signers, found \(node.kindName)")
            }
            return nil
        }
        guard reader.isWithin(DocumentReader.mostRules, members.count, node, "`signers`") else { return nil }
        var signers: [ExactString: Signer] = [:]
        for member in members {
            guard DocumentReader.isName(member.key) else {
                problems.add(
                    .policyFileBadValue, member.place,
                    "expected a signer's name of 1 to 63 lower-case letters, digits, `-`, `_` and `.`, found "
                        + Finding.quoted(member.key))
                continue
            }
            signers[ExactString(member.key)] = signer(member.key, member.value)
        }
        return signers.count == members.count ? signers : nil
    }

    private func signer(_ name: String, _ node: PolicyNode) -> Signer? {
        guard let fields = reader.fields(of: node, .signer) else { return nil }
        var reference: Signer.ReferenceMatch?
        if let node = fields["reference"] {
            guard let word = reader.word(node, "`reference`", Signer.ReferenceMatch.self) else { return nil }
            reference = word
        }
        guard let kind = key(fields["key"]) else { return nil }
        return Signer(name: name, kind: kind, reference: reference)
    }

    private func key(_ node: PolicyNode?) -> Signer.Kind? {
        guard let fields = reader.fields(of: node, .keySigner),
            let file = fields["file"], let path = reader.string(file, "a key file"),
            let key = keyFile(path, file.place)
        else { return nil }
        guard let node = fields["schemes"] else { return .key(key, schemes: SignatureScheme.defaults(for: key.kind)) }
        guard let schemes = reader.words(node, "a signature scheme", SignatureScheme.self) else { return nil }
        for scheme in schemes where !scheme.isUsable(with: key.kind) {
            problems.add(
                .policyFileBadValue, node.place,
                "expected schemes that a key of kind `\(key.kind)` can use, found `\(scheme.rawValue)`")
            return nil
        }
        return .key(key, schemes: schemes)
    }

    private func keyFile(_ path: String, _ place: PolicyPlace) -> PublicKey? {
        guard let resolved = RelativePath.resolve(path, from: file.path) else {
            problems.add(
                .policyFileKeyPath, place,
                "expected a path below the directory of the policy's source, found \(Finding.quoted(path))")
            return nil
        }
        switch source.keyFile(resolved) {
        case .failure(let error):
            problems.add(
                .policyFileKeyUnreadable, place,
                "expected a key file at \(Finding.quoted(source.shown(resolved))): \(error.message)")
            return nil
        case .success(let bytes):
            do { return try PublicKey(pem: bytes) } catch {
                problems.add(error.code, place, "\(error.message) (\(Finding.quoted(source.shown(resolved))))")
                return nil
            }
        }
    }
}
