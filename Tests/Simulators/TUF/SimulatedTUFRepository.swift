import Content
package import StrictEncoding

/// A TUF repository that signs for real: what a publisher keeps, and the files that lie on the server.
///
/// Publishing writes files from the present fields; nothing follows by itself, so every disagreement that a forged or
/// broken repository can show can be made.
package struct SimulatedTUFRepository: Sendable {
    /// The instant that tests call now.
    package static let now = Instant(secondsSince1970: 1_795_000_000)
    /// Metadata expires a day later unless altered.
    package static let expires = now.adding(seconds: 86_400)

    package var root: SimulatedTUFRole
    package var timestamp: SimulatedTUFRole
    package var snapshot: SimulatedTUFRole
    /// The top-level targets role and, by name, those that it or another delegates to.
    package var targets: SimulatedTUFTargets
    package var delegated: [String: SimulatedTUFTargets] = [:]
    package var consistentSnapshot = true
    /// Whether timestamp and snapshot state length and hashes.
    package var listsHashes = false
    /// Names that the snapshot lists though nobody publishes them, with their version.
    package var alsoListed: [String: Int] = [:]
    /// Names that the snapshot leaves out.
    package var notListed: Set<String> = []
    /// Alters what a role says before it is signed, by the role's name.
    package var alterations: [String: @Sendable (inout [ExactString: JSONTree]) -> Void] = [:]

    /// What the server holds: metadata and target files by name.
    package var files: [String: [UInt8]] = [:]
    package var targetFiles: [String: [UInt8]] = [:]

    /// A repository with one Ed25519 key for each role, published at version 1.
    package init() throws {
        root = SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: Self.expires)
        timestamp = SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: Self.expires)
        snapshot = SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: Self.expires)
        targets = SimulatedTUFTargets(SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: Self.expires))
        try publishRoot()
        try publish()
    }

    // MARK: Publishing

    /// The root of the present version, under its number.
    package mutating func publishRoot() throws {
        var keys: [ExactString: JSONTree] = [:]
        for key in [root, timestamp, snapshot, targets.role].flatMap(\.keys) { keys[ExactString(key.keyID)] = key.json }
        let members: [ExactString: JSONTree] = [
            "consistent_snapshot": .bool(consistentSnapshot), "keys": .object(keys),
            "roles": [
                "root": root.json, "timestamp": timestamp.json, "snapshot": snapshot.json,
                "targets": targets.role.json,
            ],
        ]
        files["\(root.version).root.json"] = try root.file(signed: signed("root", "root", root, members))
    }

    /// The next version of the root.
    package mutating func publishNextRoot() throws {
        root.version += 1
        try publishRoot()
    }

    /// All but the root at their present versions.
    package mutating func publish() throws {
        try publishTargets()
        try publishSnapshot()
        try publishTimestamp()
    }

    /// All but the root, each one version on.
    package mutating func publishNext() throws {
        for name in delegated.keys { delegated[name]?.role.version += 1 }
        targets.role.version += 1
        snapshot.version += 1
        timestamp.version += 1
        try publish()
    }

    package mutating func publishTargets() throws {
        for (name, role) in delegated.sorted(by: { $0.key < $1.key }) {
            try publish(name, "targets", role.role, role.members)
        }
        try publish("targets", "targets", targets.role, targets.members)
    }

    package mutating func publishSnapshot() throws {
        var meta: [ExactString: JSONTree] = [:]
        for (name, version) in [("targets", targets.role.version)] + delegated.map({ ($0.key, $0.value.role.version) })
        {
            meta[ExactString(name + ".json")] = listing(name, version)
        }
        for (name, version) in alsoListed {
            meta[ExactString(name)] = ["version": .integer(Int64(version))]
        }
        for name in notListed { meta[ExactString(name)] = nil }
        try publish("snapshot", "snapshot", snapshot, ["meta": .object(meta)])
    }

    package mutating func publishTimestamp() throws {
        let meta: JSONTree = ["snapshot.json": listing("snapshot", snapshot.version)]
        files["timestamp.json"] = try timestamp.file(
            signed: signed("timestamp", "timestamp", timestamp, ["meta": meta]))
    }

    /// Puts a target file on the server and lists it.
    package mutating func add(_ path: String, _ bytes: [UInt8], to role: String = "targets") {
        let digest = Digest(of: bytes)
        let listing: JSONTree = [
            "length": .integer(Int64(bytes.count)), "hashes": ["sha256": .string(digest.hex)],
        ]
        if role == "targets" {
            targets.files[ExactString(path)] = listing
        } else {
            delegated[role]?.files[ExactString(path)] = listing
        }
        targetFiles[consistentSnapshot ? Self.prefixed(path, digest.hex) : path] = bytes
    }

    // MARK: Files

    /// The name of a role's file on the server.
    package func fileName(_ name: String, version: Int) -> String {
        (consistentSnapshot ? "\(version)." : "") + name + ".json"
    }

    package static func prefixed(_ path: String, _ hash: String) -> String {
        var components = path.split(separator: "/").map(String.init)
        let name = components.popLast() ?? ""
        return (components + [hash + "." + name]).joined(separator: "/")
    }

    private mutating func publish(
        _ name: String, _ type: String, _ role: SimulatedTUFRole, _ members: [ExactString: JSONTree]
    ) throws {
        files[fileName(name, version: role.version)] = try role.file(signed: signed(name, type, role, members))
    }

    private func signed(
        _ name: String, _ type: String, _ role: SimulatedTUFRole, _ members: [ExactString: JSONTree]
    ) -> JSONTree {
        var members = members
        members["_type"] = .string(type)
        members["spec_version"] = "1.0.31"
        members["version"] = .integer(Int64(role.version))
        members["expires"] = .string(role.expires.description)
        alterations[name]?(&members)
        return .object(members)
    }

    private func listing(_ name: String, _ version: Int) -> JSONTree {
        var members: [ExactString: JSONTree] = ["version": .integer(Int64(version))]
        if listsHashes, let bytes = files[fileName(name, version: version)] {
            members["length"] = .integer(Int64(bytes.count))
            members["hashes"] = ["sha256": .string(Digest(of: bytes).hex)]
        }
        return .object(members)
    }
}

/// A targets role of a simulated repository: its files, and whom it delegates to.
package struct SimulatedTUFTargets: Sendable {
    package var role: SimulatedTUFRole
    /// Target files as metadata lists them.
    package var files: [ExactString: JSONTree] = [:]
    /// In order; each with its keys, so that two roles can delegate to one name by different keys.
    package var delegations: [Delegation] = []
    /// `succinct_roles`, instead of ``delegations``.
    package var bins: (bitLength: Int, namePrefix: String, role: SimulatedTUFRole)?

    package init(_ role: SimulatedTUFRole) { self.role = role }

    /// A targets role with a new key.
    package init() throws {
        self.init(SimulatedTUFRole(keys: [try SimulatedTUFKey()], expires: SimulatedTUFRepository.expires))
    }

    package struct Delegation: Sendable {
        package var name: String
        package var role: SimulatedTUFRole
        package var paths: [String]?
        package var hashPrefixes: [String]?
        package var isTerminating = false

        package init(
            _ name: String, _ role: SimulatedTUFRole, paths: [String]? = ["*"], hashPrefixes: [String]? = nil,
            isTerminating: Bool = false
        ) {
            self.name = name
            self.role = role
            self.paths = paths
            self.hashPrefixes = hashPrefixes
            self.isTerminating = isTerminating
        }
    }

    var members: [ExactString: JSONTree] {
        var members: [ExactString: JSONTree] = ["targets": .object(files)]
        var keys: [ExactString: JSONTree] = [:]
        for key in (delegations.map(\.role) + (bins.map { [$0.role] } ?? [])).flatMap(\.keys) {
            keys[ExactString(key.keyID)] = key.json
        }
        if let bins {
            var succinct = Self.members(bins.role)
            succinct["bit_length"] = .integer(Int64(bins.bitLength))
            succinct["name_prefix"] = .string(bins.namePrefix)
            members["delegations"] = ["keys": .object(keys), "succinct_roles": .object(succinct)]
        } else if !delegations.isEmpty {
            let roles = delegations.map { delegation in
                var entry = Self.members(delegation.role)
                entry["name"] = .string(delegation.name)
                entry["terminating"] = .bool(delegation.isTerminating)
                if let paths = delegation.paths { entry["paths"] = JSONTree(strings: paths) }
                if let prefixes = delegation.hashPrefixes {
                    entry["path_hash_prefixes"] = JSONTree(strings: prefixes)
                }
                return JSONTree.object(entry)
            }
            members["delegations"] = ["keys": .object(keys), "roles": .array(roles)]
        }
        return members
    }

    private static func members(_ role: SimulatedTUFRole) -> [ExactString: JSONTree] {
        [
            "keyids": JSONTree(strings: role.keys.map(\.keyID)),
            "threshold": .integer(Int64(role.threshold)),
        ]
    }
}
