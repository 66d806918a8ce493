/// Bytes whose size and digest matched what was asked for. Made only here; whoever holds one need not check again.
public struct VerifiedContent: Sendable, Hashable {
    public let bytes: [UInt8]
    public let digest: Digest

    /// Checks received bytes against the digest (and, where a descriptor states it, the size) they were asked by.
    ///
    /// - Throws: `ContentError.wrongSize`, `.wrongDigest`. The size is compared first: it is cheap.
    public init(_ bytes: [UInt8], digest: Digest, size: Int?) throws(ContentError) {
        if let size, size != bytes.count { throw .wrongSize(expected: size, found: bytes.count) }
        let found = Digest(of: bytes, using: digest.algorithm)
        guard found == digest else { throw .wrongDigest(expected: digest, found: found) }
        self.bytes = bytes
        self.digest = digest
    }

    /// Bytes that are named by their own digest, because nothing named them before: a file given by the caller, the
    /// manifest of a `dir:` image.
    public init(namedByOwnDigest bytes: [UInt8]) {
        self.bytes = bytes
        self.digest = Digest(of: bytes)
    }

    public static func == (a: VerifiedContent, b: VerifiedContent) -> Bool { a.digest == b.digest }
    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// How bytes contradict their descriptor.
public enum ContentError: Error, Equatable, Sendable {
    case wrongSize(expected: Int, found: Int)
    case wrongDigest(expected: Digest, found: Digest)

    public var message: String {
        switch self {
        case .wrongSize(let expected, let found): "expected \(expected) bytes, found \(found)"
        case .wrongDigest(let expected, let found): "expected bytes of digest \(expected), found \(found)"
        }
    }
}
