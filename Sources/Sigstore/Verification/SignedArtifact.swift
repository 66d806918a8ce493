public import Content
public import PKI
import StrictEncoding
import TransparencyLog

/// An artifact that a signature over plain bytes may be about: an image's manifest, a file.
public struct SignedArtifact: Sendable {
    /// By which it is named.
    public let digest: Digest
    let message: SignedMessage

    /// An artifact at hand.
    public init(_ content: VerifiedContent) {
        digest = content.digest
        message = SignedMessage(content.bytes)
    }

    /// An artifact that was hashed; named by its SHA-256 digest.
    public init(_ hasher: MessageHasher) {
        message = hasher.finalize()
        digest = Digest(algorithm: .sha256, hash: LoggedHash(of: message, using: .sha256).bytes)
    }

    /// An artifact of which only the digest is known. What Ed25519 and RSA keys signed can't be verified then, nor what
    /// was signed over another hash.
    ///
    /// - Returns: nil for no digest: its digits are hexadecimal, and as many as its function gives, by construction.
    public init?(digest: Digest) {
        guard let bytes = try? Hex.decode(digest.hex), let message = SignedMessage(digest: bytes) else { return nil }
        self.digest = digest
        self.message = message
    }

    /// All its digests that are known: of an artifact that was hashed one by each function, SHA-256 first.
    public var digests: [Digest] {
        Digest.Algorithm.allCases.compactMap { algorithm in
            LoggedHash.Algorithm(rawValue: algorithm.rawValue).flatMap(hash(using:))
                .map { Digest(algorithm: algorithm, hash: $0.bytes) }
        }
    }

    /// Whether the bytes themselves are known, not only their digests.
    public var isAtHand: Bool { message.isAtHand }

    /// Nil where it is not known.
    func hash(using algorithm: LoggedHash.Algorithm) -> LoggedHash? {
        guard message.isKnownByDigestOnly else { return LoggedHash(of: message, using: algorithm) }
        let known = LoggedHash(digest)
        return known.algorithm == algorithm ? known : nil
    }

    var hashes: [LoggedHash] { LoggedHash.Algorithm.allCases.compactMap(hash(using:)) }
}
