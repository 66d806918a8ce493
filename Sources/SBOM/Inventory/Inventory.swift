public import StrictEncoding

/// What an SBOM says an image is made of, whichever format said it.
///
/// Everything in it is the word of the document's author: nothing was compared with an image. Texts are those of the
/// document, byte for byte, and each is told with its place. An inventory is one reference: copying it copies nothing.
public struct Inventory: Sendable {
    let storage: InventoryStorage

    /// Who defines the format.
    public var format: SBOMFormat { storage.format }

    /// How the document was written.
    public var syntax: SBOMSyntax { storage.syntax }

    /// The version of the format, such as `2.3` or `1.6`; the version of its schema for Syft.
    public var specVersion: String { storage.specVersion }

    /// The document's name, which SPDX has.
    public var name: String? { storage.string(storage.header.name) }

    /// What tells the document from all others: CycloneDX's `serialNumber`, SPDX 2's `documentNamespace`, the `spdxId` of
    /// SPDX 3's document.
    public var identifier: String? { storage.string(storage.header.identifier) }

    /// CycloneDX's `version`: the number of this edition of the document. 1 where it is not told.
    public var version: Int? { storage.header.version }

    /// When the document says it was made; nil if it does not say, or says so without an offset from UTC.
    public var created: Instant? { storage.header.createdInstant }

    /// The creation time as written.
    public var createdText: String? { storage.string(storage.header.created) }

    /// Where the creation time stands.
    public var createdPlace: DocumentPlace? {
        let header = storage.header
        guard header.created.isPresent else { return nil }
        return storage.place(at: header.created.start, pointer: header.createdPointer)
    }

    /// Who and what made the document, in its order.
    public var creators: [DocumentCreator] { storage.header.creators.map { DocumentCreator($0, storage) } }

    /// From which stages the document says that its data was taken, in its order, no stage twice; empty if it does not say.
    public var generationContexts: [GenerationContext] {
        storage.header.generationContexts.map { GenerationContext($0, storage) }
    }

    /// The components that the document lists, those inside of others right behind them.
    ///
    /// CycloneDX's `metadata.component` and Syft's `source` are not listed; see ``described``.
    public var components: Components { Components(storage: storage, startIndex: 0, endIndex: storage.listed) }
    /// What the document says is called while the software runs, and runs elsewhere: CycloneDX's `services`, those inside
    /// of others right behind them. None of them is a component.
    public var services: [Service] {
        storage.services.indices.map { Service(storage: storage, index: $0) }
    }

    /// The relationships that the document lists.
    public var relationships: Relationships {
        Relationships(storage: storage, startIndex: 0, endIndex: storage.relationships.count)
    }

    /// What the document says it describes: CycloneDX's `metadata.component`, Syft's `source`, what SPDX's document
    /// `DESCRIBES` or has as root element.
    public var described: [Component] { storage.described.map { Component(storage: storage, index: $0) } }

    /// The component that is the image: the only one that the document describes; nil if there are none or several.
    public var subject: Component? { storage.described.count == 1 ? described.first : nil }
}

/// Who or what made a document.
public struct DocumentCreator: Sendable, Hashable {
    /// What it is.
    public enum Kind: Sendable, Hashable {
        case tool, person, organization
        /// The document does not tell.
        case unknown
    }

    public let kind: Kind
    /// SPDX 2's text is kept whole: `syft-1.4.1`, `Jane Doe (jane@example.com)`.
    public let name: String
    /// Of a tool, where it is told apart from the name.
    public let version: String?
    public let place: DocumentPlace

    /// One in the form of the document.
    struct Record: Sendable {
        var kind: Kind
        var name: JSONText
        var version = JSONText.absent
        var pointer: String
        /// What to leave out at the beginning of the name, which has it.
        var prefix = 0
    }

    init(_ record: Record, _ storage: InventoryStorage) {
        kind = record.kind
        let text = storage.string(record.name) ?? ""
        name = record.prefix == 0 ? text : String(decoding: text.utf8.dropFirst(record.prefix), as: UTF8.self)
        version = storage.string(record.version)
        place = storage.place(at: record.name.start, pointer: record.pointer)
    }
}

// MARK: Collections

/// The components of an inventory, by position.
public struct Components: RandomAccessCollection, Sendable {
    let storage: InventoryStorage
    public let startIndex: Int
    public let endIndex: Int

    public subscript(position: Int) -> Component { Component(storage: storage, index: position) }
}

/// The relationships of an inventory, by position.
public struct Relationships: RandomAccessCollection, Sendable {
    let storage: InventoryStorage
    public let startIndex: Int
    public let endIndex: Int

    public subscript(position: Int) -> Relationship { Relationship(storage, storage.relationships[position]) }
}

/// One statement that relates two elements of the document.
public struct Relationship: Sendable, Hashable {
    /// The identifier of the element that the statement is about.
    public let from: String
    /// The identifier of the other; SPDX 2 also has `NONE` and `NOASSERTION` here.
    public let to: String
    /// In the format's own words: `DESCRIBES`, `dependsOn`, `contains`. CycloneDX's lists are `dependsOn` and `provides`.
    public let kind: String
    public let place: DocumentPlace

    init(_ storage: InventoryStorage, _ record: RelationshipRecord) {
        from = storage.string(record.from) ?? ""
        to = storage.string(record.to) ?? ""
        kind =
            switch record.form {
            case .dependsOn: "dependsOn"
            case .provides: "provides"
            case .spdxDescribes: "DESCRIBES"
            case .spdx, .spdx3, .syft: storage.string(record.kind) ?? ""
            }
        place = storage.place(at: record.to.start, pointer: record.form.pointer(record.ordinal, record.member))
    }
}

// MARK: Summary

/// What a document holds, in numbers, counted as it lists them.
public struct InventorySummary: Sendable, Hashable {
    public var format: SBOMFormat
    public var specVersion: String
    /// Packages, components or artifacts.
    public var components: Int
    /// Entries of the document's lists of relationships; CycloneDX's list has one for each component that depends.
    public var relationships: Int
    /// Package URLs, each counted once; compared as bytes.
    public var packageURLs: Int
}

extension Inventory {
    /// The summary. Looks at every package URL, at each call.
    public var summary: InventorySummary {
        InventorySummary(
            format: format, specVersion: specVersion, components: components.count,
            relationships: storage.listedRelationships, packageURLs: distinctPackageURLs)
    }

    private var distinctPackageURLs: Int {
        JSONText.withTape(over: storage.text) { (tape: borrowing JSONTape) in
            var distinct = IdentifierIndex(capacity: storage.listed)
            for component in storage.components[..<storage.listed] where component.packageURL.isPresent {
                _ = distinct.insert(component.packageURL, 0, tape)
            }
            for fact in storage.facts where fact.kind.family == .packageURL && fact.component < storage.listed {
                _ = distinct.insert(fact.value, 0, tape)
            }
            return distinct.count
        }
    }
}
