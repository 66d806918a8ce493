public import Findings

extension ReasonCode {
    public static let certificateRevoked = ReasonCode(
        "certificate.revoked", .reject, .evidence,
        summary: "a certificate was taken back by its issuer before the signature, or because its key was compromised",
        mend: "sign again with a certificate that is not revoked, after finding out what its key was used for")
    public static let revocationUnknown = ReasonCode(
        "revocation.unknown", .reject, .evidence,
        summary: "no revocation list that counts says whether a certificate was taken back",
        mend: "give the current list of each issuer, and for certificates that have expired the last one before that")
    public static let revocationListUntrusted = ReasonCode(
        "revocation.list-untrusted", .reject, .evidence,
        summary: "a revocation list names an issuer that did not sign it, or that may not sign lists",
        mend: "get the list from its issuer again; if the issuer may not sign lists, have its certificate renewed")
    public static let revocationListMalformed = ReasonCode(
        "revocation.list-malformed", .reject, .rule,
        summary: "what was given as a revocation list is none, as RFC 5280 has it",
        mend: "get the list from its issuer again")
    public static let revocationListTooLarge = ReasonCode(
        "revocation.list-too-large", .reject, .limit,
        summary: "a revocation list has more bytes or extensions than are read",
        mend: "have the issuer drop certificates that expired long ago from the list")
    public static let revocationListUnsupported = ReasonCode(
        "revocation.list-unsupported", .reject, .rule,
        summary: "a revocation list is partial, indirect, for changes only, or not understood in something critical",
        mend: "have the issuer publish a complete list of its own certificates, signed with SHA-2 or Ed25519")
}

extension ReasonTable {
    /// What revocation lists say, and what is wrong with them.
    public static let revocation = ReasonTable(
        "Revocation lists",
        [
            .certificateRevoked, .revocationUnknown, .revocationListUntrusted, .revocationListMalformed,
            .revocationListTooLarge, .revocationListUnsupported,
        ])
}

extension RevocationListError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLarge, .tooManyExtensions: .revocationListTooLarge
        case .unsupportedAlgorithm, .unknownCriticalExtension, .delta, .partial, .indirect: .revocationListUnsupported
        case .notPEM, .noList, .unsupportedLabel, .malformed, .notVersion2, .signatureAlgorithmsDiffer, .noNextUpdate,
            .timesReversed, .noNumber, .duplicateEntry, .duplicateExtension:
            .revocationListMalformed
        }
    }
}

extension RevocationError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .revoked, .compromised: .certificateRevoked
        case .noList, .noListThen: .revocationUnknown
        case .listSignatureMismatch, .issuerMayNotSignLists: .revocationListUntrusted
        }
    }
}
