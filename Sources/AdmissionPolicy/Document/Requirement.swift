public import OCI

/// One thing that has to hold.
public struct Requirement: Sendable, Hashable {
    /// Unique within its policy, denials included.
    public let id: String
    public let target: RuleTarget
    public let rule: Rule
    /// Where the requirement begins.
    public let place: PolicyPlace

    /// Exactly one kind of rule per requirement.
    public enum Rule: Sendable, Hashable {
        case signature(SignatureRule)
        case provenance(ProvenanceRule)
        case attestation(AttestationRule)
        case baseImage(BaseImageRule)
        case sbom(SBOMRule)
        case components(ComponentRule)
        case licenses(LicenseRule)
        case vulnerabilities(VulnerabilityRule)
        case image(ImageConditions)
        /// At least two, none of which holds alternatives of its own.
        case anyOf([Alternative])

        /// The rules that this one is made of: those of its alternatives, or it alone.
        public var leaves: [Rule] {
            if case .anyOf(let alternatives) = self { alternatives.flatMap(\.rules).map(\.rule) } else { [self] }
        }

        /// Whose evidence counts; nil for a rule that asks for none, and for alternatives, which say it each.
        public var by: SignerThreshold? {
            switch self {
            case .signature(let rule): rule.by
            case .provenance(let rule): rule.by
            case .attestation(let rule): rule.by
            case .baseImage(let rule): rule.by
            case .sbom, .components, .licenses: selection?.by
            case .vulnerabilities(let rule): rule.by
            case .image, .anyOf: nil
            }
        }

        /// Everybody whose word counts for it in any way.
        var signers: [Signer] {
            var signers = by?.signers ?? []
            if case .vulnerabilities(let rule) = self { signers += rule.vex?.by.signers ?? [] }
            return signers
        }

        /// Which SBOMs it looks at; nil for a rule about anything else, and for alternatives, which say it each.
        public var selection: SBOMSelection? {
            switch self {
            case .sbom(let rule): rule.selection
            case .components(let rule): rule.selection
            case .licenses(let rule): rule.selection
            case .signature, .provenance, .attestation, .baseImage, .vulnerabilities, .image, .anyOf: nil
            }
        }

        /// The files beside the policy that it reads its lists from.
        var listFiles: [ComponentList.ListFile] {
            if case .components(let rule) = self { [rule.deny?.file].compactMap { $0 } } else { [] }
        }
    }
}

/// One of several ways in which a requirement may hold: all its rules have to.
public struct Alternative: Sendable, Hashable {
    /// Unique within its requirement.
    public let id: String
    /// At least one.
    public let rules: [Part]

    public struct Part: Sendable, Hashable {
        /// Unique within its alternative; nil where the alternative is a single rule, which goes by its name.
        public let id: String?
        public let rule: Requirement.Rule
    }
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

/// How many distinct principals have to have signed, and whose count.
public struct SignerThreshold: Sendable, Hashable {
    /// From 1 to the number of distinct principals of ``signers``.
    public let atLeast: Int
    public let signers: [Signer]
}

/// The image itself is signed.
public struct SignatureRule: Sendable, Hashable {
    public let by: SignerThreshold
}
