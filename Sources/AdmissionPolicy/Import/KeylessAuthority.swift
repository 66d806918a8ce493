import Findings
import StrictEncoding

extension FieldList {
    static let cipKeyless = FieldList(
        name: "`keyless`", optional: ["url", "identities", "ca-cert", "trustRootRef", "insecureIgnoreSCT"])
    static let cipIdentity = FieldList(
        name: "an identity", optional: ["issuer", "subject", "issuerRegExp", "subjectRegExp"])
}

/// Reads `keyless` of an authority of a `ClusterImagePolicy`.
struct KeylessAuthority {
    let reader: DocumentReader
    let path: String
    let name: String

    private var problems: PolicyProblems { reader.problems }
    private var leftOut: String { "the authority \(Finding.quoted(name)) is left out" }

    /// The identities, any of which is enough. Empty if the authority can't be said, nil if the file is refused.
    func identities(
        _ node: PolicyNode, _ authority: DocumentReader.Fields, into result: inout ImportResult
    ) -> [DraftIdentity]? {
        guard let fields = reader.fields(of: node, .cipKeyless) else { return nil }
        guard let list = fields["identities"] else {
            result.remark(.notSaid, node.place, path, "anybody's certificate would count; \(leftOut)")
            return []
        }
        let root = trustedRoot(fields, into: &result)
        if let node = fields["insecureIgnoreSCT"] {
            guard let ignores = reader.bool(node, "`insecureIgnoreSCT`") else { return nil }
            if ignores {
                result.remark(
                    .stricter, node.place, path + ".insecureIgnoreSCT",
                    "what certificates have to show is up to the trusted root that is given")
            }
        }
        if let node = authority["ctlog"] {
            guard reader.fields(of: node, .cipLog) != nil else { return nil }
            result.remark(
                .note, node.place, "\(path.dropLast(".keyless".utf8.count)).ctlog",
                "the logs that count are those of the trusted root that is given")
        }
        guard case .sequence(let items) = list.content else {
            _ = reader.list(list, "`identities`") { _ in () }
            return nil
        }
        guard reader.isWithin(DocumentReader.mostRules, items.count, list, "`identities`") else { return nil }
        var identities: [DraftIdentity] = []
        for (position, item) in items.enumerated() {
            guard let read = identity(item, position, root, into: &result) else { return nil }
            if let identity = read.identity { identities.append(identity) }
        }
        if identities.isEmpty {
            result.remark(.notSaid, node.place, path, "none of the identities can be said; \(leftOut)")
        }
        return identities
    }

    /// The embedded root's name for Sigstore's own instance, and one to be given for every other.
    private func trustedRoot(_ fields: DocumentReader.Fields, into result: inout ImportResult) -> String? {
        for field in ["ca-cert", "trustRootRef"] {
            guard let node = fields[field] else { continue }
            result.remark(
                .stricter, node.place, "\(path).\(field)",
                "certificates count under the trusted root called `\(ImportedIdentity.ownRoot)` only: give that authority "
                    + "as one")
            return ImportedIdentity.ownRoot
        }
        guard let node = fields["url"] else { return nil }
        guard node.text.map({ $0.utf8.elementsEqual("https://fulcio.sigstore.dev".utf8) }) != true else {
            return "public-good"
        }
        result.remark(
            .stricter, node.place, path + ".url",
            "certificates count under the trusted root called `\(ImportedIdentity.ownRoot)` only: give that of this "
                + "instance as one")
        return ImportedIdentity.ownRoot
    }

    /// Nil if the file is refused.
    private func identity(
        _ node: PolicyNode, _ position: Int, _ root: String?, into result: inout ImportResult
    ) -> (identity: DraftIdentity?, Void)? {
        guard let fields = reader.fields(of: node, .cipIdentity) else { return nil }
        let path = "\(path).identities[\(position)]"
        var wanted: [ImportedIdentity.Wanted] = []
        for (word, regex) in [("issuer", "issuerRegExp"), ("subject", "subjectRegExp")] {
            guard fields[word] == nil || fields[regex] == nil else {
                problems.add(
                    .policyFileExactlyOne, fields.place, "expected one of `\(word)` and `\(regex)`, found both")
                return nil
            }
            if let node = fields[word] {
                guard let text = reader.string(node, "`\(word)`") else { return nil }
                wanted.append(.exactly(text))
            } else if let node = fields[regex] {
                guard let text = reader.string(node, "`\(regex)`") else { return nil }
                wanted.append(.regex(text))
            } else {
                result.remark(
                    .notSaid, fields.place, path, "an identity without `\(word)` is everybody's, and is left out")
                return (nil, ())
            }
        }
        switch ImportedIdentity.identity(issuer: wanted[0], subject: wanted[1], trustedRoot: root) {
        case .notSaid(let why):
            result.remark(.notSaid, fields.place, path, "\(why); the identity is left out")
            return (nil, ())
        case .said(let identity, let stricter):
            for remark in stricter { result.remark(.stricter, fields.place, path, remark) }
            return (identity, ())
        }
    }
}
