import Content
import Findings
import OCI
import PKI
import StrictEncoding

/// Reads `kind: AdmissionPolicy`.
struct AdmissionPolicyReader {
    let source: PolicySource
    let file: PolicyFile
    let fileDigest: Digest
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    /// Nil if anything in the document was refused.
    func policy(_ fields: DocumentReader.Fields) -> AdmissionPolicy? {
        let metadata = reader.fields(of: fields["metadata"], .metadata)
        let name = reader.name(metadata?["name"], "a name")
        let owner = reader.string(metadata?["owner"], "an owner")
        guard let spec = reader.fields(of: fields["spec"], .spec) else { return nil }
        let stage = stage(spec["enforcement"])
        let scope = scope(spec["scope"])
        let signers = signers(spec["signers"])
        let rules = RequirementReader(
            reader: reader, source: source.name, signers: signers ?? [:], signersWereRead: signers != nil)
        let require = reader.list(spec["require"], "`require`", most: DocumentReader.mostRules) {
            rules.requirement($0)
        }
        let deny =
            spec["deny"] == nil
            ? [] : reader.list(spec["deny"], "`deny`", most: DocumentReader.mostRules) { rules.denial($0) }
        requireDistinctIDs(spec["require"], spec["deny"])
        guard let name, let owner, let stage, let scope, let signers, let require, let deny, !require.isEmpty else {
            return nil
        }
        return AdmissionPolicy(
            name: PolicyName(source: source.name, name: name), owner: owner, stage: stage, scope: scope,
            signers: signers.values.sorted { ExactString($0.name) < ExactString($1.name) }, require: require,
            deny: deny, fileDigest: fileDigest, place: fields.place)
    }

    private func stage(_ node: PolicyNode?) -> EnforcementStage? {
        enum Stage: String, CaseIterable { case observe, warn, pilot, enforce }
        guard let fields = reader.fields(of: node, .enforcement),
            let stage = reader.word(fields["stage"], "a stage", Stage.self)
        else { return nil }
        if stage != .pilot, let percent = fields["percent"] {
            problems.add(
                .policyFileNoEffect, percent.place,
                "expected `percent` with stage `pilot` only, found it with "
                    + "`\(stage.rawValue)`")
            return nil
        }
        switch stage {
        case .observe: return .observe
        case .warn: return .warn
        case .enforce: return .enforce
        case .pilot:
            guard let percent = fields["percent"] else {
                problems.add(
                    .policyFileMissingField, fields.place, "expected the field `percent` with stage `pilot`, found none"
                )
                return nil
            }
            return reader.integer(percent, "a percentage", in: 1...100).map { .pilot(percent: $0) }
        }
    }

    private func scope(_ node: PolicyNode?) -> Scope? {
        guard let fields = reader.fields(of: node, .scope) else { return nil }
        let namespaces = globs(fields["namespaces"], "`namespaces`") { namespace($0) }
        let images = globs(fields["images"], "`images`") { image($0) }
        guard let namespaces, let images else { return nil }
        return Scope(namespaces: namespaces, images: images)
    }

    private func globs(_ node: PolicyNode?, _ what: String, _ glob: (PolicyNode) -> Glob?) -> [Glob]? {
        var seen: Set<Glob> = []
        return reader.list(node, what) { item -> Glob? in
            guard let glob = glob(item) else { return nil }
            return reader.isNew(glob, item, &seen) ? glob : nil
        }
    }

    private func namespace(_ node: PolicyNode) -> Glob? {
        guard let glob = reader.glob(node, "a pattern") else { return nil }
        guard glob.matchesEverything || !glob.description.utf8.contains(UInt8(ascii: "/")) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected a namespace, which holds no `/`, found \(Finding.quoted(glob.description))")
            return nil
        }
        return glob
    }

    /// A pattern over names; one that names a tag or a digest could never match.
    private func image(_ node: PolicyNode) -> Glob? {
        guard let glob = reader.glob(node, "a pattern") else { return nil }
        let bytes = Array(glob.description.utf8)
        let last = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        guard !bytes.contains(UInt8(ascii: "@")), !bytes[last...].contains(UInt8(ascii: ":")) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected the name of images without tag and digest, found \(Finding.quoted(glob.description))",
                mend: "cut tag and digest off; a rule `image: {tag: …}` speaks of tags")
            return nil
        }
        return glob
    }

    private func requireDistinctIDs(_ lists: PolicyNode?...) {
        var seen: [ExactString: PolicyPlace] = [:]
        for case .sequence(let items)? in lists.map({ $0?.content }) {
            for case .mapping(let members) in items.map(\.content) {
                for member in members where ExactString(member.key) == "id" {
                    guard case .scalar(let scalar) = member.value.content else { continue }
                    if let first = seen[ExactString(scalar.text)] {
                        problems.add(
                            .policyFileTwice, member.value.place,
                            "expected distinct ids, found \(Finding.quoted(scalar.text)) again, first on line "
                                + "\(first.line)")
                    } else {
                        seen[ExactString(scalar.text)] = member.value.place
                    }
                }
            }
        }
    }
}

// MARK: Signers

extension AdmissionPolicyReader {
    /// By name. An empty dictionary if there are none; nil if one was refused.
    private func signers(_ node: PolicyNode?) -> [ExactString: Signer]? {
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
