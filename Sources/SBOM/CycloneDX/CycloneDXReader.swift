import StrictEncoding

/// Reads CycloneDX 1.2 to 1.7 in its JSON form, and 1.0 to 1.7 in XML once that is rewritten.
///
/// What rules rely on is checked as the schemas of the specification have it: required fields, kinds of values,
/// enumerations, the forms of hashes and serial numbers. Identifiers of licences are not looked up: the list that the
/// schemas enumerate grows every few months.
struct CycloneDXReader {
    var inventory: InventoryBuilder
    let names = CycloneDXNames.shared

    /// The builder, filled with what the object at `root` says.
    static func read(
        _ root: JSONPosition, _ tape: borrowing JSONTape, versions: FieldTable<String>, limits: SBOMLimits
    ) throws(ReadFault) -> InventoryBuilder {
        var reader = CycloneDXReader(inventory: InventoryBuilder(format: .cycloneDX, limits: limits))
        try reader.document(root, tape, versions)
        return reader.inventory
    }

    private init(inventory: InventoryBuilder) { self.inventory = inventory }

    private mutating func document(
        _ root: JSONPosition, _ tape: borrowing JSONTape, _ versions: FieldTable<String>
    ) throws(ReadFault) {
        var found: [CycloneDXNames.Document: JSONPosition] = [:]
        var members = tape.members(root)
        while let (name, value) = members.next(tape) {
            if let field = names.document.find(name, in: tape) { found[field] = value }
        }
        guard let specVersion = found[.specVersion] else { throw ReadFault(.missing(field: "specVersion"), root) }
        guard let version = versions.find(try tape.requireText(specVersion), in: tape) else {
            throw ReadFault(.unsupportedVersion(.cycloneDX), specVersion)
        }
        inventory.specVersion = version
        try identity(found[.serialNumber], found[.version], tape)
        // Before the metadata, so that its component comes after those that are listed.
        if let components = found[.components] {
            inventory.reserve(components: tape.count(components))
            try self.components(components, in: ComponentRecord.noParent, tape)
        }
        if let metadata = found[.metadata] { try self.metadata(metadata, tape) }
        if let services = found[.services] { try self.services(services, in: ComponentRecord.noParent, tape) }
        if let dependencies = found[.dependencies] {
            inventory.reserve(relationships: tape.count(dependencies))
            try self.dependencies(dependencies, tape)
        }
        inventory.gatherFacts()
    }

    private mutating func identity(
        _ serialNumber: JSONPosition?, _ version: JSONPosition?, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        if let serialNumber {
            let text = try tape.requireText(serialNumber)
            guard tape.withBytes(of: text, Self.isSerialNumber) else {
                throw ReadFault(.invalidValue(expected: "a serial number `urn:uuid:…`"), serialNumber)
            }
            inventory.header.identifier = text
        }
        inventory.header.version = 1
        if let version {
            guard let number = tape.integer(version) else {
                throw ReadFault(.wrongKind(expected: "an integer"), version)
            }
            guard number >= 0 else {
                throw ReadFault(.invalidValue(expected: "an integer that is not negative"), version)
            }
            inventory.header.version = number
        }
    }

    /// `urn:uuid:` and a UUID; of either case, because the schemas of the XML form permit both.
    private static func isSerialNumber(_ text: Span<UInt8>) -> Bool {
        let form: StaticString = "urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
        guard text.count == form.utf8CodeUnitCount else { return false }
        return form.withUTF8Buffer { form in
            for index in text.indices {
                if index >= 9, form[index] == UInt8(ascii: "x") {
                    guard text[index].isHexDigit else { return false }
                } else if form[index] != text[index] {
                    return false
                }
            }
            return true
        }
    }
}

// MARK: Metadata

extension CycloneDXReader {
    private mutating func metadata(_ metadata: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(metadata)
        var component: JSONPosition?
        var members = tape.members(metadata)
        while let (name, value) = members.next(tape) {
            switch names.metadata.find(name, in: tape) {
            case .timestamp: try inventory.header.setCreated(value, "/metadata/timestamp", tape)
            case .lifecycles: try lifecycles(value, tape)
            case .tools: try tools(value, tape)
            case .authors:
                try creators(value, .person, at: "/metadata/authors", tape)
            case .component: component = value
            case .licenses:
                var licenses = try tape.requireArray(value)
                while let license = licenses.next(tape) { _ = try self.license(license, tape) }
            case nil: break
            }
        }
        guard let component else { return }
        // What it nests is part of the image and listed; it is itself the image, and stands apart.
        let nested = try self.component(component, .metadataComponent, 0, ComponentRecord.noParent, tape, isApart: true)
        inventory.listed = nested
        inventory.described = [nested]
    }

    /// Each is exactly one of `phase` and `name`.
    private mutating func lifecycles(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var found: GenerationContext.Record?
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                guard let field = names.lifecycle.find(name, in: tape) else { continue }
                guard found == nil else {
                    throw ReadFault(.invalidValue(expected: "either a phase or a name"), element)
                }
                let pointer = "/metadata/lifecycles/\(ordinal)/\(field == .phase ? "phase" : "name")"
                var record = GenerationContext.Record(text: try tape.requireText(value), pointer: pointer)
                if field == .phase {
                    record.phase = names.phases.find(record.text, in: tape)
                    guard record.phase != nil else {
                        throw ReadFault(.invalidValue(expected: "a phase of the lifecycle"), value)
                    }
                }
                found = record
            }
            guard let found else { throw ReadFault(.missing(field: "phase"), element) }
            inventory.header.add(found)
            ordinal += 1
        }
    }

    /// An array of tools up to 1.4; since 1.5 also an object of components and services.
    private mutating func tools(_ tools: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        if tape.kind(tools) == .array { return try creators(tools, .tool, at: "/metadata/tools", tape) }
        try tape.requireObject(tools)
        var members = tape.members(tools)
        while let (name, value) = members.next(tape) {
            switch names.tools.find(name, in: tape) {
            case .components: try creators(value, .tool, at: "/metadata/tools/components", tape)
            case .services: try creators(value, .tool, at: "/metadata/tools/services", tape)
            case nil: break
            }
        }
    }

    private mutating func creators(
        _ list: JSONPosition, _ kind: DocumentCreator.Kind, at pointer: String, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var record = DocumentCreator.Record(kind: kind, name: .absent, pointer: "\(pointer)/\(ordinal)/name")
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.creator.find(name, in: tape) {
                case .name: record.name = try tape.requireText(value)
                case .version: record.version = try tape.requireText(value)
                case nil: break
                }
            }
            // A tool may have nothing but a vendor, an author nothing but an address.
            if record.name.isPresent, inventory.header.creators.count < 1_000 {
                inventory.header.creators.append(record)
            }
            ordinal += 1
        }
    }
}

// MARK: Components

extension CycloneDXReader {
    private mutating func components(
        _ list: JSONPosition, in parent: Int32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            _ = try component(element, .components, ordinal, parent, tape, isApart: false)
            ordinal &+= 1
        }
    }

    /// Appends a component, then those inside of it; the other way round if it stands apart. Its index.
    private mutating func component(
        _ component: JSONPosition, _ list: ComponentList, _ ordinal: UInt32, _ parent: Int32,
        _ tape: borrowing JSONTape, isApart: Bool
    ) throws(ReadFault) -> Int {
        try tape.requireObject(component)
        try inventory.requireRoomForComponent(component)
        var record = ComponentRecord()
        record.offset = UInt32(truncatingIfNeeded: tape.offset(component))
        record.list = list
        record.ordinal = ordinal
        record.parent = parent
        var nested: JSONPosition?
        var (hashes, licenses, cpe, evidence): (JSONPosition?, JSONPosition?, JSONPosition?, JSONPosition?)
        var members = tape.members(component)
        while let (name, value) = members.next(tape) {
            guard let field = names.component.find(name, in: tape) else { continue }
            switch field {
            case .type:
                record.purpose = try tape.requireText(value)
                guard names.types.find(record.purpose, in: tape) != nil else {
                    throw ReadFault(.invalidValue(expected: "a type of component"), value)
                }
            case .bomRef: record.identifier = try tape.requireContent(value)
            case .group: record.group = try tape.requireText(value)
            case .name: record.name = try tape.requireText(value)
            case .version: record.version = try tape.requireText(value)
            case .purl: record.packageURL = try tape.requireText(value)
            case .publisher: record.originator = try tape.requireText(value)
            case .supplier: record.supplier = try organization(value, tape)
            case .scope:
                guard let scope = names.scopes.find(try tape.requireText(value), in: tape) else {
                    throw ReadFault(.invalidValue(expected: "`required`, `optional` or `excluded`"), value)
                }
                record.scope = scope
            case .cpe: cpe = value
            case .hashes: hashes = value
            case .licenses: licenses = value
            case .pedigree: try pedigree(value, tape)
            case .evidence: evidence = value
            case .components: nested = value
            }
        }
        guard record.purpose.isPresent else { throw ReadFault(.missing(field: "type"), component) }
        guard record.name.isPresent else { throw ReadFault(.missing(field: "name"), component) }
        if isApart, let nested { try components(nested, in: ComponentRecord.apart, tape) }
        try inventory.requireRoomForComponent(component)
        let index = inventory.components.count
        inventory.components.append(record)
        let owner = UInt32(truncatingIfNeeded: index)
        if let cpe {
            let fact = FactRecord(kind: .cycloneDXCPE, component: owner, value: try tape.requireText(cpe))
            try inventory.append(fact, cpe)
        }
        if let hashes { try self.hashes(hashes, of: owner, tape) }
        if let licenses { try self.licenses(licenses, of: owner, as: .stated, tape) }
        if let evidence { try self.evidence(evidence, of: owner, tape) }
        if !isApart, let nested { try components(nested, in: Int32(truncatingIfNeeded: index), tape) }
        return index
    }

    func organization(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) -> JSONText {
        try tape.requireObject(value)
        var found = JSONText.absent
        var members = tape.members(value)
        while let (name, value) = members.next(tape) {
            if names.creator.find(name, in: tape) == .name { found = try tape.requireText(value) }
        }
        return found
    }

    private mutating func hashes(
        _ list: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var algorithm: HashAlgorithm?
            var content = JSONText.absent
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.hash.find(name, in: tape) {
                case .alg:
                    algorithm = names.algorithms.find(try tape.requireText(value), in: tape)
                    guard algorithm != nil else {
                        throw ReadFault(.invalidValue(expected: "a hash algorithm"), value)
                    }
                case .content: content = try tape.requireHex(value, lengths: Self.hashLengths)
                case nil: break
                }
            }
            guard let algorithm else { throw ReadFault(.missing(field: "alg"), element) }
            guard content.isPresent else { throw ReadFault(.missing(field: "content"), element) }
            let fact = FactRecord(
                kind: .cycloneDXHash, algorithm: algorithm, component: component, ordinal: ordinal, value: content)
            try inventory.append(fact, element)
            ordinal &+= 1
        }
    }

    /// Hexadecimal digits that the schemas permit, whatever the algorithm.
    private static let hashLengths = [32, 40, 64, 96, 128]

    /// What a tool found in the component; only the licences are looked at.
    private mutating func evidence(
        _ evidence: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        try tape.requireObject(evidence)
        var members = tape.members(evidence)
        while let (name, value) = members.next(tape) {
            guard names.evidence.find(name, in: tape) == .licenses else { continue }
            try licenses(value, of: component, as: .observed, tape)
        }
    }

    /// Patches are looked at for their type only, which has to be one of the specification's.
    private func pedigree(_ pedigree: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(pedigree)
        var members = tape.members(pedigree)
        while let (name, list) = members.next(tape) {
            guard names.pedigree.find(name, in: tape) == .patches else { continue }
            var patches = try tape.requireArray(list)
            while let patch = patches.next(tape) {
                try tape.requireObject(patch)
                var hasType = false
                var fields = tape.members(patch)
                while let (name, value) = fields.next(tape) {
                    guard names.component.find(name, in: tape) == .type else { continue }
                    hasType = true
                    guard names.patchTypes.find(try tape.requireText(value), in: tape) != nil else {
                        throw ReadFault(.invalidValue(expected: "a type of patch"), value)
                    }
                }
                guard hasType else { throw ReadFault(.missing(field: "type"), patch) }
            }
        }
    }
}

// MARK: Licences

extension CycloneDXReader {
    /// Where a list of licences stands.
    enum LicenseRole {
        /// A component's own, of which each may say that it was concluded.
        case stated
        /// A component's evidence.
        case observed
        case ofService
    }

    mutating func licenses(
        _ list: JSONPosition, of owner: UInt32, as role: LicenseRole, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            let (kind, text) = try license(element, tape)
            var fact = FactRecord(kind: kind, component: owner, ordinal: ordinal, value: text)
            switch role {
            case .stated: try inventory.append(fact, element)
            case .observed:
                fact.kind = kind.observed
                try inventory.append(fact, element)
            case .ofService: try inventory.append(ofService: fact, element)
            }
            ordinal &+= 1
        }
    }

    /// An entry of a list of licences: exactly one of `license` and `expression`.
    private func license(
        _ entry: JSONPosition, _ tape: borrowing JSONTape
    ) throws(ReadFault) -> (FactKind, JSONText) {
        try tape.requireObject(entry)
        var (kind, text) = (FactKind.cycloneDXLicenseExpression, JSONText.absent)
        var isConcluded = false
        var alternatives = 0
        var members = tape.members(entry)
        while let (name, value) = members.next(tape) {
            switch names.license.find(name, in: tape) {
            case .license:
                (kind, text) = try singleLicense(value, tape, &isConcluded)
                alternatives += 1
            case .expression:
                text = try tape.requireText(value)
                alternatives += 1
            case .acknowledgement: isConcluded = try acknowledgement(value, tape)
            case .id, .name, .text, nil: break
            }
        }
        guard alternatives > 0 else { throw ReadFault(.missing(field: "license"), entry) }
        guard alternatives == 1 else {
            throw ReadFault(.invalidValue(expected: "either a licence or an expression"), entry)
        }
        guard isConcluded else { return (kind, text) }
        switch kind {
        case .cycloneDXLicenseID: return (.cycloneDXConcludedID, text)
        case .cycloneDXLicenseName: return (.cycloneDXConcludedName, text)
        default: return (.cycloneDXConcludedExpression, text)
        }
    }

    /// Exactly one of `id` and `name`.
    private func singleLicense(
        _ license: JSONPosition, _ tape: borrowing JSONTape, _ isConcluded: inout Bool
    ) throws(ReadFault) -> (FactKind, JSONText) {
        try tape.requireObject(license)
        var found: (FactKind, JSONText)?
        var members = tape.members(license)
        while let (field, value) = members.next(tape) {
            switch names.license.find(field, in: tape) {
            case .id, .name:
                guard found == nil else {
                    throw ReadFault(.invalidValue(expected: "either an identifier or a name"), license)
                }
                let isIdentifier = names.license.find(field, in: tape) == .id
                found = (isIdentifier ? .cycloneDXLicenseID : .cycloneDXLicenseName, try tape.requireText(value))
            case .text: try attachment(value, tape)
            case .acknowledgement: isConcluded = try acknowledgement(value, tape)
            case .license, .expression, nil: break
            }
        }
        guard let found else { throw ReadFault(.missing(field: "id"), license) }
        return found
    }

    private func acknowledgement(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) -> Bool {
        guard let isConcluded = names.acknowledgements.find(try tape.requireText(value), in: tape) else {
            throw ReadFault(.invalidValue(expected: "`declared` or `concluded`"), value)
        }
        return isConcluded
    }

    /// A licence's text is not read, but it has to say how to.
    private func attachment(_ attachment: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(attachment)
        var members = tape.members(attachment)
        while let (name, value) = members.next(tape) {
            guard names.attachment.find(name, in: tape) == .encoding else { continue }
            guard names.encodings.find(try tape.requireText(value), in: tape) != nil else {
                throw ReadFault(.invalidValue(expected: "`base64`"), value)
            }
        }
    }
}

// MARK: Dependencies

extension CycloneDXReader {
    private mutating func dependencies(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var reference = JSONText.absent
            var (dependsOn, provides): (JSONPosition?, JSONPosition?)
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.dependency.find(name, in: tape) {
                case .ref: reference = try tape.requireContent(value)
                case .dependsOn: dependsOn = value
                case .provides: provides = value
                case nil: break
                }
            }
            guard reference.isPresent else { throw ReadFault(.missing(field: "ref"), element) }
            inventory.listedRelationships += 1
            if let dependsOn { try relate(reference, .dependsOn, dependsOn, ordinal, tape) }
            if let provides { try relate(reference, .provides, provides, ordinal, tape) }
            ordinal &+= 1
        }
    }

    private mutating func relate(
        _ from: JSONText, _ form: RelationshipForm, _ list: JSONPosition, _ ordinal: UInt32,
        _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var member: UInt32 = 0
        while let element = elements.next(tape) {
            let record = RelationshipRecord(
                from: from, to: try tape.requireContent(element), kind: .absent, form: form, ordinal: ordinal,
                member: member)
            try inventory.append(record, element)
            member &+= 1
        }
    }
}
