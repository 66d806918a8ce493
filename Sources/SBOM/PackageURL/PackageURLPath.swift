/// What patterns match: the type, the segments of the namespace and the name of a package URL, decoded and in the form that the
/// type calls canonical. A name of type `git` is a path.
///
/// One value serves many package URLs, so that looking up a hundred thousand of them takes no memory for each.
struct PackageURLPath {
    /// The parts one after the other, ``end`` behind each.
    private(set) var bytes: [UInt8] = []

    /// A byte that no UTF-8 holds.
    static let end: UInt8 = 0xFF

    /// Takes the parts of a package URL that was read.
    mutating func take(_ package: PackageURL) {
        bytes.removeAll(keepingCapacity: true)
        append(package.type)
        for segment in (package.namespace ?? "").utf8.split(separator: Self.slash) { append(Substring(segment)) }
        guard package.type == "git" else { return append(package.name) }
        for segment in package.name.utf8.split(separator: Self.slash) { append(Substring(segment)) }
    }

    private mutating func append(_ part: some StringProtocol) {
        bytes.append(contentsOf: part.utf8)
        bytes.append(Self.end)
    }

    /// Takes the parts out of a text, if it is a package URL of the common kind, of which one look at each byte tells that
    /// ``PackageURL`` reads it, if need be recording what departs from its type, and which parts it gives it.
    ///
    /// - Returns: false for any other text, whether a package URL or not.
    mutating func take(ifCommon text: Span<UInt8>) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        // The canonical form of a text has at most three times as many bytes.
        guard text.count <= PackageURL.longest / 3, Self.hasScheme(text) else { return false }
        var at = 4
        while at < text.count, Self.isOfType(text[at]) {
            bytes.append(text[at])
            at &+= 1
        }
        guard let first = bytes.first, first.isASCIILetter, at < text.count, text[at] == Self.slash else {
            return false
        }
        guard !PackageTypeDefinition.withOwnForms.contains(bytes) else { return false }
        let typeEnd = bytes.count
        bytes.append(Self.end)
        at &+= 1
        var partStart = bytes.count
        var hasUpperCase = false
        var hasUnderscore = false
        while at < text.count {
            let byte = text[at]
            if byte == Self.slash {
                guard bytes.count > partStart else { return false }
                bytes.append(Self.end)
                partStart = bytes.count
                at &+= 1
                continue
            }
            if byte == UInt8(ascii: "@") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            guard let character = Self.character(text, &at), character != Self.slash else { return false }
            hasUpperCase = hasUpperCase || character >= 0x41 && character <= 0x5A
            hasUnderscore = hasUnderscore || character == UInt8(ascii: "_")
            bytes.append(character)
        }
        guard bytes.count > partStart else { return false }
        bytes.append(Self.end)
        if hasUpperCase || hasUnderscore {
            let type = String(decoding: bytes[..<typeEnd], as: UTF8.self)
            guard PackageTypeDefinition.keepsUnderscores(ofType: type, withUpperCase: hasUpperCase) else {
                return false
            }
        }
        return Self.isReadable(text, from: at)
    }

    private static let slash = UInt8(ascii: "/")

    private static func hasScheme(_ text: Span<UInt8>) -> Bool {
        text.count > 4 && text[0] == UInt8(ascii: "p") && text[1] == UInt8(ascii: "k") && text[2] == UInt8(ascii: "g")
            && text[3] == UInt8(ascii: ":")
    }

    /// In lower case, as the canonical form is.
    private static func isOfType(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A || byte.isASCIIDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// The next character, encoded or not, if it is ASCII and neither a space nor a control character that stands bare.
    @inline(__always)
    private static func character(_ text: Span<UInt8>, _ at: inout Int) -> UInt8? {
        let byte = text[at]
        at &+= 1
        guard byte == UInt8(ascii: "%") else { return byte > 0x20 && byte < 0x7F ? byte : nil }
        guard at &+ 1 < text.count, let high = PercentEncoding.value(text[at]), high < 8,
            let low = PercentEncoding.value(text[at &+ 1])
        else { return nil }
        at &+= 2
        return high &<< 4 | low
    }

    /// Whether all that follows the name can be read: a version, and qualifiers in canonical order.
    private static func isReadable(_ text: Span<UInt8>, from start: Int) -> Bool {
        var at = start
        if at < text.count, text[at] == UInt8(ascii: "@") {
            at &+= 1
            while at < text.count, text[at] != UInt8(ascii: "?") {
                // A second `@` or a slash would move the end of the name.
                guard text[at] != UInt8(ascii: "@"), text[at] != slash, text[at] != UInt8(ascii: "#"),
                    character(text, &at) != nil
                else { return false }
            }
        }
        guard at < text.count else { return true }
        guard text[at] == UInt8(ascii: "?") else { return false }
        at &+= 1
        var previous = 0..<0
        while true {
            let keyStart = at
            while at < text.count, isOfType(text[at]) || text[at] == UInt8(ascii: "_") { at &+= 1 }
            let key = keyStart..<at
            guard at < text.count, text[at] == UInt8(ascii: "="), text[keyStart].isASCIILetter,
                precedes(text, previous, key)
            else { return false }
            previous = key
            at &+= 1
            while at < text.count, text[at] != UInt8(ascii: "&") {
                guard text[at] != UInt8(ascii: "?"), text[at] != UInt8(ascii: "#"), character(text, &at) != nil else {
                    return false
                }
            }
            guard at < text.count else { return true }
            at &+= 1
        }
    }

    /// Sorted keys are distinct.
    private static func precedes(_ text: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        for (one, other) in zip(left, right) where text[one] != text[other] { return text[one] < text[other] }
        return left.count < right.count
    }
}
