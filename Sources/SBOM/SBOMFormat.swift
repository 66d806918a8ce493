/// Who defines what a document says.
public enum SBOMFormat: String, Sendable, Hashable, CaseIterable {
    /// ISO/IEC 5962 and its successor 3.0.
    case spdx = "SPDX"
    /// ECMA-424.
    case cycloneDX = "CycloneDX"
    /// The native form of the scanner Syft, which no standard defines.
    case syft = "Syft"
}

/// How a document is written down.
public enum SBOMSyntax: String, Sendable, Hashable, CaseIterable {
    case json, xml, yaml
    case tagValue = "tag-value"
}

/// What reading a document may cost before it is refused.
public struct SBOMLimits: Sendable, Hashable {
    /// The longest document, in bytes. 128 MiB holds an SBOM of 100,000 components with the files of each.
    public var bytes: Int
    /// How deep objects, elements or mappings may be nested. CycloneDX nests components in components without bound;
    /// documents in practice need fewer than 20 levels.
    public var depth: Int
    /// Components, those inside of others included. A full operating system image has some 10,000.
    public var components: Int
    /// Relationships between components, files and documents. SPDX documents list one for each file.
    public var relationships: Int
    /// Hashes, licences, CPEs and package URLs over all components; licences and endpoints over all services.
    public var facts: Int
    /// Services, those inside of others included. What an image calls are dozens.
    public var services: Int

    /// 128 MiB, 128 levels, a million components, four million relationships, sixteen million facts, 100,000
    /// services.
    public static let standard = SBOMLimits()

    /// Limits of one's own.
    public init(
        bytes: Int = 128 << 20, depth: Int = 128, components: Int = 1_000_000, relationships: Int = 4_000_000,
        facts: Int = 16_000_000, services: Int = 100_000
    ) {
        self.bytes = bytes
        self.depth = depth
        self.components = components
        self.relationships = relationships
        self.facts = facts
        self.services = services
    }
}
