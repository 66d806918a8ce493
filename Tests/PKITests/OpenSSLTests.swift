import PKI
import Signing
import StrictEncoding
import Testing

/// Agreement with OpenSSL, in both directions: its keys and signatures here, ours there.
struct OpenSSLTests {
    @Test(arguments: TestKeys.kinds)
    func opensslReadsOurKeysAndFingerprints(_ kind: PublicKey.Kind) throws {
        let openssl = try OpenSSL()
        let key = try TestKeys.key(kind)
        try openssl.write("clear.pem", key.unencryptedPEM.utf8)
        try openssl.write("encrypted.pem", key.pem(encryptedWith: Array("a-passphrase".utf8)).utf8)
        try openssl.write("public.pem", key.publicKey.pem.utf8)
        let ours = key.publicKey.subjectPublicKeyInfo
        #expect(try openssl.run("pkey -in clear.pem -pubout -outform DER") == ours)
        #expect(try openssl.run("pkey -in encrypted.pem -passin pass:a-passphrase -pubout -outform DER") == ours)
        #expect(throws: OpenSSL.Failure.self) { try openssl.run("pkey -in encrypted.pem -passin pass:another") }
        #expect(try openssl.run("pkey -pubin -in public.pem -outform DER") == ours)
        #expect(Array(key.publicKey.pem.utf8) == (try openssl.run("pkey -in clear.pem -pubout")))

        try openssl.write("public.der", ours)
        let hash = String(decoding: try openssl.run("dgst -sha256 -r public.der").prefix(64), as: UTF8.self)
        #expect(key.publicKey.fingerprint == "sha256:" + hash)
    }

    /// PBES2 as we write it: the parameters that the documentation states.
    @Test
    func opensslSeesTheEncryptionWeState() throws {
        let openssl = try OpenSSL()
        try openssl.write("key.pem", TestKeys.key(.ecdsaP256).pem(encryptedWith: [0x61]).utf8)
        let dump = String(decoding: try openssl.run("asn1parse -in key.pem"), as: UTF8.self)
        for word in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", ":0927C0"] {
            #expect(dump.contains(word), "\(word)")
        }
    }

    static let keyCommands = [
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out key.pem",
        "genpkey -algorithm ED25519 -out key.pem",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem",
        "ecparam -name prime256v1 -genkey -out key.pem",
        "ecparam -name secp521r1 -genkey -noout -out key.pem",
        "genrsa -traditional -out key.pem 2048",
    ]

    @Test(arguments: keyCommands)
    func readsOpenSSLKeys(_ command: String) throws {
        let openssl = try OpenSSL()
        try openssl.run(command)
        let key = try PrivateKey(pem: openssl.read("key.pem"), passphrase: nil)
        let expected = try PublicKey(pem: openssl.run("pkey -in key.pem -pubout"))
        #expect(key.publicKey == expected)
    }

    static let encryptions = [
        "-v2 aes-128-cbc -v2prf hmacWithSHA1 -iter 1000",
        "-v2 aes-192-cbc -v2prf hmacWithSHA256 -iter 2048",
        "-v2 aes-256-cbc -v2prf hmacWithSHA384",
        "-v2 aes-256-cbc -v2prf hmacWithSHA512",
        "-v2 aes-256-cbc -scrypt",
        "-v2 aes-128-cbc -scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 16",
    ]

    @Test(arguments: encryptions)
    func readsOpenSSLEncryption(_ options: String) throws {
        let openssl = try OpenSSL()
        let key = try TestKeys.key(.ecdsaP384)
        try openssl.write("clear.pem", key.unencryptedPEM.utf8)
        try openssl.run("pkcs8 -topk8 -in clear.pem -out key.pem -passout pass:x " + options)
        let file = try openssl.read("key.pem")
        #expect(try PrivateKey(pem: file, passphrase: Array("x".utf8)).publicKey == key.publicKey)
        #expect(throws: PrivateKeyError.wrongPassphrase) { try PrivateKey(pem: file, passphrase: Array("y".utf8)) }
    }

    @Test
    func refusesOldEncryptionWithAHint() throws {
        let openssl = try OpenSSL()
        try openssl.write("clear.pem", TestKeys.key(.rsa(bits: 2048)).unencryptedPEM.utf8)
        try openssl.run("pkcs8 -topk8 -in clear.pem -out key.pem -passout pass:x -v2 des3")
        #expect(throws: PrivateKeyError.unsupportedEncryption(oid: "1.2.840.113549.3.7")) {
            try PrivateKey(pem: openssl.read("key.pem"), passphrase: Array("x".utf8))
        }
        try openssl.run("rsa -in clear.pem -traditional -aes128 -out key.pem -passout pass:x")
        #expect(throws: PrivateKeyError.legacyEncryption(label: "RSA PRIVATE KEY")) {
            try PrivateKey(pem: openssl.read("key.pem"), passphrase: Array("x".utf8))
        }
    }

    @Test
    func refusesOtherSpellingsOfAnEllipticCurveKey() throws {
        let openssl = try OpenSSL()
        try openssl.write("key.pem", TestKeys.key(.ecdsaP256).unencryptedPEM.utf8)
        #expect(throws: PublicKeyError.pointNotUncompressed) {
            try PublicKey(pem: openssl.run("ec -in key.pem -pubout -conv_form compressed"))
        }
        #expect(throws: PublicKeyError.notANamedCurve) {
            try PublicKey(pem: openssl.run("ec -in key.pem -pubout -param_enc explicit"))
        }
    }

    struct Signing: CustomTestStringConvertible {
        let kind: PublicKey.Kind
        let scheme: SignatureScheme
        /// Options that make `openssl dgst` do the same; nil for Ed25519, which it can't do.
        let digest: String?
        var testDescription: String { "\(kind) \(scheme.rawValue)" }
    }

    static let pss = " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
    static let signings = [
        Signing(kind: .ecdsaP256, scheme: .ecdsaSHA256, digest: "-sha256"),
        Signing(kind: .ecdsaP256, scheme: .ecdsaSHA512, digest: "-sha512"),
        Signing(kind: .ecdsaP384, scheme: .ecdsaSHA384, digest: "-sha384"),
        Signing(kind: .ecdsaP384, scheme: .ecdsaSHA256, digest: "-sha256"),
        Signing(kind: .ecdsaP521, scheme: .ecdsaSHA512, digest: "-sha512"),
        Signing(kind: .ecdsaP521, scheme: .ecdsaSHA256, digest: "-sha256"),
        Signing(kind: .ed25519, scheme: .ed25519, digest: nil),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPKCS1SHA256, digest: "-sha256"),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPKCS1SHA384, digest: "-sha384"),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPKCS1SHA512, digest: "-sha512"),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPSSSHA256, digest: "-sha256" + pss),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPSSSHA384, digest: "-sha384" + pss),
        Signing(kind: .rsa(bits: 2048), scheme: .rsaPSSSHA512, digest: "-sha512" + pss),
    ]

    @Test(arguments: signings)
    func signaturesVerifyBothWays(_ signing: Signing) throws {
        let openssl = try OpenSSL()
        let key = try TestKeys.key(signing.kind)
        try openssl.write("key.pem", key.unencryptedPEM.utf8)
        try openssl.write("public.pem", key.publicKey.pem.utf8)
        try openssl.write("message", TestKeys.message)
        try openssl.write("ours", key.sign(TestKeys.message, scheme: signing.scheme))
        if let digest = signing.digest {
            try openssl.run("dgst \(digest) -verify public.pem -signature ours message")
            try openssl.run("dgst \(digest) -sign key.pem -out theirs message")
        } else {
            try openssl.run("pkeyutl -verify -pubin -inkey public.pem -rawin -in message -sigfile ours")
            try openssl.run("pkeyutl -sign -inkey key.pem -rawin -in message -out theirs")
        }
        let theirs = try openssl.read("theirs")
        #expect(key.publicKey.isValid(theirs, over: TestKeys.message, scheme: signing.scheme))
    }

    /// A salt of another length than the hash's is another scheme.
    @Test(arguments: ["0", "20", "31", "33", "max"])
    func refusesPSSWithAnotherSaltLength(_ length: String) throws {
        let openssl = try OpenSSL()
        let key = try TestKeys.key(.rsa(bits: 2048))
        try openssl.write("key.pem", key.unencryptedPEM.utf8)
        try openssl.write("message", TestKeys.message)
        try openssl.run(
            "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:\(length) -sign key.pem -out theirs message"
        )
        let theirs = try openssl.read("theirs")
        for scheme in SignatureScheme.allCases {
            #expect(!key.publicKey.isValid(theirs, over: TestKeys.message, scheme: scheme))
        }
    }

    /// SHA-1 is no scheme here.
    @Test(arguments: [PublicKey.Kind.ecdsaP256, .rsa(bits: 2048)])
    func refusesSHA1(_ kind: PublicKey.Kind) throws {
        let openssl = try OpenSSL()
        let key = try TestKeys.key(kind)
        try openssl.write("key.pem", key.unencryptedPEM.utf8)
        try openssl.write("message", TestKeys.message)
        try openssl.run("dgst -sha1 -sign key.pem -out theirs message")
        let theirs = try openssl.read("theirs")
        for scheme in SignatureScheme.allCases {
            #expect(!key.publicKey.isValid(theirs, over: TestKeys.message, scheme: scheme))
        }
    }
}
