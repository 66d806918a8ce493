import StrictEncoding

/// Reads SPDX 3.0 in its JSON-LD form, as the specification's own context shortens it.
///
/// No context is fetched or expanded: a document that renames things is none of this form. Elements refer to each other in
/// any order, so a first walk finds them, a second reads the packages, a third the relationships.
struct SPDX3Reader {
    private var inventory: InventoryBuilder
    private let names = SPDX3Names.shared
    /// Whether the elements stand in a list; else the document is one of them.
    private let isInGraph: Bool
    private var elements: [Element] = []
    /// Positions in `elements`, by identifier.
    private var index = IdentifierIndex(capacity: 16)

    private struct Element {
        var position: JSONPosition
        var ordinal: UInt32
        var kind: SPDX3Names.Class?
        var identifier: JSONText
        /// Index of the component that it became.
        var component: Int?
    }

    /// The builder, filled with what the object at `root` says.
    static func read(
        _ root: JSONPosition, context: JSONPosition, graph: JSONPosition?, _ tape: borrowing JSONTape,
        limits: SBOMLimits
    ) throws(ReadFault) -> InventoryBuilder {
        var reader = SPDX3Reader(
            inventory: InventoryBuilder(format: .spdx, limits: limits), isInGraph: graph != nil)
        try reader.version(context, tape)
        try reader.find(root, graph, tape)
        try reader.packages(list: reader.isInGraph ? .graph : .singleElement, tape)
        try reader.relationships(tape)
        try reader.document(tape)
        reader.inventory.gatherFacts()
        return reader.inventory
    }

    private init(inventory: InventoryBuilder, isInGraph: Bool) {
        self.inventory = inventory
        self.isInGraph = isInGraph
    }

    /// The context is the specification's, or a list that begins with it; the rest of a list shortens identifiers.
    private mutating func version(_ context: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        var position = context
        if tape.kind(context) == .array {
            var contexts = tape.elements(context)
            guard let first = contexts.next(tape) else {
                throw ReadFault(.invalidValue(expected: "the context of SPDX 3"), context)
            }
            position = first
        }
        guard let version = SPDX3Names.contexts.find(try tape.requireText(position), in: tape) else {
            throw ReadFault(.unsupportedVersion(.spdx), position)
        }
        inventory.specVersion = version
    }

    // MARK: Elements

    private mutating func find(
        _ root: JSONPosition, _ graph: JSONPosition?, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        guard let graph else { return try find(element: root, 0, tape) }
        var positions = try tape.requireArray(graph)
        index = IdentifierIndex(capacity: tape.count(graph))
        var ordinal: UInt32 = 0
        while let position = positions.next(tape) {
            try find(element: position, ordinal, tape)
            ordinal &+= 1
        }
    }

    private mutating func find(
        element position: JSONPosition, _ ordinal: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        try tape.requireObject(position)
        guard let type = member(.type, of: position, tape) else { throw ReadFault(.missing(field: "type"), position) }
        let kind = names.classes.find(try tape.requireText(type), in: tape)
        let identifier = member(.spdxID, of: position, tape) ?? member(.id, of: position, tape)
        guard let identifier else { throw ReadFault(.missing(field: "spdxId"), position) }
        let element = Element(
            position: position, ordinal: ordinal, kind: kind, identifier: try tape.requireContent(identifier))
        guard index.insert(element.identifier, elements.count, tape) == nil else {
            throw ReadFault(.duplicateIdentifier, identifier)
        }
        elements.append(element)
    }

    /// The member of an element that is known by this name.
    private func member(
        _ wanted: SPDX3Names.Member, of element: JSONPosition, _ tape: borrowing JSONTape
    ) -> JSONPosition? {
        var members = tape.members(element)
        while let (name, value) = members.next(tape) {
            if names.members.find(name, in: tape) == wanted { return value }
        }
        return nil
    }

    private func element(_ identifier: JSONText, _ tape: borrowing JSONTape) -> Element? {
        index.find(identifier, tape).map { elements[$0] }
    }

    /// The name of the element that is referred to; the reference itself where it is not in the document or has no name.
    private func name(_ reference: JSONText, _ tape: borrowing JSONTape) throws(ReadFault) -> JSONText {
        guard let element = element(reference, tape), let name = member(.name, of: element.position, tape) else {
            return reference
        }
        return try tape.requireText(name)
    }

    /// A property that has one value or a list of them, which JSON-LD does not tell apart.
    private func references(
        _ value: JSONPosition, _ tape: borrowing JSONTape
    ) throws(ReadFault) -> [(text: JSONText, position: JSONPosition)] {
        guard tape.kind(value) == .array else { return [(try tape.requireContent(value), value)] }
        guard tape.count(value) <= inventory.limits.relationships else {
            throw ReadFault(.tooMany(.relationships, limit: inventory.limits.relationships), value)
        }
        var references: [(JSONText, JSONPosition)] = []
        var elements = tape.elements(value)
        while let element = elements.next(tape) {
            // Agents and the like may also be written in place; those are no references.
            if tape.kind(element) == .object { continue }
            references.append((try tape.requireContent(element), element))
        }
        return references
    }
}

// MARK: Packages

extension SPDX3Reader {
    private mutating func packages(list: ComponentList, _ tape: borrowing JSONTape) throws(ReadFault) {
        for number in elements.indices where elements[number].kind == .package {
            try inventory.requireRoomForComponent(elements[number].position)
            elements[number].component = inventory.components.count
            try package(elements[number], list, tape)
        }
    }

    private mutating func package(
        _ element: Element, _ list: ComponentList, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        let owner = UInt32(truncatingIfNeeded: inventory.components.count)
        var record = ComponentRecord()
        record.identifier = element.identifier
        record.offset = UInt32(truncatingIfNeeded: tape.offset(element.position))
        record.list = list
        record.ordinal = element.ordinal
        var members = tape.members(element.position)
        while let (name, value) = members.next(tape) {
            switch names.members.find(name, in: tape) {
            case .name: record.name = try tape.requireText(value)
            case .packageVersion: record.version = try tape.requireText(value)
            case .packageURL:
                // Said as the package's own, it comes before those among other identifiers.
                if record.packageURL.isPresent {
                    let other = FactRecord(
                        kind: .spdx3PackageURL, component: owner, ordinal: record.packageURLOrdinal,
                        value: record.packageURL)
                    try inventory.append(other, value)
                }
                record.packageURL = try tape.requireContent(value)
                record.packageURLOrdinal = .max
            case .primaryPurpose:
                record.purpose = try tape.requireText(value)
                guard names.purposes.find(record.purpose, in: tape) != nil else {
                    throw ReadFault(.invalidValue(expected: "a software purpose"), value)
                }
            case .suppliedBy:
                if let first = try references(value, tape).first { record.supplier = try self.name(first.text, tape) }
            case .originatedBy:
                if let first = try references(value, tape).first { record.originator = try self.name(first.text, tape) }
            case .verifiedUsing: try hashes(value, of: owner, tape)
            case .externalIdentifier: try externalIdentifiers(value, of: owner, &record, tape)
            default: break
            }
        }
        guard record.name.isPresent else { throw ReadFault(.missing(field: "name"), element.position) }
        inventory.components.append(record)
    }

    private mutating func hashes(
        _ list: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var positions = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let position = positions.next(tape) {
            defer { ordinal &+= 1 }
            // A method by reference is none of the two that there are, hash and verification code.
            guard tape.kind(position) == .object else { continue }
            var (isHash, algorithm, value) = (false, HashAlgorithm?.none, JSONPosition?.none)
            var members = tape.members(position)
            while let (name, member) = members.next(tape) {
                switch names.hash.find(name, in: tape) {
                case .type: isHash = names.hashClasses.find(try tape.requireText(member), in: tape) != nil
                case .algorithm:
                    algorithm = names.algorithms.find(try tape.requireText(member), in: tape)
                    guard algorithm != nil else {
                        throw ReadFault(.invalidValue(expected: "a hash algorithm"), member)
                    }
                case .hashValue: value = member
                case nil: break
                }
            }
            guard isHash else { continue }
            guard let algorithm else { throw ReadFault(.missing(field: "algorithm"), position) }
            guard let value else { throw ReadFault(.missing(field: "hashValue"), position) }
            let text =
                algorithm.isHexadecimal ? try tape.requireHex(value, lengths: []) : try tape.requireContent(value)
            let fact = FactRecord(
                kind: .spdx3Hash, algorithm: algorithm, component: component, ordinal: ordinal, value: text)
            try inventory.append(fact, position)
        }
    }

    private mutating func externalIdentifiers(
        _ list: JSONPosition, of component: UInt32, _ record: inout ComponentRecord, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var positions = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let position = positions.next(tape) {
            defer { ordinal &+= 1 }
            guard tape.kind(position) == .object else { continue }
            var (kind, identifier) = (FactKind?.none, JSONText.absent)
            var members = tape.members(position)
            while let (name, value) = members.next(tape) {
                switch names.externalIdentifier.find(name, in: tape) {
                case .externalIdentifierType: kind = names.identifierTypes.find(try tape.requireText(value), in: tape)
                case .identifier: identifier = try tape.requireContent(value)
                case nil: break
                }
            }
            guard identifier.isPresent else { throw ReadFault(.missing(field: "identifier"), position) }
            guard let kind else { continue }
            if kind == .spdx3PackageURL, !record.packageURL.isPresent {
                record.packageURL = identifier
                record.packageURLOrdinal = ordinal
            } else {
                let fact = FactRecord(kind: kind, component: component, ordinal: ordinal, value: identifier)
                try inventory.append(fact, position)
            }
        }
    }
}

// MARK: Relationships

extension SPDX3Reader {
    private mutating func relationships(_ tape: borrowing JSONTape) throws(ReadFault) {
        for element in elements where element.kind == .relationship {
            try relationship(element, tape)
        }
    }

    private mutating func relationship(_ element: Element, _ tape: borrowing JSONTape) throws(ReadFault) {
        var (from, to, type) = (JSONText.absent, JSONPosition?.none, JSONPosition?.none)
        var members = tape.members(element.position)
        while let (name, value) = members.next(tape) {
            switch names.members.find(name, in: tape) {
            case .from: from = try tape.requireContent(value)
            case .to: to = value
            case .relationshipType: type = value
            default: break
            }
        }
        guard from.isPresent else { throw ReadFault(.missing(field: "from"), element.position) }
        guard let to else { throw ReadFault(.missing(field: "to"), element.position) }
        guard let type else { throw ReadFault(.missing(field: "relationshipType"), element.position) }
        let kind = try tape.requireText(type)
        guard let meaning = names.relationshipTypes.find(kind, in: tape) else {
            throw ReadFault(.invalidValue(expected: "a type of relationship"), type)
        }
        inventory.listedRelationships += 1
        var member: UInt32 = 0
        for (target, position) in try references(to, tape) {
            let record = RelationshipRecord(
                from: from, to: target, kind: kind, form: .spdx3, ordinal: element.ordinal, member: member)
            try inventory.append(record, position)
            member &+= 1
            switch meaning {
            case .hasDeclaredLicense: try license(target, of: from, element, isConcluded: false, tape)
            case .hasConcludedLicense: try license(target, of: from, element, isConcluded: true, tape)
            case .describes:
                if let source = self.element(from, tape), source.kind == .document || source.kind == .bom {
                    describe(target, tape)
                }
            case .other: break
            }
        }
    }

    private mutating func license(
        _ license: JSONText, of package: JSONText, _ relationship: Element, isConcluded: Bool,
        _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        guard let component = element(package, tape)?.component else { return }
        var text = license
        var isExpression = false
        if let element = element(license, tape) {
            if element.kind == .licenseExpression {
                guard let expression = member(.licenseExpression, of: element.position, tape) else {
                    throw ReadFault(.missing(field: "simplelicensing_licenseExpression"), element.position)
                }
                text = try tape.requireContent(expression)
                isExpression = true
            } else {
                text = try name(license, tape)
            }
        }
        let kind: FactKind =
            switch (isConcluded, isExpression) {
            case (false, true): .spdx3Declared
            case (false, false): .spdx3DeclaredOther
            case (true, true): .spdx3Concluded
            case (true, false): .spdx3ConcludedOther
            }
        let fact = FactRecord(
            kind: kind, component: UInt32(truncatingIfNeeded: component), ordinal: relationship.ordinal, value: text)
        try inventory.append(fact, relationship.position)
    }

    private mutating func describe(_ identifier: JSONText, _ tape: borrowing JSONTape) {
        guard let component = element(identifier, tape)?.component else { return }
        // A document has few root elements; one that has many is cut off where nobody would look any more.
        guard inventory.described.count < 1_000, !inventory.described.contains(component) else { return }
        inventory.described.append(component)
    }
}

// MARK: The document

extension SPDX3Reader {
    /// The element that stands for the document: the only `SpdxDocument`, else the only bill of materials.
    private mutating func document(_ tape: borrowing JSONTape) throws(ReadFault) {
        let documents = elements.filter { $0.kind == .document }
        if documents.count > 1 {
            throw ReadFault(.invalidValue(expected: "at most one `SpdxDocument`"), documents[1].position)
        }
        let boms = elements.filter { $0.kind == .bom }
        guard let document = documents.first ?? (boms.count == 1 ? boms.first : nil) else { return }
        inventory.header.identifier = document.identifier
        if let name = member(.name, of: document.position, tape) { inventory.header.name = try tape.requireText(name) }
        if let info = member(.creationInfo, of: document.position, tape) {
            try creationInfo(info, of: document, tape)
        }
        try generationContexts(of: document, tape)
        for root in try roots(of: document, tape) {
            // The root of a document is often a bill of materials, whose root is the package.
            if let bom = element(root, tape), bom.kind == .bom, bom.position != document.position {
                try generationContexts(of: bom, tape)
                for root in try roots(of: bom, tape) { describe(root, tape) }
            } else {
                describe(root, tape)
            }
        }
    }

    /// Said by a `software_Sbom`, of itself.
    private mutating func generationContexts(
        of element: Element, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        guard element.kind == .bom, let types = member(.sbomType, of: element.position, tape) else { return }
        let isList = tape.kind(types) == .array
        let pointer = pointer(to: element) + "/software_sbomType"
        var ordinal = 0
        for (text, position) in try references(types, tape) {
            guard let phase = names.sbomTypes.find(text, in: tape) else {
                throw ReadFault(.invalidValue(expected: "a type of SBOM"), position)
            }
            inventory.header.add(
                GenerationContext.Record(phase: phase, text: text, pointer: isList ? "\(pointer)/\(ordinal)" : pointer))
            ordinal += 1
        }
    }

    private func pointer(to element: Element) -> String { isInGraph ? "/@graph/\(element.ordinal)" : "" }

    private func roots(of element: Element, _ tape: borrowing JSONTape) throws(ReadFault) -> [JSONText] {
        guard let roots = member(.rootElement, of: element.position, tape) else { return [] }
        return try references(roots, tape).map(\.text)
    }

    /// Written in place, or an element of the graph.
    private mutating func creationInfo(
        _ value: JSONPosition, of document: Element, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var position = value
        var pointer = pointer(to: document) + "/creationInfo"
        if tape.kind(value) != .object {
            guard let info = element(try tape.requireContent(value), tape), info.kind == .creationInfo else {
                throw ReadFault(.invalidValue(expected: "the identifier of a `CreationInfo`"), value)
            }
            position = info.position
            pointer = "/@graph/\(info.ordinal)"
        }
        guard let created = member(.created, of: position, tape) else {
            throw ReadFault(.missing(field: "created"), position)
        }
        try inventory.header.setCreated(created, pointer + "/created", tape)
        for field in [SPDX3Names.Member.createdBy, .createdUsing] {
            guard let list = member(field, of: position, tape) else { continue }
            let property = field == .createdBy ? "createdBy" : "createdUsing"
            for (ordinal, reference) in try references(list, tape).prefix(1_000).enumerated() {
                inventory.header.creators.append(
                    DocumentCreator.Record(
                        kind: try creatorKind(reference.text, tape), name: try name(reference.text, tape),
                        pointer: "\(pointer)/\(property)/\(ordinal)"))
            }
        }
    }

    private func creatorKind(
        _ reference: JSONText, _ tape: borrowing JSONTape
    ) throws(ReadFault) -> DocumentCreator.Kind {
        guard let element = element(reference, tape), let type = member(.type, of: element.position, tape) else {
            return .unknown
        }
        switch tape.string(try tape.requireText(type)) {
        case "Person": return .person
        case "Organization": return .organization
        case "Tool", "SoftwareAgent": return .tool
        default: return .unknown
        }
    }
}

extension HashAlgorithm {
    /// Whether its values are written in hexadecimal digits.
    var isHexadecimal: Bool {
        switch self {
        case .crystalsKyber, .crystalsDilithium, .falcon, .other, .adler32: false
        default: true
        }
    }
}
