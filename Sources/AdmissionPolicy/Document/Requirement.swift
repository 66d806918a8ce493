public import Content
public import OCI

/// One thing that has to hold.
public struct Requirement: Sendable, Hashable {
    /// Unique within its policy, denials included.
    public let id: String
    public let target: RuleTarget
    public let rule: Rule

    /// Exactly one kind of rule per requirement.
    public enum Rule: Sendable, Hashable {
        case signature(SignatureRule)
        case provenance(ProvenanceRule)
        case baseImage(BaseImageRule)
        case image(ImageConditions)
    }
}

/// One thing that must not be. Beats everything; what can't be judged counts as the case.
public struct Denial: Sendable, Hashable {
    public let id: String
    public let target: RuleTarget
    public let conditions: ImageConditions
}

/// What a rule is about.
public enum RuleTarget: Sendable, Hashable, CustomStringConvertible {
    /// The digest that is admitted. Evidence has to name that very digest; conditions on the configuration hold for
    /// every runnable child.
    case image
    /// Each runnable child for itself. Evidence for the index covers them.
    case eachPlatform
    /// The runnable children of this platform; a child that does not say its platform is counted in.
    case platform(Platform)

    public var description: String {
        switch self {
        case .image: "image"
        case .eachPlatform: "each-platform"
        case .platform(let platform): platform.description
        }
    }
}

/// How many distinct keys have to have signed, and whose count.
public struct SignerThreshold: Sendable, Hashable {
    /// From 1 to the number of distinct keys in ``signers``.
    public let atLeast: Int
    public let signers: [Signer]
}

/// The image itself is signed.
public struct SignatureRule: Sendable, Hashable {
    public let by: SignerThreshold
}

/// The image was built as stated, by the statement of someone trusted.
public struct ProvenanceRule: Sendable, Hashable {
    public let by: SignerThreshold
    public let match: Cardinality
    /// Seconds between the build's end and the decision. Given with ``Cardinality/latest``.
    public let newestAge: Int64?
    public let builder: [Glob]
    public let buildType: [Glob]?
    public let sourceRepository: [Glob]
    public let sourceRef: [Glob]
    public let entryPoint: [Glob]?
    /// Those that may occur; any other rejects. Empty: none may.
    public let externalParameters: [ExternalParameterRule]
}

/// Which of the allowed signers' statements have to match.
public enum Cardinality: String, Sendable, CaseIterable {
    case any
    /// At least one, and every one.
    case all
    /// The one whose build ended last; several that ended in the same second have to match all.
    case latest
    /// There is exactly one, and it matches.
    case exactlyOne = "exactly-one"
}

/// An external parameter that may occur, and with which values.
public struct ExternalParameterRule: Sendable, Hashable {
    public let name: Glob
    public let values: [Glob]

    /// No pattern matches the empty text, but a parameter that was given empty has a value: `**` allows it.
    func allows(_ value: String) -> Bool {
        values.contains { $0.matches(value) || (value.isEmpty && $0.matchesEverything) }
    }
}

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
