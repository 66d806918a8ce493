public import Content
import Crypto
public import PKI
import StrictEncoding

/// A hash with the name of its function, compared as bytes.
public struct LoggedHash: Sendable, Hashable {
    public let algorithm: Algorithm
    /// As many as the function gives.
    public let bytes: [UInt8]

    /// The functions that entries use.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha384, sha512

        public var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    /// - Returns: nil if the function gives hashes of another length.
    public init?(_ algorithm: Algorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// The hash of a message.
    public init(of message: SignedMessage, using algorithm: Algorithm) {
        self.algorithm = algorithm
        bytes =
            switch algorithm {
            case .sha256: Array(message.sha256)
            case .sha384: Array(message.sha384)
            case .sha512: Array(message.sha512)
            }
    }

    /// A digest by which an artifact was named.
    public init(_ digest: Content.Digest) {
        switch digest.algorithm {
        case .sha256: algorithm = .sha256
        case .sha384: algorithm = .sha384
        case .sha512: algorithm = .sha512
        }
        // A digest's digits are hexadecimal by construction.
        bytes = (try? Hex.decode(digest.hex)) ?? []
    }
}
