import Findings
public import StrictEncoding

/// Why bytes are not a usable public key.
public enum PublicKeyError: Error, Equatable, Sendable {
    /// More bytes than any key has.
    case tooLong(limit: Int)
    /// The file is not PEM as RFC 7468 has it.
    case notPEM(PEMError)
    /// A file without a PEM block, or with several.
    case notOneBlock(found: Int)
    /// A PEM block that is no key.
    case unsupportedLabel(String)
    /// A secret where none belongs, encrypted or not.
    case privateKeyGiven(label: String)
    /// A certificate, which says more than a key.
    case certificateGiven

    /// No `SubjectPublicKeyInfo` or `RSAPublicKey`, or not in DER.
    case notDER
    /// A key that can be read but is not written in its one canonical form.
    case notCanonical
    /// A key of another algorithm; also RSA keys that are bound to PSS.
    case unsupportedAlgorithm(oid: String)
    /// An elliptic curve other than P-256, P-384 and P-521.
    case unsupportedCurve(oid: String)
    /// Explicit or missing parameters where the name of a curve belongs.
    case notANamedCurve
    /// A compressed or hybrid point, or the point at infinity.
    case pointNotUncompressed
    /// Not on its curve, or of the wrong length.
    case invalidPoint
    /// An Ed25519 point of small order, or one whose coordinate is not reduced.
    case weakPoint
    /// A modulus of fewer than 2048 bits.
    case rsaTooSmall(bits: Int)
    /// A modulus of more than 8192 bits.
    case rsaTooLarge(bits: Int)
    /// A modulus that is no product of two odd primes.
    case rsaModulusEven
    /// A public exponent that is even, less than 3, or longer than 33 bits.
    case rsaExponentRefused

    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLong(let limit): "expected a public key of at most \(limit) bytes, found more"
        case .notPEM(let error): error.message
        case .notOneBlock(let found): "expected one PEM block with a public key, found \(found)"
        case .unsupportedLabel(let label): "expected a `PUBLIC KEY` block, found \(Finding.quoted(label))"
        case .privateKeyGiven(let label):
            "expected a public key, found the private key \(Finding.quoted(label)): give the public one"
        case .certificateGiven: "expected a public key, found a certificate: give the key alone"
        case .notDER: "expected a public key as DER of a subject public key info, found other bytes"
        case .notCanonical: "expected the canonical encoding of the public key, found another encoding of it"
        case .unsupportedAlgorithm(let oid):
            "expected an ECDSA, Ed25519 or RSA key, found key algorithm \(Finding.quoted(oid))"
        case .unsupportedCurve(let oid):
            "expected curve P-256, P-384 or P-521, found \(Finding.quoted(oid))"
        case .notANamedCurve: "expected the name of an elliptic curve, found explicit parameters or none"
        case .pointNotUncompressed: "expected an uncompressed point, found another form"
        case .invalidPoint: "expected a point on the curve, found none"
        case .weakPoint: "expected an Ed25519 point of large order, found one under which signatures prove nothing"
        case .rsaTooSmall(let bits): "expected an RSA modulus of at least 2048 bits, found \(bits)"
        case .rsaTooLarge(let bits): "expected an RSA modulus of at most 8192 bits, found \(bits)"
        case .rsaModulusEven: "expected an odd RSA modulus, found an even one"
        case .rsaExponentRefused: "expected an odd RSA public exponent from 3 to 33 bits, found another"
        }
    }
}
