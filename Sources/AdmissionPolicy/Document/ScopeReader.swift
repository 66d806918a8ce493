import Content
import Findings
import OCI
import StrictEncoding

// What policies and guardrails have in common: a stage, a scope, and ids that are distinct.

extension DocumentReader {
    func stage(_ node: PolicyNode?) -> EnforcementStage? {
        enum Stage: String, CaseIterable { case observe, warn, pilot, enforce }
        guard let fields = fields(of: node, .enforcement),
            let stage = word(fields["stage"], "a stage", Stage.self)
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
            return integer(percent, "a percentage", in: 1...100).map { .pilot(percent: $0) }
        }
    }

    func scope(_ node: PolicyNode?) -> Scope? {
        guard let fields = fields(of: node, .scope) else { return nil }
        let namespaces = namespaces(fields["namespaces"])
        let images = globs(fields["images"], "`images`") { image($0) }
        guard let namespaces, let images else { return nil }
        return Scope(namespaces: namespaces, images: images)
    }

    /// Patterns over namespaces, which hold no `/`.
    func namespaces(_ node: PolicyNode?) -> [Glob]? { globs(node, "`namespaces`") { namespace($0) } }

    private func globs(_ node: PolicyNode?, _ what: String, _ glob: (PolicyNode) -> Glob?) -> [Glob]? {
        var seen: Set<Glob> = []
        return list(node, what) { item -> Glob? in
            guard let glob = glob(item) else { return nil }
            return isNew(glob, item, &seen) ? glob : nil
        }
    }

    private func namespace(_ node: PolicyNode) -> Glob? {
        guard let glob = glob(node, "a pattern") else { return nil }
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
        guard let glob = glob(node, "a pattern") else { return nil }
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

    func requireDistinctIDs(_ lists: PolicyNode?...) {
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
