import Crypto
import CryptoExtras
import FoundationEssentials
import PKI
import SwiftASN1

/// `PrivateKeyInfo` (RFC 5208 section 5), with the public key that `OneAsymmetricKey` (RFC 5958 section 2) adds.
enum PKCS8 {
    static func secret(_ der: [UInt8]) throws(PrivateKeyError) -> Secret {
        let info = try parse(der)
        let secret: Secret
        switch info.algorithm.algorithm {
        case .ecPublicKey:
            guard let parameters = info.algorithm.parameters,
                let curve = try? ASN1ObjectIdentifier(asn1Any: parameters)
            else { throw .notANamedCurve }
            secret = try SEC1.secret(info.key, curve: curve)
        case .ed25519:
            // RFC 8410 section 7: an OCTET STRING inside the OCTET STRING.
            guard info.algorithm.parameters == nil, let seed = try? ASN1OctetString(derEncoded: info.key) else {
                throw .notDER
            }
            guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed.bytes) else {
                throw .invalidKey
            }
            secret = .ed25519(key)
        case .rsaEncryption:
            secret = try PKCS1.secret(info.key)
        default:
            throw .unsupportedAlgorithm(oid: info.algorithm.algorithm.description)
        }
        if let stated = info.publicKey {
            try secret.checkPublicHalf(stated)
        }
        return secret
    }

    private static func parse(
        _ der: [UInt8]
    ) throws(PrivateKeyError) -> (algorithm: AlgorithmIdentifier, key: [UInt8], publicKey: ArraySlice<UInt8>?) {
        do {
            return try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                let version = try Int(derEncoded: &nodes)
                guard version == 0 || version == 1 else { throw PrivateKeyError.notDER }
                let algorithm = try AlgorithmIdentifier(derEncoded: &nodes)
                let key = try ASN1OctetString(derEncoded: &nodes)
                // Attributes [0] say nothing about the key.
                _ = DER.optionalImplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) { $0 }
                let publicKey: ASN1BitString? = try DER.optionalImplicitlyTagged(
                    &nodes, tag: ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific))
                return (algorithm, Array(key.bytes), publicKey?.bytes)
            }
        } catch {
            throw .notDER
        }
    }
}

/// `ECPrivateKey`, RFC 5915 section 3.
enum SEC1 {
    /// - Parameter curve: as PKCS #8 states it around the key; when nil the key itself must state it.
    static func secret(_ der: [UInt8], curve outer: ASN1ObjectIdentifier?) throws(PrivateKeyError) -> Secret {
        let (scalar, inner, publicKey) = try parse(der)
        if let outer, let inner, outer != inner { throw .publicHalfDiffers }
        guard let curve = outer ?? inner else { throw .notANamedCurve }
        let secret: Secret
        do {
            // The library wants as many octets as the curve has, and 0 < scalar < n.
            secret =
                switch curve {
                case .secp256r1: .p256(try P256.Signing.PrivateKey(rawRepresentation: scalar))
                case .secp384r1: .p384(try P384.Signing.PrivateKey(rawRepresentation: scalar))
                case .secp521r1: .p521(try P521.Signing.PrivateKey(rawRepresentation: scalar))
                default: throw PrivateKeyError.unsupportedCurve(oid: curve.description)
                }
        } catch let error as PrivateKeyError {
            throw error
        } catch {
            throw .invalidKey
        }
        if let publicKey {
            try secret.checkPublicHalf(publicKey)
        }
        return secret
    }

    private static func parse(
        _ der: [UInt8]
    ) throws(PrivateKeyError) -> (
        scalar: ArraySlice<UInt8>, curve: ASN1ObjectIdentifier?, publicKey: ArraySlice<UInt8>?
    ) {
        do {
            return try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                guard try Int(derEncoded: &nodes) == 1 else { throw PrivateKeyError.notDER }
                let scalar = try ASN1OctetString(derEncoded: &nodes)
                let curve = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 0, tagClass: .contextSpecific) {
                    try ASN1ObjectIdentifier(derEncoded: $0)
                }
                let publicKey = try DER.optionalExplicitlyTagged(&nodes, tagNumber: 1, tagClass: .contextSpecific) {
                    try ASN1BitString(derEncoded: $0)
                }
                return (scalar.bytes, curve, publicKey?.bytes)
            }
        } catch {
            throw .notDER
        }
    }
}

/// `RSAPrivateKey`, RFC 8017 appendix A.1.2, with two primes.
enum PKCS1 {
    static func secret(_ der: [UInt8]) throws(PrivateKeyError) -> Secret {
        let numbers: [ArraySlice<UInt8>]
        do {
            numbers = try DER.sequence(of: ArraySlice<UInt8>.self, identifier: .sequence, rootNode: DER.parse(der))
        } catch {
            throw .notDER
        }
        // version (0, an empty slice), n, e, d, p, q, d mod p - 1, d mod q - 1, 1/q mod p
        guard numbers.count == 9, numbers[0].isEmpty else { throw .notDER }
        do {
            // Bounds first: the library's consistency check takes seconds on moduli far above them.
            _ = try RSAPublicKeyValue(modulus: numbers[1], publicExponent: numbers[2])
        } catch {
            throw .publicHalf(error)
        }
        guard let key = try? _RSA.Signing.PrivateKey(derRepresentation: der) else { throw .invalidKey }
        return .rsa(key)
    }
}

extension Secret {
    /// A file whose two halves differ would sign with one key and show another.
    fileprivate func checkPublicHalf(_ stated: ArraySlice<UInt8>) throws(PrivateKeyError) {
        let own: [UInt8] =
            switch self {
            case .p256(let key): Array(key.publicKey.x963Representation)
            case .p384(let key): Array(key.publicKey.x963Representation)
            case .p521(let key): Array(key.publicKey.x963Representation)
            case .ed25519(let key): Array(key.publicKey.rawRepresentation)
            case .rsa(let key): Array(key.publicKey.pkcs1DERRepresentation)
            }
        guard stated.elementsEqual(own) else { throw .publicHalfDiffers }
    }
}
