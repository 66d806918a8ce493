import Findings

/// Why a certificate does not say for whom it was issued.
public enum FulcioIdentityError: Error, Equatable, Sendable {
    /// Neither of the two extensions that name the issuer.
    case noIssuer
    /// Both, and they name two.
    case issuersDiffer
    /// Several names, of which a reader could pick one, or none.
    case notOneName(found: Int)
    /// A name that is neither a URI nor an e-mail address nor a user's name.
    case unsupportedName
    /// An extension of Fulcio's that is not encoded as its specification has it.
    case malformedClaim(oid: String)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .noIssuer: "expected the issuer of the identity in the certificate, found none"
        case .issuersDiffer: "expected one issuer in the certificate, found two that differ"
        case .notOneName(let found): "expected exactly one name in the certificate, found \(found)"
        case .unsupportedName: "expected a URI, an e-mail address or a user name in the certificate, found another kind"
        case .malformedClaim(let oid):
            "expected extension \(Finding.quoted(oid, limit: 64)) as a text of Fulcio's encoding, found something else"
        }
    }
}
