/// What a token is asked for: `repository:finance/ledger:pull` (distribution's "Token Scope Documentation").
public struct TokenScope: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What may be done with a repository.
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case pull, push, delete
    }

    /// Printable ASCII without a space, a quote or a backslash.
    public let description: String

    /// The scope of one repository. Actions are written in the order in which docker writes them.
    public init(repository: String, _ actions: Set<Action>) {
        let names = Action.allCases.filter(actions.contains).map(\.rawValue).joined(separator: ",")
        description = "repository:" + repository + ":" + names
    }

    /// The scopes of the challenge of a registry: `scope-token *( SP scope-token )` of RFC 6749 section 3.3. Nil for
    /// anything else and for more than ``mostScopes``.
    static func parse(_ text: String) -> [TokenScope]? {
        let tokens = text.utf8.split(separator: UInt8(ascii: " "))
        guard tokens.count <= mostScopes,
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        return tokens.map { TokenScope(text: String(Substring($0))) }
    }

    /// A cross-repository mount needs two; there is no use for more than a few.
    static let mostScopes = 16

    private init(text: String) { description = text }

    /// What was asked by the registry, and of what the request needs that which the registry left out; sorted, none
    /// twice, so that one wish is one key of a cache.
    static func union(of asked: [TokenScope], and needed: [TokenScope]) -> [TokenScope] {
        let missing = needed.filter { scope in !asked.contains { $0.covers(scope) } }
        return Set(asked + missing).sorted()
    }

    /// Whether it is for the same resource and for at least the same actions.
    private func covers(_ other: TokenScope) -> Bool {
        let (resource, actions) = parts
        let (otherResource, otherActions) = other.parts
        return resource == otherResource && otherActions.isSubset(of: actions)
    }

    /// Up to the last colon, and the actions after it.
    private var parts: (resource: String, actions: Set<String>) {
        guard let colon = description.utf8.lastIndex(of: UInt8(ascii: ":")) else { return (description, []) }
        let actions = description[description.utf8.index(after: colon)...].utf8.split(separator: UInt8(ascii: ","))
        return (String(description[..<colon]), Set(actions.map { String(Substring($0)) }))
    }

    /// By bytes.
    public static func < (left: TokenScope, right: TokenScope) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
