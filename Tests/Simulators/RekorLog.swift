public import PKI
public import Signing
public import StrictEncoding
public import TransparencyLog

/// A transparency log like Rekor 1 or 2 that signs for real, with a key of its own and a clock that stands still.
///
/// Every part of what it gives (``UnverifiedLogEntry`` and its proof) is a variable: an attack is one change to what a
/// sound log said, or to what it was given.
public struct SimulatedRekor: Sendable {
    public let generation: LogGeneration
    /// What its checkpoints are named by; for Rekor 1 without the tree ID.
    public var name: String
    public let key: PrivateKey
    public private(set) var tree = RekorTree()
    /// What `integratedTime` becomes.
    public var time: Instant
    /// How many entries earlier shards hold: `logIndex` of an entry of Rekor 1 counts them, its proof does not.
    public var shardOffset: Int64 = 0
    /// Witnesses that cosign every checkpoint.
    public var witnesses: [SimulatedWitness] = []
    /// Whole lines that are put before the log's own signature.
    public var foreignSignatureLines: [String] = []

    /// - Parameter kind: P-256 for Rekor 1 and Ed25519 for Rekor 2 when nil, as the public logs have it.
    public init(
        _ generation: LogGeneration, name: String = "log.example", kind: PublicKey.Kind? = nil, time: Instant
    ) throws {
        self.generation = generation
        self.name = name
        key = try PrivateKey.generate(kind ?? (generation == .rekor1 ? .ecdsaP256 : .ed25519))
        self.time = time
    }

    /// The log as a trusted root states it.
    public func trusted(start: Instant? = nil, end: Instant? = nil) throws -> TrustedLog {
        try TrustedLog(
            baseURL: "https://" + name, hashAlgorithm: "SHA2_256", publicKey: key.publicKey, logID: logID,
            start: start ?? time.adding(seconds: -86_400), end: end)
    }

    /// `logId.keyId`: the hash of the key, or all of the hash that its checkpoints' key ID begins.
    public var logID: [UInt8] {
        let key = key.publicKey
        guard generation == .rekor2, key.kind == .ed25519 else { return Self.hash(key.subjectPublicKeyInfo) }
        return Self.hash(Array(name.utf8) + [0x0A, 0x01] + key.subjectPublicKeyInfo.suffix(32))
    }

    /// Appends an entry and proves it by a checkpoint of the tree that it completes.
    public mutating func log(_ submission: RekorSubmission) throws -> UnverifiedLogEntry {
        try log(body: submission.body.canonicalBytes(), kind: submission.statedKind, version: submission.statedVersion)
    }

    /// The same for a body of any form.
    public mutating func log(body: [UInt8], kind: String, version: String) throws -> UnverifiedLogEntry {
        let index = tree.append(body)
        var entry = UnverifiedLogEntry(
            logIndex: Int64(index) + shardOffset, logID: logID, kind: ExactString(kind), version: ExactString(version),
            inclusionProof: try proof(of: index), canonicalizedBody: body)
        if generation == .rekor1 {
            entry.integratedTime = time.secondsSince1970
            entry.inclusionPromise = try promise(for: entry)
        }
        return entry
    }

    /// The proof that the entry at `index` is in the tree as it is now.
    public func proof(of index: Int) throws -> InclusionProof {
        let head = tree.head()
        return InclusionProof(
            logIndex: Int64(index), rootHash: head.rootHash, treeSize: Int64(head.size),
            hashes: tree.inclusionProof(of: index), checkpoint: try checkpoint(of: head))
    }

    /// A signed entry timestamp over what the entry says, whatever that is.
    public func promise(for entry: UnverifiedLogEntry) throws -> [UInt8] {
        let members = [
            #""body":"\#(Base64.encode(entry.canonicalizedBody))""#, #""integratedTime":\#(entry.integratedTime)"#,
            #""logID":"\#(Hex.encode(entry.logID))""#, #""logIndex":\#(entry.logIndex)"#,
        ]
        return try key.sign(Array("{\(members.joined(separator: ","))}".utf8))
    }

    /// A checkpoint for any tree head, signed by the log and its witnesses.
    public func checkpoint(of head: TreeHead, extensions: [String] = []) throws -> [UInt8] {
        let origin = generation == .rekor1 ? name + " - 1193050959916656506" : name
        let lines = [origin, String(head.size), Base64.encode(head.rootHash)] + extensions
        let text = lines.map { $0 + "\n" }.joined()
        var block = foreignSignatureLines
        block.append(Self.line(name, Array(logID.prefix(4)) + (try key.sign(Array(text.utf8)))))
        for witness in witnesses { block.append(try witness.line(over: text)) }
        return Array((text + "\n" + block.map { $0 + "\n" }.joined()).utf8)
    }

    static func line(_ name: String, _ value: [UInt8]) -> String { "\u{2014} \(name) \(Base64.encode(value))" }

    static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SignedMessage(bytes).sha256) }
}

/// A witness that cosigns whatever it is shown (C2SP tlog-cosignature).
public struct SimulatedWitness: Sendable {
    public var name: String
    public let key: PrivateKey
    public var time: Instant

    public init(name: String = "witness.example", key: PrivateKey? = nil, time: Instant) throws {
        self.name = name
        self.key = try key ?? PrivateKey.generate(.ed25519)
        self.time = time
    }

    /// The witness as a trusted root states it.
    public var trusted: TrustedWitness? { TrustedWitness(name: ExactString(name), publicKey: key.publicKey) }

    /// Its line under a checkpoint.
    public func line(over text: String) throws -> String {
        let seconds = time.secondsSince1970
        let keyID = SimulatedRekor.hash(
            Array(name.utf8) + [0x0A, 0x04] + key.publicKey.subjectPublicKeyInfo.suffix(32)
        ).prefix(4)
        let stamp = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
        let signature = try key.sign(Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8))
        return SimulatedRekor.line(name, Array(keyID) + stamp + signature)
    }
}
