import Findings
import OCI

/// Where content of a repository is looked for first. The image keeps its name: only the place to ask is another, and
/// what comes from there is compared with its digest like everything else.
public struct MirrorRules: Sendable, Hashable {
    private struct Rule: Sendable, Hashable {
        /// Registry, then path components.
        let from: [String]
        let to: [String]
    }
    private var rules: [Rule] = []

    public init() {}

    /// Adds `FROM=TO`: `registry.example=mirror.example/prefix`, `registry.example/team=mirror.example/team`. Rules are
    /// tried longest `FROM` first, among equals in their order; the registry itself comes last.
    public mutating func add(_ text: String) throws(MirrorRuleError) {
        let halves = text.split(separator: "=", omittingEmptySubsequences: false)
        guard halves.count == 2, let from = Self.parts(halves[0]), let to = Self.parts(halves[1]) else {
            throw .malformed(text)
        }
        let rule = Rule(from: from, to: to)
        let place = rules.firstIndex { $0.from.count < from.count } ?? rules.endIndex
        rules.insert(rule, at: place)
    }

    /// Where to ask, in order; the repository itself is last.
    func places(of repository: RegistryRepository) -> [RegistryRepository] {
        let name = [repository.registry.description] + repository.path.split(separator: "/").map(String.init)
        var places: [RegistryRepository] = []
        for rule in rules where name.starts(with: rule.from, by: { $0.utf8.elementsEqual($1.utf8) }) {
            let parts = rule.to + name.dropFirst(rule.from.count)
            guard parts.count > 1, let registry = RegistryHost(parsing: parts[0]) else { continue }
            places.append(RegistryRepository(registry: registry, path: parts.dropFirst().joined(separator: "/")))
        }
        return places + [repository]
    }

    /// A registry and components of a repository, by the grammar of references.
    private static func parts(_ text: Substring) -> [String]? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let registry = RegistryHost(parsing: first) else { return nil }
        if parts.count > 1 {
            // A host without dot or port would be read as a repository of Docker's.
            let path = parts.dropFirst().joined(separator: "/")
            guard let read = try? ImageReference(parsing: "registry.example/" + path), read.tag == nil,
                read.digest == nil
            else { return nil }
        }
        return [registry.description] + parts.dropFirst()
    }
}

/// Why a text is no rule for mirrors.
public enum MirrorRuleError: Error, Equatable, Sendable {
    case malformed(String)

    public var message: String {
        switch self {
        case .malformed(let text):
            "expected a mirror like `registry.example=mirror.example/prefix`, found \(Finding.quoted(text))"
        }
    }
}
