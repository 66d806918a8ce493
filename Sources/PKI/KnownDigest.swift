import Crypto

/// A digest that was given, not computed, of one of the three functions.
enum KnownDigest: Sendable {
    case sha256(GivenDigest<SHA256>)
    case sha384(GivenDigest<SHA384>)
    case sha512(GivenDigest<SHA512>)

    /// Tells the function by the length of what it gives.
    init?(_ bytes: [UInt8]) {
        switch bytes.count {
        case SHA256.Digest.byteCount: self = .sha256(GivenDigest(bytes: bytes))
        case SHA384.Digest.byteCount: self = .sha384(GivenDigest(bytes: bytes))
        case SHA512.Digest.byteCount: self = .sha512(GivenDigest(bytes: bytes))
        default: return nil
        }
    }
}

/// As the cryptographic library wants a digest; its own types are made by hashing only.
struct GivenDigest<Function: HashFunction>: Crypto.Digest {
    static var byteCount: Int { Function.Digest.byteCount }
    fileprivate let bytes: [UInt8]

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    static func == (a: GivenDigest, b: GivenDigest) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
    var description: String { "\(Self.byteCount) given bytes" }
}

extension PublicKey {
    /// Whether the signature is over the message with this digest. False for every scheme but ECDSA, and for another
    /// hash function than the digest's.
    func isValid(
        _ signature: [UInt8], overDigest digest: KnownDigest, scheme: SignatureScheme, encoding: ECDSAEncoding
    ) -> Bool {
        switch (scheme, digest) {
        case (.ecdsaSHA256, .sha256(let digest)): verifier.isValidECDSA(signature, for: digest, encoding: encoding)
        case (.ecdsaSHA384, .sha384(let digest)): verifier.isValidECDSA(signature, for: digest, encoding: encoding)
        case (.ecdsaSHA512, .sha512(let digest)): verifier.isValidECDSA(signature, for: digest, encoding: encoding)
        default: false
        }
    }
}
