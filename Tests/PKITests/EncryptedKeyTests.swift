import PKI
import StrictEncoding
import Testing

@testable import Signing

/// Encrypted private keys that ask for what they must not get. Files that other tools encrypted are in OpenSSLTests.
struct EncryptedKeyTests {
    private static let pbes2: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]
    private static let pbkdf2: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c]
    private static let pbkdf1: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x03]
    private static let scrypt: [UInt8] = [0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b]
    private static let hmacSHA256: [UInt8] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09]
    private static let hmacSHA224: [UInt8] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x08]
    private static let aes256CBC: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a]
    private static let aes256GCM: [UInt8] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e]
    private static let salt = TestDER.octets([UInt8](repeating: 1, count: 16))
    private static let iv = TestDER.octets([UInt8](repeating: 2, count: 16))

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let derivation: [UInt8]
        var cipher = TestDER.sequence(aes256CBC, iv)
        var ciphertext = [UInt8](repeating: 3, count: 32)
        let error: PrivateKeyError
    }

    private static func pbkdf2(_ fields: [UInt8]...) -> [UInt8] {
        TestDER.sequence(pbkdf2, TestDER.sequence(fields.flatMap { $0 }))
    }
    private static func scrypt(_ cost: Int, _ blockSize: Int, _ parallelism: Int, salt: [UInt8] = salt) -> [UInt8] {
        TestDER.sequence(
            scrypt,
            TestDER.sequence(
                salt, TestDER.integer(cost), TestDER.integer(blockSize), TestDER.integer(parallelism)))
    }

    static let cases: [Case] = {
        let sha256 = TestDER.sequence(hmacSHA256, TestDER.null)
        let good = pbkdf2(salt, TestDER.integer(1000), sha256)
        return [
            // The passphrase is wrong for random bytes; that it gets so far shows that the parameters were taken.
            Case(testDescription: "unchanged", derivation: good, error: .wrongPassphrase),
            Case(
                testDescription: "default hash", derivation: pbkdf2(salt, TestDER.integer(1000)),
                error: .wrongPassphrase),
            Case(
                testDescription: "key length stated",
                derivation: pbkdf2(salt, TestDER.integer(1000), TestDER.integer(32), sha256), error: .wrongPassphrase),
            Case(testDescription: "unchanged scrypt", derivation: scrypt(1024, 8, 1), error: .wrongPassphrase),

            Case(
                testDescription: "more iterations than the limit",
                derivation: pbkdf2(salt, TestDER.integer(10_000_001), sha256), error: .keyDerivationLimit),
            Case(
                testDescription: "iterations of 63 bits",
                derivation: pbkdf2(salt, TestDER.integer(.max), sha256), error: .keyDerivationLimit),
            Case(
                testDescription: "iterations of 72 bits",
                derivation: pbkdf2(salt, TestDER.integer([1, 0, 0, 0, 0, 0, 0, 0, 0]), sha256), error: .notDER),
            Case(
                testDescription: "no iterations", derivation: pbkdf2(salt, TestDER.integer(0), sha256), error: .notDER),
            Case(
                testDescription: "negative iterations", derivation: pbkdf2(salt, TestDER.integer([0xff]), sha256),
                error: .notDER),
            Case(
                testDescription: "empty salt", derivation: pbkdf2(TestDER.octets([]), TestDER.integer(1000), sha256),
                error: .notDER),
            Case(
                testDescription: "key length of another cipher",
                derivation: pbkdf2(salt, TestDER.integer(1000), TestDER.integer(16), sha256), error: .notDER),
            Case(
                testDescription: "HMAC-SHA224",
                derivation: pbkdf2(salt, TestDER.integer(1000), TestDER.sequence(hmacSHA224, TestDER.null)),
                error: .unsupportedEncryption(oid: "1.2.840.113549.2.8")),
            Case(
                testDescription: "another derivation", derivation: TestDER.sequence(pbkdf1, TestDER.sequence()),
                error: .unsupportedEncryption(oid: "1.2.840.113549.1.5.3")),
            Case(
                testDescription: "derivation without parameters", derivation: TestDER.sequence(pbkdf2), error: .notDER),

            Case(
                testDescription: "scrypt of a little over 256 MiB", derivation: scrypt(1 << 18, 9, 1),
                error: .keyDerivationLimit),
            Case(
                testDescription: "scrypt of 512 MiB", derivation: scrypt(1 << 19, 8, 1), error: .keyDerivationLimit),
            Case(
                testDescription: "scrypt whose size overflows", derivation: scrypt(1 << 62, 1 << 62, 1),
                error: .keyDerivationLimit),
            Case(
                testDescription: "scrypt with much parallelism", derivation: scrypt(1024, 8, 17),
                error: .keyDerivationLimit),
            Case(
                testDescription: "scrypt with endless parallelism", derivation: scrypt(2, 1, .max),
                error: .keyDerivationLimit),
            Case(testDescription: "scrypt cost 1", derivation: scrypt(1, 8, 1), error: .notDER),
            Case(testDescription: "scrypt cost no power of two", derivation: scrypt(1000, 8, 1), error: .notDER),
            Case(testDescription: "scrypt block size 0", derivation: scrypt(1024, 0, 1), error: .notDER),
            Case(testDescription: "scrypt parallelism 0", derivation: scrypt(1024, 8, 0), error: .notDER),
            Case(
                testDescription: "scrypt empty salt", derivation: scrypt(1024, 8, 1, salt: TestDER.octets([])),
                error: .notDER),

            Case(
                testDescription: "AES-GCM", derivation: good, cipher: TestDER.sequence(aes256GCM, iv),
                error: .unsupportedEncryption(oid: "2.16.840.1.101.3.4.1.46")),
            Case(
                testDescription: "short initialization vector", derivation: good,
                cipher: TestDER.sequence(aes256CBC, TestDER.octets([UInt8](repeating: 2, count: 15))), error: .notDER),
            Case(
                testDescription: "no initialization vector", derivation: good, cipher: TestDER.sequence(aes256CBC),
                error: .notDER),
            Case(
                testDescription: "ciphertext of no whole blocks", derivation: good,
                ciphertext: [UInt8](repeating: 3, count: 31), error: .wrongPassphrase),
            Case(testDescription: "no ciphertext", derivation: good, ciphertext: [], error: .wrongPassphrase),
        ]
    }()

    @Test(arguments: cases)
    func answers(_ example: Case) {
        let parameters = TestDER.sequence(example.derivation, example.cipher)
        let der = TestDER.sequence(TestDER.sequence(Self.pbes2, parameters), TestDER.octets(example.ciphertext))
        #expect(throws: example.error) {
            try PrivateKey(pem: pem("ENCRYPTED PRIVATE KEY", der), passphrase: Array("secret".utf8))
        }
    }

    /// One wrong passphrase in 256 leaves well-formed padding; what is then read is noise.
    @Test
    func noiseUnderGoodPaddingIsAWrongPassphrase() throws {
        let passphrase = Array("secret".utf8)
        let der = try PBES2.encrypt([0x12, 0x34, 0x56], passphrase: passphrase)
        #expect(throws: PrivateKeyError.wrongPassphrase) {
            try PrivateKey(pem: pem("ENCRYPTED PRIVATE KEY", der), passphrase: passphrase)
        }
    }

    @Test
    func refusesWhatIsNotPBES2() {
        let der = TestDER.sequence(TestDER.sequence(Self.pbkdf1), TestDER.octets([0]))
        #expect(throws: PrivateKeyError.unsupportedEncryption(oid: "1.2.840.113549.1.5.3")) {
            try PrivateKey(pem: pem("ENCRYPTED PRIVATE KEY", der), passphrase: [1])
        }
        #expect(throws: PrivateKeyError.notDER) {
            try PrivateKey(pem: pem("ENCRYPTED PRIVATE KEY", [0x30]), passphrase: [1])
        }
    }
}
