public import Findings
import PKI

extension ReasonCode {
    public static let signingKeyMalformed = ReasonCode(
        "signing-key.malformed", .reject, .rule,
        summary: "a file given as a private key does not hold one that can be read and is consistent",
        mend: "write the key again as PKCS #8 with `openssl pkcs8 -topk8`, or make one with `landwaiter key generate`")
    public static let signingKeyTooLong = ReasonCode(
        "signing-key.too-long", .reject, .limit,
        summary: "what was given as a private key is far longer than any key",
        mend: "give the file that holds the key and nothing else")
    public static let signingKeyUnsupported = ReasonCode(
        "signing-key.unsupported", .reject, .rule,
        summary: "a private key is of a kind, or encrypted in a way, that is not supported",
        mend: "convert it with `openssl pkcs8 -topk8`, or make one with `landwaiter key generate`")
    public static let signingKeyPassphrase = ReasonCode(
        "signing-key.passphrase", .reject, .rule,
        summary: "the passphrase of a private key is missing or wrong",
        mend: "give the passphrase with which the key was encrypted")
    public static let signingKeyDerivationLimit = ReasonCode(
        "signing-key.derivation-limit", .reject, .limit,
        summary: "an encrypted private key asks for more work to open it than the limit allows",
        mend: "encrypt it again with `openssl pkcs8 -topk8`; if the file is not yours, do not use it")
    public static let signingFailed = ReasonCode(
        "signing-key.signing-failed", .undecided, .unavailable,
        summary: "nothing was signed, or a private key was not encrypted",
        mend: "give one key of a kind that the signature scheme is for")
}

extension ReasonTable {
    /// What is wrong with keys that were given to sign with.
    public static let signing = ReasonTable(
        "Signing",
        [
            .signingKeyMalformed, .signingKeyTooLong, .signingKeyUnsupported, .signingKeyPassphrase,
            .signingKeyDerivationLimit, .signingFailed,
        ])
}

extension PrivateKeyError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLong: .signingKeyTooLong
        case .notPEM, .notOneBlock, .unsupportedLabel, .publicKeyGiven, .notDER, .notANamedCurve, .invalidKey,
            .publicHalfDiffers, .keyDerivationRefused:
            .signingKeyMalformed
        case .legacyEncryption, .cosignEncryptedKey, .unsupportedAlgorithm, .unsupportedCurve, .unsupportedEncryption,
            .unsupportedSize:
            .signingKeyUnsupported
        case .publicHalf(let error): error.code
        case .passphraseNeeded, .emptyPassphrase, .wrongPassphrase: .signingKeyPassphrase
        case .keyDerivationLimit: .signingKeyDerivationLimit
        case .schemeMismatch, .signingFailed, .encryptionFailed: .signingFailed
        }
    }
}

extension DSSESigningError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .noKeys, .notOneSignature, .alreadySigned: .signingFailed
        case .key(let error): error.code
        }
    }
}
