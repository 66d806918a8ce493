import Findings
public import StrictEncoding

/// Why bytes are no trust bundle, or bundles no history of them. Positions count from 0.
public enum SPIFFEBundleError: Error, Equatable, Sendable {
    /// More bytes than the limit.
    case tooLarge(limit: Int)
    case notJSON(JSONError)
    /// This member is not there, or not as specified.
    case malformed(String)
    case tooManyKeys(limit: Int)
    /// An element that can't be read as a JWK.
    case key(position: Int, JSONWebKeyError)
    /// A certificate that can't be read, or PEM that can't be, without a position.
    case certificate(position: Int?, CertificateError)
    /// The certificate of an element is of another key than the element.
    case keysDiffer(position: Int)
    /// A certificate that may not issue any.
    case notAnAuthority(position: Int)
    /// An authority that is an SVID, but not as X509-SVID has it.
    case signingCertificate(position: Int, X509SVIDError)
    /// Two keys for tokens with one identifier.
    case duplicateKeyID(position: Int)

    /// A member of the index that nobody specified: a misspelt one would silently not count.
    case unknownMember(String)
    /// A name of a file that leads elsewhere, or says not of what form the file is.
    case fileName(String)
    case fileMissing(String)

    case trustDomain(SPIFFEIDError)
    case tooManyTrustDomains(limit: Int)
    case tooManyPastBundles(limit: Int)
    case period(CertificateAuthorityError)
    /// A later bundle has a lower sequence number than an earlier one: an old bundle was put back.
    case sequenceWentBack(SPIFFETrustDomain, from: UInt64, to: UInt64)
    /// Two different bundles have one sequence number.
    case sequenceReused(SPIFFETrustDomain, UInt64)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected a trust bundle of at most \(limit) bytes, found more"
        case .notJSON(let error): error.message
        case .malformed(let member): "expected `\(member)` as the SPIFFE bundle format has it, found another"
        case .tooManyKeys(let limit): "expected at most \(limit) keys in a trust bundle, found more"
        case .key(let position, let error): "at key \(position): " + error.message
        case .certificate(let position, let error): (position.map { "at key \($0): " } ?? "") + error.message
        case .keysDiffer(let position):
            "at key \(position): expected the certificate to be of the same key, found another key in it"
        case .notAnAuthority(let position):
            "at key \(position): expected a certificate that may issue others, found one that may not"
        case .signingCertificate(let position, let error): "at key \(position): " + error.message
        case .duplicateKeyID(let position): "at key \(position): expected distinct key identifiers, found one again"
        case .unknownMember(let name): "expected the members of an index of bundles only, found \(Finding.quoted(name))"
        case .fileName(let name):
            "expected a plain name that ends in `.json` or `.pem`, found \(Finding.quoted(name))"
        case .fileMissing(let name): "expected the file that the index names, found none at \(Finding.quoted(name))"
        case .trustDomain(let error): error.message
        case .tooManyTrustDomains(let limit): "expected at most \(limit) trust domains, found more"
        case .tooManyPastBundles(let limit): "expected at most \(limit) bundles of one trust domain, found more"
        case .period(let error): error.message
        case .sequenceWentBack(let domain, let earlier, let later):
            "expected sequence numbers of `\(domain)` that grow, found \(later) after \(earlier)"
        case .sequenceReused(let domain, let number):
            "expected a sequence number for each bundle of `\(domain)`, found \(number) on two that differ"
        }
    }
}
