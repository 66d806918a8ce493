/// An algorithm that SPDX or CycloneDX knows for the hash of a component.
///
/// Most are there to be told, not to be relied on; ``isCollisionResistant`` says which.
public enum HashAlgorithm: UInt8, Sendable, Hashable, CaseIterable {
    case md2, md4, md5, md6, sha1, sha224, sha256, sha384, sha512
    case sha3_224, sha3_256, sha3_384, sha3_512
    case blake2b256, blake2b384, blake2b512, blake3, streebog256, streebog512
    case adler32, crystalsKyber, crystalsDilithium, falcon, other

    /// Lower case, as in digests: `sha256`, `sha3-256`, `blake2b-256`.
    public var name: String {
        switch self {
        case .md2: "md2"
        case .md4: "md4"
        case .md5: "md5"
        case .md6: "md6"
        case .sha1: "sha1"
        case .sha224: "sha224"
        case .sha256: "sha256"
        case .sha384: "sha384"
        case .sha512: "sha512"
        case .sha3_224: "sha3-224"
        case .sha3_256: "sha3-256"
        case .sha3_384: "sha3-384"
        case .sha3_512: "sha3-512"
        case .blake2b256: "blake2b-256"
        case .blake2b384: "blake2b-384"
        case .blake2b512: "blake2b-512"
        case .blake3: "blake3"
        case .streebog256: "streebog-256"
        case .streebog512: "streebog-512"
        case .adler32: "adler32"
        case .crystalsKyber: "crystals-kyber"
        case .crystalsDilithium: "crystals-dilithium"
        case .falcon: "falcon"
        case .other: "other"
        }
    }

    /// Whether two contents of one hash are practically impossible to make.
    public var isCollisionResistant: Bool {
        switch self {
        case .sha256, .sha384, .sha512, .sha3_256, .sha3_384, .sha3_512, .blake2b256, .blake2b384, .blake2b512, .blake3:
            true
        default: false
        }
    }
}
