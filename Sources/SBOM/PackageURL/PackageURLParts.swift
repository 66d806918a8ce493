import StrictEncoding

/// The decoded parts of a package URL on their way from or to a text.
struct PackageURLParts {
    var type: String
    var namespace: [String]
    var name: String
    var version: String?
    var qualifiers: [(key: String, value: String)]
    var subpath: [String]

    /// The segments of a path, without empty ones.
    static func segments(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    /// What holds for every type (ECMA-427 clause 5.6).
    mutating func validate() throws(PackageURLError) {
        let bytes = type.utf8
        guard let first = bytes.first, first.isASCIILetter,
            bytes.allSatisfy({ $0.isASCIIAlphanumeric || $0 == 0x2E || $0 == 0x2D })
        else { throw .type(type) }
        type = type.lowercased()
        while name.utf8.first == UInt8(ascii: "/") { name.removeFirst() }
        while name.utf8.last == UInt8(ascii: "/") { name.removeLast() }
        guard !name.isEmpty else { throw .name }
        if version?.isEmpty == true { version = nil }
        subpath.removeAll { $0 == "." || $0 == ".." }
        for (component, segments) in [(PackageURL.Component.namespace, namespace), (.subpath, subpath)]
        where segments.contains(where: { $0.utf8.contains(UInt8(ascii: "/")) }) {
            throw .slashInSegment(component)
        }
        for index in qualifiers.indices {
            let key = qualifiers[index].key.utf8
            guard let first = key.first, first.isASCIILetter,
                key.allSatisfy({ $0.isASCIIAlphanumeric || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F })
            else { throw .qualifierKey(qualifiers[index].key) }
            qualifiers[index].key = qualifiers[index].key.lowercased()
        }
        // Clause 5.6.6: a pair without a value is no pair.
        qualifiers.removeAll { $0.value.isEmpty }
        qualifiers.sort { $0.key < $1.key }
        for (one, next) in zip(qualifiers, qualifiers.dropFirst()) where one.key == next.key {
            throw .duplicateQualifier(one.key)
        }
    }
}

// MARK: Reading

extension PackageURLParts {
    /// Splits and decodes a text; nothing is validated yet.
    init(parsing text: String) throws(PackageURLError) {
        guard text.utf8.count <= PackageURL.longest else { throw .tooLong(text.utf8.count) }
        var rest = Array(text.utf8)[...]
        guard !rest.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .controlCharacter }
        let scheme = rest.prefix(4)
        guard scheme.count == 4, scheme.last == UInt8(ascii: ":"),
            scheme.dropLast().elementsEqual("pkg".utf8, by: { $0 | 0x20 == $1 })
        else { throw .scheme }
        rest = rest.dropFirst(4).drop { $0 == UInt8(ascii: "/") }

        subpath = []
        qualifiers = []
        if let tail = try Self.cut(&rest, at: "#") {
            for segment in tail.split(separator: UInt8(ascii: "/")) {
                subpath.append(try Self.decode(segment, .subpath))
            }
        }
        if let tail = try Self.cut(&rest, at: "?") {
            for pair in tail.split(separator: UInt8(ascii: "&")) {
                let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
                qualifiers.append(
                    (
                        String(decoding: pair[..<equals], as: UTF8.self),
                        try Self.decode(pair[equals...].dropFirst(), .qualifiers)
                    ))
            }
        }

        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        type = String(decoding: rest[..<slash], as: UTF8.self)
        rest = rest[slash...].dropFirst()
        // A scope's `@` at the very front separates nothing: there would be no name before it.
        version = nil
        if let at = rest.lastIndex(of: UInt8(ascii: "@")),
            at > rest.startIndex || !rest.contains(UInt8(ascii: "/"))
        {
            version = try Self.decode(rest[at...].dropFirst(), .version)
            rest = rest[..<at]
            // `…/@1.0`: the last segment is the name, and it is empty.
            guard rest.last != UInt8(ascii: "/") else { throw .name }
        }
        var segments = rest.split(separator: UInt8(ascii: "/"))
        guard let last = segments.popLast() else { throw .name }
        name = try Self.decode(last, .name)
        namespace = []
        for segment in segments { namespace.append(try Self.decode(segment, .namespace)) }
    }

    /// Takes off what follows the separator; nil if there is none.
    private static func cut(
        _ rest: inout ArraySlice<UInt8>, at separator: Unicode.Scalar
    ) throws(PackageURLError) -> ArraySlice<UInt8>? {
        let byte = UInt8(ascii: separator)
        guard let place = rest.firstIndex(of: byte) else { return nil }
        let tail = rest[place...].dropFirst()
        guard !tail.contains(byte) else { throw .secondSeparator(separator) }
        rest = rest[..<place]
        return tail
    }

    static func decode(
        _ encoded: ArraySlice<UInt8>, _ component: PackageURL.Component
    ) throws(PackageURLError) -> String {
        if !encoded.contains(UInt8(ascii: "%")) {
            guard let text = String(validating: encoded, as: UTF8.self) else { throw .invalidUTF8(component) }
            return text
        }
        guard let bytes = PercentEncoding.decode(encoded) else { throw .percentEncoding(component) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8(component) }
        return text
    }
}

// MARK: Writing

extension PackageURLParts {
    /// The canonical form, and how many bytes of it name the package.
    func canonical() -> (text: String, packageLength: Int) {
        var out = "pkg:" + type
        for segment in namespace { out += "/" + PercentEncoding.encode(segment) }
        out += "/" + PercentEncoding.encode(name, keeping: type == "git" ? UInt8(ascii: "/") : nil)
        let packageLength = out.utf8.count
        if let version { out += "@" + PercentEncoding.encode(version) }
        for (index, qualifier) in qualifiers.enumerated() {
            out += (index == 0 ? "?" : "&") + qualifier.key + "=" + PercentEncoding.encode(qualifier.value)
        }
        for (index, segment) in subpath.enumerated() {
            out += (index == 0 ? "#" : "/") + PercentEncoding.encode(segment)
        }
        return (out, packageLength)
    }
}

/// Percent-encoding as ECMA-427 clause 5.4 wants it: letters, digits, `.-_~` and the colon stand for themselves.
enum PercentEncoding {
    static func encode(_ text: String, keeping kept: UInt8? = nil) -> String {
        if text.utf8.allSatisfy({ isPlain($0) || $0 == kept }) { return text }
        var out: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) || byte == kept {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        // Digits and the colon, letters, `-._~`.
        case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// Nil if a percent sign lacks its two digits.
    static func decode(_ encoded: some Sequence<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var bytes = encoded.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(value), let low = bytes.next().flatMap(value) else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isASCIIAlphanumeric: Bool { isASCIIDigit || isASCIILetter }
}
