import Findings

/// Why a text is no package URL.
public enum PackageURLError: Error, Equatable, Sendable {
    /// Length in bytes.
    case tooLong(Int)
    /// Does not begin with `pkg:`.
    case scheme
    /// The type is missing or has other characters than ASCII letters, digits, `.` and `-`, or begins with no letter.
    case type(String)
    /// There is no name.
    case name
    /// A `%` without two hexadecimal digits; which component.
    case percentEncoding(PackageURL.Component)
    /// What is encoded is not UTF-8; which component.
    case invalidUTF8(PackageURL.Component)
    /// A control character stands there unencoded.
    case controlCharacter
    /// A second separator of a kind of which there can be one, `?` or `#`.
    case secondSeparator(Unicode.Scalar)
    /// A segment of namespace or subpath holds an encoded slash.
    case slashInSegment(PackageURL.Component)
    /// A key of a qualifier that is none.
    case qualifierKey(String)
    /// A key that is there twice.
    case duplicateQualifier(String)
    /// The definition of the type asks for something else.
    case departure(PackageURL.Departure)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .tooLong(let count): "expected a package URL of at most \(PackageURL.longest) bytes, found \(count)"
        case .scheme: "expected a package URL to begin with `pkg:`"
        case .type(let found): "expected a type of letters, digits, periods and dashes, found \(Finding.quoted(found))"
        case .name: "expected a name in a package URL, found none"
        case .percentEncoding(let component):
            "expected two hexadecimal digits after each percent sign in the \(component), found something else"
        case .invalidUTF8(let component): "expected UTF-8 in the \(component), found something else"
        case .controlCharacter: "expected no control characters in a package URL, found one"
        case .secondSeparator(let scalar):
            "expected at most one `\(scalar)` in a package URL, found a second; others are written in percent-encoding"
        case .slashInSegment(let component): "expected no encoded slash in a segment of the \(component), found one"
        case .qualifierKey(let key):
            "expected a qualifier's key of letters, digits, `.`, `-` and `_`, found \(Finding.quoted(key))"
        case .duplicateQualifier(let key): "expected each qualifier once, found \(Finding.quoted(key)) twice"
        case .departure(let departure): departure.message
        }
    }
}

extension PackageURL {
    /// A part of a package URL, in the words of ECMA-427.
    public enum Component: String, Sendable, Hashable, CustomStringConvertible {
        /// One of them.
        case type, namespace, name, version, qualifiers, subpath

        /// The word.
        public var description: String { rawValue }
    }

    /// How a package URL differs from the definition of its type.
    public enum Departure: Sendable, Hashable {
        /// The type has no namespaces, and there is one.
        case namespaceProhibited(type: String)
        /// The type has namespaces, and there is none.
        case namespaceRequired(type: String)
        /// The type needs this qualifier, and it is not there.
        case qualifierRequired(type: String, key: String)
        /// The type does not permit what stands in this component.
        case notPermitted(type: String, component: Component)

        /// One line for people.
        public var message: String {
            switch self {
            case .namespaceProhibited(let type): "expected no namespace in a package URL of type \(type), found one"
            case .namespaceRequired(let type): "expected a namespace in a package URL of type \(type), found none"
            case .qualifierRequired(let type, let key):
                "expected the qualifier `\(key)` in a package URL of type \(type), found none"
            case .notPermitted(let type, let component):
                "expected a \(component) that type \(type) permits, found another"
            }
        }
    }
}
