public import PKI
import StrictEncoding

/// A key as metadata writes it (section 4.2.2), with the one signature scheme that it is bound to.
///
/// A key of an unknown type or scheme, or one that cannot be used, is kept: it just never counts.
public struct TUFKey: Sendable {
    /// As in `ecdsa`.
    public let keyType: String
    /// As in `ecdsa-sha2-nistp256`.
    public let scheme: String
    /// What signatures are verified with; nil if they cannot be.
    public let verification: Verification?

    /// A usable key and its scheme.
    public struct Verification: Sendable, Hashable {
        /// The key. Two keys with one of these are one key, whatever they are called.
        public let key: PublicKey
        /// The only scheme that counts.
        public let scheme: SignatureScheme
    }

    init(keyType: String, scheme: String, verification: Verification?) {
        self.keyType = keyType
        self.scheme = scheme
        self.verification = verification
    }

    /// - Parameter pointsAllowed: whether a P-256 key may be the hexadecimal digits of its point. The first roots of
    ///   Sigstore's public-good repository carry such keys. The specification has none, so they count in root metadata
    ///   only, and are converted here once.
    init(_ fields: MetadataFields, pointsAllowed: Bool) throws(MetadataFormatError) {
        keyType = try fields.string("keytype")
        scheme = try fields.string("scheme")
        let value = try fields.fields("keyval")
        verification = value.object["public"]?.string.flatMap { [keyType, scheme] text in
            Self.verification(keyType, scheme, text, pointsAllowed)
        }
    }

    /// The members of an object of keys by key ID. The specification has the ID be a hash of the key; like the
    /// reference implementation (and TAP 12) this client takes it as a name. What makes signatures distinct is the
    /// key itself.
    static func ring(_ fields: MetadataFields, pointsAllowed: Bool) throws(MetadataFormatError) -> [ExactString: TUFKey]
    {
        var ring: [ExactString: TUFKey] = [:]
        for (keyID, value) in fields.object {
            ring[ExactString(keyID)] = try TUFKey(
                MetadataFields(value, at: fields.at(keyID)), pointsAllowed: pointsAllowed)
        }
        return ring
    }

    /// Whether `signature` is this key's over `message`.
    func isValid(_ signature: [UInt8], over message: SignedMessage) -> Bool {
        guard let verification else { return false }
        return verification.key.isValid(signature, over: message, scheme: verification.scheme)
    }
}

extension TUFKey {
    /// The scheme that signatures are verified by, if the key is of the kind that type and scheme say.
    ///
    /// There are the three types of section 4.2.2, P-384 after the pattern of P-256, and `ecdsa-sha2-nistp256` as a type,
    /// as repositories wrote it before 2023.
    static func signatureScheme(_ keyType: String, _ scheme: String, for kind: PublicKey.Kind) -> SignatureScheme? {
        switch (ExactString(keyType), ExactString(scheme), kind) {
        case ("ed25519", "ed25519", .ed25519): .ed25519
        case ("ecdsa", "ecdsa-sha2-nistp256", .ecdsaP256): .ecdsaSHA256
        case ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", .ecdsaP256): .ecdsaSHA256
        case ("ecdsa", "ecdsa-sha2-nistp384", .ecdsaP384): .ecdsaSHA384
        case ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", .ecdsaP384): .ecdsaSHA384
        case ("rsa", "rsassa-pss-sha256", .rsa): .rsaPSSSHA256
        default: nil
        }
    }

    private static func verification(
        _ keyType: String, _ scheme: String, _ text: String, _ pointsAllowed: Bool
    ) -> Verification? {
        guard let key = key(keyType, scheme, text, pointsAllowed),
            let signatureScheme = signatureScheme(keyType, scheme, for: key.kind)
        else { return nil }
        return Verification(key: key, scheme: signatureScheme)
    }

    /// Ed25519 keys are the hexadecimal digits of their octets, all others PEM.
    private static func key(
        _ keyType: String, _ scheme: String, _ text: String, _ pointsAllowed: Bool
    ) -> PublicKey? {
        if ExactString(keyType) == "ed25519" {
            guard let octets = try? Hex.decodeAnyCase(text), octets.count == 32 else { return nil }
            return try? PublicKey(subjectPublicKeyInfo: ed25519Prefix + octets)
        }
        if pointsAllowed, ExactString(scheme) == "ecdsa-sha2-nistp256", let octets = try? Hex.decodeAnyCase(text),
            octets.count == 65
        {
            return try? PublicKey(subjectPublicKeyInfo: p256Prefix + octets)
        }
        return try? PublicKey(pem: Array(text.utf8))
    }

    /// What stands before the octets of a key in its SubjectPublicKeyInfo: RFC 8410 section 4.
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    /// RFC 5480 section 2, the curve secp256r1.
    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
}
