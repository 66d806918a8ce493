import Findings

/// Why a time-stamp token proves no time.
public enum TimestampError: Error, Equatable, Sendable {
    case tooLarge(limit: Int)
    case tooManyCertificates(limit: Int)
    /// The authority refused; RFC 3161 section 2.4.2 has the numbers.
    case notGranted(status: Int)
    /// An answer without a token.
    case noToken
    /// Not DER of RFC 3161 and RFC 5652, at this part.
    case malformed(Part)
    /// CMS of another kind.
    case notSignedData
    case notOneSigner(found: Int)
    /// What is signed is no `TSTInfo`, or the signed attributes say so.
    case wrongContentType
    /// An extension that one must understand.
    case criticalExtension
    /// SHA-1, or something unknown.
    case unsupportedHash(oid: String)
    case unsupportedSignature(oid: String)

    /// The token is about other bytes.
    case imprintMismatch
    /// The signed attributes are about another token.
    case contentMismatch
    /// No authority of time is trusted at all.
    case noAuthority
    /// No trusted authority has the certificate that the token names.
    case unknownSigner
    /// The signed attributes are about another certificate than the one that the token names.
    case otherSigningCertificate
    case signatureMismatch
    /// A certificate that came along can't be read.
    case certificate(CertificateError)
    /// The certificate is not the authority's, or was not at that time, or is not for time-stamping alone.
    case chain(ChainError)

    /// Which part.
    public enum Part: String, Sendable {
        case response, token, info, attributes
        case signedData = "signed data"
        case signerInfo = "signer info"
    }

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected a time-stamp token of at most \(limit) bytes, found more"
        case .tooManyCertificates(let limit):
            "expected at most \(limit) certificates in a time-stamp token, found more"
        case .notGranted(let status): "expected a granted time-stamp, found status \(status)"
        case .noToken: "expected a time-stamp token in the answer, found none"
        case .malformed(let part): "expected the \(part.rawValue) of a time-stamp in DER, found something else"
        case .notSignedData: "expected signed data as time-stamp token, found another kind of message"
        case .notOneSigner(let found): "expected one signer of the time-stamp token, found \(found)"
        case .wrongContentType: "expected a time-stamp as signed content, found another type"
        case .criticalExtension: "expected a time-stamp without critical extensions, found one"
        case .unsupportedHash(let oid):
            "expected SHA-256, SHA-384 or SHA-512 in the time-stamp token, found \(Finding.quoted(oid, limit: 64))"
        case .unsupportedSignature(let oid):
            "expected an ECDSA, RSA or Ed25519 signature of the time-stamp token, found \(Finding.quoted(oid, limit: 64))"
        case .imprintMismatch: "expected a time-stamp of this signature, found one of other bytes"
        case .contentMismatch: "expected signed attributes of this time-stamp, found those of another"
        case .noAuthority: "expected a trusted timestamp authority, found none"
        case .unknownSigner: "expected a time-stamp of a trusted authority, found another signer"
        case .otherSigningCertificate: "expected signed attributes about the signer's certificate, found another's"
        case .signatureMismatch: "expected the authority's signature over the time-stamp, found another"
        case .certificate(let error): "in the time-stamp token: " + error.message
        case .chain(let error): "of the timestamp authority: " + error.message
        }
    }

    /// Of several authorities' errors the one that says most is reported: how far the token got.
    var telling: Int {
        switch self {
        case .unknownSigner: 0
        case .certificate: 1
        case .signatureMismatch, .otherSigningCertificate: 2
        case .chain(let error): 3 + error.telling
        default: 1
        }
    }
}
