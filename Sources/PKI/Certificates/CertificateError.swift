import Findings
public import StrictEncoding

/// Why bytes are not a certificate that can be looked at.
public enum CertificateError: Error, Equatable, Sendable {
    /// More bytes than the limit.
    case tooLarge(limit: Int)
    /// The file is not PEM as RFC 7468 has it.
    case notPEM(PEMError)
    /// A file without a certificate.
    case noCertificate
    /// A PEM block of another kind among certificates.
    case unsupportedLabel(String)
    /// Not DER of RFC 5280 section 4.1, at this part.
    case malformed(Part)
    /// Version 1 or 2, which can say nothing of what the key is for.
    case notVersion3
    /// What is signed names another algorithm than what stands beside the signature.
    case signatureAlgorithmsDiffer
    /// `notAfter` is before `notBefore`.
    case validityReversed
    /// A key that nothing here would verify with.
    case publicKey(PublicKeyError)
    /// The same extension twice: readers would differ on which one counts.
    case duplicateExtension(oid: String)
    /// An extension that this product acts on and that is not as its specification has it.
    case malformedExtension(oid: String)
    case tooManyExtensions(limit: Int)
    case tooManyNames(limit: Int)

    /// Which part.
    public enum Part: String, Sendable {
        case certificate, name, validity, extensions
        case serialNumber = "serial number"
    }

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLarge(let limit): "expected a certificate of at most \(limit) bytes, found more"
        case .notPEM(let error): error.message
        case .noCertificate: "expected a `CERTIFICATE` block, found none"
        case .unsupportedLabel(let label): "expected `CERTIFICATE` blocks only, found \(Finding.quoted(label))"
        case .malformed(let part): "expected the \(part.rawValue) of an X.509 certificate in DER, found something else"
        case .notVersion3: "expected a certificate of version 3, found an older one"
        case .signatureAlgorithmsDiffer:
            "expected one signature algorithm inside and outside of the signed part, found two"
        case .validityReversed: "expected a validity that ends after it begins, found the reverse"
        case .publicKey(let error): "in the certificate: " + error.message
        case .duplicateExtension(let oid):
            "expected each extension once, found \(Finding.quoted(oid, limit: 64)) again"
        case .malformedExtension(let oid):
            "expected extension \(Finding.quoted(oid, limit: 64)) as its specification has it, found something else"
        case .tooManyExtensions(let limit): "expected at most \(limit) extensions, found more"
        case .tooManyNames(let limit): "expected at most \(limit) names in a certificate, found more"
        }
    }
}
