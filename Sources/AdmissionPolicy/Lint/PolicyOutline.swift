import Findings
import StrictEncoding

/// The rules that the documents of a policy file hold, and where they stand: what coverage is counted over, whether or not
/// a test loads the file.
public struct PolicyOutline: Sendable, Hashable {
    /// `AdmissionPolicy` or `Guardrail`.
    public let kind: String
    public let name: String
    /// Where the document begins; its file is normalised, so that one file is one however it is named.
    public let place: PolicyPlace
    /// In the order of the document.
    public let rules: [Rule]

    /// One item of `require` or `deny`.
    public struct Rule: Sendable, Hashable {
        public let id: String
        public let kind: RuleResult.Kind
        public let place: PolicyPlace
        /// Those of `anyOf`, in the order of the document; empty for any other rule.
        public let alternatives: [Alternative]
    }

    /// One alternative of `anyOf`.
    public struct Alternative: Sendable, Hashable {
        public let id: String
        public let place: PolicyPlace
    }

    /// The outlines of a file's documents. What can't be read is left out: loading the file says what is wrong with it.
    public static func read(_ file: PolicyFile, directory: String = "") -> [PolicyOutline] {
        let shown = PolicySource(name: "outline", directory: directory, files: []) { _ in .failure(KeyFileError("")) }
            .shown(file.path)
        let documents = StrictYAML.documents(
            file.bytes, file: PathText.normalised(shown), limits: StrictYAML.Limits(), PolicyProblems())
        return documents.compactMap(outline)
    }

    private static func outline(_ document: PolicyNode) -> PolicyOutline? {
        guard let kind = document["kind"]?.text, ["AdmissionPolicy", "Guardrail"].contains(kind),
            let name = document["metadata"]?["name"]?.text, let spec = document["spec"]
        else { return nil }
        let rules = rules(spec["require"], .require) + rules(spec["deny"], .deny)
        return PolicyOutline(kind: kind, name: name, place: document.place, rules: rules)
    }

    private static func rules(_ list: PolicyNode?, _ kind: RuleResult.Kind) -> [Rule] {
        (list?.items ?? []).compactMap { node in
            guard let id = node["id"]?.text else { return nil }
            let alternatives = (node["anyOf"]?.items ?? []).compactMap { item in
                item["id"]?.text.map { Alternative(id: $0, place: item.place) }
            }
            return Rule(id: id, kind: kind, place: node.place, alternatives: alternatives)
        }
    }
}

extension PolicyNode {
    /// The value of a field; nil where the node is no mapping or has no such field.
    subscript(_ key: String) -> PolicyNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// Of a list; empty for anything else.
    var items: [PolicyNode] {
        if case .sequence(let items) = content { items } else { [] }
    }

    /// Of a scalar, whatever YAML takes it for.
    var text: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }
}

/// Paths as texts; nothing is looked up.
public enum PathText {
    /// Without `.`, empty components, and `..` where something stands before it: one file has one such path, links
    /// aside.
    public static func normalised(_ path: String) -> String {
        var parts: [Substring.UTF8View] = []
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        for part in path.utf8[...].split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8), let last = parts.last, !last.elementsEqual("..".utf8) {
                parts.removeLast()
            } else if !(part.elementsEqual("..".utf8) && isAbsolute && parts.isEmpty) {
                parts.append(part)
            }
        }
        let joined = parts.map { String(Substring($0)) }.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }
}
