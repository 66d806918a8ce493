import Crypto
import CryptoExtras
import FoundationEssentials
public import PKI

/// A private key that signs, with its public half.
///
/// The secret is handled by the cryptographic library; it is never printed, compared or hashed here.
public struct PrivateKey: Sendable {
    /// The public half, through the same checks as a key that comes from a file.
    public let publicKey: PublicKey
    let secret: Secret

    /// A new key from the system's random source.
    ///
    /// - Throws: `PrivateKeyError.unsupportedSize` for RSA outside 2048 to 8192 bits or not of whole octets.
    public static func generate(_ kind: PublicKey.Kind) throws(PrivateKeyError) -> PrivateKey {
        switch kind {
        case .ecdsaP256: return try PrivateKey(.p256(P256.Signing.PrivateKey()))
        case .ecdsaP384: return try PrivateKey(.p384(P384.Signing.PrivateKey()))
        case .ecdsaP521: return try PrivateKey(.p521(P521.Signing.PrivateKey()))
        case .ed25519: return try PrivateKey(.ed25519(Curve25519.Signing.PrivateKey()))
        case .rsa(let bits):
            guard RSAPublicKeyValue.bitCounts.contains(bits), bits.isMultiple(of: 8),
                let key = try? _RSA.Signing.PrivateKey(keySize: _RSA.Signing.KeySize(bitCount: bits))
            else { throw .unsupportedSize(bits: bits) }
            return try PrivateKey(.rsa(key))
        }
    }

    /// - Throws: `PrivateKeyError.publicHalf` when the public half would not be accepted as a public key.
    init(_ secret: Secret) throws(PrivateKeyError) {
        do {
            publicKey = try PublicKey(subjectPublicKeyInfo: secret.subjectPublicKeyInfo)
        } catch {
            throw .publicHalf(error)
        }
        self.secret = secret
    }

    /// A signature over `message`: ECDSA in DER, RSA as long as the modulus, Ed25519 64 octets.
    ///
    /// ECDSA and RSA-PSS are randomised: two signatures over one message differ.
    ///
    /// - Parameter scheme: the first of `SignatureScheme.defaults(for:)` when nil.
    /// - Throws: `PrivateKeyError.schemeMismatch` for a scheme of another kind of key.
    public func sign(_ message: SignedMessage, scheme: SignatureScheme? = nil) throws(PrivateKeyError) -> [UInt8] {
        guard let scheme = scheme ?? SignatureScheme.defaults(for: publicKey.kind).first else { throw .schemeMismatch }
        do {
            return switch scheme {
            case .ecdsaSHA256: try secret.signECDSA(message.sha256)
            case .ecdsaSHA384: try secret.signECDSA(message.sha384)
            case .ecdsaSHA512: try secret.signECDSA(message.sha512)
            case .ed25519: try secret.signEd25519(message.joined)
            case .rsaPKCS1SHA256: try secret.signRSA(message.sha256, padding: .insecurePKCS1v1_5)
            case .rsaPKCS1SHA384: try secret.signRSA(message.sha384, padding: .insecurePKCS1v1_5)
            case .rsaPKCS1SHA512: try secret.signRSA(message.sha512, padding: .insecurePKCS1v1_5)
            case .rsaPSSSHA256: try secret.signRSA(message.sha256, padding: .PSS)
            case .rsaPSSSHA384: try secret.signRSA(message.sha384, padding: .PSS)
            case .rsaPSSSHA512: try secret.signRSA(message.sha512, padding: .PSS)
            }
        } catch let error as PrivateKeyError {
            throw error
        } catch {
            throw .signingFailed
        }
    }

    /// The same over bytes that are used once.
    public func sign(_ message: [UInt8], scheme: SignatureScheme? = nil) throws(PrivateKeyError) -> [UInt8] {
        try sign(SignedMessage(message), scheme: scheme)
    }
}

/// The parsed key of the cryptographic library.
enum Secret: Sendable {
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)

    /// DER of the public half.
    var subjectPublicKeyInfo: [UInt8] {
        switch self {
        case .p256(let key): Array(key.publicKey.derRepresentation)
        case .p384(let key): Array(key.publicKey.derRepresentation)
        case .p521(let key): Array(key.publicKey.derRepresentation)
        case .ed25519(let key): Array(key.publicKey.derRepresentation)
        case .rsa(let key): Array(key.publicKey.derRepresentation)
        }
    }

    /// DER of a PKCS #8 `PrivateKeyInfo`, RFC 5208 section 5.
    var pkcs8: [UInt8] {
        switch self {
        case .p256(let key): Array(key.derRepresentation)
        case .p384(let key): Array(key.derRepresentation)
        case .p521(let key): Array(key.derRepresentation)
        case .ed25519(let key): Array(key.derRepresentation)
        case .rsa(let key): Array(key.pkcs8DERRepresentation)
        }
    }

    func signECDSA(_ digest: some Digest) throws -> [UInt8] {
        switch self {
        case .p256(let key): Array(try key.signature(for: digest).derRepresentation)
        case .p384(let key): Array(try key.signature(for: digest).derRepresentation)
        case .p521(let key): Array(try key.signature(for: digest).derRepresentation)
        case .ed25519, .rsa: throw PrivateKeyError.schemeMismatch
        }
    }

    func signEd25519(_ message: ArraySlice<UInt8>) throws -> [UInt8] {
        guard case .ed25519(let key) = self else { throw PrivateKeyError.schemeMismatch }
        return Array(try key.signature(for: message))
    }

    func signRSA(_ digest: some Digest, padding: _RSA.Signing.Padding) throws -> [UInt8] {
        guard case .rsa(let key) = self else { throw PrivateKeyError.schemeMismatch }
        return Array(try key.signature(for: digest, padding: padding).rawRepresentation)
    }
}
