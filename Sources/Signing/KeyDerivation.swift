import Crypto
import CryptoExtras
import FoundationEssentials
import PKI
import SwiftASN1

/// How a passphrase becomes a cipher's key, RFC 8018 section 5.2 and RFC 7914 section 2.
enum KeyDerivation: Equatable {
    case pbkdf2(salt: [UInt8], iterations: Int, hash: Hash)
    /// Cost N, block size r, parallelism p.
    case scrypt(salt: [UInt8], cost: Int, blockSize: Int, parallelism: Int)

    /// The hash under HMAC.
    enum Hash: Equatable {
        case sha1, sha256, sha384, sha512
    }

    func key(from passphrase: [UInt8], byteCount: Int) throws(PrivateKeyError) -> SymmetricKey {
        do {
            switch self {
            case .pbkdf2(let salt, let iterations, let hash):
                let function: KDF.Insecure.PBKDF2.HashFunction =
                    switch hash {
                    case .sha1: .insecureSHA1
                    case .sha256: .sha256
                    case .sha384: .sha384
                    case .sha512: .sha512
                    }
                // Unchecked means that few rounds are accepted too: what protects somebody's file is theirs to choose.
                return try KDF.Insecure.PBKDF2.deriveKey(
                    from: passphrase, salt: salt, using: function, outputByteCount: byteCount,
                    unsafeUncheckedRounds: iterations)
            case .scrypt(let salt, let cost, let blockSize, let parallelism):
                return try KDF.Scrypt.deriveKey(
                    from: passphrase, salt: salt, outputByteCount: byteCount, rounds: cost, blockSize: blockSize,
                    parallelism: parallelism)
            }
        } catch {
            throw .keyDerivationRefused
        }
    }
}

extension KeyDerivation {
    /// From the `keyDerivationFunc` of `PBES2-params`.
    ///
    /// - Throws: `PrivateKeyError`, or an error of the DER parser.
    init(_ algorithm: AlgorithmIdentifier, keyByteCount: Int) throws {
        switch algorithm.algorithm {
        case .pbkdf2: self = try Self.pbkdf2(algorithm, keyByteCount: keyByteCount)
        case .scrypt: self = try Self.scrypt(algorithm, keyByteCount: keyByteCount)
        default: throw PrivateKeyError.unsupportedEncryption(oid: algorithm.algorithm.description)
        }
    }

    /// `PBKDF2-params`, RFC 8018 appendix A.2. A salt that is not given in place has no algorithm that anyone uses.
    private static func pbkdf2(_ algorithm: AlgorithmIdentifier, keyByteCount: Int) throws -> KeyDerivation {
        let (salt, iterations, length, function) = try algorithm.parametersAsSequence { nodes in
            (
                Array(try ASN1OctetString(derEncoded: &nodes).bytes),
                try Int(derEncoded: &nodes),
                try DER.optionalImplicitlyTagged(&nodes) as Int?,
                try DER.optionalImplicitlyTagged(&nodes) as AlgorithmIdentifier?
            )
        }
        let hash: Hash
        switch function?.algorithm {
        case nil, .hmacWithSHA1?: hash = .sha1
        case .hmacWithSHA256?: hash = .sha256
        case .hmacWithSHA384?: hash = .sha384
        case .hmacWithSHA512?: hash = .sha512
        case let other?: throw PrivateKeyError.unsupportedEncryption(oid: other.description)
        }
        // The library traps on an empty salt.
        guard !salt.isEmpty, iterations > 0, length == nil || length == keyByteCount else {
            throw PrivateKeyError.notDER
        }
        guard iterations <= PBES2.maximumIterations else { throw PrivateKeyError.keyDerivationLimit }
        return .pbkdf2(salt: salt, iterations: iterations, hash: hash)
    }

    /// `scrypt-params`, RFC 7914 section 7.1.
    private static func scrypt(_ algorithm: AlgorithmIdentifier, keyByteCount: Int) throws -> KeyDerivation {
        let (salt, cost, blockSize, parallelism, length) = try algorithm.parametersAsSequence { nodes in
            (
                Array(try ASN1OctetString(derEncoded: &nodes).bytes),
                try Int(derEncoded: &nodes), try Int(derEncoded: &nodes), try Int(derEncoded: &nodes),
                try DER.optionalImplicitlyTagged(&nodes) as Int?
            )
        }
        guard !salt.isEmpty, cost > 1, cost & (cost - 1) == 0, blockSize > 0, parallelism > 0,
            length == nil || length == keyByteCount
        else { throw PrivateKeyError.notDER }
        // Memory is 128 N r octets, work is p times that; the library multiplies all four, and traps if it overflows.
        let (blocks, overflow) = cost.multipliedReportingOverflow(by: blockSize)
        guard !overflow, blocks <= PBES2.maximumScryptByteCount / 128, parallelism <= PBES2.maximumScryptParallelism
        else { throw PrivateKeyError.keyDerivationLimit }
        return .scrypt(salt: salt, cost: cost, blockSize: blockSize, parallelism: parallelism)
    }

    /// The form that ``PBES2`` writes.
    func encoded() throws -> AlgorithmIdentifier {
        guard case .pbkdf2(let salt, let iterations, .sha256) = self else { throw PrivateKeyError.encryptionFailed }
        return try AlgorithmIdentifier(.pbkdf2) { coder in
            try coder.serialize(ASN1OctetString(contentBytes: salt[...]))
            try coder.serialize(iterations)
            try coder.serialize(AlgorithmIdentifier(.hmacWithSHA256, parameters: ASN1Any(erasing: ASN1Null())))
        }
    }
}

extension AlgorithmIdentifier {
    /// Reads the parameters, which must be one SEQUENCE that `read` consumes whole.
    func parametersAsSequence<T>(_ read: (inout ASN1NodeCollection.Iterator) throws -> T) throws -> T {
        guard let parameters else { throw PrivateKeyError.notDER }
        var coder = DER.Serializer()
        try coder.serialize(parameters)
        return try DER.sequence(DER.parse(coder.serializedBytes), identifier: .sequence, read)
    }

    /// With parameters that are one SEQUENCE of what `write` writes.
    init(_ algorithm: ASN1ObjectIdentifier, sequence write: (inout DER.Serializer) throws -> Void) throws {
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence, write)
        self.init(algorithm, parameters: ASN1Any(derEncoded: try DER.parse(coder.serializedBytes)))
    }
}

extension ASN1ObjectIdentifier {
    /// RFC 8018 appendix C.
    static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 12]
    static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
    static let hmacWithSHA1: ASN1ObjectIdentifier = [1, 2, 840, 113549, 2, 7]
    static let hmacWithSHA256: ASN1ObjectIdentifier = [1, 2, 840, 113549, 2, 9]
    static let hmacWithSHA384: ASN1ObjectIdentifier = [1, 2, 840, 113549, 2, 10]
    static let hmacWithSHA512: ASN1ObjectIdentifier = [1, 2, 840, 113549, 2, 11]
    static let aes128CBC: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 1, 2]
    static let aes192CBC: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 1, 22]
    static let aes256CBC: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 1, 42]
    /// RFC 7914 section 7.
    static let scrypt: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11591, 4, 11]
}
