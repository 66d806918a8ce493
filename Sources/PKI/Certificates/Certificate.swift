import Content
public import StrictEncoding
import SwiftASN1

/// An X.509 version 3 certificate (RFC 5280 section 4.1), read strictly and kept as its bytes. Nobody has vouched for it.
///
/// A value of this type is DER throughout, with a ``PublicKey`` that can be used, the same signature algorithm inside and
/// outside, no extension twice, and every extension that this product knows well-formed. Who issued it, whether it is
/// valid and what it may be used for is asked of a ``CertificateAuthority``, at an instant.
public struct Certificate: Sendable {
    /// The bytes as they were received.
    public let der: [UInt8]
    /// The content octets of the serial number.
    public let serialNumber: [UInt8]
    public let issuer: DistinguishedName
    public let subject: DistinguishedName
    /// From `notBefore` to `notAfter`, both included (RFC 5280 section 4.1.2.5).
    public let validity: ClosedRange<Instant>
    public let publicKey: PublicKey
    /// What the extensions say.
    public let extensions: CertificateExtensions

    /// `tbsCertificate`, the bytes that the issuer signed.
    let signedBytes: ArraySlice<UInt8>
    let signature: [UInt8]
    /// Nil for an algorithm that nothing here verifies, SHA-1 among them. A trust anchor may have one: nobody checks it.
    let signatureScheme: SignatureScheme?
    /// The same certificate, as the path search wants it.
    let node: PathSearch.Node

    /// - Throws: `CertificateError`; the size is looked at before anything is read.
    public init(der: [UInt8]) throws(CertificateError) {
        guard der.count <= CertificateLimits.byteCount else { throw .tooLarge(limit: CertificateLimits.byteCount) }
        let fields = try CertificateFields(der: der)
        guard fields.isVersion3 else { throw .notVersion3 }
        // RFC 5280 section 4.1.1.2: otherwise what is signed says another algorithm than what is used.
        guard fields.innerAlgorithm == fields.outerAlgorithm else { throw .signatureAlgorithmsDiffer }
        guard let notBefore = fields.notBefore, let notAfter = fields.notAfter else { throw .malformed(.validity) }
        guard notBefore <= notAfter else { throw .validityReversed }
        let publicKey: PublicKey
        do {
            publicKey = try PublicKey(subjectPublicKeyInfo: Array(fields.subjectPublicKeyInfo))
        } catch {
            throw .publicKey(error)
        }
        self.der = der
        self.publicKey = publicKey
        serialNumber = Array(fields.serialNumber)
        issuer = DistinguishedName(der: Array(fields.issuer))
        subject = DistinguishedName(der: Array(fields.subject))
        validity = notBefore...notAfter
        extensions = try CertificateExtensions(fields.extensions)
        signedBytes = fields.signedBytes
        signature = fields.signature
        signatureScheme = SignatureScheme(certificateAlgorithm: fields.outerAlgorithm)
        guard let node = PathSearch.Node(der: der) else { throw .malformed(.certificate) }
        self.node = node
    }

    /// All certificates of a PEM file, in their order.
    ///
    /// - Throws: `CertificateError`; a file with anything but `CERTIFICATE` blocks is refused, and so is one with none.
    public static func all(pem: [UInt8]) throws(CertificateError) -> [Certificate] {
        let limit = CertificateLimits.pemByteCount
        guard pem.count <= limit else { throw .tooLarge(limit: limit) }
        let blocks: [PEMBlock]
        do {
            blocks = try PEMBlock.parseAll(pem, limit: CertificateLimits.pemBlocks)
        } catch {
            throw .notPEM(error)
        }
        guard !blocks.isEmpty else { throw .noCertificate }
        var certificates: [Certificate] = []
        for block in blocks {
            // Labels are ASCII, for which `==` compares bytes.
            guard block.label == "CERTIFICATE" else { throw .unsupportedLabel(block.label) }
            certificates.append(try Certificate(der: block.bytes))
        }
        return certificates
    }

    /// `sha256:` and the hash of ``der``.
    public var fingerprint: String { Content.Digest(of: der).description }

    /// Whether the key of `issuer` signed this certificate. That it may issue is another question.
    func isSigned(by issuer: Certificate) -> Bool {
        guard let signatureScheme else { return false }
        return issuer.publicKey.isValid(signature, over: signedBytes, scheme: signatureScheme)
    }
}

/// Equal when the bytes are.
extension Certificate: Hashable {
    public static func == (a: Certificate, b: Certificate) -> Bool { a.der == b.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

/// A `Name`, RFC 5280 section 4.1.2.4, kept and compared as its bytes.
public struct DistinguishedName: Sendable, Hashable {
    public let der: [UInt8]

    /// Whether there is no name in it: an empty sequence.
    public var isEmpty: Bool { der == [0x30, 0] }
}

/// How much is read of a certificate that nobody has vouched for.
package enum CertificateLimits {
    /// A Fulcio certificate has about 1.5 KB, a web server's up to 10; the largest key and some hundred names fit.
    package static let byteCount = 64 << 10
    /// Fulcio writes about 30.
    static let extensions = 64
    /// The most names that the certificate authorities of the web put into one certificate are 100 to 250.
    static let names = 256
    /// RFC 5280 section 4.1.2.2: at most 20 octets; one more where the first bit is set.
    static let serialNumberByteCount = 21
    static let pemByteCount = 1 << 20
    static let pemBlocks = 32
}

extension SignatureScheme {
    /// RFC 5758 section 3.2, RFC 8410 section 3, RFC 4055 section 5: by the exact encoding, so that ECDSA and Ed25519 have
    /// no parameters and RSA has NULL. RSASSA-PSS is not among them: the path search does not know it either.
    init?(certificateAlgorithm der: ArraySlice<UInt8>) {
        guard let scheme = Self.certificateAlgorithms.first(where: { der.elementsEqual($0.der) })?.scheme else {
            return nil
        }
        self = scheme
    }

    private static let certificateAlgorithms: [(der: [UInt8], scheme: SignatureScheme)] = {
        let ecdsa: [UInt8] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03]
        let rsa: [UInt8] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]
        return [
            (ecdsa + [2], .ecdsaSHA256), (ecdsa + [3], .ecdsaSHA384), (ecdsa + [4], .ecdsaSHA512),
            ([0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70], .ed25519),
            (rsa + [11, 5, 0], .rsaPKCS1SHA256), (rsa + [12, 5, 0], .rsaPKCS1SHA384),
            (rsa + [13, 5, 0], .rsaPKCS1SHA512),
        ]
    }()
}
