import Content
public import PKI
public import StrictEncoding

/// The four bytes by which a signature line of a note says which key made it. An index, not a proof: anyone can make a
/// key with the same four bytes.
public struct NoteKeyID: Sendable, Hashable {
    /// Four bytes.
    public let bytes: [UInt8]

    /// Nil unless there are exactly four bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 4 else { return nil }
        self.bytes = Array(bytes)
    }

    private init(hashing message: [UInt8]) {
        bytes = Array(Hashing.hash(message, using: .sha256).prefix(4))
    }

    /// `SHA-256(SubjectPublicKeyInfo)[:4]`: of ECDSA keys (C2SP signed-note, type 0x02), and what Rekor 1 writes for
    /// keys of every kind.
    public static func ofSubjectPublicKeyInfo(_ key: PublicKey) -> NoteKeyID {
        NoteKeyID(hashing: key.subjectPublicKeyInfo)
    }

    /// The identifiers under which a log of C2SP tlog-checkpoint may sign with this key.
    ///
    /// - Ed25519: `SHA-256(name || 0x0A || 0x01 || key)[:4]`.
    /// - ECDSA: the hash of the key alone.
    /// - RSA, which C2SP knows not: the hash of the key alone, as Sigstore's trusted root defines it, or with type 0xFF
    ///   and the name `PKIX-RSA-PKCS#1v1.5`, as Rekor 2 writes it.
    public static func ofLog(named name: ExactString, _ key: PublicKey) -> [NoteKeyID] {
        switch key.kind {
        case .ed25519: [typed(0x01, name: name, key: rawEd25519(key))]
        case .ecdsaP256, .ecdsaP384, .ecdsaP521: [ofSubjectPublicKeyInfo(key)]
        case .rsa:
            [
                ofSubjectPublicKeyInfo(key),
                typed(0xFF, name: name, key: Array("PKIX-RSA-PKCS#1v1.5".utf8) + key.subjectPublicKeyInfo),
            ]
        }
    }

    /// The identifier of an Ed25519 witness key (C2SP tlog-cosignature): `SHA-256(name || 0x0A || 0x04 || key)[:4]`.
    public static func ofWitness(named name: ExactString, _ key: PublicKey) -> NoteKeyID {
        typed(0x04, name: name, key: rawEd25519(key))
    }

    private static func typed(_ type: UInt8, name: ExactString, key: [UInt8]) -> NoteKeyID {
        NoteKeyID(hashing: Array(name.utf8) + [0x0A, type] + key)
    }

    /// RFC 8410 section 4: the 32 octets of the key end its `SubjectPublicKeyInfo`, whose encoding is canonical.
    private static func rawEd25519(_ key: PublicKey) -> [UInt8] { Array(key.subjectPublicKeyInfo.suffix(32)) }
}
