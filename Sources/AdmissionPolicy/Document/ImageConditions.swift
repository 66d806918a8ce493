public import Content
public import OCI

/// What the image is and says of itself. Every condition that is given has to hold; at least one is.
public struct ImageConditions: Sendable, Hashable {
    /// Sorted by key.
    public let labels: [LabelCondition]
    public let user: UserCondition?
    public let tag: TextCondition?
    public let name: TextCondition?
    public let platforms: [Platform]?

    /// Whether an image's configuration has to be read to judge them.
    var needsConfiguration: Bool { !labels.isEmpty || user != nil || platforms != nil }
}

public struct LabelCondition: Sendable, Hashable {
    public let key: String
    public let value: TextCondition
}

/// On `config.User`.
public enum UserCondition: Sendable, Hashable {
    /// A numeric user other than 0; a name can't be judged without the image's `/etc/passwd`.
    case nonRoot
    case text(TextCondition)
}

/// On a text.
public enum TextCondition: Sendable, Hashable {
    /// Is one of these, byte for byte.
    case oneOf([String])
    /// Matches one of these.
    case glob([Glob])

    func holds(for text: String) -> Bool {
        switch self {
        case .oneOf(let values): values.contains { $0.utf8.elementsEqual(text.utf8) }
        case .glob(let globs): globs.contains { $0.matches(text) }
        }
    }

    /// For people: the values or patterns, in backticks.
    var values: [String] {
        switch self {
        case .oneOf(let values): values
        case .glob(let globs): globs.map(\.description)
        }
    }
}
