import Crypto
import CryptoExtras
import FoundationEssentials
import SwiftASN1

/// `SubjectPublicKeyInfo`, RFC 5280 section 4.1.2.7: an algorithm and the octets of a key, taken apart, not judged.
struct SubjectPublicKeyInfo {
    let algorithm: AlgorithmIdentifier
    let key: [UInt8]

    init(algorithm: AlgorithmIdentifier, key: [UInt8]) {
        self.algorithm = algorithm
        self.key = key
    }

    init(der: [UInt8]) throws(PublicKeyError) {
        do {
            (algorithm, key) = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                // Bits that do not fill an octet are lost here; comparing with the canonical form refuses them.
                (try AlgorithmIdentifier(derEncoded: &nodes), Array(try ASN1BitString(derEncoded: &nodes).bytes))
            }
        } catch {
            throw .notDER
        }
    }

    func encoded() throws(PublicKeyError) -> [UInt8] {
        do {
            var coder = DER.Serializer()
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                try coder.serialize(algorithm)
                try coder.serialize(ASN1BitString(bytes: key[...]))
            }
            return coder.serializedBytes
        } catch {
            throw .notDER
        }
    }

    /// The key that the octets describe, and how that key is written canonically.
    typealias Understood = (kind: PublicKey.Kind, verifier: Verifier, canonical: SubjectPublicKeyInfo)

    func understood() throws(PublicKeyError) -> Understood {
        switch algorithm.algorithm {
        case .ecPublicKey: try ellipticCurveKey()
        case .ed25519: try ed25519Key()
        case .rsaEncryption: try rsaKey()
        default: throw .unsupportedAlgorithm(oid: algorithm.algorithm.description)
        }
    }
}

extension SubjectPublicKeyInfo {
    /// RFC 5480 section 2: a named curve and a point.
    ///
    /// Explicit curve parameters are refused unread: whoever chooses the generator has a private key to any point.
    /// Of the forms of a point only the uncompressed one is taken: with the compressed one too, a key would have two
    /// encodings and two fingerprints, and a list of denied keys would miss one of them.
    private func ellipticCurveKey() throws(PublicKeyError) -> Understood {
        guard let parameters = algorithm.parameters, let curve = try? ASN1ObjectIdentifier(asn1Any: parameters) else {
            throw .notANamedCurve
        }
        // SEC 1 section 2.3.4: 02 and 03 compressed, 04 uncompressed, 06 and 07 hybrid.
        guard key.first == 4 else { throw .pointNotUncompressed }
        do {
            // The library refuses a point of the wrong length or off the curve.
            let (kind, verifier): (PublicKey.Kind, Verifier) =
                switch curve {
                case .secp256r1: (.ecdsaP256, .p256(try P256.Signing.PublicKey(x963Representation: key)))
                case .secp384r1: (.ecdsaP384, .p384(try P384.Signing.PublicKey(x963Representation: key)))
                case .secp521r1: (.ecdsaP521, .p521(try P521.Signing.PublicKey(x963Representation: key)))
                default: throw PublicKeyError.unsupportedCurve(oid: curve.description)
                }
            let algorithm = AlgorithmIdentifier(.ecPublicKey, parameters: try ASN1Any(erasing: curve))
            return (kind, verifier, SubjectPublicKeyInfo(algorithm: algorithm, key: key))
        } catch let error as PublicKeyError {
            throw error
        } catch {
            throw .invalidPoint
        }
    }

    /// RFC 8410 sections 3 and 4: no parameters, 32 octets.
    private func ed25519Key() throws(PublicKeyError) -> Understood {
        guard let verifier = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { throw .invalidPoint }
        guard !Ed25519Encoding.isSmallOrderOrNotReduced(key) else { throw .weakPoint }
        let algorithm = AlgorithmIdentifier(.ed25519, parameters: nil)
        return (.ed25519, .ed25519(verifier), SubjectPublicKeyInfo(algorithm: algorithm, key: key))
    }

    /// RFC 3279 section 2.3.1: parameters NULL, an `RSAPublicKey` inside.
    private func rsaKey() throws(PublicKeyError) -> Understood {
        let value = try RSAPublicKeyValue(der: key)
        let canonical = try value.subjectPublicKeyInfo()
        guard let verifier = try? _RSA.Signing.PublicKey(derRepresentation: try canonical.encoded()) else {
            throw .rsaModulusEven
        }
        return (.rsa(bits: value.bitCount), .rsa(verifier), canonical)
    }
}
