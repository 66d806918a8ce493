import StrictEncoding

/// A document in another syntax, written anew in the JSON form of its specification.
///
/// SPDX's syntaxes are defined to say the same, and so are CycloneDX's, so one reader for each format judges all of them.
/// Only what the readers look at is carried over. The rewritten text is read like any other: a field that was said twice
/// is a duplicate name there. Places are lines of the document as received.
struct RewrittenDocument {
    private(set) var text: [UInt8] = []
    private(set) var lines = LineTable()

    /// From here on the text comes from this line.
    mutating func mark(line: Int) { lines.mark(line: line, at: text.count) }

    mutating func append(_ json: StaticString) {
        json.withUTF8Buffer { text.append(contentsOf: $0) }
    }

    mutating func append(byte: UInt8) { text.append(byte) }

    /// A string: RFC 8259 section 7. The bytes have to be UTF-8.
    mutating func append(string: some Sequence<UInt8>) {
        text.append(UInt8(ascii: "\""))
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                text.append(contentsOf: Hex.encode(CollectionOfOne(byte)).utf8)
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    /// Appends another one.
    mutating func append(_ other: RewrittenDocument) {
        lines.append(other.lines, at: text.count)
        text += other.text
    }

    /// Reads it.
    func inventory(syntax: SBOMSyntax, limits: SBOMLimits) throws(SBOMError) -> Inventory {
        let document: JSONDocument
        do throws(JSONError) {
            // The received text was held to the limit of bytes; what was carried over grows at the most by its escapes.
            document = try JSONDocument(
                parsing: text, limits: JSONLimits(bytes: .max, depth: limits.depth + Self.added))
        } catch {
            let place = DocumentPlace.line(lines.line(at: error.offset ?? 0))
            switch error {
            case .duplicateKey(let name, _): throw .repeated(field: name, at: place)
            case .tooDeep: throw .tooDeep(limit: limits.depth, at: place)
            default: throw .malformedJSON(error)
            }
        }
        return try Inventory(document.root, syntax: syntax, lines: lines, limits: limits)
    }

    /// Levels that the JSON form can have more: the object around a licence.
    private static let added = 2
}
