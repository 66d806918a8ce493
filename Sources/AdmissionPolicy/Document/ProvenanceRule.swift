public import Content

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
    /// The SLSA Build level that builder and signer together have to reach by the builder table; nil: any, or none.
    public let level: BuildLevel?
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
