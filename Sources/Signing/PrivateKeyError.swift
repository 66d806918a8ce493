import Findings
public import PKI
public import StrictEncoding

/// Why bytes are not a usable private key, or why it did not sign.
public enum PrivateKeyError: Error, Equatable, Sendable {
    case tooLong(limit: Int)
    case notPEM(PEMError)
    case notOneBlock(found: Int)
    case unsupportedLabel(String)
    case publicKeyGiven
    /// Encryption by `Proc-Type` headers, RFC 1421.
    case legacyEncryption(label: String)
    case cosignEncryptedKey(label: String)

    /// Not the DER of the structure that the label promises.
    case notDER
    case unsupportedAlgorithm(oid: String)
    case unsupportedCurve(oid: String)
    case notANamedCurve
    /// The library refuses the numbers.
    case invalidKey
    /// The public key or the curve that the file states is not that of its private key.
    case publicHalfDiffers
    /// The public half would not be accepted as a public key.
    case publicHalf(PublicKeyError)

    case passphraseNeeded
    case emptyPassphrase
    case wrongPassphrase
    case unsupportedEncryption(oid: String)
    /// The file asks for more work than the limits of key derivation allow.
    case keyDerivationLimit
    case keyDerivationRefused
    case encryptionFailed

    case unsupportedSize(bits: Int)
    case schemeMismatch
    case signingFailed

    /// One line, lower case; says what to do where that is not obvious.
    public var message: String {
        switch self {
        case .tooLong(let limit): "expected a key file of at most \(limit) bytes, found a longer one"
        case .notPEM(let error): error.message
        case .notOneBlock(let found): "expected one PEM block with a private key, found \(found)"
        case .unsupportedLabel(let label): "expected a `PRIVATE KEY` block, found \(Finding.quoted(label))"
        case .publicKeyGiven: "expected a private key, found a public one"
        case .legacyEncryption(let label):
            "expected PKCS #8, found \(Finding.quoted(label)) encrypted the old way: convert it with `openssl pkcs8 -topk8`"
        case .cosignEncryptedKey(let label):
            "expected PKCS #8, found \(Finding.quoted(label)), which cosign alone can open: "
                + "give the PKCS #8 file that was imported into cosign, or generate a new key"
        case .notDER: "expected a private key as DER of PKCS #8, SEC 1 or PKCS #1, found other bytes"
        case .unsupportedAlgorithm(let oid):
            "expected an ECDSA, Ed25519 or RSA key, found key algorithm \(Finding.quoted(oid))"
        case .unsupportedCurve(let oid): "expected curve P-256, P-384 or P-521, found \(Finding.quoted(oid))"
        case .notANamedCurve: "expected the name of an elliptic curve, found explicit parameters or none"
        case .invalidKey: "expected a consistent private key, found one whose numbers do not fit"
        case .publicHalfDiffers: "expected a private key with its own public key, found another public key or curve"
        case .publicHalf(let error): error.message
        case .passphraseNeeded: "expected a passphrase for an encrypted private key, found none"
        case .emptyPassphrase: "expected a passphrase, found an empty one"
        case .wrongPassphrase: "expected the passphrase of the private key, found another"
        case .unsupportedEncryption(let oid):
            "expected PBES2 with PBKDF2 or scrypt and AES-CBC, found \(Finding.quoted(oid)): "
                + "convert it with `openssl pkcs8 -topk8`"
        case .keyDerivationLimit:
            "expected at most \(PBES2.maximumIterations) iterations of PBKDF2, or scrypt within "
                + "\(PBES2.maximumScryptByteCount >> 20) MiB, found more"
        case .keyDerivationRefused: "expected usable key derivation parameters, found others"
        case .encryptionFailed: "the private key could not be encrypted"
        case .unsupportedSize(let bits):
            "expected an RSA size of whole octets from 2048 to 8192 bits, found \(bits)"
        case .schemeMismatch: "expected a signature scheme of the key's kind, found another"
        case .signingFailed: "the private key could not sign"
        }
    }
}
