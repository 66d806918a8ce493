import StrictEncoding

/// Reads the native JSON of the scanner Syft, as its schemas from 5 on have it.
///
/// It is no standard's: what an older or newer schema leaves out is let pass, as long as an artifact has a name.
struct SyftReader {
    private var inventory: InventoryBuilder
    private let names = SyftNames.shared

    /// The builder, filled with what the object at `root` says.
    static func read(
        _ root: JSONPosition, artifacts: JSONPosition, _ tape: borrowing JSONTape, limits: SBOMLimits
    ) throws(ReadFault) -> InventoryBuilder {
        var reader = SyftReader(inventory: InventoryBuilder(format: .syft, limits: limits))
        try reader.artifacts(artifacts, tape)
        var members = tape.members(root)
        while let (name, value) = members.next(tape) {
            switch reader.names.document.find(name, in: tape) {
            case .artifactRelationships: try reader.relationships(value, tape)
            case .source: try reader.source(value, tape)
            case .descriptor: try reader.descriptor(value, tape)
            case .schema: try reader.schema(value, tape)
            case nil: break
            }
        }
        reader.inventory.gatherFacts()
        return reader.inventory
    }

    private init(inventory: InventoryBuilder) { self.inventory = inventory }

    private mutating func schema(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(value)
        var members = tape.members(value)
        while let (name, value) = members.next(tape) {
            guard names.tool.find(name, in: tape) == .version else { continue }
            inventory.specVersion = tape.string(try tape.requireText(value))
        }
    }

    private mutating func descriptor(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(value)
        var tool = DocumentCreator.Record(kind: .tool, name: .absent, pointer: "/descriptor/name")
        var members = tape.members(value)
        while let (name, value) = members.next(tape) {
            switch names.tool.find(name, in: tape) {
            case .name: tool.name = try tape.requireText(value)
            case .version: tool.version = try tape.requireText(value)
            case nil: break
            }
        }
        if tool.name.isPresent { inventory.header.creators.append(tool) }
    }

    /// What was scanned: it is no artifact, so it stands apart.
    private mutating func source(_ value: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        try tape.requireObject(value)
        try inventory.requireRoomForComponent(value)
        var record = ComponentRecord()
        record.list = .source
        record.offset = UInt32(truncatingIfNeeded: tape.offset(value))
        let index = inventory.components.count
        var digest: JSONPosition?
        var members = tape.members(value)
        while let (name, value) = members.next(tape) {
            switch names.source.find(name, in: tape) {
            case .id: record.identifier = try tape.requireText(value)
            case .name: record.name = try tape.requireText(value)
            case .version: record.version = try tape.requireText(value)
            case .type: record.purpose = try tape.requireText(value)
            case .metadata: digest = manifestDigest(value, tape)
            case nil: break
            }
        }
        inventory.listed = index
        inventory.components.append(record)
        inventory.described = [index]
        guard let digest else { return }
        let text = try tape.requireText(digest)
        let prefix = "sha256:"
        guard tape.string(text).utf8.starts(with: prefix.utf8), !text.hasEscapes else { return }
        let fact = FactRecord(
            kind: .syftDigest, algorithm: .sha256, component: UInt32(truncatingIfNeeded: index),
            value: text.dropping(prefix.utf8.count))
        try inventory.append(fact, digest)
    }

    private func manifestDigest(_ metadata: JSONPosition, _ tape: borrowing JSONTape) -> JSONPosition? {
        var members = tape.members(metadata)
        while let (name, value) = members.next(tape) {
            if names.sourceMetadata.find(name, in: tape) != nil { return value }
        }
        return nil
    }
}

// MARK: Artifacts

extension SyftReader {
    private mutating func artifacts(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        inventory.reserve(components: tape.count(list))
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try artifact(element, ordinal, tape)
            ordinal &+= 1
        }
    }

    private mutating func artifact(
        _ artifact: JSONPosition, _ ordinal: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        try tape.requireObject(artifact)
        try inventory.requireRoomForComponent(artifact)
        let owner = UInt32(truncatingIfNeeded: inventory.components.count)
        var record = ComponentRecord()
        record.list = .artifacts
        record.ordinal = ordinal
        record.offset = UInt32(truncatingIfNeeded: tape.offset(artifact))
        var members = tape.members(artifact)
        while let (name, value) = members.next(tape) {
            // An absent list is written as null.
            guard let field = names.artifact.find(name, in: tape), tape.kind(value) != .null else { continue }
            switch field {
            case .id: record.identifier = try tape.requireText(value)
            case .name: record.name = try tape.requireText(value)
            case .version: record.version = try tape.requireText(value)
            case .type: record.purpose = try tape.requireText(value)
            case .purl:
                let packageURL = try tape.requireText(value)
                if packageURL.count > 0 { record.packageURL = packageURL }
            case .cpes: try cpes(value, of: owner, tape)
            case .licenses: try licenses(value, of: owner, tape)
            }
        }
        guard record.name.isPresent else { throw ReadFault(.missing(field: "name"), artifact) }
        inventory.components.append(record)
    }

    /// Texts up to schema 15, objects since.
    private mutating func cpes(
        _ list: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            var fact = FactRecord(
                kind: .syftCPEText, component: component, ordinal: ordinal, value: tape.text(element))
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                guard names.cpe.find(name, in: tape) != nil else { continue }
                fact.kind = .syftCPE
                fact.value = try tape.requireText(value)
            }
            guard fact.value.isPresent else { throw ReadFault(.missing(field: "cpe"), element) }
            try inventory.append(fact, element)
            ordinal &+= 1
        }
    }

    /// Texts up to schema 7, objects since. What Syft read in a package is declared unless it says concluded.
    private mutating func licenses(
        _ list: JSONPosition, of component: UInt32, _ tape: borrowing JSONTape
    ) throws(ReadFault) {
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            defer { ordinal &+= 1 }
            if tape.text(element).isPresent {
                let fact = FactRecord(
                    kind: .syftDeclaredText, component: component, ordinal: ordinal, value: tape.text(element))
                try inventory.append(fact, element)
                continue
            }
            try tape.requireObject(element)
            var (value, expression, isConcluded) = (JSONText.absent, JSONText.absent, false)
            var members = tape.members(element)
            while let (name, member) = members.next(tape) {
                guard let field = names.license.find(name, in: tape), tape.kind(member) != .null else { continue }
                switch field {
                case .value: value = try tape.requireText(member)
                case .spdxExpression: expression = try tape.requireText(member)
                case .type: isConcluded = names.concluded.find(try tape.requireText(member), in: tape) != nil
                }
            }
            let hasExpression = expression.isPresent && expression.count > 0
            // One that is known by the place of its text only has neither.
            guard hasExpression || value.isPresent && value.count > 0 else { continue }
            let kind: FactKind =
                switch (isConcluded, hasExpression) {
                case (false, false): .syftDeclaredValue
                case (false, true): .syftDeclaredExpression
                case (true, false): .syftConcludedValue
                case (true, true): .syftConcludedExpression
                }
            let fact = FactRecord(
                kind: kind, component: component, ordinal: ordinal, value: hasExpression ? expression : value)
            try inventory.append(fact, element)
        }
    }

    private mutating func relationships(_ list: JSONPosition, _ tape: borrowing JSONTape) throws(ReadFault) {
        guard tape.kind(list) != .null else { return }
        inventory.reserve(relationships: tape.count(list))
        var elements = try tape.requireArray(list)
        var ordinal: UInt32 = 0
        while let element = elements.next(tape) {
            try tape.requireObject(element)
            var record = RelationshipRecord(from: .absent, to: .absent, kind: .absent, form: .syft, ordinal: ordinal)
            var members = tape.members(element)
            while let (name, value) = members.next(tape) {
                switch names.relationship.find(name, in: tape) {
                case .parent: record.from = try tape.requireText(value)
                case .child: record.to = try tape.requireText(value)
                case .type: record.kind = try tape.requireText(value)
                case nil: break
                }
            }
            guard record.from.isPresent else { throw ReadFault(.missing(field: "parent"), element) }
            guard record.to.isPresent else { throw ReadFault(.missing(field: "child"), element) }
            inventory.listedRelationships += 1
            try inventory.append(record, element)
            ordinal &+= 1
        }
    }
}

/// Names of Syft's JSON that a reader knows.
struct SyftNames: Sendable {
    enum Document { case artifactRelationships, source, descriptor, schema }
    enum Tool { case name, version }
    enum Source { case id, name, version, type, metadata }
    enum Artifact { case id, name, version, type, purl, cpes, licenses }
    enum License { case value, spdxExpression, type }
    enum Relationship { case parent, child, type }

    static let shared = SyftNames()

    let document = FieldTable<Document>([
        "artifactRelationships": .artifactRelationships, "source": .source, "descriptor": .descriptor,
        "schema": .schema,
    ])
    let tool = FieldTable<Tool>(["name": .name, "version": .version])
    /// `target` is what `metadata` was called up to schema 8.
    let source = FieldTable<Source>([
        "id": .id, "name": .name, "version": .version, "type": .type, "metadata": .metadata, "target": .metadata,
    ])
    let sourceMetadata = FieldTable<Void>(["manifestDigest": ()])
    let artifact = FieldTable<Artifact>([
        "id": .id, "name": .name, "version": .version, "type": .type, "purl": .purl, "cpes": .cpes,
        "licenses": .licenses,
    ])
    let cpe = FieldTable<Void>(["cpe": ()])
    let license = FieldTable<License>(["value": .value, "spdxExpression": .spdxExpression, "type": .type])
    let concluded = FieldTable<Void>(["concluded": ()])
    let relationship = FieldTable<Relationship>(["parent": .parent, "child": .child, "type": .type])
}
