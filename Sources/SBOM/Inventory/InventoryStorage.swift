import StrictEncoding

/// What an ``Inventory`` and all views into it share: the document's text, and records of fixed size that point into it.
///
/// A component costs about 100 bytes and each hash, licence and identifier of it 24 more, whatever the document says of it;
/// strings are made when somebody asks for one.
final class InventoryStorage: Sendable {
    let format: SBOMFormat
    let syntax: SBOMSyntax
    let specVersion: String
    /// What the records point into: the document as received if it is JSON, else as it was rewritten.
    let text: [UInt8]
    /// Of the document within what was received, such as `/predicate`.
    let base: String
    /// Present if the places of the document are lines.
    let lines: LineTable?
    let header: DocumentHeader
    /// As the document lists them, those inside of others right behind them; after ``listed`` the one that stands apart.
    let components: [ComponentRecord]
    let listed: Int
    /// Ordered by component.
    let facts: [FactRecord]
    /// As the document lists them, those inside of others right behind them.
    let services: [ServiceRecord]
    /// Ordered by service.
    let serviceFacts: [FactRecord]
    let relationships: [RelationshipRecord]
    /// How many entries the document's lists of relationships have.
    let listedRelationships: Int
    /// Indices of the components that the document says it describes.
    let described: [Int]

    init(_ builder: consuming InventoryBuilder, text: [UInt8], base: String, lines: LineTable?, syntax: SBOMSyntax) {
        format = builder.format
        self.syntax = syntax
        specVersion = builder.specVersion
        self.text = text
        self.base = base
        self.lines = lines
        header = builder.header
        listed = builder.listed ?? builder.components.count
        components = builder.components
        facts = builder.facts
        services = builder.services
        serviceFacts = builder.serviceFacts
        relationships = builder.relationships
        listedRelationships = builder.listedRelationships
        described = builder.described
    }

    func string(_ text: JSONText) -> String? { text.string(in: self.text) }

    /// The place of a byte of ``text``, or where the places are pointers, that pointer.
    func place(at offset: Int, pointer: @autoclosure () -> String) -> DocumentPlace {
        if let lines { .line(lines.line(at: offset)) } else { .pointer(base + pointer()) }
    }
}

/// What a document says about itself.
struct DocumentHeader: Sendable {
    var name = JSONText.absent
    /// SPDX 2's namespace, the `spdxId` of SPDX 3's document, CycloneDX's serial number.
    var identifier = JSONText.absent
    var version: Int?
    var created = JSONText.absent
    var createdPointer = ""
    var createdInstant: Instant?
    var creators: [DocumentCreator.Record] = []
    var generationContexts: [GenerationContext.Record] = []

    /// Notes the creation time.
    ///
    /// XML Schema's dateTime, which CycloneDX uses, may lack the offset from UTC, and tools leave it out elsewhere too: such
    /// a time says no instant, and nothing can be fresh by it. What is no date and time at all is refused.
    mutating func setCreated(
        _ value: JSONPosition, _ pointer: String, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        created = try tape.requireText(value)
        createdPointer = pointer
        let written = tape.string(created)
        createdInstant = Instant(rfc3339: written)
        guard createdInstant != nil || Instant(rfc3339: written + "Z") != nil else {
            throw ReadFault(.invalidValue(expected: "a date and time"), value)
        }
    }
}

struct ComponentRecord: Sendable {
    /// `bom-ref`, `SPDXID`, `spdxId`, Syft's `id`.
    var identifier = JSONText.absent
    var group = JSONText.absent
    var name = JSONText.absent
    var version = JSONText.absent
    var packageURL = JSONText.absent
    var supplier = JSONText.absent
    var originator = JSONText.absent
    var purpose = JSONText.absent
    /// Offset of the component in the text.
    var offset: UInt32 = 0
    /// Position in the list that holds it.
    var ordinal: UInt32 = 0
    /// Position of the package URL's entry, where it stands in a list.
    var packageURLOrdinal: UInt32 = 0
    /// Index of the first of its facts; they go on to the next component's.
    var firstFact: UInt32 = 0
    /// Index of the component that holds it, or one of the values below.
    var parent: Int32 = ComponentRecord.noParent
    var list = ComponentList.components
    var scope = ComponentScope.unstated

    static let noParent: Int32 = -1
    /// The component that stands apart, see ``InventoryStorage/listed``.
    static let apart: Int32 = -2
}

struct ServiceRecord: Sendable {
    /// `bom-ref`.
    var identifier = JSONText.absent
    var group = JSONText.absent
    var name = JSONText.absent
    var version = JSONText.absent
    var provider = JSONText.absent
    var isAuthenticated: Bool?
    /// Offset of the service in the text.
    var offset: UInt32 = 0
    /// Position in the list that holds it.
    var ordinal: UInt32 = 0
    /// Index of the first of its facts; they go on to the next service's.
    var firstFact: UInt32 = 0
    /// Index of the service that holds it, or ``ComponentRecord/noParent``.
    var parent: Int32 = ComponentRecord.noParent
}

/// Which list of the document holds a component.
enum ComponentList: UInt8, Sendable {
    case components, metadataComponent, packages, graph, singleElement, artifacts, source

    /// The JSON Pointer to an entry.
    func pointer(_ ordinal: UInt32) -> String {
        switch self {
        case .components: "/components/\(ordinal)"
        case .metadataComponent: "/metadata/component"
        case .packages: "/packages/\(ordinal)"
        case .graph: "/@graph/\(ordinal)"
        case .singleElement: ""
        case .artifacts: "/artifacts/\(ordinal)"
        case .source: "/source"
        }
    }
}

/// A hash, licence or further identifier of a component; a licence or endpoint of a service.
struct FactRecord: Sendable {
    var kind: FactKind
    var algorithm = HashAlgorithm.other
    /// Index of the component, or of the service.
    var component: UInt32
    /// Position in the list that holds it, see ``FactKind/pointer(_:)``.
    var ordinal: UInt32 = 0
    var value: JSONText
}

/// What a fact says and where such facts stand.
enum FactKind: UInt8, Sendable {
    case cycloneDXHash, cycloneDXCPE
    case cycloneDXLicenseID, cycloneDXLicenseName, cycloneDXLicenseExpression
    case cycloneDXConcludedID, cycloneDXConcludedName, cycloneDXConcludedExpression
    case cycloneDXObservedID, cycloneDXObservedName, cycloneDXObservedExpression
    case cycloneDXEndpoint
    case spdxChecksum, spdxCPE, spdxPackageURL, spdxDeclared, spdxConcluded
    case spdx3Hash, spdx3CPE, spdx3PackageURL, spdx3Declared, spdx3Concluded, spdx3DeclaredOther, spdx3ConcludedOther
    case syftCPE, syftCPEText, syftDeclaredValue, syftDeclaredExpression, syftDeclaredText
    case syftConcludedValue, syftConcludedExpression, syftDigest

    enum Family { case hash, cpe, packageURL, declared, concluded, observed, endpoint }

    var family: Family {
        switch self {
        case .cycloneDXHash, .spdxChecksum, .spdx3Hash, .syftDigest: .hash
        case .cycloneDXCPE, .spdxCPE, .spdx3CPE, .syftCPE, .syftCPEText: .cpe
        case .spdxPackageURL, .spdx3PackageURL: .packageURL
        case .cycloneDXLicenseID, .cycloneDXLicenseName, .cycloneDXLicenseExpression, .spdxDeclared, .spdx3Declared,
            .spdx3DeclaredOther, .syftDeclaredValue, .syftDeclaredExpression, .syftDeclaredText:
            .declared
        case .cycloneDXConcludedID, .cycloneDXConcludedName, .cycloneDXConcludedExpression, .spdxConcluded,
            .spdx3Concluded, .spdx3ConcludedOther, .syftConcludedValue, .syftConcludedExpression:
            .concluded
        case .cycloneDXObservedID, .cycloneDXObservedName, .cycloneDXObservedExpression: .observed
        case .cycloneDXEndpoint: .endpoint
        }
    }

    /// The same licence of CycloneDX, where it is evidence.
    var observed: FactKind {
        switch licenseForm {
        case .identifier: .cycloneDXObservedID
        case .name: .cycloneDXObservedName
        case .expression: .cycloneDXObservedExpression
        }
    }

    var licenseForm: ComponentLicense.Form {
        switch self {
        case .cycloneDXLicenseID, .cycloneDXConcludedID, .cycloneDXObservedID: .identifier
        case .cycloneDXLicenseName, .cycloneDXConcludedName, .cycloneDXObservedName,
            .spdx3DeclaredOther,
            .spdx3ConcludedOther, .syftDeclaredValue, .syftDeclaredText, .syftConcludedValue:
            .name
        default: .expression
        }
    }

    /// The JSON Pointer from the component to the fact.
    func pointer(_ n: UInt32) -> String {
        switch self {
        case .cycloneDXHash: "/hashes/\(n)/content"
        case .cycloneDXCPE: "/cpe"
        case .cycloneDXLicenseID, .cycloneDXConcludedID: "/licenses/\(n)/license/id"
        case .cycloneDXLicenseName, .cycloneDXConcludedName: "/licenses/\(n)/license/name"
        case .cycloneDXLicenseExpression, .cycloneDXConcludedExpression: "/licenses/\(n)/expression"
        case .cycloneDXObservedID: "/evidence/licenses/\(n)/license/id"
        case .cycloneDXObservedName: "/evidence/licenses/\(n)/license/name"
        case .cycloneDXObservedExpression: "/evidence/licenses/\(n)/expression"
        case .cycloneDXEndpoint: "/endpoints/\(n)"
        case .spdxChecksum: "/checksums/\(n)/checksumValue"
        case .spdxCPE, .spdxPackageURL: "/externalRefs/\(n)/referenceLocator"
        case .spdxDeclared: "/licenseDeclared"
        case .spdxConcluded: "/licenseConcluded"
        case .spdx3Hash: "/verifiedUsing/\(n)/hashValue"
        case .spdx3CPE, .spdx3PackageURL: "/externalIdentifier/\(n)/identifier"
        // Said by a relationship, not by the component.
        case .spdx3Declared, .spdx3Concluded, .spdx3DeclaredOther, .spdx3ConcludedOther: "/@graph/\(n)"
        case .syftCPE: "/cpes/\(n)/cpe"
        case .syftCPEText: "/cpes/\(n)"
        case .syftDeclaredValue, .syftConcludedValue: "/licenses/\(n)/value"
        case .syftDeclaredExpression, .syftConcludedExpression: "/licenses/\(n)/spdxExpression"
        case .syftDeclaredText: "/licenses/\(n)"
        case .syftDigest: "/metadata/manifestDigest"
        }
    }

    /// Whether ``pointer(_:)`` begins at the document and not at the component.
    var standsApart: Bool {
        switch self {
        case .spdx3Declared, .spdx3Concluded, .spdx3DeclaredOther, .spdx3ConcludedOther: true
        default: false
        }
    }
}

struct RelationshipRecord: Sendable {
    var from: JSONText
    var to: JSONText
    var kind: JSONText
    var form: RelationshipForm
    /// Position in the list, and within it.
    var ordinal: UInt32
    var member: UInt32 = 0
}

/// How the document writes a relationship down.
enum RelationshipForm: UInt8, Sendable {
    case dependsOn, provides, spdx, spdxDescribes, spdx3, syft

    func pointer(_ ordinal: UInt32, _ member: UInt32) -> String {
        switch self {
        case .dependsOn: "/dependencies/\(ordinal)/dependsOn/\(member)"
        case .provides: "/dependencies/\(ordinal)/provides/\(member)"
        case .spdx: "/relationships/\(ordinal)"
        case .spdxDescribes: "/documentDescribes/\(ordinal)"
        case .spdx3: "/@graph/\(ordinal)/to/\(member)"
        case .syft: "/artifactRelationships/\(ordinal)"
        }
    }
}

/// Gathers what a reader finds, within the limits.
struct InventoryBuilder {
    var format: SBOMFormat
    var specVersion = ""
    var header = DocumentHeader()
    var components: [ComponentRecord] = []
    /// How many of the components are listed; nil if all are.
    var listed: Int?
    var facts: [FactRecord] = []
    private(set) var services: [ServiceRecord] = []
    private(set) var serviceFacts: [FactRecord] = []
    var relationships: [RelationshipRecord] = []
    var listedRelationships = 0
    var described: [Int] = []
    let limits: SBOMLimits

    init(format: SBOMFormat, limits: SBOMLimits) {
        self.format = format
        self.limits = limits
    }

    /// Room for what a list of this length will give: growing costs a copy each time.
    mutating func reserve(components count: Int) {
        // A list of many elements that are no components is short for its length, and refused at the first of them.
        let count = min(count, limits.components, Self.mostReserved)
        Self.reserve(count + 1, in: &components)
        Self.reserve(count * 4, in: &facts)
    }

    mutating func reserve(relationships count: Int) {
        Self.reserve(min(count, limits.relationships, Self.mostReserved), in: &relationships)
    }

    private static let mostReserved = 1 << 17

    /// As much at once as there will be, on large pages.
    private static func reserve<Record>(_ count: Int, in records: inout [Record]) {
        guard records.isEmpty else { return records.reserveCapacity(records.count + count) }
        records = Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            LargePages.advise(UnsafeMutableRawBufferPointer(buffer))
            initialized = 0
        }
    }

    /// Room for a component at this position of the document; its index.
    @inline(__always)
    mutating func requireRoomForComponent(_ position: JSONPosition) throws(ReadFault) {
        guard components.count < min(limits.components, Int(Int32.max)) else {
            throw ReadFault(.tooMany(.components, limit: limits.components), position)
        }
    }

    @inline(__always)
    mutating func append(_ fact: FactRecord, _ position: JSONPosition) throws(ReadFault) {
        guard facts.count < min(limits.facts, Int(UInt32.max)) else {
            throw ReadFault(.tooMany(.facts, limit: limits.facts), position)
        }
        facts.append(fact)
    }

    /// A service, whose facts come before any other service.
    mutating func append(_ service: ServiceRecord, _ position: JSONPosition) throws(ReadFault) {
        guard services.count < min(limits.services, Int(Int32.max)) else {
            throw ReadFault(.tooMany(.services, limit: limits.services), position)
        }
        var service = service
        service.firstFact = UInt32(truncatingIfNeeded: serviceFacts.count)
        services.append(service)
    }

    /// A fact of the service that was appended last.
    mutating func append(ofService fact: FactRecord, _ position: JSONPosition) throws(ReadFault) {
        guard serviceFacts.count < min(limits.facts, Int(UInt32.max)) else {
            throw ReadFault(.tooMany(.facts, limit: limits.facts), position)
        }
        serviceFacts.append(fact)
    }

    @inline(__always)
    mutating func append(_ relationship: RelationshipRecord, _ position: JSONPosition) throws(ReadFault) {
        guard relationships.count < limits.relationships else {
            throw ReadFault(.tooMany(.relationships, limit: limits.relationships), position)
        }
        relationships.append(relationship)
    }

    /// Orders facts that were said elsewhere than in their components, stably, and tells each component where its begin.
    mutating func gatherFacts() {
        if !zip(facts, facts.dropFirst()).allSatisfy({ $0.component <= $1.component }) {
            // A counting sort: linear, whoever chose the order.
            var next = [Int](repeating: 0, count: components.count + 1)
            for fact in facts { next[Int(fact.component) + 1] += 1 }
            for index in components.indices { next[index + 1] += next[index] }
            var ordered = facts
            for fact in facts {
                ordered[next[Int(fact.component)]] = fact
                next[Int(fact.component)] += 1
            }
            facts = ordered
        }
        var at = 0
        for index in components.indices {
            while at < facts.count, Int(facts[at].component) < index { at += 1 }
            components[index].firstFact = UInt32(at)
        }
    }
}
