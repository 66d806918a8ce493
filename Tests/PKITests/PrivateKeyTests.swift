import PKI
import Signing
import StrictEncoding
import Testing

/// What is taken as a private key, and what is written.
struct PrivateKeyTests {
    @Test(arguments: TestKeys.kinds)
    func readsWhatItWrites(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        let read = try PrivateKey(pem: Array(key.unencryptedPEM.utf8), passphrase: nil)
        #expect(read.publicKey == key.publicKey)
        let signature = try read.sign(TestKeys.message)
        #expect(key.publicKey.verifyingScheme(of: signature, over: SignedMessage(TestKeys.message)) != nil)
    }

    @Test
    func readsWhatItEncrypts() throws {
        let key = try TestKeys.key(.ecdsaP256)
        let first = try key.pem(encryptedWith: Array("correct horse".utf8))
        #expect(first.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        let read = try PrivateKey(pem: Array(first.utf8), passphrase: Array("correct horse".utf8))
        #expect(read.publicKey == key.publicKey)
        #expect(throws: PrivateKeyError.wrongPassphrase) {
            try PrivateKey(pem: Array(first.utf8), passphrase: Array("correct house".utf8))
        }
        #expect(throws: PrivateKeyError.passphraseNeeded) {
            try PrivateKey(pem: Array(first.utf8), passphrase: nil)
        }
        #expect(throws: PrivateKeyError.emptyPassphrase) { try PrivateKey(pem: Array(first.utf8), passphrase: []) }
        #expect(throws: PrivateKeyError.emptyPassphrase) { try key.pem(encryptedWith: []) }
    }

    @Test
    func encryptsUnderAFreshSaltAndVectorEachTime() throws {
        let key = try TestKeys.key(.ecdsaP256)
        var seen: Set<[UInt8]> = []
        for _ in 0..<2 {
            let file = Array(try key.pem(encryptedWith: [1]).utf8)
            let der = try #require(PEMBlock.parseAll(file, limit: 1).first).bytes
            // The first two octet strings of 16 bytes: salt, then initialization vector.
            let starts = der.indices.dropLast(18).filter { der[$0] == 0x04 && der[$0 + 1] == 16 }
            for start in starts.prefix(2) { seen.insert(Array(der[(start + 2)..<(start + 18)])) }
        }
        #expect(seen.count == 4)
    }

    @Test
    func passphraseForAKeyInTheClearIsNotLookedAt() throws {
        let key = try TestKeys.key(.ed25519)
        let read = try PrivateKey(pem: Array(key.unencryptedPEM.utf8), passphrase: [1])
        #expect(read.publicKey == key.publicKey)
    }

    @Test(arguments: [0, -8, 1024, 2047, 2052, 8200, 16384, .max, .min])
    func generatesNoRSAKeyOfUnsupportedSize(_ bits: Int) {
        #expect(throws: PrivateKeyError.unsupportedSize(bits: bits)) { try PrivateKey.generate(.rsa(bits: bits)) }
    }

    @Test
    func generatesAnotherKeyEachTime() throws {
        for kind in [PublicKey.Kind.ecdsaP256, .ecdsaP384, .ecdsaP521, .ed25519] {
            #expect(try PrivateKey.generate(kind).publicKey != PrivateKey.generate(kind).publicKey)
        }
    }
}

/// Files that hold something else than one private key.
struct PrivateKeyFileTests {
    @Test(arguments: ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"])
    func refusesCosignsOwnFormByName(_ label: String) {
        let body = Array(#"{"kdf":{"name":"scrypt"},"cipher":{"name":"nacl/secretbox"},"ciphertext":"AA=="}"#.utf8)
        let error = PrivateKeyError.cosignEncryptedKey(label: label)
        #expect(throws: error) { try PrivateKey(pem: pem(label, body), passphrase: [1]) }
        #expect(error.message.contains("PKCS #8"))
    }

    @Test
    func refusesPublicKey() throws {
        let key = try TestKeys.key(.ed25519)
        #expect(throws: PrivateKeyError.publicKeyGiven) {
            try PrivateKey(pem: Array(key.publicKey.pem.utf8), passphrase: nil)
        }
    }

    @Test
    func refusesUnknownLabel() {
        #expect(throws: PrivateKeyError.unsupportedLabel("OPENSSH PRIVATE KEY")) {
            try PrivateKey(pem: pem("OPENSSH PRIVATE KEY", [1]), passphrase: nil)
        }
    }

    @Test
    func refusesNoneAndTwo() throws {
        let file = Array(try TestKeys.key(.ed25519).unencryptedPEM.utf8)
        #expect(throws: PrivateKeyError.notOneBlock(found: 0)) { try PrivateKey(pem: [], passphrase: nil) }
        #expect(throws: PrivateKeyError.notOneBlock(found: 2)) { try PrivateKey(pem: file + file, passphrase: nil) }
    }

    @Test
    func refusesFileLongerThanAnyKey() throws {
        let limit = 64 << 10
        let file = Array(try TestKeys.key(.ed25519).unencryptedPEM.utf8)
        let comment = [UInt8](repeating: UInt8(ascii: "\n"), count: limit - file.count)
        _ = try PrivateKey(pem: comment + file, passphrase: nil)
        #expect(throws: PrivateKeyError.tooLong(limit: limit)) {
            try PrivateKey(pem: comment + file + [UInt8(ascii: "\n")], passphrase: nil)
        }
    }

    @Test
    func refusesOldHeaderEncryption() {
        let file = """
            -----BEGIN EC PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF

            AAAA
            -----END EC PRIVATE KEY-----

            """
        #expect(throws: PrivateKeyError.legacyEncryption(label: "EC PRIVATE KEY")) {
            try PrivateKey(pem: Array(file.utf8), passphrase: [1])
        }
    }

    @Test
    func refusesBrokenPEM() {
        #expect(throws: PrivateKeyError.notPEM(.malformedBoundary(line: 1))) {
            try PrivateKey(pem: Array("-----BEGIN PRIVATE KEY----\n".utf8), passphrase: nil)
        }
    }
}

/// The DER of private keys: malformed, inconsistent, of another algorithm.
struct PrivateKeyDERTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let label: String
        let der: [UInt8]
        let error: PrivateKeyError

        /// A PKCS #8 key.
        init(_ name: String, _ der: [UInt8], _ error: PrivateKeyError) {
            self.init(name, "PRIVATE KEY", der, error)
        }

        init(_ name: String, _ label: String, _ der: [UInt8], _ error: PrivateKeyError) {
            (testDescription, self.label, self.der, self.error) = (name, label, der, error)
        }
    }

    /// The scalar 1, whose point is the generator of P-256.
    private static let one = [UInt8](repeating: 0, count: 31) + [1]
    private static let generator: [UInt8] =
        (try? Hex.decode(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")) ?? []
    private static let otherPoint: [UInt8] = {
        let key = try? TestKeys.key(.ecdsaP256).publicKey
        return key?.subjectPublicKeyInfo.suffix(65) ?? []
    }()
    private static let seed = [UInt8](repeating: 7, count: 32)

    private static func sec1(
        _ scalar: [UInt8], curve: [UInt8]? = TestDER.p256, point: [UInt8]? = nil, version: Int = 1
    ) -> [UInt8] {
        TestDER.sequence(
            TestDER.integer(version), TestDER.octets(scalar), curve.map { TestDER.tlv(0xa0, $0) } ?? [],
            point.map { TestDER.tlv(0xa1, TestDER.bits($0)) } ?? [])
    }

    private static func pkcs8(
        _ algorithm: [UInt8]..., key: [UInt8], version: Int = 0, rest: [UInt8] = []
    ) -> [UInt8] {
        TestDER.sequence(
            TestDER.integer(version), TestDER.tlv(0x30, algorithm.flatMap { $0 }), TestDER.octets(key), rest)
    }

    /// A true RSA key's numbers.
    private static let rsaNumbers: [[UInt8]] = {
        guard let pem = try? TestKeys.key(.rsa(bits: 2048)).unencryptedPEM,
            let der = try? PEMBlock.parseAll(Array(pem.utf8), limit: 1).first?.bytes
        else { return [] }
        // Both lengths above are written in four bytes; 26 precede the inner SEQUENCE.
        var rest = der[30...]
        var numbers: [[UInt8]] = []
        while rest.count > 2, rest.popFirst() == 0x02 {
            var length = Int(rest.removeFirst())
            if length & 0x80 != 0 {
                let count = length & 0x7f
                length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(count)
            }
            numbers.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return numbers
    }()

    private static func pkcs1(_ change: (inout [[UInt8]]) -> Void = { _ in }) -> [UInt8] {
        var numbers = rsaNumbers
        change(&numbers)
        return TestDER.sequence(numbers.flatMap { TestDER.integer($0) })
    }

    static let cases: [Case] = {
        let ec = [TestDER.ecPublicKey, TestDER.p256].flatMap { $0 }
        let order = (try? Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")) ?? []
        let curve = TestDER.p256
        return [
            Case("nothing of sense", [1, 2, 3], .notDER),
            Case("trailing byte", pkcs8(ec, key: sec1(one)) + [0], .notDER),
            Case("version 2", pkcs8(ec, key: sec1(one), version: 2), .notDER),
            Case(
                "DSA", pkcs8([0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], key: [0]),
                .unsupportedAlgorithm(oid: "1.2.840.10040.4.1")),
            Case("no curve", pkcs8(TestDER.ecPublicKey, key: sec1(one)), .notANamedCurve),
            Case("explicit curve", pkcs8(TestDER.ecPublicKey, TestDER.sequence(), key: sec1(one)), .notANamedCurve),
            Case(
                "secp256k1", pkcs8(TestDER.ecPublicKey, TestDER.secp256k1, key: sec1(one, curve: nil)),
                .unsupportedCurve(oid: "1.3.132.0.10")),
            Case("two curves", pkcs8(TestDER.ecPublicKey, TestDER.p384, key: sec1(one)), .publicHalfDiffers),
            Case("scalar 0", pkcs8(ec, key: sec1([UInt8](repeating: 0, count: 32))), .invalidKey),
            Case("scalar n", pkcs8(ec, key: sec1(order)), .invalidKey),
            Case("short scalar", pkcs8(ec, key: sec1([1])), .invalidKey),
            Case("long scalar", pkcs8(ec, key: sec1([0] + one)), .invalidKey),
            Case("another point inside", pkcs8(ec, key: sec1(one, point: otherPoint)), .publicHalfDiffers),
            Case(
                "another point outside",
                pkcs8(ec, key: sec1(one), version: 1, rest: TestDER.tlv(0x81, [0], otherPoint)), .publicHalfDiffers),
            Case("part of the point", pkcs8(ec, key: sec1(one, point: generator.dropLast())), .publicHalfDiffers),
            Case("inner version 0", pkcs8(ec, key: sec1(one, version: 0)), .notDER),
            Case("inner trailing byte", pkcs8(ec, key: sec1(one) + [0]), .notDER),
            Case("SEC 1 without a curve", "EC PRIVATE KEY", sec1(one, curve: nil), .notANamedCurve),
            Case("SEC 1 with another point", "EC PRIVATE KEY", sec1(one, point: otherPoint), .publicHalfDiffers),

            Case("bare Ed25519 seed", pkcs8(TestDER.ed25519, key: seed), .notDER),
            Case("short Ed25519 seed", pkcs8(TestDER.ed25519, key: TestDER.octets(seed.dropLast())), .invalidKey),
            Case("Ed25519 parameters", pkcs8(TestDER.ed25519, TestDER.null, key: TestDER.octets(seed)), .notDER),
            Case(
                "another Ed25519 key outside",
                pkcs8(TestDER.ed25519, key: TestDER.octets(seed), version: 1, rest: TestDER.tlv(0x81, [0], seed)),
                .publicHalfDiffers),

            Case("RSA trailing byte", "RSA PRIVATE KEY", pkcs1() + [0], .notDER),
            Case("RSA with three primes", "RSA PRIVATE KEY", pkcs1 { $0[0] = [1] }, .notDER),
            Case("RSA without its last number", "RSA PRIVATE KEY", pkcs1 { $0.removeLast() }, .notDER),
            Case("RSA with another d", "RSA PRIVATE KEY", pkcs1 { $0[3][100] ^= 2 }, .invalidKey),
            Case("RSA with another p", "RSA PRIVATE KEY", pkcs1 { $0[4][50] ^= 2 }, .invalidKey),
            Case("RSA with another n", "RSA PRIVATE KEY", pkcs1 { $0[1][50] ^= 2 }, .invalidKey),
            Case("RSA with another 1/q", "RSA PRIVATE KEY", pkcs1 { $0[8][50] ^= 2 }, .invalidKey),
            Case("RSA with an even n", "RSA PRIVATE KEY", pkcs1 { $0[1][256] ^= 1 }, .publicHalf(.rsaModulusEven)),
            Case(
                "RSA too small", "RSA PRIVATE KEY", pkcs1 { $0[1] = TestDER.modulus(bits: 1024) },
                .publicHalf(.rsaTooSmall(bits: 1024))),
            Case(
                "RSA too large", "RSA PRIVATE KEY", pkcs1 { $0[1] = TestDER.modulus(bits: 16384) },
                .publicHalf(.rsaTooLarge(bits: 16384))),
            Case("RSA with e = 1", "RSA PRIVATE KEY", pkcs1 { $0[2] = [1] }, .publicHalf(.rsaExponentRefused)),
            Case(
                "PKCS #8 labelled PKCS #1", "RSA PRIVATE KEY",
                pkcs8(TestDER.rsaEncryption, TestDER.null, key: pkcs1()), .notDER),
            Case("PKCS #8 labelled SEC 1", "EC PRIVATE KEY", pkcs8(ec, key: sec1(one)), .notDER),
            Case(
                "P-256 scalar on P-384", pkcs8(TestDER.ecPublicKey, TestDER.p384, key: sec1(one, curve: nil)),
                .invalidKey),
            Case("SEC 1 labelled PKCS #8", sec1(one, curve: curve), .notDER),
        ]
    }()

    @Test(arguments: cases)
    func refuses(_ example: Case) {
        #expect(throws: example.error) {
            try PrivateKey(pem: pem(example.label, example.der), passphrase: nil)
        }
    }

    @Test
    func theUnchangedFormsAreTaken() throws {
        let ec = [TestDER.ecPublicKey, TestDER.p256].flatMap { $0 }
        let generator = Self.generator
        let attributes = TestDER.tlv(0xa0, TestDER.sequence())
        let forms: [(String, [UInt8])] = [
            ("PRIVATE KEY", Self.pkcs8(ec, key: Self.sec1(Self.one, curve: nil))),
            ("PRIVATE KEY", Self.pkcs8(ec, key: Self.sec1(Self.one, point: generator))),
            ("PRIVATE KEY", Self.pkcs8(ec, key: Self.sec1(Self.one), rest: attributes)),
            (
                "PRIVATE KEY",
                Self.pkcs8(
                    ec, key: Self.sec1(Self.one), version: 1, rest: attributes + TestDER.tlv(0x81, [0], generator))
            ),
            ("EC PRIVATE KEY", Self.sec1(Self.one)),
            ("EC PRIVATE KEY", Self.sec1(Self.one, point: generator)),
        ]
        for (label, der) in forms {
            let key = try PrivateKey(pem: pem(label, der), passphrase: nil)
            #expect(key.publicKey.subjectPublicKeyInfo.suffix(65).elementsEqual(generator))
        }
        let parameters = pem("EC PARAMETERS", TestDER.p256)
        _ = try PrivateKey(pem: parameters + pem("EC PRIVATE KEY", Self.sec1(Self.one)), passphrase: nil)
        let rsa = try PrivateKey(pem: pem("RSA PRIVATE KEY", Self.pkcs1()), passphrase: nil)
        #expect(rsa.publicKey == (try TestKeys.key(.rsa(bits: 2048)).publicKey))
    }
}
