import Findings

/// A version in the notation of its ecosystem, read once and compared by that ecosystem's own rules.
///
/// Two texts can be one version (`1.0` and `1.0.0` to Maven), so versions are compared with ``order(against:)`` and
/// never as text.
public struct Version: Sendable, CustomStringConvertible {
    /// Whose rules apply.
    public let scheme: VersionScheme
    /// As written.
    public let description: String
    let form: any VersionForm

    /// The longest version, in bytes. The longest in the advisories of the ecosystems have under 100.
    public static let longest = 1_024

    /// Reads a version.
    ///
    /// - Throws: ``VersionError`` if the scheme has no such versions.
    public init(_ text: String, scheme: VersionScheme) throws(VersionError) {
        guard text.utf8.count <= Self.longest else { throw .tooLong(text.utf8.count) }
        guard !text.isEmpty, let form = scheme.form.init(Array(text.utf8)) else { throw .malformed(text, scheme) }
        self.scheme = scheme
        self.form = form
        description = text
    }

    /// How this version stands to another of the same scheme; nil if the schemes differ, because then there is no
    /// answer.
    public func order(against other: Version) -> VersionOrder? {
        scheme == other.scheme ? form.orderOfSame(other.form) : nil
    }
}

/// How one version stands to another.
public enum VersionOrder: Int, Sendable, Hashable {
    /// The first is the older one.
    case less = -1
    /// To the ecosystem they are one version.
    case equal = 0
    /// The first is the newer one.
    case greater = 1

    var reversed: VersionOrder {
        switch self {
        case .less: .greater
        case .equal: .equal
        case .greater: .less
        }
    }

    static func of<Value: Comparable>(_ left: Value, _ right: Value) -> VersionOrder {
        left < right ? .less : left > right ? .greater : .equal
    }

    /// This order, or the next one where this one does not tell the two apart.
    func or(_ next: @autoclosure () -> VersionOrder) -> VersionOrder { self == .equal ? next() : self }
}

/// Why a text is no version.
public enum VersionError: Error, Equatable, Sendable {
    /// Length in bytes.
    case tooLong(Int)
    /// The scheme has no such versions.
    case malformed(String, VersionScheme)

    /// One line for people; what was found is escaped.
    public var message: String {
        switch self {
        case .tooLong(let count): "expected a version of at most \(Version.longest) bytes, found \(count)"
        case .malformed(let text, let scheme):
            "expected a version of scheme \(scheme.rawValue), found \(Finding.quoted(text))"
        }
    }
}

/// A version as its scheme takes it apart. Each scheme has its own, in its own file, with the rules it follows.
protocol VersionForm: Sendable {
    /// Nil if the scheme has no such versions. The text is not empty and not longer than ``Version/longest``.
    init?(_ text: [UInt8])

    static func order(_ left: Self, _ right: Self) -> VersionOrder
}

extension VersionForm {
    fileprivate func orderOfSame(_ other: any VersionForm) -> VersionOrder? {
        (other as? Self).map { Self.order(self, $0) }
    }
}
