import Content
public import StrictEncoding
import SwiftASN1

/// A list of certificates that their issuer took back (RFC 5280 section 5), read strictly. Nobody has vouched for it.
///
/// A value of this type is DER throughout: a complete list of version 2, of the certificates of its own issuer, with a
/// number, with the time of the next one, and without anything critical that this product does not understand. Whether
/// the issuer signed it is asked of the issuer's certificate, see ``RevocationCheck``.
public struct CertificateRevocationList: Sendable {
    public let issuer: DistinguishedName
    /// When it was issued.
    public let thisUpdate: Instant
    /// By when there is to be a newer one.
    public let nextUpdate: Instant
    /// The content octets of `cRLNumber`, section 5.2.3.
    public let number: [UInt8]
    /// `sha256:` and the hash of the list as it was received.
    public let fingerprint: String

    private let entries: [[UInt8]: Entry]
    private let signedMessage: SignedMessage
    private let signature: [UInt8]
    private let signatureScheme: SignatureScheme

    /// What the list says of one certificate, section 5.3.
    public struct Entry: Sendable, Hashable {
        /// When the issuer took the certificate back.
        public let date: Instant
        public let reason: RevocationReason?
        /// Since when the issuer believes that the key was not to be trusted, section 5.3.2.
        public let invalidityDate: Instant?
    }

    /// - Throws: `RevocationListError`; the size is looked at before anything is read.
    public init(der: [UInt8]) throws(RevocationListError) {
        guard der.count <= RevocationListLimits.byteCount else {
            throw .tooLarge(limit: RevocationListLimits.byteCount)
        }
        let fields = try RevocationListFields(der: der)
        guard let signatureScheme = SignatureScheme(certificateAlgorithm: fields.outerAlgorithm) else {
            throw .unsupportedAlgorithm
        }
        let extensions = try RevocationListExtensions(fields.extensions)
        issuer = DistinguishedName(der: Array(fields.issuer))
        thisUpdate = fields.thisUpdate
        nextUpdate = fields.nextUpdate
        number = extensions.number
        fingerprint = Content.Digest(of: der).description
        entries = fields.entries
        signedMessage = SignedMessage(fields.signedBytes)
        signature = fields.signature
        self.signatureScheme = signatureScheme
    }

    /// All lists of a file: PEM with `X509 CRL` blocks and nothing else, or the DER of one.
    public static func all(file: [UInt8]) throws(RevocationListError) -> [CertificateRevocationList] {
        // No DER begins with a dash, a letter or a space: a list is a sequence.
        if file.first == 0x30 { return [try CertificateRevocationList(der: file)] }
        guard file.count <= RevocationListLimits.pemByteCount else {
            throw .tooLarge(limit: RevocationListLimits.pemByteCount)
        }
        let blocks: [PEMBlock]
        do {
            blocks = try PEMBlock.parseAll(file, limit: RevocationListLimits.pemBlocks)
        } catch {
            throw .notPEM(error)
        }
        guard !blocks.isEmpty else { throw .noList }
        var lists: [CertificateRevocationList] = []
        for block in blocks {
            // Labels are ASCII, for which `==` compares bytes.
            guard block.label == "X509 CRL" else { throw .unsupportedLabel(block.label) }
            lists.append(try CertificateRevocationList(der: block.bytes))
        }
        return lists
    }

    /// How many certificates are on the list.
    public var count: Int { entries.count }

    /// What the list says of a certificate of its issuer; nil if it is not on it.
    ///
    /// - Parameter serialNumber: the content octets, as in ``Certificate/serialNumber``.
    public func entry(for serialNumber: [UInt8]) -> Entry? { entries[serialNumber] }

    /// Whether the key of `issuer` signed the list. That it may is another question.
    func isSigned(by issuer: Certificate) -> Bool {
        issuer.publicKey.isValid(signature, over: signedMessage, scheme: signatureScheme)
    }
}

/// Why a certificate was taken back, RFC 5280 section 5.3.1.
public enum RevocationReason: Int, Sendable, Hashable {
    case unspecified = 0
    case keyCompromise = 1
    case cACompromise = 2
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
    case certificateHold = 6
    case privilegeWithdrawn = 9
    case aACompromise = 10

    /// Whether somebody else may have had the key: then what it signed proves nothing, whatever its time.
    public var isCompromise: Bool {
        switch self {
        case .keyCompromise, .cACompromise, .aACompromise: true
        case .unspecified, .affiliationChanged, .superseded, .cessationOfOperation, .certificateHold,
            .privilegeWithdrawn:
            false
        }
    }
}

/// How much is read of a list that nobody has vouched for.
enum RevocationListLimits {
    /// An entry has about 40 bytes, 20 at the least: lists of 200,000 certificates. An organisation's own has some hundred.
    static let byteCount = 8 << 20
    static let pemByteCount = 12 << 20
    static let pemBlocks = 64
}
