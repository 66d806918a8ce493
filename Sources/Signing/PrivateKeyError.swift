import Findings
public import PKI
public import StrictEncoding

/// Why bytes are not a usable private key, or why it did not sign.
public enum PrivateKeyError: Error, Equatable, Sendable {
    /// More bytes than any key has.
    case tooLong(limit: Int)
    /// The file is not PEM as RFC 7468 has it.
    case notPEM(PEMError)
    /// A file without a PEM block, or with several.
    case notOneBlock(found: Int)
    /// A PEM block that is no private key.
    case unsupportedLabel(String)
    /// The public half alone.
    case publicKeyGiven
    /// Encryption by `Proc-Type` headers, RFC 1421.
    case legacyEncryption(label: String)
    /// cosign's own form of encryption: NaCl's secretbox in JSON.
    case cosignEncryptedKey(label: String)

    /// Not the DER of the structure that the label promises.
    case notDER
    /// A key of another algorithm.
    case unsupportedAlgorithm(oid: String)
    /// An elliptic curve other than P-256, P-384 and P-521.
    case unsupportedCurve(oid: String)
    /// Explicit or missing parameters where the name of a curve belongs.
    case notANamedCurve
    /// Numbers that are out of range or do not fit each other.
    case invalidKey
    /// The public key or the curve that the file states is not that of its private key.
    case publicHalfDiffers
    /// The public half would not be accepted as a public key.
    case publicHalf(PublicKeyError)

    /// The key is encrypted and no passphrase was given.
    case passphraseNeeded
    /// A passphrase of no bytes.
    case emptyPassphrase
    /// What came out of the decryption is no key.
    case wrongPassphrase
    /// Another scheme, derivation, hash or cipher than those of PBES2 that are supported.
    case unsupportedEncryption(oid: String)
    /// The file asks for more work than the limits of key derivation allow.
    case keyDerivationLimit
    /// The library takes the derivation's parameters for nonsense.
    case keyDerivationRefused
    /// The library did not encrypt.
    case encryptionFailed

    /// An RSA size that is not generated.
    case unsupportedSize(bits: Int)
    /// A signature scheme of another kind of key.
    case schemeMismatch
    /// The library did not sign.
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
