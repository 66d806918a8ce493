import PKI
import StrictEncoding

/// A root that a program carries as facts: which keys speak for which role, and how many of them have to.
///
/// The first root of a client is trusted because it was shipped (section 5.2), and not for its signatures; so none are
/// kept. The next version has to be signed by a threshold of the keys named here, as after any other root.
public struct ShippedRoot: Sendable, Hashable {
    /// How stores say which repository's root it is, as in `public-good`.
    public let name: String
    /// At least 1.
    public let version: Int
    /// RFC 3339. An expired root still leads to the next one.
    public let expires: String
    /// Whether files are named with their version or hash (section 6.2).
    public let consistentSnapshot: Bool
    public let keys: [Key]
    public let root: Role
    public let timestamp: Role
    public let snapshot: Role
    public let targets: Role

    /// A key with the one scheme that it is bound to.
    public struct Key: Sendable, Hashable {
        /// What signatures call it.
        public let id: String
        /// As in `ecdsa`.
        public let keyType: String
        /// As in `ecdsa-sha2-nistp256`.
        public let scheme: String
        /// The SubjectPublicKeyInfo in base64.
        public let publicKey: String

        public init(id: String, keyType: String, scheme: String, publicKey: String) {
            self.id = id
            self.keyType = keyType
            self.scheme = scheme
            self.publicKey = publicKey
        }
    }

    /// Who speaks for a role.
    public struct Role: Sendable, Hashable {
        /// How many distinct keys have to sign.
        public let threshold: Int
        public let keyIDs: [String]

        public init(threshold: Int, keyIDs: [String]) {
            self.threshold = threshold
            self.keyIDs = keyIDs
        }
    }

    /// Nothing is checked here: ``TUFUpdate/Root/init(trusting:at:limits:)-(ShippedRoot,_,_)`` does.
    public init(
        name: String, version: Int, expires: String, consistentSnapshot: Bool, keys: [Key], root: Role, timestamp: Role,
        snapshot: Role, targets: Role
    ) {
        self.name = name
        self.version = version
        self.expires = expires
        self.consistentSnapshot = consistentSnapshot
        self.keys = keys
        self.root = root
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.targets = targets
    }
}

extension RootMetadata {
    /// The facts of a shipped root. Unlike a file's they are held to be in order as a whole: no key that can't be used, no
    /// threshold that can't be reached.
    init(_ shipped: ShippedRoot) throws(MetadataFormatError) {
        guard shipped.version >= 1 else { throw .expected("an integer of at least 1", at: "version") }
        guard let expires = Instant(rfc3339: shipped.expires) else { throw .expected("a date and time", at: "expires") }
        var ring: [ExactString: TUFKey] = [:]
        for key in shipped.keys {
            guard ring.updateValue(try TUFKey(key), forKey: ExactString(key.id)) == nil else {
                throw .repeatedKeyID(key.id, at: "keys")
            }
        }
        self.init(
            version: shipped.version, expires: expires, consistentSnapshot: shipped.consistentSnapshot,
            root: try RoleAuthority(shipped.root, ring: ring, at: "root"),
            timestamp: try RoleAuthority(shipped.timestamp, ring: ring, at: "timestamp"),
            snapshot: try RoleAuthority(shipped.snapshot, ring: ring, at: "snapshot"),
            targets: try RoleAuthority(shipped.targets, ring: ring, at: "targets"))
    }
}

extension RoleAuthority {
    fileprivate init(
        _ role: ShippedRoot.Role, ring: [ExactString: TUFKey], at name: String
    ) throws(MetadataFormatError) {
        var keys: [ExactString: TUFKey] = [:]
        for keyID in role.keyIDs {
            guard let key = ring[ExactString(keyID)] else { throw .expected("IDs of keys that are there", at: name) }
            guard keys.updateValue(key, forKey: ExactString(keyID)) == nil else {
                throw .repeatedKeyID(keyID, at: name)
            }
        }
        self.init(keys: keys, threshold: role.threshold)
        guard role.threshold >= 1, distinctKeys.count >= role.threshold else {
            throw .expected("a threshold of at least 1 that the keys can reach", at: name)
        }
    }
}

extension TUFKey {
    fileprivate init(_ key: ShippedRoot.Key) throws(MetadataFormatError) {
        guard let der = try? Base64.decode(key.publicKey), let publicKey = try? PublicKey(subjectPublicKeyInfo: der),
            let scheme = Self.signatureScheme(key.keyType, key.scheme, for: publicKey.kind)
        else { throw .expected("a key that can be used", at: "keys." + key.id) }
        self.init(
            keyType: key.keyType, scheme: key.scheme, verification: Verification(key: publicKey, scheme: scheme))
    }
}
