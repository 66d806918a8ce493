/// The identifiers of the SPDX licence list, found in any letter case.
public enum SPDXLicenseList {
    /// A listed licence or exception.
    public struct Entry: Sendable, Hashable {
        /// As the list writes it.
        public let identifier: String
        /// Whether the list says not to use it any more.
        public let isDeprecated: Bool
    }

    /// A licence of the list; nil if it is not there.
    public static func license(_ identifier: String) -> Entry? { licensesByKey[identifier.lowercased()] }

    /// An exception of the list; nil if it is not there.
    public static func exception(_ identifier: String) -> Entry? { exceptionsByKey[identifier.lowercased()] }

    /// Every licence of the list, as it writes them; in no order.
    public static var identifiers: [String] { licensesByKey.values.map(\.identifier) }

    static var exceptionIdentifiers: [String] { exceptionsByKey.values.map(\.identifier) }

    private static let licensesByKey = entries(licenses, deprecatedLicenses)
    private static let exceptionsByKey = entries(exceptions, deprecatedExceptions)

    private static func entries(_ current: String, _ deprecated: String) -> [String: Entry] {
        var found: [String: Entry] = [:]
        for (text, isDeprecated) in [(current, false), (deprecated, true)] {
            for word in text.split(whereSeparator: \.isWhitespace) {
                found[word.lowercased()] = Entry(identifier: String(word), isDeprecated: isDeprecated)
            }
        }
        return found
    }

    /// What the list's own pages recommend instead of a deprecated identifier.
    static let replacements: [String: String] = [
        "bsd-2-clause-freebsd": "BSD-2-Clause-Views", "bsd-2-clause-netbsd": "BSD-2-Clause",
        "bzip2-1.0.5": "bzip2-1.0.6",
        "ecos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
        "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
        "gpl-2.0-with-bison-exception": "GPL-2.0-or-later WITH Bison-exception-2.2",
        "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
        "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
        "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
        "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
        "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
        "nunit": "zlib-acknowledgement", "standardml-nj": "SMLNJ",
        "wxwindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
    ]

    /// The listed versions of each licence that has several, oldest first: `gpl` has 1.0, 2.0 and 3.0.
    static let versions: [String: [LicenseVersion]] = {
        var found: [String: Set<LicenseVersion>] = [:]
        for word in licenses.split(whereSeparator: \.isWhitespace) {
            if let version = LicenseVersion(String(word)) { found[version.family, default: []].insert(version) }
        }
        return found.mapValues { $0.sorted() }
    }()
}

/// An identifier that ends in a version: of which licence, and which version.
struct LicenseVersion: Hashable, Comparable {
    /// Lower case, without the version.
    let family: String
    /// The version as written.
    let text: String
    /// Without zeros at the end: Debian's `GPL-2` is `GPL-2.0`.
    private let numbers: [Int]

    /// `GPL-2.0-only` and `GPL-2.0-or-later` are both version 2.0 of `gpl`; so is `GPL-2.0`.
    init?(_ identifier: String) {
        var name = identifier.lowercased()
        for suffix in ["-only", "-or-later"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        guard let hyphen = name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return nil }
        text = String(name[name.utf8.index(after: hyphen)...])
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        var numbers = parts.compactMap { part in
            part.allSatisfy(\.isASCIIDigit) && !part.isEmpty && part.count < 9 ? Int(Substring(part)) : nil
        }
        guard numbers.count == parts.count else { return nil }
        while numbers.last == 0 { numbers.removeLast() }
        family = String(name[..<hyphen])
        self.numbers = numbers
    }

    static func < (left: LicenseVersion, right: LicenseVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    static func == (left: LicenseVersion, right: LicenseVersion) -> Bool {
        left.family == right.family && left.numbers == right.numbers
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(family)
        hasher.combine(numbers)
    }
}
