public import PKI
public import StrictEncoding

/// Which keys speak for a role, and how many of them have to.
public struct RoleAuthority: Sendable {
    /// The role's keys by key ID, as far as the delegating metadata defines them.
    public let keys: [ExactString: TUFKey]
    /// How many distinct keys have to sign; at least 1.
    public let threshold: Int

    init(keys: [ExactString: TUFKey], threshold: Int) {
        self.keys = keys
        self.threshold = threshold
    }

    /// Reads `keyids` and `threshold`. A threshold that the keys cannot reach is no error here: nothing will be
    /// accepted from the role.
    init(_ fields: MetadataFields, ring: [ExactString: TUFKey]) throws(MetadataFormatError) {
        var keys: [ExactString: TUFKey] = [:]
        var seen: Set<ExactString> = []
        for keyID in try fields.strings("keyids").map({ ExactString($0) }) {
            guard seen.insert(keyID).inserted else {
                throw .repeatedKeyID(keyID.value, at: fields.at("keyids"))
            }
            keys[keyID] = ring[keyID]
        }
        self.keys = keys
        threshold = try fields.integer("threshold", from: 1)
    }

    /// Holds if a threshold of distinct keys signed the metadata.
    ///
    /// Distinct are keys that differ in what they are: one key under two IDs counts once. Signatures that do not verify,
    /// and those of keys without authority here, neither count nor harm.
    func verify(_ metadata: UnverifiedMetadata, as kind: TUFError.Authority) throws(TUFError) {
        var signers: Set<PublicKey> = []
        for signature in metadata.signatures {
            guard let key = keys[signature.keyID], let identity = key.verification?.key,
                !signers.contains(identity), let bytes = signature.bytes,
                key.isValid(bytes, over: metadata.message)
            else { continue }
            signers.insert(identity)
        }
        guard signers.count >= threshold else {
            throw .tooFewSignatures(metadata.role, by: kind, expected: threshold, found: signers.count)
        }
    }

    /// The usable keys by what they are.
    public var distinctKeys: Set<PublicKey> { Set(keys.values.compactMap(\.verification?.key)) }
}
