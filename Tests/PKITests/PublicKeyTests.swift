import PKI
import Signing
import StrictEncoding
import Testing

/// What is taken as a public key, and what is not.
struct PublicKeyTests {
    @Test(arguments: TestKeys.kinds)
    func readsWhatItWrites(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind).publicKey
        let read = try PublicKey(pem: Array(key.pem.utf8))
        #expect(read == key)
        #expect(read.hashValue == key.hashValue)
        #expect(read.kind == kind)
        #expect(read.subjectPublicKeyInfo == key.subjectPublicKeyInfo)
        #expect(read.fingerprint == key.fingerprint)
    }

    @Test(arguments: TestKeys.kinds)
    func otherKeysAreOtherKeys(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind).publicKey
        let other = try PrivateKey.generate(.ed25519).publicKey
        #expect(key != other)
        #expect(key.fingerprint != other.fingerprint)
    }

    @Test
    func bothFormsOfAnRSAKeyAreOneKey() throws {
        let wrapped = TestDER.rsa(bits: 2048)
        let bare = TestDER.sequence(TestDER.integer(TestDER.modulus(bits: 2048)), TestDER.integer(65537))
        let key = try PublicKey(pem: pem("RSA PUBLIC KEY", bare))
        #expect(key == (try PublicKey(subjectPublicKeyInfo: wrapped)))
        #expect(key.subjectPublicKeyInfo == wrapped)
    }

    @Test
    func saysItsKind() throws {
        #expect(PublicKey.Kind.ecdsaP256.description == "ecdsa-p256")
        #expect(PublicKey.Kind.ecdsaP384.description == "ecdsa-p384")
        #expect(PublicKey.Kind.ecdsaP521.description == "ecdsa-p521")
        #expect(PublicKey.Kind.ed25519.description == "ed25519")
        #expect(try PublicKey(subjectPublicKeyInfo: TestDER.rsa(bits: 3072)).kind.description == "rsa-3072")
    }
}

/// Files that hold something else than one public key.
struct PublicKeyFileTests {
    private let publicPEM: [UInt8]
    private let privatePEM: [UInt8]

    init() throws {
        let key = try TestKeys.key(.ecdsaP256)
        publicPEM = Array(key.publicKey.pem.utf8)
        privatePEM = Array(key.unencryptedPEM.utf8)
    }

    @Test(arguments: ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY"])
    func refusesPrivateKeyByName(_ label: String) {
        #expect(throws: PublicKeyError.privateKeyGiven(label: label)) {
            try PublicKey(pem: pem(label, [1, 2, 3]))
        }
    }

    @Test
    func refusesPrivateKeyWithOldHeadersByName() {
        let file = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
        #expect(throws: PublicKeyError.privateKeyGiven(label: "RSA PRIVATE KEY")) {
            try PublicKey(pem: Array(file.utf8))
        }
        let other = file.replacing("RSA PRIVATE KEY", with: "PUBLIC KEY")
        #expect(throws: PublicKeyError.notPEM(.headersNotSupported(label: "PUBLIC KEY", line: 1))) {
            try PublicKey(pem: Array(other.utf8))
        }
    }

    @Test
    func refusesPrivateKeyBesideThePublicOne() {
        #expect(throws: PublicKeyError.privateKeyGiven(label: "PRIVATE KEY")) {
            try PublicKey(pem: publicPEM + privatePEM)
        }
    }

    @Test
    func refusesCertificateByName() {
        #expect(throws: PublicKeyError.certificateGiven) { try PublicKey(pem: pem("CERTIFICATE", [0x30, 0])) }
    }

    @Test
    func refusesUnknownLabel() {
        #expect(throws: PublicKeyError.unsupportedLabel("PGP PUBLIC KEY")) {
            try PublicKey(pem: pem("PGP PUBLIC KEY", [0x30, 0]))
        }
    }

    @Test
    func refusesNoneAndTwo() {
        #expect(throws: PublicKeyError.notOneBlock(found: 0)) { try PublicKey(pem: []) }
        #expect(throws: PublicKeyError.notOneBlock(found: 0)) { try PublicKey(pem: Array("ssh-ed25519 AAAA".utf8)) }
        #expect(throws: PublicKeyError.notOneBlock(found: 2)) { try PublicKey(pem: publicPEM + publicPEM) }
    }

    @Test
    func refusesBrokenPEM() {
        #expect(throws: PublicKeyError.notPEM(.unterminatedBlock(label: "PUBLIC KEY", line: 1))) {
            try PublicKey(pem: publicPEM.dropLast("-----END PUBLIC KEY-----\n".utf8.count))
        }
    }

    @Test
    func refusesFileLongerThanAnyKey() throws {
        let limit = 64 << 10
        let comment = [UInt8](repeating: UInt8(ascii: "\n"), count: limit - publicPEM.count)
        _ = try PublicKey(pem: comment + publicPEM)
        #expect(throws: PublicKeyError.tooLong(limit: limit)) {
            try PublicKey(pem: [UInt8(ascii: "\n")] + comment + publicPEM)
        }
    }

    @Test
    func refusesPrivateKeyUnderAPublicLabel() throws {
        let bytes = try #require(PEMBlock.parseAll(privatePEM, limit: 1).first).bytes
        #expect(throws: PublicKeyError.notDER) { try PublicKey(pem: pem("PUBLIC KEY", bytes)) }
    }
}

/// `SubjectPublicKeyInfo` that is malformed, of another algorithm, out of bounds, or a second spelling of a key.
struct SubjectPublicKeyInfoTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let der: [UInt8]
        let error: PublicKeyError
    }

    private static let point: [UInt8] = {
        let key = try? TestKeys.key(.ecdsaP256).publicKey
        return key?.subjectPublicKeyInfo.suffix(65) ?? []
    }()
    private static let seed: [UInt8] = {
        let key = try? TestKeys.key(.ed25519).publicKey
        return key?.subjectPublicKeyInfo.suffix(32) ?? []
    }()

    private static func ec(_ parameters: [UInt8], _ point: [UInt8]) -> [UInt8] {
        TestDER.sequence(TestDER.sequence(TestDER.ecPublicKey, parameters), TestDER.bits(point))
    }

    private static func ed25519(_ key: [UInt8]) -> [UInt8] {
        TestDER.sequence(TestDER.sequence(TestDER.ed25519), TestDER.bits(key))
    }

    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8], parameters: [UInt8] = TestDER.null) -> [UInt8] {
        let inner = TestDER.sequence(TestDER.integer(modulus), TestDER.integer(exponent))
        return TestDER.sequence(TestDER.sequence(TestDER.rsaEncryption, parameters), TestDER.bits(inner))
    }

    static let cases: [Case] = {
        let good = ec(TestDER.p256, point)
        let modulus = TestDER.modulus(bits: 2048)
        var offCurve = point
        offCurve[64] ^= 1
        let compressed = [2 + (point[64] & 1)] + point[1...32]
        // SEC 1 hybrid form: the sign is said twice.
        let hybrid = [6 + (point[64] & 1)] + point[1...]
        // An empty SEQUENCE stands for `specifiedCurve`; what would be in it is not looked at.
        let explicitParameters = TestDER.sequence(TestDER.integer(1))
        return [
            Case(testDescription: "nothing", der: [], error: .notDER),
            Case(testDescription: "no DER", der: Array("hello".utf8), error: .notDER),
            Case(testDescription: "trailing byte", der: good + [0], error: .notDER),
            Case(testDescription: "cut short", der: good.dropLast(), error: .notDER),
            Case(testDescription: "long form of a short length", der: [0x30, 0x81] + good.dropFirst(), error: .notDER),
            Case(
                testDescription: "indefinite length", der: [0x30, 0x80] + good.dropFirst(2) + [0, 0], error: .notDER),
            Case(
                testDescription: "a third element",
                der: TestDER.sequence(
                    TestDER.sequence(TestDER.ecPublicKey, TestDER.p256), TestDER.bits(point), TestDER.null),
                error: .notDER),
            Case(
                testDescription: "key as octet string",
                der: TestDER.sequence(
                    TestDER.sequence(TestDER.ecPublicKey, TestDER.p256), TestDER.octets([0] + point)),
                error: .notDER),
            Case(
                testDescription: "two parameters",
                der: TestDER.sequence(
                    TestDER.sequence(TestDER.ecPublicKey, TestDER.p256, TestDER.null), TestDER.bits(point)),
                error: .notDER),
            Case(testDescription: "empty key", der: ec(TestDER.p256, []), error: .pointNotUncompressed),

            Case(testDescription: "explicit parameters", der: ec(explicitParameters, point), error: .notANamedCurve),
            Case(testDescription: "no parameters", der: ec([], point), error: .notANamedCurve),
            Case(testDescription: "null parameters", der: ec(TestDER.null, point), error: .notANamedCurve),
            Case(
                testDescription: "secp256k1", der: ec(TestDER.secp256k1, point),
                error: .unsupportedCurve(oid: "1.3.132.0.10")),
            Case(testDescription: "point of another curve", der: ec(TestDER.p384, point), error: .invalidPoint),
            Case(testDescription: "point off the curve", der: ec(TestDER.p256, offCurve), error: .invalidPoint),
            Case(testDescription: "compressed", der: ec(TestDER.p256, compressed), error: .pointNotUncompressed),
            Case(testDescription: "hybrid", der: ec(TestDER.p256, Array(hybrid)), error: .pointNotUncompressed),
            Case(testDescription: "point at infinity", der: ec(TestDER.p256, [0]), error: .pointNotUncompressed),
            Case(testDescription: "point too short", der: ec(TestDER.p256, point.dropLast()), error: .invalidPoint),
            Case(testDescription: "point too long", der: ec(TestDER.p256, point + [0]), error: .invalidPoint),

            Case(
                testDescription: "X25519",
                der: TestDER.sequence(TestDER.sequence(TestDER.x25519), TestDER.bits(seed)),
                error: .unsupportedAlgorithm(oid: "1.3.101.110")),
            Case(testDescription: "Ed25519 too short", der: ed25519(seed.dropLast()), error: .invalidPoint),
            Case(testDescription: "Ed25519 too long", der: ed25519(seed + [0]), error: .invalidPoint),
            Case(
                testDescription: "Ed25519 with parameters",
                der: TestDER.sequence(TestDER.sequence(TestDER.ed25519, TestDER.null), TestDER.bits(seed)),
                error: .notCanonical),
            Case(
                testDescription: "bits that fill no octet",
                der: TestDER.sequence(
                    TestDER.sequence(TestDER.ed25519), TestDER.tlv(0x03, [1], seed.dropLast(), [0x7e])),
                error: .notCanonical),

            Case(
                testDescription: "RSA-PSS key",
                der: TestDER.sequence(
                    TestDER.sequence(TestDER.rsaPSS),
                    TestDER.bits(TestDER.sequence(TestDER.integer(modulus), TestDER.integer(65537)))),
                error: .unsupportedAlgorithm(oid: "1.2.840.113549.1.1.10")),
            Case(
                testDescription: "RSA without parameters", der: rsa(modulus, [1, 0, 1], parameters: []),
                error: .notCanonical),
            Case(testDescription: "RSA that is no sequence", der: rsaWithKey(modulus), error: .notDER),
            Case(
                testDescription: "RSA with a trailing byte",
                der: rsaWithKey(TestDER.sequence(TestDER.integer(modulus), TestDER.integer(3)) + [0]), error: .notDER),
            Case(testDescription: "negative modulus", der: rsa(Array(modulus.dropFirst()), [3]), error: .notDER),
            Case(testDescription: "padded modulus", der: rsa([0] + modulus, [3]), error: .notDER),
            Case(testDescription: "even modulus", der: TestDER.rsa(bits: 2048, lowByte: 0xfe), error: .rsaModulusEven),
            Case(testDescription: "modulus zero", der: rsa([0], [3]), error: .rsaTooSmall(bits: 0)),
            Case(testDescription: "1024 bits", der: TestDER.rsa(bits: 1024), error: .rsaTooSmall(bits: 1024)),
            Case(testDescription: "2047 bits", der: TestDER.rsa(bits: 2047), error: .rsaTooSmall(bits: 2047)),
            Case(testDescription: "8193 bits", der: TestDER.rsa(bits: 8193), error: .rsaTooLarge(bits: 8193)),
            Case(testDescription: "16384 bits", der: TestDER.rsa(bits: 16384), error: .rsaTooLarge(bits: 16384)),
            Case(testDescription: "exponent 0", der: rsa(modulus, [0]), error: .rsaExponentRefused),
            Case(testDescription: "exponent 1", der: rsa(modulus, [1]), error: .rsaExponentRefused),
            Case(testDescription: "exponent 2", der: rsa(modulus, [2]), error: .rsaExponentRefused),
            Case(testDescription: "even exponent", der: rsa(modulus, [1, 0, 0]), error: .rsaExponentRefused),
            Case(
                testDescription: "exponent of 34 bits", der: rsa(modulus, [2, 0, 0, 0, 1]), error: .rsaExponentRefused),
        ]
    }()

    private static func rsaWithKey(_ key: [UInt8]) -> [UInt8] {
        TestDER.sequence(TestDER.sequence(TestDER.rsaEncryption, TestDER.null), TestDER.bits(key))
    }

    @Test(arguments: cases)
    func refuses(_ example: Case) {
        #expect(throws: example.error) { try PublicKey(subjectPublicKeyInfo: example.der) }
    }

    @Test
    func theUnchangedFormsAreTaken() throws {
        _ = try PublicKey(subjectPublicKeyInfo: Self.ec(TestDER.p256, Self.point))
        _ = try PublicKey(subjectPublicKeyInfo: Self.ed25519(Self.seed))
        for bits in [2048, 2049, 3072, 4095, 8191, 8192] {
            #expect(try PublicKey(subjectPublicKeyInfo: TestDER.rsa(bits: bits)).kind == .rsa(bits: bits))
        }
        for exponent: [UInt8] in [[3], [1, 0, 1], [1, 0, 0, 0, 1], [1, 255, 255, 255, 255]] {
            _ = try PublicKey(subjectPublicKeyInfo: Self.rsa(TestDER.modulus(bits: 2048), exponent))
        }
    }

    @Test
    func refusesMoreBytesThanAnyKeyHas() {
        let limit = 64 << 10
        #expect(throws: PublicKeyError.notDER) {
            try PublicKey(subjectPublicKeyInfo: [UInt8](repeating: 5, count: limit))
        }
        #expect(throws: PublicKeyError.tooLong(limit: limit)) {
            try PublicKey(subjectPublicKeyInfo: [UInt8](repeating: 5, count: limit + 1))
        }
    }

    /// Whatever single byte of a key is changed, the result is refused or is another key.
    @Test(arguments: TestKeys.kinds)
    func aChangedByteIsNeverTheSameKey(_ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind).publicKey
        for index in key.subjectPublicKeyInfo.indices {
            for mask: UInt8 in [0x01, 0x20, 0x80, 0xff] {
                var changed = key.subjectPublicKeyInfo
                changed[index] ^= mask
                guard let other = try? PublicKey(subjectPublicKeyInfo: changed) else { continue }
                #expect(other != key)
                #expect(other.fingerprint != key.fingerprint)
            }
        }
    }
}

/// Ed25519 keys under which a fixed signature verifies for any message.
struct WeakEd25519KeyTests {
    static let weakCoordinates: [String] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        // p, p + 1 and 2^255 - 1: not reduced.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test(arguments: weakCoordinates, [0x00, 0x80] as [UInt8])
    func refusesWeakPointWithEitherSign(_ coordinate: String, _ sign: UInt8) throws {
        var key = try Hex.decode(coordinate)
        key[31] |= sign
        let der = TestDER.sequence(TestDER.sequence(TestDER.ed25519), TestDER.bits(key))
        #expect(throws: PublicKeyError.weakPoint) { try PublicKey(subjectPublicKeyInfo: der) }
    }

    /// The largest reduced y but one; no bound is off by one.
    @Test
    func takesTheLargestReducedCoordinate() throws {
        let key = try Hex.decode("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        let der = TestDER.sequence(TestDER.sequence(TestDER.ed25519), TestDER.bits(key))
        _ = try PublicKey(subjectPublicKeyInfo: der)
    }
}
