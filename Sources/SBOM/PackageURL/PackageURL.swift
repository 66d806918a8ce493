public import StrictEncoding

/// A package URL (ECMA-427): which package of which ecosystem, and where one is named, which version of it.
///
/// A value is always in canonical form: the type's rules on letter case and characters are applied, qualifiers are
/// sorted, and ``description`` is the one text that stands for it. Two package URLs are equal when those texts are.
///
/// By default a package URL also obeys the definition of its type, as clause 5.7 demands. Documents in the wild don't
/// always; ``TypeDefinitionUse/recorded`` reads them and keeps what departs in ``departures``, so that a component that
/// is written carelessly can still be denied.
public struct PackageURL: Sendable {
    /// The ecosystem, lower case: `npm`, `deb`, `maven`.
    public let type: String
    /// Decoded segments with `/` between them: a vendor, a group, a scope. Never empty.
    public let namespace: String?
    /// Decoded. Never empty. May hold a `/`, which is encoded in the canonical form except for type `git`.
    public let name: String
    /// Decoded, opaque; ``VersionScheme`` compares. Never empty.
    public let version: String?
    /// Sorted by key, keys unique, values decoded and never empty.
    public let qualifiers: [Qualifier]
    /// Decoded segments with `/` between them, relative to the package's root. Never empty.
    public let subpath: String?
    /// What the definition of the type asks for and is not so; empty unless ``TypeDefinitionUse/recorded`` was asked.
    public let departures: [Departure]
    /// The canonical form, ASCII.
    public let description: String
    /// How many bytes of ``description`` come before version, qualifiers and subpath.
    let packageLength: Int

    /// A fact that tells packages of one name and version apart, such as an architecture.
    public struct Qualifier: Sendable, Hashable {
        /// Lower case ASCII.
        public let key: ExactString
        /// Decoded.
        public let value: ExactString
    }

    /// What the definition of a type means for a package URL that does not obey it.
    public enum TypeDefinitionUse: Sendable, Hashable {
        /// It is refused: clause 5.7 calls it invalid.
        case enforced
        /// It is read; ``PackageURL/departures`` says how it differs.
        case recorded
    }

    /// The longest text, in bytes: what RFC 9110 section 4.1 asks every recipient of URIs to support.
    public static let longest = 8_000

    /// Reads a package URL (ECMA-427 clauses 5.1 to 5.7), from the right to the left.
    ///
    /// Accepted beyond the canonical form: slashes after the scheme, upper case where case means nothing, qualifiers in
    /// any order or without a value, characters that should have been encoded, and the bare `@` of an npm scope.
    /// Refused: a second `?` or `#`, because readers disagree which one counts.
    ///
    /// - Throws: ``PackageURLError``, the first thing wrong.
    public init(_ text: String, typeDefinition: TypeDefinitionUse = .enforced) throws(PackageURLError) {
        try self.init(PackageURLParts(parsing: text), typeDefinition)
    }

    /// Builds a package URL of decoded parts. Empty parts are the same as absent ones.
    ///
    /// - Throws: ``PackageURLError``, the first thing wrong.
    public init(
        type: String, namespace: String? = nil, name: String, version: String? = nil,
        qualifiers: some Sequence<(key: String, value: String)> = [:] as [String: String], subpath: String? = nil,
        typeDefinition: TypeDefinitionUse = .enforced
    ) throws(PackageURLError) {
        let parts = PackageURLParts(
            type: type, namespace: PackageURLParts.segments(namespace ?? ""), name: name, version: version,
            qualifiers: qualifiers.map { ($0.key, $0.value) }, subpath: PackageURLParts.segments(subpath ?? ""))
        try self.init(parts, typeDefinition)
    }

    private init(_ given: PackageURLParts, _ use: TypeDefinitionUse) throws(PackageURLError) {
        var parts = given
        try parts.validate()
        let departures = PackageTypeDefinition.apply(to: &parts)
        if use == .enforced, let first = departures.first { throw .departure(first) }
        self.departures = departures
        type = parts.type
        namespace = parts.namespace.isEmpty ? nil : parts.namespace.joined(separator: "/")
        name = parts.name
        version = parts.version
        qualifiers = parts.qualifiers.map { Qualifier(key: ExactString($0.key), value: ExactString($0.value)) }
        subpath = parts.subpath.isEmpty ? nil : parts.subpath.joined(separator: "/")
        (description, packageLength) = parts.canonical()
        guard description.utf8.count <= Self.longest else { throw .tooLong(description.utf8.count) }
    }

    /// The canonical form without version, qualifiers and subpath: what all versions of a package have in common.
    public var package: Substring { description.prefix(packageLength) }

    /// The value of a qualifier; nil if there is none.
    public func qualifier(_ key: String) -> String? {
        qualifiers.first { $0.key == ExactString(key) }?.value.value
    }

    /// Whether what is said of this package URL holds for `other`: the same package; the same version and subpath if
    /// this one names any; and every qualifier of this one is also one of the other's.
    ///
    /// So a package URL without a version covers all versions. This is how VEX documents name products.
    public func covers(_ other: PackageURL) -> Bool {
        guard package.utf8.elementsEqual(other.package.utf8) else { return false }
        if let version, !version.utf8.elementsEqual((other.version ?? "").utf8) { return false }
        if let subpath, !subpath.utf8.elementsEqual((other.subpath ?? "").utf8) { return false }
        return qualifiers.allSatisfy { other.qualifiers.contains($0) }
    }
}

// The canonical form is ASCII, so that comparing strings is comparing bytes.
extension PackageURL: Hashable, Comparable, CustomStringConvertible {
    /// Whether the canonical forms are the same.
    public static func == (left: PackageURL, right: PackageURL) -> Bool { left.description == right.description }
    /// By the bytes of the canonical forms.
    public static func < (left: PackageURL, right: PackageURL) -> Bool { left.description < right.description }
    /// Feeds the canonical form.
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
