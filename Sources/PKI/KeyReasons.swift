public import Findings

extension ReasonCode {
    public static let keyMalformed = ReasonCode(
        "key.malformed", .reject, .rule,
        summary: "a file given as a public key does not hold one in its canonical encoding",
        mend: "write the key again as one `PUBLIC KEY` PEM block, as `openssl pkey -pubin -pubout` does")
    public static let keyTooLong = ReasonCode(
        "key.too-long", .reject, .limit,
        summary: "what was given as a public key is far longer than any key",
        mend: "give the key and nothing else")
    public static let keyPrivateGiven = ReasonCode(
        "key.private-key-given", .reject, .rule,
        summary: "a private key was given where a public key is expected",
        mend: "give the public half, and consider whether the private key has been where it should not be")
    public static let keyCertificateGiven = ReasonCode(
        "key.certificate-given", .reject, .rule,
        summary: "a certificate was given where a bare public key is expected",
        mend: "take the key out of the certificate with `openssl x509 -pubkey -noout`")
    public static let keyUnsupportedAlgorithm = ReasonCode(
        "key.unsupported-algorithm", .reject, .rule,
        summary: "a public key is of an algorithm or on a curve that is not supported",
        mend: "use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits")
    public static let keyTooSmall = ReasonCode(
        "key.too-small", .reject, .rule,
        summary: "an RSA key has fewer than 2048 bits",
        mend: "sign with a key of at least 2048 bits")
    public static let keyTooLarge = ReasonCode(
        "key.too-large", .reject, .limit,
        summary: "an RSA key has more than 8192 bits",
        mend: "sign with a key of at most 8192 bits")
    public static let keyWeak = ReasonCode(
        "key.weak", .reject, .rule,
        summary: "a public key has values under which anyone can make signatures",
        mend: "ask the key's owner how it was made, and sign with a newly generated key")
}

extension ReasonTable {
    /// What is wrong with keys that were given to verify with.
    public static let pki = ReasonTable(
        "Public keys",
        [
            .keyMalformed, .keyTooLong, .keyPrivateGiven, .keyCertificateGiven, .keyUnsupportedAlgorithm,
            .keyTooSmall,
            .keyTooLarge, .keyWeak,
        ])
}

extension PublicKeyError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLong: .keyTooLong
        case .notPEM, .notOneBlock, .unsupportedLabel, .notDER, .notCanonical, .pointNotUncompressed, .invalidPoint,
            .rsaModulusEven:
            .keyMalformed
        case .privateKeyGiven: .keyPrivateGiven
        case .certificateGiven: .keyCertificateGiven
        case .unsupportedAlgorithm, .unsupportedCurve, .notANamedCurve: .keyUnsupportedAlgorithm
        case .rsaTooSmall: .keyTooSmall
        case .rsaTooLarge: .keyTooLarge
        case .weakPoint, .rsaExponentRefused: .keyWeak
        }
    }
}
