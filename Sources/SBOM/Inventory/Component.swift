import StrictEncoding

/// One component of an inventory: a view, cheap to copy, that keeps the document's text alive.
public struct Component: Sendable {
    let storage: InventoryStorage
    let index: Int

    private var record: ComponentRecord { storage.components[index] }

    /// The name by which relationships refer to it: `bom-ref`, `SPDXID`, `spdxId`, Syft's `id`.
    public var identifier: String? { storage.string(record.identifier) }

    /// Never absent; may be empty in CycloneDX.
    public var name: String { storage.string(record.name) ?? "" }

    /// CycloneDX's `group`, which belongs to the name: a Maven group, an npm scope.
    public var group: String? { storage.string(record.group) }

    /// The version as written, which may be empty.
    public var version: String? { storage.string(record.version) }

    /// The first package URL that the document gives it, as written.
    public var packageURL: String? { storage.string(record.packageURL) }

    /// All of them, each with its place. SPDX permits several.
    public var packageURLs: [StatedText] {
        guard record.packageURL.isPresent else { return [] }
        let first = StatedText(text: packageURL ?? "", place: place(of: .packageURL))
        return [first] + facts(of: .packageURL).map { StatedText(text: text($0), place: place(of: $0)) }
    }

    /// All of them, as written, without their places: making those takes longer than reading package URLs.
    public var packageURLTexts: [String] {
        guard record.packageURL.isPresent else { return [] }
        return [packageURL ?? ""] + facts(of: .packageURL).map { text($0) }
    }

    /// Whether the condition holds for each of them.
    func allPackageURLs(_ condition: (Span<UInt8>) -> Bool) -> Bool {
        guard record.packageURL.isPresent else { return true }
        guard record.packageURL.withBytes(in: storage.text, condition) else { return false }
        return factRecords.allSatisfy {
            $0.kind.family != .packageURL || $0.value.withBytes(in: storage.text, condition)
        }
    }

    /// Names in the Common Platform Enumeration, 2.2 or 2.3, as written.
    public var cpes: [StatedText] {
        facts(of: .cpe).map { StatedText(text: text($0), place: place(of: $0)) }
    }

    /// Hashes of what the component is.
    public var hashes: [ComponentHash] {
        facts(of: .hash).map {
            ComponentHash(algorithm: $0.algorithm, hex: text($0).lowercased(), place: place(of: $0))
        }
    }

    /// Who distributes it: SPDX's supplier (`NOASSERTION` included), CycloneDX's `supplier.name`.
    public var supplier: String? { storage.string(record.supplier) }

    /// Who published or made it: SPDX's originator, CycloneDX's `publisher`.
    public var originator: String? { storage.string(record.originator) }

    /// The licences that its authors declare. CycloneDX's are declared ones unless they say otherwise.
    public var declaredLicenses: [ComponentLicense] { licenses(.declared) }

    /// The licences that the document's author concluded.
    public var concludedLicenses: [ComponentLicense] { licenses(.concluded) }

    /// The licences that a tool found in what the component holds: CycloneDX's `evidence.licenses`. They may be of a part
    /// of it only, and nobody says that the component is under them.
    public var observedLicenses: [ComponentLicense] { licenses(.observed) }

    /// What it is, in the format's words: CycloneDX's `type`, SPDX's primary purpose, Syft's package type.
    public var purpose: String? { storage.string(record.purpose) }

    /// CycloneDX's `scope`.
    public var scope: ComponentScope { record.scope }

    /// The component that the document nests it in.
    public var parent: Component? {
        switch record.parent {
        case ComponentRecord.noParent: nil
        case ComponentRecord.apart: Component(storage: storage, index: storage.listed)
        default: Component(storage: storage, index: Int(record.parent))
        }
    }

    /// Where in the document it stands.
    public var place: DocumentPlace { storage.place(at: Int(record.offset), pointer: pointer) }

    private func licenses(_ family: FactKind.Family) -> [ComponentLicense] {
        facts(of: family).map { ComponentLicense(form: $0.kind.licenseForm, text: text($0), place: place(of: $0)) }
    }
}

// MARK: Single facts and their places

extension Component {
    /// A fact that a component states at the most once.
    public enum Field: Sendable, Hashable, CaseIterable {
        case identifier, group, name, version, packageURL, supplier, originator, purpose
    }

    /// Where the field is said; the component's own place if it is not said.
    public func place(of field: Field) -> DocumentPlace {
        let text = text(of: field)
        guard text.isPresent else { return place }
        return storage.place(at: text.start, pointer: pointer + fieldPointer(field))
    }

    /// Lends the bytes of a field, none if it is not said. Makes no string: for rules that look at every component.
    public func withBytes<Result, Failure: Error>(
        of field: Field, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try text(of: field).withBytes(in: storage.text, body)
    }

    private func text(of field: Field) -> JSONText {
        switch field {
        case .identifier: record.identifier
        case .group: record.group
        case .name: record.name
        case .version: record.version
        case .packageURL: record.packageURL
        case .supplier: record.supplier
        case .originator: record.originator
        case .purpose: record.purpose
        }
    }

    private func fieldPointer(_ field: Field) -> String {
        switch (record.list, field) {
        case (_, .name): "/name"
        case (_, .group): "/group"
        case (.components, .identifier), (.metadataComponent, .identifier): "/bom-ref"
        case (.packages, .identifier): "/SPDXID"
        case (.graph, .identifier), (.singleElement, .identifier): "/spdxId"
        case (.artifacts, .identifier), (.source, .identifier): "/id"
        case (.packages, .version): "/versionInfo"
        case (.graph, .version), (.singleElement, .version): "/software_packageVersion"
        case (_, .version): "/version"
        case (.packages, .packageURL): FactKind.spdxPackageURL.pointer(record.packageURLOrdinal)
        case (.graph, .packageURL), (.singleElement, .packageURL):
            record.packageURLOrdinal == .max
                ? "/software_packageUrl" : FactKind.spdx3PackageURL.pointer(record.packageURLOrdinal)
        case (_, .packageURL): "/purl"
        case (.components, .supplier), (.metadataComponent, .supplier): "/supplier/name"
        case (.graph, .supplier), (.singleElement, .supplier): "/suppliedBy"
        case (_, .supplier): "/supplier"
        case (.packages, .originator): "/originator"
        case (.graph, .originator), (.singleElement, .originator): "/originatedBy"
        case (_, .originator): "/publisher"
        case (.packages, .purpose): "/primaryPackagePurpose"
        case (.graph, .purpose), (.singleElement, .purpose): "/software_primaryPurpose"
        case (_, .purpose): "/type"
        }
    }

    /// From the document to the component.
    private var pointer: String {
        var pointer = ""
        var component = self
        // Parents come before their children, so this ends; nesting is limited like all nesting.
        while true {
            pointer = component.record.list.pointer(component.record.ordinal) + pointer
            guard let parent = component.parent else { return pointer }
            component = parent
        }
    }
}

// MARK: Facts

extension Component {
    private func facts(of family: FactKind.Family) -> [FactRecord] { factRecords.filter { $0.kind.family == family } }

    private var factRecords: ArraySlice<FactRecord> {
        let first = Int(record.firstFact)
        let end =
            index + 1 < storage.components.count ? Int(storage.components[index + 1].firstFact) : storage.facts.count
        return first < end ? storage.facts[first..<end] : []
    }

    private func text(_ fact: FactRecord) -> String { storage.string(fact.value) ?? "" }

    private func place(of fact: FactRecord) -> DocumentPlace {
        let tail = fact.kind.pointer(fact.ordinal)
        return storage.place(at: fact.value.start, pointer: fact.kind.standsApart ? tail : pointer + tail)
    }
}

/// A text of the document and its place.
public struct StatedText: Sendable, Hashable {
    public let text: String
    public let place: DocumentPlace
}

/// A hash of a component's content.
public struct ComponentHash: Sendable, Hashable {
    public let algorithm: HashAlgorithm
    /// Lower case, whatever the document's is.
    public let hex: String
    public let place: DocumentPlace
}

/// A licence that is said of a component, or of a service.
public struct ComponentLicense: Sendable, Hashable {
    /// What kind of text it is.
    public enum Form: Sendable, Hashable {
        /// An SPDX licence expression; in SPDX also `NONE` and `NOASSERTION`.
        case expression
        /// One identifier of SPDX's licence list, or meant as one: it is not looked up.
        case identifier
        /// A name that follows no grammar.
        case name
    }

    public let form: Form
    /// As written.
    public let text: String
    public let place: DocumentPlace
}

/// CycloneDX's `scope`.
public enum ComponentScope: UInt8, Sendable, Hashable {
    /// Nothing is said; CycloneDX says it then counts as required.
    case unstated
    case required, optional, excluded
}
