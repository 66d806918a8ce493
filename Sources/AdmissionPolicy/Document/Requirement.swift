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
