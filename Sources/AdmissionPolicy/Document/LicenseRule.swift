public import SBOM

/// The licences that an SBOM of someone trusted states are permitted ones, component by component.
public struct LicenseRule: Sendable, Hashable {
    public let selection: SBOMSelection
    /// Which of a component's licences are judged.
    public let which: Which
    /// What licences have to be that a tool saw in a component and nobody states; nil if they don't matter.
    public let observed: Observed?
    /// No component may be had under these only. At least one of the two is given.
    public let deny: [LicensePattern]
    /// Every component has to be had under these; nil permits every listed licence that is not denied.
    public let allow: [LicensePattern]?
    /// What becomes of components whose licence nobody states, or states in words that are no expression of listed licences.
    public let unknown: Unknown
    /// In the order of the policy; the first whose component it is counts.
    public let exceptions: [LicenseException]

    public enum Which: String, Sendable, CaseIterable {
        /// Those that the authors declare.
        case declared
        /// Those that the author of the SBOM concluded.
        case concluded
        /// Those of both that are stated: each has to be permitted.
        case either
    }

    /// Those that are observed never stand for one that is not stated.
    public enum Observed: String, Sendable, CaseIterable {
        /// None that is denied.
        case notDenied = "not-denied"
        /// Permitted, each like one that is stated.
        case permitted
    }

    public enum Unknown: String, Sendable, CaseIterable {
        case reject, allow
    }
}

/// Components of which some more licences are permitted.
public struct LicenseException: Sendable, Hashable {
    public let component: ComponentPattern
    /// Also where they are denied.
    public let licenses: [LicensePattern]
}
