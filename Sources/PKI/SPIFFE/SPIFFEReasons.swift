public import Findings

extension ReasonCode {
    public static let spiffeIDMalformed = ReasonCode(
        "spiffe.id-malformed", .reject, .evidence,
        summary: "what should be a SPIFFE ID, or the name of a trust domain, is none",
        mend: "have the identity issued in lower-case letters, digits, dots, dashes and underscores, without escapes")
    public static let spiffeBundleMalformed = ReasonCode(
        "spiffe.bundle-malformed", .reject, .rule,
        summary: "what was given as the trust bundle of a trust domain is none",
        mend: "export the bundle again from the trust domain's control plane")
    public static let spiffeBundleTooLarge = ReasonCode(
        "spiffe.bundle-too-large", .reject, .limit,
        summary: "a trust bundle has more bytes or keys, or there are more of them, than are read",
        mend: "give the bundles of the trust domains that are needed, and drop those of times that nobody asks about")
    public static let spiffeBundleSequence = ReasonCode(
        "spiffe.bundle-sequence", .reject, .rule,
        summary: "the sequence numbers of a trust domain's bundles do not grow with time",
        mend: "find out who put an older bundle back; if nobody did, state the times in which each bundle counted")
    public static let spiffeNoBundle = ReasonCode(
        "spiffe.no-bundle", .reject, .evidence,
        summary: "an identity is of a trust domain whose bundle was not given",
        mend: "give the bundle of this trust domain if it is to be trusted")
    public static let spiffeNoBundleThen = ReasonCode(
        "spiffe.no-bundle-then", .reject, .evidence,
        summary: "no bundle of the trust domain counts at the time of the signature, or none that counts has such keys",
        mend: "keep past bundles with the times in which they counted, and bring the current one up to date")
    public static let spiffeInvalidSVID = ReasonCode(
        "spiffe.invalid-x509-svid", .reject, .evidence,
        summary: "a certificate, or that of its authority, is not as the X509-SVID specification has it",
        mend: "have the workload's certificate issued by the control plane of its trust domain")
    public static let spiffeTokenMalformed = ReasonCode(
        "spiffe.jwt-svid-malformed", .reject, .evidence,
        summary: "a token is not as the JWT-SVID specification has it, or is longer than any should be",
        mend: "have the token issued by the control plane of its trust domain")
    public static let spiffeTokenAlgorithm = ReasonCode(
        "spiffe.jwt-svid-algorithm", .reject, .evidence,
        summary: "a token states an algorithm that JWT-SVIDs don't have, or another than its key is for",
        mend: "find out where it comes from: somebody may have forged it")
    public static let spiffeTokenUnknownKey = ReasonCode(
        "spiffe.jwt-svid-unknown-key", .reject, .evidence,
        summary: "a token names a key that the bundle of its trust domain does not have",
        mend: "bring the trust bundle up to date")
    public static let spiffeTokenSignatureMismatch = ReasonCode(
        "spiffe.jwt-svid-signature-mismatch", .reject, .evidence,
        summary: "a token names a key of its trust domain, but that key did not sign it",
        mend: "find out where it comes from: somebody may have altered or forged it")
    public static let spiffeTokenOtherAudience = ReasonCode(
        "spiffe.jwt-svid-other-audience", .reject, .evidence,
        summary: "a token was made out for somebody else",
        mend: "ask for a token with the right audience, and for no other beside it")
    public static let spiffeTokenNotValidThen = ReasonCode(
        "spiffe.jwt-svid-not-valid-then", .reject, .evidence,
        summary: "a token had expired, or did not hold yet",
        mend: "ask for a new token, and set the clocks right")
}

extension ReasonTable {
    /// What is wrong with SPIFFE identities and trust bundles.
    public static let spiffe = ReasonTable(
        "SPIFFE",
        [
            .spiffeIDMalformed, .spiffeBundleMalformed, .spiffeBundleTooLarge, .spiffeBundleSequence, .spiffeNoBundle,
            .spiffeNoBundleThen, .spiffeInvalidSVID, .spiffeTokenMalformed, .spiffeTokenAlgorithm,
            .spiffeTokenUnknownKey, .spiffeTokenSignatureMismatch, .spiffeTokenOtherAudience,
            .spiffeTokenNotValidThen,
        ])
}

extension SPIFFEIDError {
    /// The code under which a report says it.
    public var code: ReasonCode { .spiffeIDMalformed }
}

extension X509SVIDError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .id(let error): error.code
        case .notOneURI, .noPath, .authorityWithPath, .nameNotCritical, .leafMayIssue, .authorityMayNotIssue,
            .keyUsageNotCritical, .notForSignatures, .extendedKeyUsage, .otherTrustDomain:
            .spiffeInvalidSVID
        }
    }
}

extension SVIDRefusal {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .noBundle: .spiffeNoBundle
        case .noBundleThen, .noKeys: .spiffeNoBundleThen
        case .svid(let error): error.code
        case .chain(let error): error.code
        }
    }
}

extension SPIFFEBundleError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLarge, .tooManyKeys, .tooManyTrustDomains, .tooManyPastBundles: .spiffeBundleTooLarge
        case .sequenceWentBack, .sequenceReused: .spiffeBundleSequence
        case .notJSON, .malformed, .key, .certificate, .keysDiffer, .notAnAuthority, .signingCertificate,
            .duplicateKeyID, .trustDomain, .period, .unknownMember, .fileName, .fileMissing:
            .spiffeBundleMalformed
        }
    }
}

extension JWTSVIDError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .subject(let error): error.code
        case .trust(let error): error.code
        case .tooLong, .notCompact, .notJSON, .malformedHeader, .unknownHeader, .malformedClaim, .subjectWithoutPath:
            .spiffeTokenMalformed
        case .unsupportedAlgorithm, .otherAlgorithmThanTheKeys: .spiffeTokenAlgorithm
        case .unknownKey: .spiffeTokenUnknownKey
        case .signatureMismatch: .spiffeTokenSignatureMismatch
        case .otherAudience: .spiffeTokenOtherAudience
        case .expired, .notYet, .issuedLater: .spiffeTokenNotValidThen
        }
    }
}
