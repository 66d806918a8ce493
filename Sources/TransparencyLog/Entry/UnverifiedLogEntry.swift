public import StrictEncoding

/// An entry of a transparency log with what is said to prove it: `TransparencyLogEntry` of
/// sigstore/protobuf-specs, or cosign's `dev.sigstore.cosign/bundle`. Nothing is verified, and the two say different
/// things: a promise is dated, an inclusion proof is not.
public struct UnverifiedLogEntry: Sendable, Hashable {
    /// Of the entry, over all shards of the log. Signed with the promise only.
    public var logIndex: Int64
    /// `logId.keyId`. An entry of Rekor 1 is looked for in the log of this name; one of Rekor 2 is not.
    public var logID: [UInt8]
    /// `kindVersion.kind`, which has to agree with the body.
    public var kind: ExactString
    /// `kindVersion.version`, likewise.
    public var version: ExactString
    /// Seconds since 1970; zero where the entry states none. Means nothing without the promise
    /// (sigstore-js CVE-2026-48816), and nothing at all in Rekor 2.
    public var integratedTime: Int64
    /// `inclusionPromise.signedEntryTimestamp`.
    public var inclusionPromise: [UInt8]?
    public var inclusionProof: InclusionProof?
    /// The leaf of the tree, as the log has it.
    public var canonicalizedBody: [UInt8]

    public init(
        logIndex: Int64, logID: [UInt8], kind: ExactString, version: ExactString, integratedTime: Int64 = 0,
        inclusionPromise: [UInt8]? = nil, inclusionProof: InclusionProof? = nil, canonicalizedBody: [UInt8]
    ) {
        self.logIndex = logIndex
        self.logID = logID
        self.kind = kind
        self.version = version
        self.integratedTime = integratedTime
        self.inclusionPromise = inclusionPromise
        self.inclusionProof = inclusionProof
        self.canonicalizedBody = canonicalizedBody
    }
}

/// What is said to prove that an entry is in a tree: `InclusionProof` of sigstore/protobuf-specs.
public struct InclusionProof: Sendable, Hashable {
    /// Of the leaf in this tree; other than ``UnverifiedLogEntry/logIndex`` where a log has shards.
    public var logIndex: Int64
    /// Root and size of the tree, which have to be those of the checkpoint.
    public var rootHash: [UInt8]
    public var treeSize: Int64
    /// From the leaf's sibling upwards.
    public var hashes: [[UInt8]]
    /// `checkpoint.envelope`, a signed note. Nil where there is none; such a proof proves nothing.
    public var checkpoint: [UInt8]?

    public init(logIndex: Int64, rootHash: [UInt8], treeSize: Int64, hashes: [[UInt8]], checkpoint: [UInt8]?) {
        self.logIndex = logIndex
        self.rootHash = rootHash
        self.treeSize = treeSize
        self.hashes = hashes
        self.checkpoint = checkpoint
    }
}
