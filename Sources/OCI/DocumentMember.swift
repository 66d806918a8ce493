import Content
import Findings
import StrictEncoding

/// A value of one of the image's documents with the path that leads to it, so that every refusal names its place.
///
/// Members that no specification names are passed over, as image-spec "Extensibility" asks. `null` is a value like any
/// other: it is refused wherever another kind belongs, unless the reader asks for ``unlessNull(_:)``.
struct DocumentMember {
    typealias Failure = ImageFormatError

    let value: JSONValue
    let place: String
    let document: ImageFormatError.Document

    /// The whole of a document, an object.
    init(parsing bytes: [UInt8], as document: ImageFormatError.Document, depth: Int) throws(Failure) {
        let limits = JSONLimits(bytes: bytes.count, depth: depth)
        do throws(JSONError) { value = try JSONDocument(parsing: bytes, limits: limits).root } catch {
            throw .json(document, error)
        }
        place = ""
        self.document = document
        guard value.kind == .object else { throw malformed("an object") }
    }

    private init(value: JSONValue, place: String, document: ImageFormatError.Document) {
        self.value = value
        self.place = place
        self.document = document
    }

    /// Refuses names that differ from a specified one by case alone, and anything but an object.
    ///
    /// Readers written in Go, which most runtimes and registries are, ignore case: to them `Layers` is `layers` and
    /// the later of the two counts. For a document with such a name there would be two readings.
    func checkNames(_ specified: Set<ExactString>) throws(Failure) {
        guard let object = value.object else { throw malformed("an object") }
        let others = object.map(\.key).filter { !specified.contains(ExactString($0)) }
        guard !others.isEmpty else { return }
        let twins = Dictionary(specified.map { (Self.folded($0.value), $0) }) { first, _ in first }
        for name in others {
            guard let twin = twins[Self.folded(name)] else { continue }
            throw .malformed(
                document, place: place, expected: "`\(twin)`",
                found: "\(Finding.quoted(name)), which readers that ignore case take for it")
        }
    }

    func optional(_ name: String) -> DocumentMember? {
        value[name].map {
            DocumentMember(value: $0, place: place.isEmpty ? name : place + "." + name, document: document)
        }
    }

    /// For members where Go's encoder writes `null` for what is absent.
    func unlessNull(_ name: String) -> DocumentMember? {
        optional(name).flatMap { $0.value.isNull ? nil : $0 }
    }

    func required(_ name: String) throws(Failure) -> DocumentMember {
        guard let member = optional(name) else { throw malformed("member `\(name)`", found: "none") }
        return member
    }

    func elements() throws(Failure) -> [DocumentMember] {
        guard let array = value.array else { throw malformed("an array") }
        return array.enumerated().map {
            DocumentMember(value: $1, place: "\(place)[\($0)]", document: document)
        }
    }

    func string() throws(Failure) -> String {
        guard let string = value.string else { throw malformed("a string") }
        return string
    }

    func strings() throws(Failure) -> [String] {
        try elements().map { (element) throws(Failure) in try element.string() }
    }

    func bool() throws(Failure) -> Bool {
        guard let bool = value.bool else { throw malformed("true or false") }
        return bool
    }

    /// A number of bytes: an integer that every reader of JSON can hold exactly (RFC 8259 section 6).
    func size() throws(Failure) -> Int {
        guard let size = value.int, (0..<1 << 53).contains(size) else {
            throw malformed("an integer from 0 to 9007199254740991")
        }
        return size
    }

    func digest() throws(Failure) -> Digest {
        let text = try string()
        do throws(DigestError) { return try Digest(text) } catch {
            throw .digest(document, place: place, error)
        }
    }

    /// `type/subtype` as RFC 6838 section 4.2 has it, without parameters: image-spec "Properties" of a descriptor.
    func mediaType() throws(Failure) -> MediaType {
        let text = try string()
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(Self.isRestrictedName) else {
            throw malformed("a media type like `application/json`")
        }
        return MediaType(text)
    }

    /// An object whose values are strings: annotations, labels.
    func annotations() throws(Failure) -> Annotations {
        guard let object = value.object else { throw malformed("an object") }
        var annotations = Annotations()
        for (name, value) in object {
            guard let text = value.string else {
                throw .malformed(
                    document, place: place, expected: "a string for every name",
                    found: "\(Self.described(value)) for \(Finding.quoted(name))")
            }
            annotations[name] = text
        }
        return annotations
    }

    /// The names of an object whose values are objects, in document order: ports, volumes.
    func objectNames() throws(Failure) -> [String] {
        guard let object = value.object else { throw malformed("an object") }
        for (name, value) in object where value.kind != .object {
            throw .malformed(
                document, place: place, expected: "an object for every name",
                found: "\(Self.described(value)) for \(Finding.quoted(name))")
        }
        return object.map(\.key)
    }

    func malformed(_ expected: String, found: String? = nil) -> ImageFormatError {
        .malformed(document, place: place, expected: expected, found: found ?? Self.described(value))
    }
}

extension DocumentMember {
    private static func described(_ value: JSONValue) -> String {
        switch value.kind {
        case .object: "an object"
        case .array: "an array"
        case .string: Finding.quoted(value.string ?? "", limit: 80)
        case .number: Finding.quoted(value.numberLiteral ?? "", limit: 80)
        case .bool: value.bool == true ? "true" : "false"
        case .null: "null"
        }
    }

    /// restricted-name of RFC 6838 section 4.2.
    private static func isRestrictedName(_ part: Substring.UTF8View) -> Bool {
        guard let first = part.first, first.isLetterOrDigit, part.count <= 127 else { return false }
        return part.allSatisfy { $0.isLetterOrDigit || "!#$&^_.+-".utf8.contains($0) }
    }

    /// What Go's `encoding/json` compares: besides ASCII case, two letters outside of ASCII fold into it.
    private static func folded(_ name: String) -> ExactString {
        var out = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "A"..."Z": out.append(Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value) | 0x20))
            case "\u{17F}": out.append("s")
            case "\u{212A}": out.append("k")
            default: out.append(scalar)
            }
        }
        return ExactString(String(out))
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool { isDigit || isLowerCaseLetter || isUpperCaseLetter }
}
