import Findings
public import StrictEncoding

/// Why a certificate is not one of a trusted authority's at an instant.
public enum ChainError: Error, Equatable, Sendable {
    /// No authority is trusted at all.
    case noAuthority
    /// No path to an authority that may be believed.
    case untrusted(issuer: DistinguishedName?)
    /// An authority has the issuer's name, but did not sign.
    case signatureMismatch
    /// The trusted root does not vouch for this authority at that time.
    case authorityNotTrustedThen(ValidityPeriod, at: Instant)
    /// The leaf was not valid.
    case notValidThen(ClosedRange<Instant>, at: Instant)
    /// The leaf was valid, but a certificate above it was not.
    case authorityNotValidThen(ClosedRange<Instant>, at: Instant)
    case unknownCriticalExtension(oid: String)
    /// A certificate on the path may not issue others.
    case notAnAuthority
    case pathTooLong(limit: Int)
    /// The leaf itself may issue certificates.
    case leafIsAuthority
    /// The leaf's key is not for signatures.
    case keyUsage
    /// The leaf, or an authority above it, is not for this purpose.
    case extendedKeyUsage(expected: String)
    /// Signed with an algorithm that is not to be relied on, or not known.
    case weakSignature
    /// A name that an authority above may not vouch for, or a constraint that nothing here can check.
    case constraints
    /// Issued against the rules for authorities.
    case nonconforming(String)
    /// Not as X509-SVID has it.
    case svid(X509SVIDError)
    /// None of the names is the server's.
    case otherServer
    case tooManyIntermediates(limit: Int)
    /// What revocation lists say, or don't say.
    case revocation(RevocationError)
    /// The search waited for something, which it never does.
    case searchDidNotFinish

    /// One line, lower case.
    public var message: String {
        switch self {
        case .noAuthority: "expected a trusted certificate authority, found none"
        case .untrusted: "expected a certificate of a trusted authority, found no path to one"
        case .signatureMismatch:
            "expected a certificate signed by the authority that it names, found another signature"
        case .authorityNotTrustedThen(let period, let instant):
            "expected an authority that is trusted at \(instant), found one from \(period.start)"
                + (period.end.map { " to \($0)" } ?? "")
        case .notValidThen(let validity, let instant):
            "expected a certificate valid at \(instant), found one from \(validity.lowerBound) to \(validity.upperBound)"
        case .authorityNotValidThen(let validity, let instant):
            "expected an issuing authority valid at \(instant), found one from \(validity.lowerBound) to \(validity.upperBound)"
        case .unknownCriticalExtension(let oid):
            "expected critical extensions that are understood, found \(Finding.quoted(oid, limit: 64))"
        case .notAnAuthority: "expected an issuer that may issue certificates, found one that may not"
        case .pathTooLong(let limit): "expected at most \(limit) intermediate certificates, found more"
        case .leafIsAuthority: "expected a signer's certificate, found an authority's"
        case .keyUsage: "expected a key for digital signatures, found another key usage"
        case .extendedKeyUsage(let expected):
            "expected the extended key usage \(Finding.quoted(expected, limit: 64)) on the whole path, found another"
        case .weakSignature: "expected certificates signed with SHA-2 or Ed25519, found another algorithm"
        case .constraints:
            "expected names that the authority may vouch for, found others or a constraint of another kind"
        case .nonconforming(let what): "expected a certificate as RFC 5280 has it, found \(what)"
        case .svid(let error): error.message
        case .otherServer: "expected a certificate for the server's name, found other names"
        case .tooManyIntermediates(let limit): "expected at most \(limit) such intermediate certificates, found more"
        case .revocation(let error): error.message
        case .searchDidNotFinish: "expected the search for a path to end, found it waiting"
        }
    }

    /// Of several authorities' errors the one that says most is reported: how far a path got.
    var telling: Int {
        switch self {
        case .noAuthority: 0
        case .untrusted: 1
        case .authorityNotTrustedThen: 2
        case .signatureMismatch: 3
        default: 4
        }
    }
}

/// Why what was given as a trusted authority, or as its period, can't be one.
public enum CertificateAuthorityError: Error, Equatable, Sendable {
    case noCertificate
    case tooManyCertificates(limit: Int)
    /// No certificate of an authority. Positions count from 0.
    case notAnAuthority(position: Int)
    /// Not issued by the next one.
    case brokenChain(position: Int)
    /// Trust since ever is not assumed: a period has to say when it begins.
    case periodWithoutStart
    case periodReversed

    /// One line, lower case.
    public var message: String {
        switch self {
        case .noCertificate: "expected the certificate of an authority, found none"
        case .tooManyCertificates(let limit): "expected at most \(limit) certificates of an authority, found more"
        case .notAnAuthority(let position):
            "expected the certificate of an authority at position \(position), found another"
        case .brokenChain(let position):
            "expected the certificate at position \(position) to be signed by the next one, found that it is not"
        case .periodWithoutStart: "expected a validity period with a start, found none"
        case .periodReversed: "expected a validity period that ends after it starts, found the reverse"
        }
    }
}
