import Crypto
import CryptoExtras
import FoundationEssentials
import SwiftASN1

/// The parsed key of the cryptographic library.
enum Verifier: Sendable {
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)
    case rsa(_RSA.Signing.PublicKey)

    /// FIPS 186-5 section 6.4.2. The library checks 0 < r, s < n and cuts the digest to the curve's length.
    func isValidECDSA(_ signature: [UInt8], for digest: some Digest, encoding: ECDSAEncoding) -> Bool {
        switch self {
        case .p256(let key):
            guard let raw = ECDSASignatureValue.raw(signature, encoding, coordinateByteCount: 32),
                let value = try? P256.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(value, for: digest)
        case .p384(let key):
            guard let raw = ECDSASignatureValue.raw(signature, encoding, coordinateByteCount: 48),
                let value = try? P384.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(value, for: digest)
        case .p521(let key):
            guard let raw = ECDSASignatureValue.raw(signature, encoding, coordinateByteCount: 66),
                let value = try? P521.Signing.ECDSASignature(rawRepresentation: raw)
            else { return false }
            return key.isValidSignature(value, for: digest)
        case .ed25519, .rsa: return false
        }
    }

    /// RFC 8032 section 5.1.7. The library refuses s >= L, so a signature cannot be restated.
    func isValidEd25519(_ signature: [UInt8], over message: SignedMessage) -> Bool {
        guard case .ed25519(let key) = self, message.isAtHand else { return false }
        return key.isValidSignature(signature, for: message.joined)
    }

    /// RFC 8017 section 8. The library wants the signature as long as the modulus and smaller than it. It traps on a
    /// digest type that is not its own SHA-2, so this is called with those only.
    func isValidRSA(_ signature: [UInt8], for digest: some Digest, padding: _RSA.Signing.Padding) -> Bool {
        guard case .rsa(let key) = self else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: padding)
    }
}

/// `ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }`, RFC 3279 section 2.2.3.
enum ECDSASignatureValue {
    /// r and s, each as long as a coordinate of the curve; nil unless `signature` is that in the given encoding.
    ///
    /// DER is strict: a second spelling of a valid signature (long lengths, padded numbers, trailing bytes) is refused.
    static func raw(_ signature: [UInt8], _ encoding: ECDSAEncoding, coordinateByteCount: Int) -> [UInt8]? {
        switch encoding {
        case .rawRS:
            // The library wants twice the length of a coordinate.
            return signature
        case .der:
            // The longest has two sign octets, and headers of 3, 2 and 2 octets. Without this a signature of many
            // megabytes would cost as many nodes.
            guard signature.count <= 2 * coordinateByteCount + 9 else { return nil }
            // Numbers parsed as slices are non-negative, minimal and without their sign octet.
            let numbers = try? DER.sequence(DER.parse(signature), identifier: .sequence) { nodes in
                (r: try ArraySlice<UInt8>(derEncoded: &nodes), s: try ArraySlice<UInt8>(derEncoded: &nodes))
            }
            guard let (r, s) = numbers, r.count <= coordinateByteCount, s.count <= coordinateByteCount else {
                return nil
            }
            var raw = [UInt8](repeating: 0, count: 2 * coordinateByteCount)
            raw.replaceSubrange((coordinateByteCount - r.count)..<coordinateByteCount, with: r)
            raw.replaceSubrange((2 * coordinateByteCount - s.count)..., with: s)
            return raw
        }
    }
}
