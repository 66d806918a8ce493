import Crypto

/// The one place that computes content digests.
package enum Hashing {
    package static func hash(_ bytes: some Sequence<UInt8> & Collection, using algorithm: Digest.Algorithm) -> [UInt8] {
        let hashed: [UInt8]? = bytes.withContiguousStorageIfAvailable { buffer in
            switch algorithm {
            case .sha256: Array(SHA256.hash(data: UnsafeRawBufferPointer(buffer)))
            case .sha384: Array(SHA384.hash(data: UnsafeRawBufferPointer(buffer)))
            case .sha512: Array(SHA512.hash(data: UnsafeRawBufferPointer(buffer)))
            }
        }
        return hashed ?? hash(Array(bytes), using: algorithm)
    }
}

/// Hashes a stream piece by piece.
package struct StreamingDigest {
    private enum State {
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
    }
    private var state: State
    private let algorithm: Digest.Algorithm

    package init(_ algorithm: Digest.Algorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .sha256: .sha256(SHA256())
            case .sha384: .sha384(SHA384())
            case .sha512: .sha512(SHA512())
            }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .sha384(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha384(hash)
        case .sha512(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha512(hash)
        }
    }

    package func finalize() -> Digest {
        switch state {
        case .sha256(let hash): Digest(algorithm: .sha256, hash: Array(hash.finalize()))
        case .sha384(let hash): Digest(algorithm: .sha384, hash: Array(hash.finalize()))
        case .sha512(let hash): Digest(algorithm: .sha512, hash: Array(hash.finalize()))
        }
    }
}
