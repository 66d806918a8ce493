import Findings
import StrictEncoding

/// Which packages are meant: a package URL without version, in which `*` and `**` are wildcards.
///
/// `pkg:npm/left-pad`, `pkg:maven/org.apache.logging.log4j/*`, `pkg:golang/github.com/example/**`, `pkg:*/log4j*`:
/// - `*` stands for any number of characters of the type, of a segment of the namespace, or of the name; a part that is
///   nothing but `*` wants at least one. It never crosses a `/`.
/// - `**` as a whole segment stands for any number of segments, also none. A type can't be `**`.
/// - Everything else stands for itself, decoded, in the form that the type calls canonical: `pkg:pypi/Foo_Bar` means
///   `pkg:pypi/foo-bar`. A star itself is written `%2A`.
///
/// Versions are a matter of ``VersionRange``, so a pattern has none. Match many patterns with
/// ``PackageURLPatternIndex``.
public struct PackageURLPattern: Sendable, CustomStringConvertible {
    /// The pattern as written.
    public let description: String
    /// Type first, then segments of the namespace, then the name.
    let components: [Component]

    /// Most `*` in one pattern, `**` counted as two.
    public static let mostWildcards = 64

    /// - Throws: ``PackageURLPatternError``.
    public init(_ pattern: String) throws(PackageURLPatternError) {
        guard pattern.utf8.count <= PackageURL.longest else { throw .tooLong(pattern.utf8.count) }
        let bytes = Array(pattern.utf8)
        guard bytes.starts(with: "pkg:".utf8) else { throw .scheme }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .encoding }
        let stars = bytes.count { $0 == UInt8(ascii: "*") }
        guard stars <= Self.mostWildcards else { throw .tooManyWildcards(stars) }
        let parts = bytes.dropFirst(4).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let type = parts.first, parts.count >= 2, !parts.contains(where: \.isEmpty) else { throw .incomplete }
        for (index, part) in parts.enumerated() {
            guard !part.contains(UInt8(ascii: "?")), !part.contains(UInt8(ascii: "#")) else { throw .notAPackage }
            // The `@` of a scope may stand bare, as in package URLs.
            let tail = index == 1 && parts.count > 2 ? part.dropFirst() : part
            guard !tail.contains(UInt8(ascii: "@")) else { throw .notAPackage }
        }
        guard type.allSatisfy({ $0.isASCIIAlphanumeric || "*-.".utf8.contains($0) }) else { throw .type }
        let typeName = String(decoding: type, as: UTF8.self).lowercased()
        var components = [try Component(Array(typeName.utf8)[...]) { $0 }]
        guard components != [.anyComponents] else { throw .type }
        for (index, part) in parts.enumerated().dropFirst() {
            let isName = index == parts.count - 1
            components.append(
                try Component(part) {
                    PackageTypeDefinition.normalize($0, isName ? .name : .namespace, type: typeName)
                })
        }
        self.components = components
        description = pattern
    }

    /// Whether the package is meant.
    public func matches(_ package: PackageURL) -> Bool {
        !PackageURLPatternIndex([self]).matches(package).isEmpty
    }

    /// Without wildcards.
    public var isLiteral: Bool { components.allSatisfy { if case .literal = $0 { true } else { false } } }

    /// What every package URL that is meant departs from the definition of its type in; nil where one need not, and for a
    /// type that is a pattern or not registered.
    public var departure: PackageURL.Departure? {
        guard case .literal(let type)? = components.first,
            let definition = PackageTypeDefinition.registered[type.value]
        else { return nil }
        // Segments that are there in every match; the last of all is the name.
        let segments = components.dropFirst().count { $0 != .anyComponents }
        let isOpen = segments < components.count - 1
        switch definition.namespace {
        // The modules of Go's own distribution have none, against their type's definition: `pkg:golang/stdlib`.
        case .required where segments < 2 && !isOpen && type != "golang": return .namespaceRequired(type: type.value)
        case .prohibited where segments > 1: return .namespaceProhibited(type: type.value)
        default: return nil
        }
    }

    enum Component: Sendable, Hashable {
        case literal(ExactString)
        /// The texts between the stars, the first before the first star, the last behind the last.
        case glob([ExactString])
        case anyComponents

        init(
            _ encoded: ArraySlice<UInt8>, normalized: (String) -> String
        ) throws(PackageURLPatternError) {
            if encoded.elementsEqual("**".utf8) {
                self = .anyComponents
                return
            }
            var pieces: [ExactString] = []
            for piece in encoded.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false) {
                guard let bytes = PercentEncoding.decode(piece),
                    let text = String(validating: bytes, as: UTF8.self)
                else { throw .encoding }
                pieces.append(ExactString(normalized(text)))
            }
            guard !pieces.dropFirst().dropLast().contains("") else { throw .partialDoubleStar }
            self = pieces.count == 1 ? .literal(pieces[0]) : .glob(pieces)
        }

        /// Whether the pieces account for all of the text: the outer ones at its ends, the others one after the other.
        /// Taking each as early as possible leaves most for the rest, so nothing has to be tried again.
        static func matches(_ pieces: [[UInt8]], _ text: ArraySlice<UInt8>) -> Bool {
            guard let first = pieces.first, let last = pieces.last else { return false }
            var start = text.startIndex + first.count
            let end = text.endIndex - last.count
            guard start <= end, text.starts(with: first), text[end...].elementsEqual(last) else { return false }
            for wanted in pieces.dropFirst().dropLast() {
                while start + wanted.count <= end, !text[start...].starts(with: wanted) { start += 1 }
                guard start + wanted.count <= end else { return false }
                start += wanted.count
            }
            return !text.isEmpty
        }
    }
}

extension PackageURLPattern: Hashable {
    /// Whether they mean the same packages in the same words.
    public static func == (left: PackageURLPattern, right: PackageURLPattern) -> Bool {
        left.components == right.components
    }
    /// Feeds what is compared.
    public func hash(into hasher: inout Hasher) { hasher.combine(components) }
}

/// Why a text is no pattern of package URLs.
public enum PackageURLPatternError: Error, Equatable, Sendable {
    /// Length in bytes.
    case tooLong(Int)
    /// Does not begin with `pkg:`.
    case scheme
    /// There is no name, or a part of the path is empty.
    case incomplete
    /// The type has characters that types don't have, or is `**`.
    case type
    /// A version, qualifiers or a subpath.
    case notAPackage
    /// How many there are.
    case tooManyWildcards(Int)
    /// `**` beside other characters of one segment.
    case partialDoubleStar
    /// Not percent-encoded UTF-8, or a control character.
    case encoding

    /// One line for people.
    public var message: String {
        switch self {
        case .tooLong(let count): "expected a pattern of at most \(PackageURL.longest) bytes, found \(count)"
        case .scheme: "expected a pattern of package URLs to begin with `pkg:`"
        case .incomplete: "expected `pkg:`, a type, and a name between single slashes"
        case .type: "expected a type of letters, digits, periods, dashes and stars"
        case .notAPackage:
            "expected a pattern without version, qualifiers and subpath; versions are given beside it, an `@` is `%40`"
        case .tooManyWildcards(let count):
            "expected at most \(PackageURLPattern.mostWildcards) wildcards, found \(count)"
        case .partialDoubleStar: "expected `**` to be a whole segment between slashes"
        case .encoding: "expected percent-encoded UTF-8, found something else"
        }
    }
}
