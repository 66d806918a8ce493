import Content
import Findings
import OCI
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
        let signers = SignerReader(source: source, file: file, reader: reader).signers(spec["signers"])
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
