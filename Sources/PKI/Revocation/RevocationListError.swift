import Findings
public import StrictEncoding

/// Why bytes are not a revocation list that can be used.
public enum RevocationListError: Error, Equatable, Sendable {
    case tooLarge(limit: Int)
    /// The file is neither DER nor PEM as RFC 7468 has it.
    case notPEM(PEMError)
    /// A file without a list.
    case noList
    /// A PEM block of another kind among lists.
    case unsupportedLabel(String)
    /// Not DER of RFC 5280 section 5.1, at this part.
    case malformed(Part)
    case notVersion2
    case signatureAlgorithmsDiffer
    /// Signed with SHA-1, with RSASSA-PSS, or with what nobody here knows.
    case unsupportedAlgorithm
    /// No time of the next list: nobody could tell when this one is old.
    case noNextUpdate
    case timesReversed
    /// No `cRLNumber`.
    case noNumber
    case tooManyExtensions(limit: Int)
    /// One certificate twice.
    case duplicateEntry
    case duplicateExtension(oid: String)
    /// Of the list or of an entry; such a list is not to be used.
    case unknownCriticalExtension(oid: String)
    /// Changes to another list.
    case delta
    /// A list for some certificates or some reasons only: one with an issuing distribution point.
    case partial
    /// A list with certificates of other issuers.
    case indirect

    public enum Part: String, Sendable {
        case list, entry, number, time
    }

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected a revocation list of at most \(limit) bytes, found more"
        case .notPEM(let error): error.message
        case .noList: "expected an `X509 CRL` block, found none"
        case .unsupportedLabel(let label): "expected `X509 CRL` blocks only, found \(Finding.quoted(label))"
        case .malformed(let part): "expected the \(part.rawValue) of a revocation list in DER, found something else"
        case .notVersion2: "expected a revocation list of version 2, found an older one"
        case .signatureAlgorithmsDiffer:
            "expected one signature algorithm inside and outside of the signed part, found two"
        case .unsupportedAlgorithm: "expected a revocation list signed with SHA-2 or Ed25519, found another algorithm"
        case .noNextUpdate: "expected a revocation list that says when the next one comes, found none"
        case .timesReversed: "expected the next update after this one, found the reverse"
        case .noNumber: "expected a revocation list with a number, found none"
        case .tooManyExtensions(let limit): "expected at most \(limit) extensions, found more"
        case .duplicateEntry: "expected each certificate once in a revocation list, found one again"
        case .duplicateExtension(let oid):
            "expected each extension once, found \(Finding.quoted(oid, limit: 64)) again"
        case .unknownCriticalExtension(let oid):
            "expected critical extensions that are understood, found \(Finding.quoted(oid, limit: 64))"
        case .delta: "expected a complete revocation list, found changes to another"
        case .partial: "expected a complete revocation list, found one for some certificates or reasons only"
        case .indirect: "expected a revocation list of one issuer, found certificates of others on it"
        }
    }
}

/// Why a path was refused for what revocation lists say, or don't say.
public enum RevocationError: Error, Equatable, Sendable {
    /// A certificate was taken back before the signature's time.
    case revoked(on: Instant, RevocationReason?, at: Instant)
    /// Somebody else may have had a certificate's key: no time of a signature helps.
    case compromised(RevocationReason)
    /// No list of the certificate's issuer was given.
    case noList(issuer: DistinguishedName)
    /// A list has the issuer's name, but the issuer did not sign it.
    case listSignatureMismatch
    /// The issuer's key usage does not let it sign lists.
    case issuerMayNotSignLists
    /// The lists of the issuer are all of another time than the one that tells.
    case noListThen(Instant)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .revoked(let date, let reason, let instant):
            "expected a certificate that was not revoked by \(instant), found one revoked on \(date)"
                + (reason.map { " (\($0))" } ?? "")
        case .compromised(let reason):
            "expected a certificate whose key nobody else had, found one revoked for compromise (\(reason))"
        case .noList: "expected a revocation list of the certificate's issuer, found none"
        case .listSignatureMismatch:
            "expected a revocation list signed by the issuer that it names, found another signature"
        case .issuerMayNotSignLists:
            "expected an issuer whose key is for revocation lists, found one whose key usage says otherwise"
        case .noListThen(let instant):
            "expected a revocation list that holds at \(instant), found lists of other times"
        }
    }

    /// Of several lists' failures the one that says most is reported.
    var telling: Int {
        switch self {
        case .noList: 0
        case .listSignatureMismatch: 1
        case .issuerMayNotSignLists: 2
        case .noListThen: 3
        case .revoked, .compromised: 4
        }
    }
}
