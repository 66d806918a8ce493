import StrictEncoding

/// Reads SPDX 2.2 and 2.3 in JSON, and in the other syntaxes once those are rewritten.
///
/// What rules rely on is checked as the specification has it: required fields, kinds of values, enumerations, the forms of
/// hashes and identifiers. `downloadLocation` and the like, which no rule looks at, are not demanded.
struct SPDX2Reader {
    private var inventory: InventoryBuilder
    private let names = SPDX2Names.shared
    /// Identifiers of what the document describes.
    private var describedIdentifiers: [JSONText] = []

    /// The builder, filled with what the object at `root` says.
    static func read(
        _ root: JSONPosition, _ tape: borrowing JSONTape, limits: SBOMLimits
    ) throws(ReadFault) -> InventoryBuilder {
        var reader = SPDX2Reader(inventory: InventoryBuilder(format: .spdx, limits: limits))
        try reader.document(root, tape)
        return reader.inventory
    }

    private init(inventory: InventoryBuilder) { self.inventory = inventory }

    private mutating func document(_ root: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        var found: [SPDX2Names.Document: JSONPosition] = [:]
        var members = tape.members(root)
        while let (name, value) = members.next(tape) {
            if let field = names.document.find(name, in: tape) { found[field] = value }
        }
        // Whoever reads a later version would not know what else it changed, so the version comes first.
        let version = try Self.required(found[.spdxVersion], "spdxVersion", of: root)
        guard let version = SPDX2Names.versions.find(try tape.requireText(version), in: tape) else {
            throw ReadFault(.unsupportedVersion(.spdx), version)
        }
        inventory.specVersion = version
        let identifier = try Self.required(found[.spdxID], "SPDXID", of: root)
        guard names.documentIDs.find(try tape.requireText(identifier), in: tape) != nil else {
            throw ReadFault(.invalidValue(expected: "`SPDXRef-DOCUMENT`"), identifier)
        }
        let license = try Self.required(found[.dataLicense], "dataLicense", of: root)
        guard names.dataLicenses.find(try tape.requireText(license), in: tape) != nil else {
            throw ReadFault(.invalidValue(expected: "`CC0-1.0`"), license)
        }
        inventory.header.name = try tape.requireText(Self.required(found[.name], "name", of: root))
        inventory.header.identifier = try tape.requireContent(
            Self.required(found[.documentNamespace], "documentNamespace", of: root))
        try creationInfo(Self.required(found[.creationInfo], "creationInfo", of: root), tape)
        if let packages = found[.packages] { try self.packages(packages, tape) }
        if let files = found[.files] { try self.files(files, tape) }
        if let relationships = found[.relationships] { try self.relationships(relationships, tape) }
        if let described = found[.documentDescribes] {
            var elements = try tape.requireArray(described)
            guard tape.count(described) <= inventory.limits.relationships else {
                throw ReadFault(.tooMany(.relationships, limit: inventory.limits.relationships), described)
            }
            while let element = elements.next(tape) { describedIdentifiers.append(try tape.requireContent(element)) }
        }
        inventory.gatherFacts()
        try resolveDescribed(found[.packages], tape)
    }

    private static func required(
        _ value: JSONPosition?, _ field: String, of owner: JSONPosition
    ) throws(ReadFault) -> JSONPosition {
        guard let value else { throw ReadFault(.missing(field: field), owner) }
        return value
    }

    private mutating func creationInfo(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(value)
        var (created, creators): (JSONPosition?, JSONPosition?)
        var members = tape.members(value)
        while let (name, value) = members.next(tape) {
            switch names.creationInfo.find(name, in: tape) {
            case .created: created = value
            case .creators: creators = value
            case nil: break
            }
        }
        let time = try Self.required(created, "created", of: value)
        try inventory.header.setCreated(time, "/creationInfo/created", tape)
        let list = try Self.required(creators, "creators", of: value)
        var elements = try tape.requireArray(list)
        while let element = elements.next(tape) {
            // Who reads a thousand makers of one document? The rest is checked and left out.
            guard let creator = creator(try tape.requireText(element), tape) else {
                throw ReadFault(.invalidValue(expected: "`Tool: `, `Organization: ` or `Person: ` and a name"), element)
            }
            if inventory.header.creators.count < 1_000 { inventory.header.creators.append(creator) }
        }
        guard tape.count(list) > 0 else { throw ReadFault(.invalidValue(expected: "at least one creator"), list) }
    }

    /// Section 6.8.
    private func creator(_ text: JSONText, _ tape: borrowing JSONTape) -> DocumentCreator.Record? {
        let prefixes: [(String, DocumentCreator.Kind)] = [
            ("Tool:", .tool), ("Organization:", .organization), ("Person:", .person),
        ]
        let written = tape.withBytes(of: text) { $0.withUnsafeBufferPointer { Array($0.prefix(16)) } }
        for (prefix, kind) in prefixes where written.starts(with: prefix.utf8) {
            let space = written.dropFirst(prefix.utf8.count).first == UInt8(ascii: " ") ? 1 : 0
            return DocumentCreator.Record(
                kind: kind, name: text, pointer: "/creationInfo/creators/\(inventory.header.creators.count)",
                prefix: prefix.utf8.count + space)
        }
        return nil
    }
}

// MARK: Packages

extension SPDX2Reader {
    private mutating func packages(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        inventory.reserve(components: tape.count(list))
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try package(element, ordinal, tape)
            ordinal &+= 1
        }
    }

    private mutating func package(
        _ package: JSONPosition, _ ordinal: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        try tape.requireObject(package)
        try inventory.requireRoomForComponent(package)
        let owner = UInt32(truncatingIfNeeded: inventory.components.count)
        var record = ComponentRecord()
        record.offset = UInt32(truncatingIfNeeded: tape.offset(package))
        record.list = .packages
        record.ordinal = ordinal
        var members = tape.members(package)
        while let (name, value) = members.next(tape) {
            guard let field = names.package.find(name, in: tape) else { continue }
            switch field {
            case .name: record.name = try tape.requireText(value)
            case .spdxID: record.identifier = try identifier(value, tape)
            case .versionInfo: record.version = try tape.requireText(value)
            case .supplier: record.supplier = try tape.requireText(value)
            case .originator: record.originator = try tape.requireText(value)
            case .primaryPackagePurpose:
                record.purpose = try tape.requireText(value)
                guard names.purposes.find(record.purpose, in: tape) != nil else {
                    throw ReadFault(.invalidValue(expected: "a primary package purpose"), value)
                }
            case .licenseDeclared: try license(value, .spdxDeclared, of: owner, tape)
            case .licenseConcluded: try license(value, .spdxConcluded, of: owner, tape)
            case .checksums: try checksums(value, of: owner, tape)
            case .externalRefs: try externalRefs(value, of: owner, &record, tape)
            }
        }
        guard record.name.isPresent else { throw ReadFault(.missing(field: "name"), package) }
        guard record.identifier.isPresent else { throw ReadFault(.missing(field: "SPDXID"), package) }
        inventory.components.append(record)
    }

    /// Section 7.2: `SPDXRef-` and letters, digits, `.` and `-`. Tools also write `_` and other marks, which are harmless.
    private func identifier(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) -> JSONText {
        let text = try tape.requireText(value)
        let prefix: StaticString = "SPDXRef-"
        let isIdentifier = tape.withBytes(of: text) { bytes in
            guard bytes.count > prefix.utf8CodeUnitCount else { return false }
            return prefix.withUTF8Buffer { prefix in prefix.indices.allSatisfy { bytes[$0] == prefix[$0] } }
        }
        guard isIdentifier else { throw ReadFault(.invalidValue(expected: "an identifier `SPDXRef-…`"), value) }
        return text
    }

    private mutating func license(
        _ value: JSONPosition, _ kind: FactKind, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        let text = try tape.requireText(value)
        // No expression is empty. Tools that know of no licence write it so, and it says as little as `NOASSERTION`.
        guard text.count > 0 else { return }
        try inventory.append(FactRecord(kind: kind, component: component, value: text), value)
    }

    private mutating func checksums(
        _ list: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var algorithm: HashAlgorithm?
            var hex = JSONText.absent
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.checksum.find(name, in: tape) {
                case .algorithm:
                    algorithm = names.algorithms.find(try tape.requireText(value), in: tape)
                    guard algorithm != nil else {
                        throw ReadFault(.invalidValue(expected: "a checksum algorithm"), value)
                    }
                case .checksumValue: hex = try tape.requireHex(value, lengths: [])
                case nil: break
                }
            }
            guard let algorithm else { throw ReadFault(.missing(field: "algorithm"), element) }
            guard hex.isPresent else { throw ReadFault(.missing(field: "checksumValue"), element) }
            let fact = FactRecord(
                kind: .spdxChecksum, algorithm: algorithm, component: component, ordinal: ordinal, value: hex)
            try inventory.append(fact, element)
            ordinal &+= 1
        }
    }

    private mutating func externalRefs(
        _ list: JSONPosition, of component: UInt32, _ record: inout ComponentRecord, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var (category, type, locator) = (JSONText.absent, JSONText.absent, JSONText.absent)
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.externalRef.find(name, in: tape) {
                case .referenceCategory:
                    category = try tape.requireText(value)
                    guard names.categories.find(category, in: tape) != nil else {
                        throw ReadFault(.invalidValue(expected: "a category of references"), value)
                    }
                case .referenceType: type = try tape.requireContent(value)
                case .referenceLocator: locator = try tape.requireContent(value)
                case nil: break
                }
            }
            guard category.isPresent else { throw ReadFault(.missing(field: "referenceCategory"), element) }
            guard type.isPresent else { throw ReadFault(.missing(field: "referenceType"), element) }
            guard locator.isPresent else { throw ReadFault(.missing(field: "referenceLocator"), element) }
            let kind: FactKind? =
                switch names.referenceTypes.find(type, in: tape) {
                case .purl: .spdxPackageURL
                case .cpe: .spdxCPE
                case nil: nil
                }
            if kind == .spdxPackageURL, !record.packageURL.isPresent {
                record.packageURL = locator
                record.packageURLOrdinal = ordinal
            } else if let kind {
                let fact = FactRecord(kind: kind, component: component, ordinal: ordinal, value: locator)
                try inventory.append(fact, element)
            }
            ordinal &+= 1
        }
    }

    /// Files are no components; what relationships call them has to be an identifier all the same.
    private func files(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var hasIdentifier = false
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                guard names.package.find(name, in: tape) == .spdxID else { continue }
                _ = try identifier(value, tape)
                hasIdentifier = true
            }
            guard hasIdentifier else { throw ReadFault(.missing(field: "SPDXID"), element) }
        }
    }
}

// MARK: Relationships

extension SPDX2Reader {
    private mutating func relationships(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        inventory.reserve(relationships: tape.count(list))
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var (from, to, kind) = (JSONText.absent, JSONText.absent, JSONText.absent)
            var meaning = SPDX2Names.RelationshipType.other
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.relationship.find(name, in: tape) {
                case .spdxElementID: from = try tape.requireContent(value)
                case .relatedSpdxElement: to = try tape.requireContent(value)
                case .relationshipType:
                    kind = try tape.requireText(value)
                    guard let found = names.relationshipTypes.find(kind, in: tape) else {
                        throw ReadFault(.invalidValue(expected: "a type of relationship"), value)
                    }
                    meaning = found
                case nil: break
                }
            }
            guard from.isPresent else { throw ReadFault(.missing(field: "spdxElementId"), element) }
            guard to.isPresent else { throw ReadFault(.missing(field: "relatedSpdxElement"), element) }
            guard kind.isPresent else { throw ReadFault(.missing(field: "relationshipType"), element) }
            inventory.listedRelationships += 1
            let record = RelationshipRecord(from: from, to: to, kind: kind, form: .spdx, ordinal: ordinal)
            try inventory.append(record, element)
            if meaning == .describes, names.documentIDs.find(from, in: tape) != nil { describedIdentifiers.append(to) }
            if meaning == .describedBy, names.documentIDs.find(to, in: tape) != nil {
                describedIdentifiers.append(from)
            }
            ordinal &+= 1
        }
    }

    /// Which packages the document describes. Files and elements of other documents are no components.
    ///
    /// An identifier that two packages have is refused where it says which package is the image. Elsewhere it is harmless:
    /// rules look at packages one by one.
    private mutating func resolveDescribed(_ packages: JSONPosition?, _ tape: borrowing JSONTape) throws(ReadFault) {
        guard let packages else { return }
        var index = IdentifierIndex(capacity: describedIdentifiers.count)
        for identifier in describedIdentifiers { _ = index.insert(identifier, index.count, tape) }
        guard index.count > 0 else { return }
        var found = [Int?](repeating: nil, count: index.count)
        for position in inventory.components.indices {
            guard let which = index.find(inventory.components[position].identifier, tape) else { continue }
            guard found[which] == nil else {
                let ordinal = Int(inventory.components[position].ordinal)
                throw ReadFault(.duplicateIdentifier, Self.element(ordinal, of: packages, tape) ?? packages)
            }
            found[which] = position
        }
        inventory.described = found.compactMap { $0 }
    }

    /// The identifier of an element of a list, for an error's place.
    private static func element(_ ordinal: Int, of list: JSONPosition, _ tape: borrowing JSONTape) -> JSONPosition? {
        var elements = tape.elements(list)
        var at = 0
        while let element = elements.next(tape) {
            defer { at += 1 }
            guard at == ordinal else { continue }
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                if SPDX2Names.shared.package.find(name, in: tape) == .spdxID { return value }
            }
        }
        return nil
    }
}
