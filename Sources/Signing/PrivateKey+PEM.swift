import PKI
import StrictEncoding

extension PrivateKey {
    /// A key from a PEM file with one private key: PKCS #8 (`PRIVATE KEY`), encrypted PKCS #8 with PBES2 (`ENCRYPTED
    /// PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) or PKCS #1 (`RSA PRIVATE KEY`).
    ///
    /// A block `EC PARAMETERS` beside the key, as `openssl ecparam -genkey` writes it, is passed over: the key says its
    /// curve itself.
    ///
    /// - Parameter passphrase: for an encrypted key; not looked at otherwise.
    /// - Throws: `PrivateKeyError`; cosign's own form of encrypted key is refused by name.
    public init(pem: [UInt8], passphrase: [UInt8]?) throws(PrivateKeyError) {
        guard pem.count <= Self.maximumPEMByteCount else { throw .tooLong(limit: Self.maximumPEMByteCount) }
        let blocks: [PEMBlock]
        do {
            blocks = try PEMBlock.parseAll(pem, limit: 8).filter { $0.label != "EC PARAMETERS" }
        } catch .headersNotSupported(let label, _) {
            throw .legacyEncryption(label: label)
        } catch {
            throw .notPEM(error)
        }
        guard let block = blocks.first, blocks.count == 1 else { throw .notOneBlock(found: blocks.count) }
        switch block.label {
        case "PRIVATE KEY":
            try self.init(PKCS8.secret(block.bytes))
        case "ENCRYPTED PRIVATE KEY":
            guard let passphrase else { throw .passphraseNeeded }
            let plain = try PBES2.decrypt(block.bytes, passphrase: passphrase)
            do {
                try self.init(PKCS8.secret(plain))
            } catch .notDER {
                // One wrong passphrase in 256 leaves well-formed padding after which follows noise.
                throw .wrongPassphrase
            }
        case "EC PRIVATE KEY":
            try self.init(SEC1.secret(block.bytes, curve: nil))
        case "RSA PRIVATE KEY":
            try self.init(PKCS1.secret(block.bytes))
        case "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY":
            throw .cosignEncryptedKey(label: block.label)
        case "PUBLIC KEY", "RSA PUBLIC KEY":
            throw .publicKeyGiven
        default:
            throw .unsupportedLabel(block.label)
        }
    }

    /// Encrypted PKCS #8, which `openssl pkey` reads: PBES2 (RFC 8018 section 6.2) with PBKDF2-HMAC-SHA256 and
    /// AES-256-CBC.
    ///
    /// - Throws: `PrivateKeyError.emptyPassphrase`.
    public func pem(encryptedWith passphrase: [UInt8]) throws(PrivateKeyError) -> String {
        let encrypted = try PBES2.encrypt(secret.pkcs8, passphrase: passphrase)
        return PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: encrypted).encoded()
    }

    /// PKCS #8 in the clear: whoever reads the file has the key.
    public var unencryptedPEM: String {
        PEMBlock(label: "PRIVATE KEY", bytes: secret.pkcs8).encoded()
    }

    /// The PEM of an RSA key of 8192 bits is 6.4 KB; the rest is room for comments.
    static let maximumPEMByteCount = 64 << 10
}
