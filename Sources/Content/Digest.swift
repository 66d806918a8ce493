import Findings
import StrictEncoding

/// A content digest as OCI image-spec "Digests" writes it: `algorithm:hex`, of a registered algorithm that this
/// product can compute. Lower case only; anything else is refused, so two digests are equal when their text is.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The algorithms that are supported.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha384, sha512

        /// Those that image-spec registers and OCI content may be named by. SHA-384 is for plain files alone.
        public static let registered: [Algorithm] = [.sha256, .sha512]

        /// Length of the digest in bytes.
        public var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    public let algorithm: Algorithm
    /// Lower-case hexadecimal digits.
    public let hex: String

    /// - Throws: `DigestError` for an unknown algorithm, the wrong length, or anything but lower-case hexadecimal.
    public init(_ text: String) throws(DigestError) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .notADigest(text) }
        try self.init(algorithm: String(text[..<colon]), hex: String(text[text.utf8.index(after: colon)...]))
    }

    /// The digest of a plain file, which may be of any supported algorithm.
    ///
    /// - Throws: `DigestError` as ``init(_:)``.
    public init(ofFile text: String) throws(DigestError) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .notADigest(text) }
        try self.init(
            algorithm: String(text[..<colon]), hex: String(text[text.utf8.index(after: colon)...]),
            among: Algorithm.allCases)
    }

    /// A digest whose algorithm and hexadecimal digits come apart, as in an in-toto digest set.
    public init(algorithm name: String, hex: String) throws(DigestError) {
        try self.init(algorithm: name, hex: hex, among: Algorithm.registered)
    }

    private init(algorithm name: String, hex: String, among allowed: [Algorithm]) throws(DigestError) {
        // rawValue lookup compares Strings canonically; the names are ASCII and the input is checked to be too.
        guard name.utf8.allSatisfy({ $0 < 0x80 }), let algorithm = Algorithm(rawValue: name),
            allowed.contains(algorithm)
        else { throw .unknownAlgorithm(name) }
        guard hex.utf8.count == algorithm.byteCount * 2, hex.utf8.allSatisfy(Self.isLowerHex) else {
            throw .notADigest(name + ":" + hex)
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    /// The digest of these bytes.
    public init(of bytes: some Sequence<UInt8> & Collection, using algorithm: Algorithm = .sha256) {
        self.algorithm = algorithm
        self.hex = Self.lowerHex(Hashing.hash(bytes, using: algorithm))
    }

    /// From a finished hash.
    package init(algorithm: Algorithm, hash: [UInt8]) {
        self.algorithm = algorithm
        self.hex = Self.lowerHex(hash)
    }

    public var description: String { algorithm.rawValue + ":" + hex }

    public static func < (a: Digest, b: Digest) -> Bool {
        // As their texts: of the names of algorithms none begins another.
        a.algorithm == b.algorithm
            ? a.hex.utf8.lexicographicallyPrecedes(b.hex.utf8)
            : a.algorithm.rawValue.utf8.lexicographicallyPrecedes(b.algorithm.rawValue.utf8)
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func lowerHex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { out in
            for (i, byte) in bytes.enumerated() {
                out[2 * i] = digits[Int(byte >> 4)]
                out[2 * i + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}

/// Why a text is not a usable digest.
public enum DigestError: Error, Equatable, Sendable {
    case notADigest(String)
    case unknownAlgorithm(String)

    public var message: String {
        switch self {
        case .notADigest(let text):
            "expected a digest like `sha256:` and 64 lower-case hexadecimal digits, found \(Finding.quoted(text))"
        case .unknownAlgorithm(let name):
            "expected digest algorithm sha256 or sha512, found \(Finding.quoted(name))"
        }
    }
}
