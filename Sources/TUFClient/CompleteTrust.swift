import StrictEncoding

/// The metadata of one complete update, as one file, so that it is replaced as a whole: a process that ends between
/// two files of an update leaves the trust of the update before in use.
///
/// The root is not among it: it is always the newest that was verified, whose keys this has to be signed with.
struct CompleteTrust: Equatable {
    var timestamp: [UInt8]
    var snapshot: [UInt8]
    var targets: [UInt8]
    /// Metadata of delegated roles by name, as far as searches for targets went.
    var delegated: [ExactString: [UInt8]] = [:]
    /// The target files, by the hexadecimal digest that is their name on disk.
    var files: Set<String> = []

    /// The name of the file; without the suffix of metadata, because it is none.
    static let fileName = "last-complete"
    /// Bytes; four files of the greatest length, in base64, with room.
    static let limit = 64 << 20

    var encoded: [UInt8] {
        let delegated = Dictionary(
            uniqueKeysWithValues: self.delegated.map { ($0.key, JSONTree.string(Base64.encode($0.value))) })
        let tree: JSONTree = [
            "timestamp": .string(Base64.encode(timestamp)), "snapshot": .string(Base64.encode(snapshot)),
            "targets": .string(Base64.encode(targets)), "delegated": .object(delegated),
            "files": JSONTree(strings: files.sorted()),
        ]
        return tree.prettyBytes()
    }

    init(timestamp: [UInt8], snapshot: [UInt8], targets: [UInt8]) {
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.targets = targets
    }

    /// Nil if it is not what ``encoded`` wrote. Nothing in it is believed.
    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.limit, depth: 4)).root,
            let timestamp = try? value["timestamp"]?.base64Bytes(),
            let snapshot = try? value["snapshot"]?.base64Bytes(),
            let targets = try? value["targets"]?.base64Bytes(), let roles = value["delegated"]?.object,
            let files = value["files"]?.array
        else { return nil }
        self.init(timestamp: timestamp, snapshot: snapshot, targets: targets)
        for (name, encoded) in roles {
            guard let bytes = try? encoded.base64Bytes() else { return nil }
            delegated[ExactString(name)] = bytes
        }
        self.files = Set(files.compactMap(\.string))
    }
}
