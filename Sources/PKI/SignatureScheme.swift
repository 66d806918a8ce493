/// A signature algorithm with its hash function and padding: all that must be agreed besides the key.
public enum SignatureScheme: String, Sendable, CaseIterable {
    /// FIPS 186-5 section 6, on the key's own curve.
    case ecdsaSHA256 = "ecdsa-sha256"
    case ecdsaSHA384 = "ecdsa-sha384"
    case ecdsaSHA512 = "ecdsa-sha512"
    /// RFC 8032 section 5.1.7, over the message itself (not Ed25519ph).
    case ed25519 = "ed25519"
    /// RSASSA-PKCS1-v1_5, RFC 8017 section 8.2.
    case rsaPKCS1SHA256 = "rsa-pkcs1-sha256"
    case rsaPKCS1SHA384 = "rsa-pkcs1-sha384"
    case rsaPKCS1SHA512 = "rsa-pkcs1-sha512"
    /// RSASSA-PSS, RFC 8017 section 8.1: MGF1 with the same hash, the salt exactly as long as the hash.
    case rsaPSSSHA256 = "rsa-pss-sha256"
    case rsaPSSSHA384 = "rsa-pss-sha384"
    case rsaPSSSHA512 = "rsa-pss-sha512"

    /// The schemes that are tried for a key when nobody says which, in order; the first is the one that signs.
    ///
    /// P-384 and P-521 include SHA-256, because cosign before version 3 hashes with it whatever the curve. RSA means
    /// PKCS #1 first, because that is what signers of container images write.
    public static func defaults(for kind: PublicKey.Kind) -> [SignatureScheme] {
        switch kind {
        case .ecdsaP256: [.ecdsaSHA256]
        case .ecdsaP384: [.ecdsaSHA384, .ecdsaSHA256]
        case .ecdsaP521: [.ecdsaSHA512, .ecdsaSHA256]
        case .ed25519: [.ed25519]
        case .rsa: [.rsaPKCS1SHA256, .rsaPSSSHA256]
        }
    }

    /// Whether keys of this kind can make and verify such signatures.
    public func isUsable(with kind: PublicKey.Kind) -> Bool {
        switch self {
        case .ecdsaSHA256, .ecdsaSHA384, .ecdsaSHA512:
            switch kind {
            case .ecdsaP256, .ecdsaP384, .ecdsaP521: true
            case .ed25519, .rsa: false
            }
        case .ed25519: kind == .ed25519
        case .rsaPKCS1SHA256, .rsaPKCS1SHA384, .rsaPKCS1SHA512, .rsaPSSSHA256, .rsaPSSSHA384, .rsaPSSSHA512:
            if case .rsa = kind { true } else { false }
        }
    }
}

/// How an ECDSA signature is written as bytes.
public enum ECDSAEncoding: Sendable, Hashable {
    /// `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) in strict DER: what DSSE, bundles and simple signing carry.
    case der
    /// r and s as unsigned numbers of the curve's length, one after the other (IEEE P1363).
    case rawRS
}
