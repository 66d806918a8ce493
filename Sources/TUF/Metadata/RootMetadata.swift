public import StrictEncoding

/// Root metadata (section 4.3): which keys speak for the top-level roles.
///
/// There is no public way to make one: whoever has one was given it by a state of ``TUFUpdate``, which verified it.
public struct RootMetadata: Sendable {
    /// At least 1.
    public let version: Int
    /// From this instant on it is expired.
    public let expires: Instant
    /// Whether files are named with their version or hash (section 6.2).
    public let consistentSnapshot: Bool
    /// Who may sign the next root, together with the keys which that root names.
    public let root: RoleAuthority
    /// Who may sign timestamp metadata.
    public let timestamp: RoleAuthority
    /// Who may sign snapshot metadata.
    public let snapshot: RoleAuthority
    /// Who may sign the top-level targets metadata.
    public let targets: RoleAuthority

    init(
        version: Int, expires: Instant, consistentSnapshot: Bool, root: RoleAuthority, timestamp: RoleAuthority,
        snapshot: RoleAuthority, targets: RoleAuthority
    ) {
        self.version = version
        self.expires = expires
        self.consistentSnapshot = consistentSnapshot
        self.root = root
        self.timestamp = timestamp
        self.snapshot = snapshot
        self.targets = targets
    }

    init(_ metadata: UnverifiedMetadata) throws(TUFError) {
        do throws(MetadataFormatError) {
            let signed = metadata.signed
            let ring = try TUFKey.ring(signed.fields("keys"), pointsAllowed: true)
            let roles = try signed.fields("roles")
            root = try RoleAuthority(roles.fields("root"), ring: ring)
            timestamp = try RoleAuthority(roles.fields("timestamp"), ring: ring)
            snapshot = try RoleAuthority(roles.fields("snapshot"), ring: ring)
            targets = try RoleAuthority(roles.fields("targets"), ring: ring)
            consistentSnapshot = try signed.bool("consistent_snapshot", ifAbsent: false)
        } catch {
            throw .malformed(.root, error)
        }
        version = metadata.version
        expires = metadata.expires
    }
}
