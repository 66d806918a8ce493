public import StrictEncoding

/// An SBOM as received, and what it says.
///
/// ```swift
/// let document = try SBOMDocument.read(bytes)
/// for component in document.inventory.components where component.name == "log4j-core" {
///     print(component.version ?? "", component.place)
/// }
/// ```
public struct SBOMDocument: Sendable {
    /// The document, byte for byte.
    public let bytes: [UInt8]

    /// What it says.
    public let inventory: Inventory

    /// Reads a whole document: SPDX 2.2, 2.3 (JSON, tag-value, YAML, XML) and 3.0 (JSON-LD), CycloneDX 1.2 to 1.7 (JSON)
    /// and 1.0 to 1.7 (XML), Syft's JSON. Which it is, is told by its contents.
    ///
    /// On success the document is well-formed, has the fields that its specification demands of what is read, each of the
    /// right kind and with a permitted value, and holds no more than the limits. Fields that are not read are skipped.
    ///
    /// - Throws: the first thing that is wrong with it, with its place.
    public static func read(_ bytes: [UInt8], limits: SBOMLimits = .standard) throws(SBOMError) -> SBOMDocument {
        guard bytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
        let inventory: Inventory
        switch SBOMSyntax.recognise(bytes) {
        case .json: inventory = try Inventory(json: bytes, limits: limits)
        case .xml:
            inventory = try XMLRewriter.rewrite(bytes, limits: limits).inventory(syntax: .xml, limits: limits)
        case .yaml:
            inventory = try YAMLRewriter.rewrite(bytes, limits: limits).inventory(syntax: .yaml, limits: limits)
        case .tagValue:
            inventory = try TagValueRewriter.rewrite(bytes).inventory(syntax: .tagValue, limits: limits)
        case nil: throw .unrecognised
        }
        return SBOMDocument(bytes: bytes, inventory: inventory)
    }
}

extension Inventory {
    /// Reads a document that is part of another one, such as the predicate of an attestation, which is not parsed again.
    ///
    /// Places are those in the whole. The inventory keeps the bytes of the whole alive.
    ///
    /// - Throws: what ``SBOMDocument/read(_:limits:)`` throws.
    public init(_ value: JSONValue, limits: SBOMLimits = .standard) throws(SBOMError) {
        guard value.rawBytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
        try self.init(value, syntax: .json, lines: nil, limits: limits)
    }

    init(json bytes: [UInt8], limits: SBOMLimits) throws(SBOMError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
        } catch {
            throw .malformedJSON(error)
        }
        try self.init(document.root, syntax: .json, lines: nil, limits: limits)
    }

    /// - Parameter lines: where the parts of a document that was rewritten come from.
    init(_ root: JSONValue, syntax: SBOMSyntax, lines: LineTable?, limits: SBOMLimits) throws(SBOMError) {
        storage = try root.document.withTape { (tape: borrowing JSONTape) throws(SBOMError) in
            let builder: InventoryBuilder?
            do throws(ReadFault) {
                builder = try Self.builder(root.position, tape, syntax, limits)
            } catch {
                throw error.error(in: tape, at: Self.place(of: error.position, tape, lines))
            }
            guard let builder else { throw .unrecognised }
            return InventoryStorage(
                builder, text: root.document.bytes, base: tape.pointer(to: root.position), lines: lines, syntax: syntax)
        }
    }

    private static func place(of position: JSONPosition, _ tape: borrowing JSONTape, _ lines: LineTable?)
        -> DocumentPlace
    {
        if let lines { .line(lines.line(at: tape.offset(position))) } else { .pointer(tape.pointer(to: position)) }
    }
}
