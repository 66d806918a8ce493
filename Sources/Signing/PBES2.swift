import Crypto
import CryptoExtras
import FoundationEssentials
import PKI
import SwiftASN1

/// Password-based encryption of private keys: `EncryptedPrivateKeyInfo` (RFC 5208 section 6) under PBES2 (RFC 8018
/// section 6.2), with PBKDF2 or scrypt and AES in CBC mode.
enum PBES2 {
    /// What one guess costs an attacker is what one use costs the owner: OWASP's 2023 count for HMAC-SHA256.
    static let iterations = 600_000

    /// A file can ask for any amount of work before the passphrase is known to be right. 10 million iterations take
    /// some seconds; 256 MiB is eight times what `openssl pkcs8 -scrypt` uses by default.
    static let maximumIterations = 10_000_000
    static let maximumScryptByteCount = 256 << 20
    static let maximumScryptParallelism = 16

    /// The private key inside.
    ///
    /// - Throws: `PrivateKeyError.wrongPassphrase` when the padding is wrong after decryption.
    static func decrypt(_ der: [UInt8], passphrase: [UInt8]) throws(PrivateKeyError) -> [UInt8] {
        guard !passphrase.isEmpty else { throw .emptyPassphrase }
        let (algorithm, ciphertext) = try EncryptedPrivateKeyInfo.parse(der)
        let parameters = try PBES2Parameters(algorithm)
        let key = try parameters.derivation.key(from: passphrase, byteCount: parameters.keyByteCount)
        do {
            return Array(
                try AES._CBC.decrypt(ciphertext, using: key, iv: AES._CBC.IV(ivBytes: parameters.initializationVector)))
        } catch {
            throw .wrongPassphrase
        }
    }

    /// DER of an `EncryptedPrivateKeyInfo` under a fresh salt and initialization vector.
    static func encrypt(_ plain: [UInt8], passphrase: [UInt8]) throws(PrivateKeyError) -> [UInt8] {
        guard !passphrase.isEmpty else { throw .emptyPassphrase }
        let parameters = PBES2Parameters(
            derivation: .pbkdf2(salt: randomBytes(16), iterations: iterations, hash: .sha256), keyByteCount: 32,
            initializationVector: randomBytes(16))
        let key = try parameters.derivation.key(from: passphrase, byteCount: parameters.keyByteCount)
        do {
            let iv = try AES._CBC.IV(ivBytes: parameters.initializationVector)
            return try EncryptedPrivateKeyInfo.encoded(
                algorithm: parameters.encoded(), ciphertext: Array(AES._CBC.encrypt(plain, using: key, iv: iv)))
        } catch {
            throw .encryptionFailed
        }
    }

    /// The system's generator is cryptographically secure on every platform that Swift supports.
    private static func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }
}

private enum EncryptedPrivateKeyInfo {
    static func parse(
        _ der: [UInt8]
    ) throws(PrivateKeyError) -> (algorithm: AlgorithmIdentifier, ciphertext: ArraySlice<UInt8>) {
        do {
            return try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                (try AlgorithmIdentifier(derEncoded: &nodes), try ASN1OctetString(derEncoded: &nodes).bytes)
            }
        } catch {
            throw .notDER
        }
    }

    static func encoded(algorithm: AlgorithmIdentifier, ciphertext: [UInt8]) throws -> [UInt8] {
        var coder = DER.Serializer()
        try coder.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(algorithm)
            try coder.serialize(ASN1OctetString(contentBytes: ciphertext[...]))
        }
        return coder.serializedBytes
    }
}
