/// Why a text is not acceptable JSON. Offsets count bytes from the start of the text.
public enum JSONError: Error, Equatable, Sendable {
    /// The text is longer than the limit, in bytes.
    case tooLarge(limit: Int)
    /// The array or object that begins at `offset` is nested deeper than the limit.
    case tooDeep(limit: Int, offset: Int)
    /// A second member of one object has this name; `offset` is that of the second name's opening quote.
    case duplicateKey(String, offset: Int)
    /// A byte sequence that begins at `offset` is not UTF-8: overlong, a surrogate, over U+10FFFF, or cut short.
    case invalidUTF8(offset: Int)
    /// The `\u` escape at `offset` is half of a surrogate pair and the other half is missing.
    case unpairedSurrogate(offset: Int)
    /// The number that begins at `offset` does not follow the grammar of RFC 8259 section 6.
    case invalidNumber(offset: Int)
    /// The backslash at `offset` begins no escape of RFC 8259 section 7.
    case invalidEscape(offset: Int)
    /// A string holds a raw control character (U+0000 to U+001F) at `offset`.
    case controlCharacter(offset: Int)
    /// The text begins with a byte order mark, which RFC 8259 section 8.1 forbids to send.
    case byteOrderMark
    /// This byte cannot stand at `offset`.
    case unexpectedByte(UInt8, offset: Int)
    /// The text ends inside a value, or holds none.
    case unexpectedEnd
    /// The value is complete, but something other than whitespace follows at `offset`.
    case trailingBytes(offset: Int)

    /// One line for people. Names from the text are escaped and cut short.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected at most \(limit) bytes of JSON, found more"
        case .tooDeep(let limit, let offset):
            "expected at most \(limit) levels of nesting, found one more at byte \(offset)"
        case .duplicateKey(let key, let offset):
            "expected distinct names in an object, found \(Self.quoted(key)) again at byte \(offset)"
        case .invalidUTF8(let offset): "expected UTF-8, found a malformed sequence at byte \(offset)"
        case .unpairedSurrogate(let offset): "expected a surrogate pair, found half of one at byte \(offset)"
        case .invalidNumber(let offset): "expected a JSON number, found something else at byte \(offset)"
        case .invalidEscape(let offset): "expected a JSON string escape, found something else at byte \(offset)"
        case .controlCharacter(let offset): "expected an escape, found a raw control character at byte \(offset)"
        case .byteOrderMark: "expected a JSON value, found a byte order mark"
        case .unexpectedByte(let byte, let offset):
            "expected JSON, found \(Self.named(byte)) at byte \(offset)"
        case .unexpectedEnd: "expected more JSON, found the end of the text"
        case .trailingBytes(let offset): "expected the end of the text, found more at byte \(offset)"
        }
    }

    /// Where in the text the fault is; nil for a fault of the text as a whole.
    public var offset: Int? {
        switch self {
        case .tooLarge, .unexpectedEnd: nil
        case .byteOrderMark: 0
        case .tooDeep(_, let offset), .duplicateKey(_, let offset), .invalidUTF8(let offset),
            .unpairedSurrogate(let offset), .invalidNumber(let offset), .invalidEscape(let offset),
            .controlCharacter(let offset), .unexpectedByte(_, let offset), .trailingBytes(let offset):
            offset
        }
    }

    private static func named(_ byte: UInt8) -> String {
        (0x21..<0x7F).contains(byte) && byte != UInt8(ascii: "`")
            ? "`\(Unicode.Scalar(byte))`" : "byte 0x\(Hex.encode(CollectionOfOne(byte)))"
    }

    /// Printable ASCII as it is, all else as an escape, so that a name can neither break a line nor reorder it.
    private static func quoted(_ key: String) -> String {
        var text = "`"
        for scalar in key.unicodeScalars.prefix(64) {
            if scalar == "`" || scalar == "\\" || !(0x20..<0x7F).contains(scalar.value) {
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + (key.unicodeScalars.count > 64 ? "…`" : "`")
    }
}

extension JSONError: CustomStringConvertible {
    /// The same as ``message``.
    public var description: String { message }
}
