public import SBOM

/// Someone trusted has said what the image is made of, in an SBOM that is fresh, complete enough, and about this image.
public struct SBOMRule: Sendable, Hashable {
    public let selection: SBOMSelection
    public let minimumElements: MinimumElements?
    /// The stages from which the data of the SBOM may have been taken; nil for any. One of them has to be stated, and no
    /// other.
    public let generationContext: [GenerationContext.Phase]?
    /// Fewest components that the SBOM has to list; one where nothing is said.
    public let atLeast: Int
}

/// Which SBOMs a rule looks at, and how many of them have to be as it says.
public struct SBOMSelection: Sendable, Hashable {
    public let by: SignerThreshold
    public let match: Cardinality
    /// Nil for any that is read.
    public let formats: [SBOMFormatName]?
    /// Seconds between the time at which the SBOM says that it was made and the decision. Given with
    /// ``Cardinality/latest``.
    public let newestAge: Int64?
    /// Whether the SBOM itself has to state the digest of what it describes. One that states another digest is never about
    /// the image, whatever is asked here.
    public let describesImage: Bool
}

/// A format, or one version of it, as policies name them: `spdx`, `spdx-2.3`, `cyclonedx-1.6`, `syft`.
public struct SBOMFormatName: Sendable, Hashable, CustomStringConvertible {
    public let format: SBOMFormat
    /// Nil for every version. `3.0` stands for 3.0.1 as well.
    public let version: String?

    /// Every name that a policy may use, in the order in which errors list them.
    static let all: [SBOMFormatName] =
        ["2.2", "2.3", "3.0"].map { SBOMFormatName(format: .spdx, version: $0) }
        + (0...7).map { SBOMFormatName(format: .cycloneDX, version: "1.\($0)") }
        + SBOMFormat.allCases.map { SBOMFormatName(format: $0, version: nil) }

    public var description: String {
        let name =
            switch format {
            case .spdx: "spdx"
            case .cycloneDX: "cyclonedx"
            case .syft: "syft"
            }
        return version.map { name + "-" + $0 } ?? name
    }

    func includes(_ inventory: Inventory) -> Bool {
        guard inventory.format == format else { return false }
        guard let version else { return true }
        return inventory.specVersion.utf8.elementsEqual(version.utf8)
            || inventory.specVersion.utf8.starts(with: (version + ".").utf8)
    }
}

/// The elements that somebody says an SBOM has at least, and in which part of the components they have to be stated.
public struct MinimumElements: Sendable, Hashable {
    public enum Profile: String, Sendable, CaseIterable {
        /// "The Minimum Elements For a Software Bill of Materials", NTIA, July 2021.
        case ntia
        /// "2025 Minimum Elements for a Software Bill of Materials", CISA, draft of August 2025: besides a hash and a
        /// licence of each component, the tool, and the generation context.
        case cisa
    }
    public let profile: Profile
    /// Of the components, for each element, from 1 to 100.
    public let percent: Int
}
