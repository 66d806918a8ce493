/// A component taken apart for the index: a package URL
/// (`pkg:type/namespace/name@version?qualifiers#subpath`, purl specification, "Rules for each purl component"), or
/// `name@version`.
///
/// Nothing is judged here: SBOMs were read and their package URLs put into the canonical form before.
struct ComponentParts {
    /// The package URL without version, qualifiers and subpath, or the name.
    let base: String
    /// The name alone, without namespace, percent-encoding undone.
    let name: String
    /// Percent-encoding undone; nil if there is none.
    let version: String?
    /// Whether there are qualifiers or a subpath.
    let hasQualifiers: Bool

    init(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.starts(with: "pkg:".utf8) else {
            // A name may begin with @, as npm's scopes do.
            let at = bytes.lastIndex(of: UInt8(ascii: "@")).flatMap { $0 > 0 && $0 + 1 < bytes.count ? $0 : nil }
            name = String(decoding: bytes[..<(at ?? bytes.count)], as: UTF8.self)
            base = name
            version = at.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self) }
            hasQualifiers = false
            return
        }
        var rest = bytes[...]
        if let subpath = rest.lastIndex(of: UInt8(ascii: "#")) { rest = rest[..<subpath] }
        if let qualifiers = rest.firstIndex(of: UInt8(ascii: "?")) { rest = rest[..<qualifiers] }
        hasQualifiers = rest.count < bytes.count
        let start = rest.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 4
        let at = rest[start...].lastIndex(of: UInt8(ascii: "@"))
        version = at.flatMap { $0 + 1 < rest.endIndex ? Self.decoded(rest[($0 + 1)...]) : nil }
        base = String(decoding: rest[..<(at ?? rest.endIndex)], as: UTF8.self)
        name = Self.decoded(rest[start..<(at ?? rest.endIndex)])
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var rest = text
        while let next = rest.popFirst() {
            if next == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(next)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
