public import Findings

extension ReasonCode {
    public static let certificateMalformed = ReasonCode(
        "certificate.malformed", .reject, .evidence,
        summary: "a certificate is not X.509 as RFC 5280 and Fulcio have it",
        mend: "sign again; if it happens again, tell whoever issued the certificate")
    public static let certificateTooLarge = ReasonCode(
        "certificate.too-large", .reject, .evidence,
        summary: "a certificate has more bytes, extensions or names than any should",
        mend: "sign with a certificate that says less")
    public static let certificateUntrusted = ReasonCode(
        "certificate.untrusted", .reject, .evidence,
        summary: "a certificate is not of an authority in the trusted root",
        mend: "sign with an authority that the trusted root names, or give the root of the one that was used")
    public static let certificateSignatureMismatch = ReasonCode(
        "certificate.signature-mismatch", .reject, .evidence,
        summary: "a certificate names a trusted authority, but that authority did not sign it",
        mend: "find out where it comes from: somebody may have altered or forged it")
    public static let certificateAuthorityNotTrustedThen = ReasonCode(
        "certificate.authority-not-trusted-then", .reject, .evidence,
        summary: "the trusted root does not vouch for the certificate's authority at the time of the signature",
        mend: "bring the trusted root up to date, or sign again with a current authority")
    public static let certificateNotValidThen = ReasonCode(
        "certificate.not-valid-then", .reject, .evidence,
        summary: "a certificate was not valid at the time of the signature",
        mend: "sign again, and have the signature timestamped while the certificate is valid")
    public static let certificateAuthorityNotValidThen = ReasonCode(
        "certificate.authority-not-valid-then", .reject, .evidence,
        summary: "the certificate of an issuing authority was not valid at the time of the signature",
        mend: "have the authority renew its own certificate, and sign again")
    public static let certificateUnknownCriticalExtension = ReasonCode(
        "certificate.unknown-critical-extension", .reject, .evidence,
        summary: "a certificate has a critical extension that is not understood, so it must be refused",
        mend: "have a certificate issued without that extension")
    public static let certificateNotAnAuthority = ReasonCode(
        "certificate.not-an-authority", .reject, .evidence,
        summary: "a certificate was issued with one that may not issue any",
        mend: "find out where it comes from: a signer may have passed for an authority")
    public static let certificatePathTooLong = ReasonCode(
        "certificate.path-too-long", .reject, .evidence,
        summary: "there are more certificates between a signer's and its root than allowed",
        mend: "have a certificate issued nearer to the root")
    public static let certificateTooManyIntermediates = ReasonCode(
        "certificate.too-many-intermediates", .reject, .evidence,
        summary: "more intermediate certificates came along than are searched",
        mend: "send only those between the signer's certificate and the root")
    public static let certificateWrongUsage = ReasonCode(
        "certificate.wrong-usage", .reject, .evidence,
        summary: "a certificate is not for what it was used for",
        mend: "have a certificate issued for this purpose")
    public static let certificateWeakSignature = ReasonCode(
        "certificate.weak-signature", .reject, .evidence,
        summary: "a certificate is signed with an algorithm that is not relied on",
        mend: "have the certificate issued anew with SHA-2 or Ed25519")
    public static let certificateNameNotAllowed = ReasonCode(
        "certificate.name-not-allowed", .reject, .evidence,
        summary: "a certificate has a name that it may not have, or not the one it needs",
        mend: "have a certificate issued for the right name by an authority that may vouch for it")
    public static let certificateNoIdentity = ReasonCode(
        "certificate.no-identity", .reject, .evidence,
        summary: "a certificate does not say clearly for whom it was issued and who vouches for that",
        mend: "sign with a certificate that has one name and one issuer")
    public static let certificateAuthorityMalformed = ReasonCode(
        "certificate.authority-malformed", .reject, .rule,
        summary: "what was given as a trusted authority is no chain of authorities with a period of validity",
        mend: "give the authority's certificates, the issuing one first, and when its trust begins")

    public static let sctMissing = ReasonCode(
        "sct.missing", .reject, .evidence,
        summary: "a certificate holds no promise of a log to publish it",
        mend: "sign with a certificate that its authority has logged")
    public static let sctMalformed = ReasonCode(
        "sct.malformed", .reject, .evidence,
        summary: "what a certificate holds as a log's promise is not as RFC 6962 has it",
        mend: "sign again; if it happens again, tell whoever issued the certificate")
    public static let sctTooMany = ReasonCode(
        "sct.too-many", .reject, .evidence,
        summary: "a certificate holds more promises of logs than are read",
        mend: "have a certificate issued with one promise for each log that is asked for")
    public static let sctUnknownLog = ReasonCode(
        "sct.unknown-log", .reject, .evidence,
        summary: "the promises in a certificate are of logs that the trusted root does not name",
        mend: "bring the trusted root up to date")
    public static let sctLogNotTrustedThen = ReasonCode(
        "sct.log-not-trusted-then", .reject, .evidence,
        summary: "the trusted root does not vouch for the log at the time of its promise",
        mend: "bring the trusted root up to date")
    public static let sctSignatureMismatch = ReasonCode(
        "sct.signature-mismatch", .reject, .evidence,
        summary: "a promise in a certificate is not its log's, or not about this certificate",
        mend: "find out where it comes from: somebody may have forged it")
    public static let sctThresholdNotMet = ReasonCode(
        "sct.threshold-not-met", .reject, .evidence,
        summary: "fewer distinct logs promised to publish a certificate than the trusted root asks for",
        mend: "have a certificate issued that more logs know of")

    public static let timestampMalformed = ReasonCode(
        "timestamp.malformed", .reject, .evidence,
        summary: "a signed timestamp is not as RFC 3161 has it",
        mend: "have the signature timestamped again")
    public static let timestampTooLarge = ReasonCode(
        "timestamp.too-large", .reject, .evidence,
        summary: "a signed timestamp has more bytes or certificates than any should",
        mend: "have the signature timestamped again, by an authority that sends its own chain only")
    public static let timestampUnsupported = ReasonCode(
        "timestamp.unsupported-algorithm", .reject, .evidence,
        summary: "a signed timestamp relies on an algorithm that is weak or unknown",
        mend: "have the signature timestamped again with SHA-256, SHA-384 or SHA-512")
    public static let timestampOtherSignature = ReasonCode(
        "timestamp.other-signature", .reject, .evidence,
        summary: "a signed timestamp is about other bytes than this signature",
        mend: "keep each timestamp with the signature that it was made for")
    public static let timestampUntrusted = ReasonCode(
        "timestamp.untrusted", .reject, .evidence,
        summary: "a signed timestamp is not of an authority in the trusted root",
        mend: "use a timestamp authority that the trusted root names, or give the root of the one that was used")
    public static let timestampSignatureMismatch = ReasonCode(
        "timestamp.signature-mismatch", .reject, .evidence,
        summary: "a signed timestamp names a trusted authority, but that authority did not sign it",
        mend: "find out where it comes from: somebody may have altered or forged it")
    public static let timestampAuthorityRefused = ReasonCode(
        "timestamp.authority-refused", .reject, .evidence,
        summary:
            "the certificate of a timestamp authority does not hold at the time that it states, or is not for that",
        mend: "bring the trusted root up to date, or have the signature timestamped by a current authority")
}

extension ReasonTable {
    /// What is wrong with certificates, logs' promises and timestamps.
    public static let certificates = ReasonTable(
        "Certificates and timestamps",
        [
            .certificateMalformed, .certificateTooLarge, .certificateUntrusted, .certificateSignatureMismatch,
            .certificateAuthorityNotTrustedThen, .certificateNotValidThen, .certificateAuthorityNotValidThen,
            .certificateUnknownCriticalExtension, .certificateNotAnAuthority, .certificatePathTooLong,
            .certificateTooManyIntermediates, .certificateWrongUsage, .certificateWeakSignature,
            .certificateNameNotAllowed, .certificateNoIdentity, .certificateAuthorityMalformed,
            .sctMissing, .sctMalformed, .sctTooMany, .sctUnknownLog, .sctLogNotTrustedThen, .sctSignatureMismatch,
            .sctThresholdNotMet,
            .timestampMalformed, .timestampTooLarge, .timestampUnsupported, .timestampOtherSignature,
            .timestampUntrusted, .timestampSignatureMismatch, .timestampAuthorityRefused,
        ])
}

extension CertificateError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLarge, .tooManyExtensions, .tooManyNames: .certificateTooLarge
        case .notPEM, .noCertificate, .unsupportedLabel, .malformed, .notVersion3, .signatureAlgorithmsDiffer,
            .validityReversed, .duplicateExtension, .malformedExtension:
            .certificateMalformed
        case .publicKey(let error): error.code
        }
    }
}

extension CertificateAuthorityError {
    /// The code under which a report says it.
    public var code: ReasonCode { .certificateAuthorityMalformed }
}

extension ChainError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .noAuthority, .untrusted, .searchDidNotFinish: .certificateUntrusted
        case .signatureMismatch: .certificateSignatureMismatch
        case .authorityNotTrustedThen: .certificateAuthorityNotTrustedThen
        case .notValidThen: .certificateNotValidThen
        case .authorityNotValidThen: .certificateAuthorityNotValidThen
        case .unknownCriticalExtension: .certificateUnknownCriticalExtension
        case .notAnAuthority: .certificateNotAnAuthority
        case .pathTooLong: .certificatePathTooLong
        case .tooManyIntermediates: .certificateTooManyIntermediates
        case .leafIsAuthority, .keyUsage, .extendedKeyUsage: .certificateWrongUsage
        case .weakSignature: .certificateWeakSignature
        case .constraints, .otherServer: .certificateNameNotAllowed
        case .svid(let error): error.code
        case .revocation(let error): error.code
        case .nonconforming: .certificateMalformed
        }
    }
}

extension FulcioIdentityError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .noIssuer, .issuersDiffer, .notOneName, .unsupportedName: .certificateNoIdentity
        case .malformedClaim: .certificateMalformed
        }
    }
}

extension SCTError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .missing: .sctMissing
        case .malformed, .unsupportedVersion, .unsupportedAlgorithm: .sctMalformed
        case .tooMany: .sctTooMany
        case .unknownLog: .sctUnknownLog
        case .logNotTrustedThen: .sctLogNotTrustedThen
        case .signatureMismatch: .sctSignatureMismatch
        case .thresholdNotMet, .noThreshold: .sctThresholdNotMet
        }
    }
}

extension TimestampError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLarge, .tooManyCertificates: .timestampTooLarge
        case .notGranted, .noToken, .malformed, .notSignedData, .notOneSigner, .wrongContentType, .criticalExtension,
            .certificate:
            .timestampMalformed
        case .unsupportedHash, .unsupportedSignature: .timestampUnsupported
        case .imprintMismatch: .timestampOtherSignature
        case .noAuthority, .unknownSigner: .timestampUntrusted
        case .contentMismatch, .otherSigningCertificate, .signatureMismatch: .timestampSignatureMismatch
        case .chain(let error):
            switch error {
            case .noAuthority, .untrusted: .timestampUntrusted
            default: .timestampAuthorityRefused
            }
        }
    }
}
