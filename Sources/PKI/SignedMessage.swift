package import Crypto
import Synchronization

/// The bytes that a signature covers, in parts that lie one after the other.
///
/// Trying many keys and schemes on one message hashes it at most once per hash function, and a header and a large body
/// need not be copied together (Ed25519 alone needs that: it reads the message twice).
///
/// A class, because the hash that one verification computes is there for the next, on whichever thread.
public final class SignedMessage: Sendable {
    private let parts: [ArraySlice<UInt8>]
    /// Set for a message of which nothing but a digest is known.
    let knownDigest: KnownDigest?
    /// Whether nobody has the message itself.
    package var isKnownByDigestOnly: Bool { knownDigest != nil }
    /// Whether the message itself is at hand, not only hashes of it: Ed25519 signatures need it.
    package let isAtHand: Bool
    private let hashes: Mutex<Hashes>

    private struct Hashes {
        var sha256: SHA256Digest?
        var sha384: SHA384Digest?
        var sha512: SHA512Digest?
    }

    /// The message that is the concatenation of `parts`.
    public init(parts: [ArraySlice<UInt8>]) {
        self.parts = parts
        knownDigest = nil
        isAtHand = true
        hashes = Mutex(Hashes())
    }

    /// A message that was hashed piece by piece.
    ///
    /// - Parameter bytes: the whole message; nil where it was not kept.
    fileprivate init(sha256: SHA256Digest, sha384: SHA384Digest, sha512: SHA512Digest, bytes: [UInt8]?) {
        parts = bytes.map { [$0[...]] } ?? []
        knownDigest = nil
        isAtHand = bytes != nil
        hashes = Mutex(Hashes(sha256: sha256, sha384: sha384, sha512: sha512))
    }

    /// A message that nobody has at hand, by its digest. Only ECDSA signatures over this very hash can be verified: Ed25519
    /// reads the message itself, and the library's RSA takes no digest that it has not computed.
    ///
    /// - Returns: nil unless there are as many bytes as SHA-256, SHA-384 or SHA-512 give.
    public init?(digest bytes: [UInt8]) {
        guard let digest = KnownDigest(bytes) else { return nil }
        parts = []
        knownDigest = digest
        isAtHand = false
        hashes = Mutex(Hashes())
    }

    /// A message in one piece.
    public convenience init(_ bytes: [UInt8]) { self.init(parts: [bytes[...]]) }
    /// A message in one piece.
    public convenience init(_ bytes: ArraySlice<UInt8>) { self.init(parts: [bytes]) }
}

extension SignedMessage {
    package var sha256: SHA256Digest {
        hashes.withLock { remembered(&$0.sha256, SHA256.self) }
    }
    package var sha384: SHA384Digest {
        hashes.withLock { remembered(&$0.sha384, SHA384.self) }
    }
    package var sha512: SHA512Digest {
        hashes.withLock { remembered(&$0.sha512, SHA512.self) }
    }

    /// The message in one piece; copied unless it has one part.
    package var joined: ArraySlice<UInt8> {
        if let only = parts.first, parts.count == 1 { return only }
        var whole: [UInt8] = []
        whole.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { whole += part }
        return whole[...]
    }

    /// Runs under the lock: a second thread that wants the same hash waits for it rather than computing it too.
    private func remembered<H: HashFunction>(_ slot: inout H.Digest?, _ function: H.Type) -> H.Digest {
        if let slot { return slot }
        var state = H()
        for part in parts {
            part.withUnsafeBytes { state.update(bufferPointer: $0) }
        }
        let digest = state.finalize()
        slot = digest
        return digest
    }
}

/// Takes a message piece by piece and hashes it by all three functions at once, so that a file of any size can be verified
/// without having it in memory.
public struct MessageHasher: Sendable {
    private var sha256 = SHA256()
    private var sha384 = SHA384()
    private var sha512 = SHA512()
    private let longestKept: Int
    /// Nil once the message is longer than what is kept.
    private var kept: [UInt8]? = []
    /// Bytes so far.
    public private(set) var byteCount = 0

    /// - Parameter longestKept: a message of at most this many bytes is kept, because Ed25519 reads it twice. Of a longer
    ///   one only the hashes are known, and what Ed25519 keys signed can't be verified.
    public init(keepingUpTo longestKept: Int) { self.longestKept = longestKept }

    /// The next piece.
    public mutating func update(_ piece: UnsafeRawBufferPointer) {
        sha256.update(bufferPointer: piece)
        sha384.update(bufferPointer: piece)
        sha512.update(bufferPointer: piece)
        byteCount += piece.count
        if byteCount <= longestKept { kept?.append(contentsOf: piece) } else { kept = nil }
    }

    /// The message that the pieces make.
    public func finalize() -> SignedMessage {
        SignedMessage(
            sha256: sha256.finalize(), sha384: sha384.finalize(), sha512: sha512.finalize(), bytes: kept)
    }
}
