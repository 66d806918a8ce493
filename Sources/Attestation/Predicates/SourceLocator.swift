/// A URI that names a git repository and a place in it, taken apart.
///
/// Only what can be taken apart in one way is: a ref may hold `@` and `#`, and whoever can name a branch must not be
/// able to move the end of the repository or of the ref.
struct SourceLocator: Equatable {
    /// Without scheme prefix, ref or fragment.
    var repository: String
    var ref: String?
    var subdirectory: String?
    /// The URI as given, up to the subdirectory.
    var withoutSubdirectory: String

    /// `git+https://host/path@ref`, SPDX 2.3 section 7.7, the form of `uri` in provenance.
    ///
    /// The ref goes from `@refs/` (or the only `@` of the path) to the end. SPDX lets a `#subpath` follow; it stays part
    /// of the ref, because a branch may be called `main#x`, and that one must not be read as `main`.
    init?(spdxDownloadLocation text: String) {
        let bytes = Array(text.utf8)
        guard bytes.starts(with: "git+".utf8), let authority = Self.authority(of: bytes),
            let path = bytes[authority...].firstIndex(of: UInt8(ascii: "/"))
        else { return nil }
        withoutSubdirectory = text
        let signs = bytes[path...].indices.filter { bytes[$0] == UInt8(ascii: "@") }
        let full = signs.first { bytes[($0 + 1)...].starts(with: "refs/".utf8) }
        guard let sign = full ?? (signs.count == 1 ? signs[0] : nil) else {
            guard signs.isEmpty, Self.isPlain(bytes[4...]) else { return nil }
            repository = Self.text(bytes[4...])
            return
        }
        guard Self.isPlain(bytes[4..<sign]) else { return nil }
        repository = Self.text(bytes[4..<sign])
        let rest = Self.text(bytes[(sign + 1)...])
        ref = rest.isEmpty ? nil : rest
    }

    /// A build context as BuildKit states it: `https://host/path.git#ref:subdirectory`, or the SPDX form.
    ///
    /// An http(s) address is a git repository only if its path ends in `.git` (BuildKit, "git contexts"). That ending
    /// is cut off: it is there for BuildKit, and other builders name the same repository without it. Nil for a tarball,
    /// for an address with a query, and for anything else that is no git repository.
    init?(buildKitContext text: String) {
        if text.utf8.starts(with: "git+".utf8) {
            guard let locator = SourceLocator(spdxDownloadLocation: text) else { return nil }
            self = locator
            return
        }
        let bytes = Array(text.utf8)
        let hash = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        let address = bytes[..<hash]
        guard Self.isPlain(address) else { return nil }
        if address.starts(with: "https://".utf8) || address.starts(with: "http://".utf8) {
            guard address.suffix(4).elementsEqual(".git".utf8), address.dropLast(4).last != UInt8(ascii: "/") else {
                return nil
            }
            repository = Self.text(address.dropLast(4))
        } else if address.starts(with: "ssh://".utf8) || address.starts(with: "git://".utf8)
            || address.starts(with: "git@".utf8)
        {
            repository = Self.text(address)
        } else {
            return nil
        }
        // Git forbids a colon in a ref, so the first one ends it.
        let fragment = bytes[hash...].dropFirst()
        let colon = fragment.firstIndex(of: UInt8(ascii: ":")) ?? fragment.endIndex
        let named = Self.text(fragment[..<colon])
        ref = named.isEmpty ? nil : named
        let directory = Self.text(fragment[colon...].dropFirst())
        subdirectory = directory.isEmpty ? nil : directory
        withoutSubdirectory = Self.text(bytes[..<(subdirectory == nil ? bytes.endIndex : colon)])
    }

    /// Whether an address names what it seems to name, component by component: none is empty, `.` or `..`, written in
    /// escapes or behind a query. Git's HTTP client resolves dots before it asks, so `https://host/good/../evil` is
    /// another repository than a pattern for `https://host/good/**` means.
    static func isPlain(_ address: ArraySlice<UInt8>) -> Bool {
        guard address.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "?") })
        else { return false }
        let start = authority(of: Array(address)).map { address.startIndex + $0 } ?? address.startIndex
        let separators = [UInt8(ascii: "/"), UInt8(ascii: ":")]
        let components = address[start...].split(omittingEmptySubsequences: false) { separators.contains($0) }
        return components.allSatisfy { component in
            let lower = String(decoding: component, as: UTF8.self).lowercased()
            return !["", ".", ".."].contains(lower)
                && !["%2e", "%2f", "%5c"].contains { lower.contains($0) }
        }
    }

    /// Where the authority begins, after the scheme.
    private static func authority(of address: [UInt8]) -> Int? {
        address.indices.first { address[$0...].starts(with: "://".utf8) }.map { $0 + 3 }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
