/// The path and query of a request, read in the one way that RFC 3986 leaves.
///
/// What two readers could take for two things is refused: an escape that is none, a name that stands twice, a path that
/// does not begin with a slash. A plus sign is a plus sign.
struct RequestTarget: Sendable, Equatable {
    /// As it was sent.
    let path: String
    /// Decoded, without the slashes.
    let segments: [String]
    let query: [String: String]

    /// - Parameter target: of the request line, in origin form (RFC 9112 section 3.2.1).
    /// - Returns: nil for one that can't be read in one way only.
    init?(_ target: String) {
        let utf8 = target.utf8
        guard utf8.first == UInt8(ascii: "/"),
            utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        let mark = utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex
        path = String(target[..<mark])
        var segments: [String] = []
        for segment in utf8[..<mark].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = Self.decoded(segment) else { return nil }
            segments.append(segment)
        }
        self.segments = segments
        var query: [String: String] = [:]
        if mark < utf8.endIndex {
            for pair in utf8[utf8.index(after: mark)...].split(separator: UInt8(ascii: "&")) {
                let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
                guard let name = Self.decoded(pair[..<equals]), let value = Self.decoded(pair[equals...].dropFirst()),
                    query.updateValue(value, forKey: name) == nil
                else { return nil }
            }
        }
        self.query = query
    }

    /// RFC 3986 section 2.1, to UTF-8 without control characters.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        guard text.contains(UInt8(ascii: "%")) else { return String(Substring(text)) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
