import Content
import StrictEncoding

/// The member `delegations` of targets metadata (section 4.5): who else may speak of which target paths.
enum Delegations: Sendable {
    /// In order of appearance; none if the member is missing.
    case roles([Delegation])
    /// Hash bins that are described and not listed (TAP 15).
    case bins(HashBins)

    init(_ signed: MetadataFields) throws(MetadataFormatError) {
        guard signed.object["delegations"] != nil else {
            self = .roles([])
            return
        }
        let fields = try signed.fields("delegations")
        let ring = try TUFKey.ring(fields.fields("keys"), pointsAllowed: false)
        switch (fields.object["roles"]?.array, fields.object["succinct_roles"]) {
        case (let list?, nil):
            var names: Set<MetadataRole> = []
            var roles: [Delegation] = []
            for element in list {
                let delegation = try Delegation(
                    MetadataFields(element, at: fields.at("roles")), ring: ring)
                guard names.insert(delegation.role).inserted else {
                    throw .expected("distinct names", at: fields.at("roles"))
                }
                roles.append(delegation)
            }
            self = .roles(roles)
        case (nil, _?) where fields.object["roles"] == nil:
            self = .bins(try HashBins(fields.fields("succinct_roles"), ring: ring))
        default:
            throw .expected("an array `roles` or an object `succinct_roles`, and not both", at: fields.path)
        }
    }

    /// Those who may speak of this path, in order of precedence, up to and with the first terminating one.
    func delegations(for path: TargetPath) -> [Delegation] {
        switch self {
        case .bins(let bins): return [bins.delegation(for: path)]
        case .roles(let roles):
            let matching = roles.lazy.filter { $0.paths.contains(path) }
            var chosen: [Delegation] = []
            for delegation in matching {
                chosen.append(delegation)
                if delegation.isTerminating { break }
            }
            return chosen
        }
    }
}

/// One role that may speak of some target paths.
struct Delegation: Sendable {
    let role: MetadataRole
    let authority: RoleAuthority
    let paths: DelegatedPaths
    /// Whether nobody after this role, on whatever level, is asked about a path of this delegation.
    let isTerminating: Bool

    init(role: MetadataRole, authority: RoleAuthority, paths: DelegatedPaths, isTerminating: Bool) {
        self.role = role
        self.authority = authority
        self.paths = paths
        self.isTerminating = isTerminating
    }

    init(_ fields: MetadataFields, ring: [ExactString: TUFKey]) throws(MetadataFormatError) {
        guard let role = MetadataRole(delegatedName: try fields.string("name")) else {
            throw .expected(
                "a role name of at most \(MetadataRole.longestName) bytes that is none of a top-level role",
                at: fields.at("name"))
        }
        self.role = role
        authority = try RoleAuthority(fields, ring: ring)
        paths = try DelegatedPaths(fields)
        isTerminating = try fields.bool("terminating", ifAbsent: false)
    }
}

/// Which target paths a delegation is about: patterns or prefixes of a hash, never both.
enum DelegatedPaths: Sendable {
    case patterns([PathPattern])
    /// Lower-case hexadecimal digits with which the SHA-256 of the path begins.
    case hashPrefixes([String])
    /// A bin of ``HashBins``, which has chosen the role by the path already.
    case bin

    init(_ fields: MetadataFields) throws(MetadataFormatError) {
        switch (fields.object["paths"], fields.object["path_hash_prefixes"]) {
        case (_?, nil): self = .patterns(try fields.strings("paths").map { PathPattern($0) })
        case (nil, _?): self = .hashPrefixes(try fields.strings("path_hash_prefixes"))
        // Section 4.5 makes both optional: such a role may speak of nothing.
        case (nil, nil): self = .patterns([])
        case (_?, _?): throw .expected("either `paths` or `path_hash_prefixes`", at: fields.path)
        }
    }

    func contains(_ path: TargetPath) -> Bool {
        switch self {
        case .patterns(let patterns): return patterns.contains { $0.matches(path) }
        case .hashPrefixes(let prefixes):
            let digits = path.hash.hex.utf8
            return prefixes.contains { !$0.isEmpty && digits.starts(with: $0.utf8) }
        case .bin: return true
        }
    }
}
