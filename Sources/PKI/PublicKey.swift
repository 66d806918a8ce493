import Content
import CryptoExtras
import StrictEncoding

/// A public key that can verify signatures: ECDSA on a NIST curve, Ed25519, or RSA of 2048 to 8192 bits.
///
/// A value of this type is a usable key: its point lies on the curve (for Ed25519: it is not a point of small order),
/// its modulus and exponent are within bounds, and its `SubjectPublicKeyInfo` is the one canonical encoding of that
/// key. So one key has one ``fingerprint``, and two keys are equal when their encodings are.
public struct PublicKey: Sendable {
    /// The algorithm family and its size.
    public enum Kind: Sendable, Hashable {
        case ecdsaP256, ecdsaP384, ecdsaP521, ed25519
        /// The length of the modulus in bits.
        case rsa(bits: Int)
    }

    /// What kind of key it is.
    public let kind: Kind
    /// DER, RFC 5280 section 4.1.2.7.
    public let subjectPublicKeyInfo: [UInt8]
    /// `sha256:` and the hash of ``subjectPublicKeyInfo`` in hexadecimal: the name of this key everywhere.
    public let fingerprint: String

    /// Parsed once: verification is the hot path.
    let verifier: Verifier

    /// A key from a PEM file with exactly one block: `PUBLIC KEY`, or `RSA PUBLIC KEY` (PKCS #1), which is wrapped
    /// into a `SubjectPublicKeyInfo`, so that both spellings of a key have one fingerprint.
    ///
    /// - Throws: `PublicKeyError`; a private key and a certificate are each refused by name.
    public init(pem: [UInt8]) throws(PublicKeyError) {
        guard pem.count <= Self.maximumByteCount else { throw .tooLong(limit: Self.maximumByteCount) }
        let blocks: [PEMBlock]
        do {
            blocks = try PEMBlock.parseAll(pem, limit: 8)
        } catch .headersNotSupported(let label, _) where label.hasSuffix("PRIVATE KEY") {
            throw .privateKeyGiven(label: label)
        } catch {
            throw .notPEM(error)
        }
        // A file that holds a private key is refused as such, whatever else it holds.
        if let block = blocks.first(where: { $0.label.hasSuffix("PRIVATE KEY") }) {
            throw .privateKeyGiven(label: block.label)
        }
        guard let block = blocks.first, blocks.count == 1 else { throw .notOneBlock(found: blocks.count) }
        switch block.label {
        case "PUBLIC KEY": try self.init(subjectPublicKeyInfo: block.bytes)
        case "RSA PUBLIC KEY": try self.init(subjectPublicKeyInfo: RSAPublicKeyValue(der: block.bytes).wrapped())
        case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": throw .certificateGiven
        default: throw .unsupportedLabel(block.label)
        }
    }

    /// A key from the DER of its `SubjectPublicKeyInfo`.
    ///
    /// - Throws: `PublicKeyError`, also when the bytes are not the canonical encoding of the key that they describe.
    public init(subjectPublicKeyInfo der: [UInt8]) throws(PublicKeyError) {
        guard der.count <= Self.maximumByteCount else { throw .tooLong(limit: Self.maximumByteCount) }
        let (kind, verifier, canonical) = try SubjectPublicKeyInfo(der: der).understood()
        // What was understood, written again, must be what was given: no second spelling with another fingerprint.
        guard try canonical.encoded() == der else { throw .notCanonical }
        self.kind = kind
        self.verifier = verifier
        subjectPublicKeyInfo = der
        fingerprint = Content.Digest(of: der).description
    }

    /// An RSA key from the DER of its `RSAPublicKey` (PKCS #1, RFC 8017 appendix A.1.1).
    ///
    /// - Throws: `PublicKeyError`.
    public init(rsaPublicKey der: [UInt8]) throws(PublicKeyError) {
        guard der.count <= Self.maximumByteCount else { throw .tooLong(limit: Self.maximumByteCount) }
        try self.init(subjectPublicKeyInfo: RSAPublicKeyValue(der: der).wrapped())
    }

    /// The key as a PEM file with one `PUBLIC KEY` block.
    public var pem: String { PEMBlock(label: "PUBLIC KEY", bytes: subjectPublicKeyInfo).encoded() }

    /// An RSA key of 8192 bits is 1.1 KB, as PEM 1.5 KB; the rest is room for comments.
    static let maximumByteCount = 64 << 10
}

extension PublicKey {
    /// Whether `signature` is this key's signature over `message` under exactly this scheme.
    ///
    /// False for a scheme that does not belong to ``kind``. ECDSA signatures are strict DER unless `encoding` says
    /// otherwise; `encoding` means nothing to other kinds.
    public func isValid(
        _ signature: [UInt8], over message: SignedMessage, scheme: SignatureScheme, encoding: ECDSAEncoding = .der
    ) -> Bool {
        if let digest = message.knownDigest {
            return isValid(signature, overDigest: digest, scheme: scheme, encoding: encoding)
        }
        return switch scheme {
        case .ecdsaSHA256: verifier.isValidECDSA(signature, for: message.sha256, encoding: encoding)
        case .ecdsaSHA384: verifier.isValidECDSA(signature, for: message.sha384, encoding: encoding)
        case .ecdsaSHA512: verifier.isValidECDSA(signature, for: message.sha512, encoding: encoding)
        case .ed25519: verifier.isValidEd25519(signature, over: message)
        case .rsaPKCS1SHA256: verifier.isValidRSA(signature, for: message.sha256, padding: .insecurePKCS1v1_5)
        case .rsaPKCS1SHA384: verifier.isValidRSA(signature, for: message.sha384, padding: .insecurePKCS1v1_5)
        case .rsaPKCS1SHA512: verifier.isValidRSA(signature, for: message.sha512, padding: .insecurePKCS1v1_5)
        case .rsaPSSSHA256: verifier.isValidRSA(signature, for: message.sha256, padding: .PSS)
        case .rsaPSSSHA384: verifier.isValidRSA(signature, for: message.sha384, padding: .PSS)
        case .rsaPSSSHA512: verifier.isValidRSA(signature, for: message.sha512, padding: .PSS)
        }
    }

    /// The first of `schemes` under which `signature` is this key's signature over `message`; nil if there is none.
    ///
    /// - Parameter schemes: ``SignatureScheme/defaults(for:)`` when nil; an empty list verifies nothing.
    public func verifyingScheme(
        of signature: [UInt8], over message: SignedMessage, among schemes: [SignatureScheme]? = nil,
        encoding: ECDSAEncoding = .der
    ) -> SignatureScheme? {
        (schemes ?? SignatureScheme.defaults(for: kind)).first {
            isValid(signature, over: message, scheme: $0, encoding: encoding)
        }
    }

    /// The same over bytes that are used once.
    public func isValid(
        _ signature: [UInt8], over message: [UInt8], scheme: SignatureScheme, encoding: ECDSAEncoding = .der
    ) -> Bool {
        isValid(signature, over: SignedMessage(message), scheme: scheme, encoding: encoding)
    }

    /// The same over bytes that are used once.
    public func isValid(
        _ signature: [UInt8], over message: ArraySlice<UInt8>, scheme: SignatureScheme, encoding: ECDSAEncoding = .der
    ) -> Bool {
        isValid(signature, over: SignedMessage(message), scheme: scheme, encoding: encoding)
    }
}

extension PublicKey: Hashable {
    public static func == (a: PublicKey, b: PublicKey) -> Bool { a.subjectPublicKeyInfo == b.subjectPublicKeyInfo }
    public func hash(into hasher: inout Hasher) { hasher.combine(subjectPublicKeyInfo) }
}

extension PublicKey.Kind: CustomStringConvertible {
    /// As reports and commands write it, like `ecdsa-p256` or `rsa-3072`.
    public var description: String {
        switch self {
        case .ecdsaP256: "ecdsa-p256"
        case .ecdsaP384: "ecdsa-p384"
        case .ecdsaP521: "ecdsa-p521"
        case .ed25519: "ed25519"
        case .rsa(let bits): "rsa-\(bits)"
        }
    }
}
