import PKI
import SwiftASN1

/// `PBES2-params`, RFC 8018 appendix A.4, within the limits of ``PBES2``.
struct PBES2Parameters {
    var derivation: KeyDerivation
    /// 16, 24 or 32: AES-128, -192 or -256 in CBC mode.
    var keyByteCount: Int
    /// 16 octets.
    var initializationVector: [UInt8]
}

extension PBES2Parameters {
    /// - Throws: `PrivateKeyError.unsupportedEncryption` with the identifier that is not known, or `keyDerivationLimit`.
    init(_ algorithm: AlgorithmIdentifier) throws(PrivateKeyError) {
        guard algorithm.algorithm == .pbes2 else {
            throw .unsupportedEncryption(oid: algorithm.algorithm.description)
        }
        do {
            let (function, cipher) = try algorithm.parametersAsSequence { nodes in
                (try AlgorithmIdentifier(derEncoded: &nodes), try AlgorithmIdentifier(derEncoded: &nodes))
            }
            switch cipher.algorithm {
            case .aes128CBC: keyByteCount = 16
            case .aes192CBC: keyByteCount = 24
            case .aes256CBC: keyByteCount = 32
            default: throw PrivateKeyError.unsupportedEncryption(oid: cipher.algorithm.description)
            }
            guard let iv = cipher.parameters else { throw PrivateKeyError.notDER }
            initializationVector = Array(try ASN1OctetString(asn1Any: iv).bytes)
            guard initializationVector.count == 16 else { throw PrivateKeyError.notDER }
            derivation = try KeyDerivation(function, keyByteCount: keyByteCount)
        } catch let error as PrivateKeyError {
            throw error
        } catch {
            throw .notDER
        }
    }

    /// The form that ``PBES2`` writes.
    func encoded() throws -> AlgorithmIdentifier {
        try AlgorithmIdentifier(.pbes2) { coder in
            try coder.serialize(derivation.encoded())
            let iv = ASN1OctetString(contentBytes: initializationVector[...])
            try coder.serialize(AlgorithmIdentifier(.aes256CBC, parameters: ASN1Any(erasing: iv)))
        }
    }
}
