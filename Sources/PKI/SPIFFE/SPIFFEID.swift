public import StrictEncoding

/// Who a workload is: a trust domain and a path in it (SPIFFE-ID section 2), in the one spelling that is accepted.
///
/// Scheme and trust domain are case-insensitive by section 2.4 and lower case by section 2.1. Only lower case is taken, so
/// that one identity has one text and is compared by its bytes.
public struct SPIFFEID: Sendable, Hashable, CustomStringConvertible {
    public let trustDomain: SPIFFETrustDomain
    /// Empty, or with a slash before each segment. The path is case-sensitive.
    public let path: ExactString

    /// - Throws: `SPIFFEIDError` for a text that is no SPIFFE ID; nothing is decoded or normalised.
    public init(_ text: String) throws(SPIFFEIDError) {
        guard text.utf8.count <= Self.maximumByteCount else { throw .tooLong(limit: Self.maximumByteCount) }
        let bytes = Array(text.utf8)
        guard bytes.starts(with: Self.scheme) else { throw .notSPIFFE }
        let rest = bytes[Self.scheme.count...]
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        trustDomain = try SPIFFETrustDomain(bytes: rest[..<slash])
        path = try Self.path(rest[slash...])
    }

    /// `spiffe://` with trust domain and path.
    public var description: String { "spiffe://\(trustDomain.name)\(path)" }

    /// Section 2.3: what implementations have to support, and what nobody is to exceed.
    static let maximumByteCount = 2048
    private static let scheme = Array("spiffe://".utf8)

    /// Section 2.2.
    private static func path(_ bytes: ArraySlice<UInt8>) throws(SPIFFEIDError) -> ExactString {
        guard !bytes.isEmpty else { return "" }
        for segment in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !segment.isEmpty else { throw .emptySegment }
            guard segment.allSatisfy(isPathCharacter) else { throw .pathCharacter }
            guard !segment.elementsEqual(".".utf8), !segment.elementsEqual("..".utf8) else { throw .relativeSegment }
        }
        return ExactString(String(decoding: bytes, as: UTF8.self))
    }

    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        SPIFFETrustDomain.isCharacter(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}

/// The name of a trust domain (SPIFFE-ID section 2.1): an authority of its own, whose keys vouch for nobody else.
public struct SPIFFETrustDomain: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let name: ExactString

    /// - Parameter name: without the scheme, like `example.org`.
    /// - Throws: `SPIFFEIDError`; a name in upper case, with a port or with a user is refused.
    public init(_ name: String) throws(SPIFFEIDError) { try self.init(bytes: Array(name.utf8)[...]) }

    fileprivate init(bytes: ArraySlice<UInt8>) throws(SPIFFEIDError) {
        guard !bytes.isEmpty else { throw .noTrustDomain }
        guard bytes.count <= Self.maximumByteCount else { throw .tooLong(limit: Self.maximumByteCount) }
        guard bytes.allSatisfy(Self.isCharacter) else { throw .trustDomainCharacter }
        name = ExactString(String(decoding: bytes, as: UTF8.self))
    }

    public var description: String { name.value }
    public static func < (a: SPIFFETrustDomain, b: SPIFFETrustDomain) -> Bool { a.name < b.name }

    /// Section 2.3.
    static let maximumByteCount = 255

    fileprivate static func isCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Why a text is no SPIFFE ID, or no name of a trust domain.
public enum SPIFFEIDError: Error, Equatable, Sendable {
    /// More bytes than section 2.3 allows.
    case tooLong(limit: Int)
    /// It does not begin with `spiffe://`, in lower case.
    case notSPIFFE
    case noTrustDomain
    /// Something but `a` to `z`, `0` to `9`, `.`, `-` and `_`: upper case, a user, a port, a query, an escape.
    case trustDomainCharacter
    /// Two slashes side by side, or one at the end.
    case emptySegment
    /// `.` or `..`, which some readers would resolve.
    case relativeSegment
    /// Something but letters, digits, `.`, `-` and `_`: an escape, a query, a fragment.
    case pathCharacter

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLong(let limit): "expected a SPIFFE ID or trust domain of at most \(limit) bytes, found more"
        case .notSPIFFE: "expected a SPIFFE ID, found another scheme"
        case .noTrustDomain: "expected the name of a trust domain, found none"
        case .trustDomainCharacter:
            "expected a trust domain of lower-case letters, digits, `.`, `-` and `_`, found another character"
        case .emptySegment: "expected a path without empty segments, found one"
        case .relativeSegment: "expected a path without `.` and `..`, found one of them"
        case .pathCharacter: "expected a path of letters, digits, `.`, `-` and `_`, found another character"
        }
    }
}
