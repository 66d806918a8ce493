import StrictEncoding
import TUF

/// What a store says of its repository: which shipped root it began with, if any, and where the repository is, if that was
/// said.
struct StoreConfiguration: Equatable {
    /// The root that a program carried when trust began here, or was brought up to date here last.
    struct Beginning: Equatable {
        var name: String
        var version: Int
    }

    var shippedRoot: Beginning?
    var address: RepositoryAddress?

    /// The name of the file; without the suffix of metadata, because it is none.
    static let fileName = "repository"
    /// Bytes; two addresses with room.
    static let limit = 1 << 14

    var encoded: [UInt8] {
        let root = shippedRoot.map {
            JSONTree.object(["name": .string($0.name), "version": .integer(Int64($0.version))])
        }
        let tree = JSONTree(members: [
            "schemaVersion": 1, "shippedRoot": root, "metadataURL": address.map { .string($0.metadata) },
            "targetsURL": address.map { .string($0.targets) },
        ])
        return tree.prettyBytes()
    }

    init() {}

    /// Nil if it is not what ``encoded`` wrote, or what a person wrote in its manner.
    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: Self.limit, depth: 3)).root,
            let object = value.object, value["schemaVersion"]?.int == 1,
            object.allSatisfy({ Self.members.contains(ExactString($0.0)) })
        else { return nil }
        if let root = value["shippedRoot"] {
            guard let name = root["name"]?.string, let version = root["version"]?.int, version >= 1 else { return nil }
            shippedRoot = Beginning(name: name, version: version)
        }
        guard (value["metadataURL"] == nil) == (value["targetsURL"] == nil) else { return nil }
        if value["metadataURL"] != nil {
            guard let metadata = value["metadataURL"]?.string, let targets = value["targetsURL"]?.string,
                let address = try? RepositoryAddress(metadata: metadata, targets: targets)
            else { return nil }
            self.address = address
        }
    }

    private static let members: Set<ExactString> = ["schemaVersion", "shippedRoot", "metadataURL", "targetsURL"]
}
