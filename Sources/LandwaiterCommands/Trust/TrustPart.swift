import StrictEncoding

/// One thing that trust rests on: an authority, a log, a key, a list, a role of a repository; and when it holds.
struct TrustPart: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case rootRole = "tuf-root"
        case timestampRole = "tuf-timestamp"
        case snapshotRole = "tuf-snapshot"
        case targetsRole = "tuf-targets"
        case certificateAuthority = "certificate-authority"
        case timestampAuthority = "timestamp-authority"
        case certificateLog = "certificate-log"
        case transparencyLog = "transparency-log"
        case key
        /// A certificate of an organisation's own authority.
        case certificate
        case spiffeBundle = "spiffe-bundle"
        /// A certificate in the bundle that counts today.
        case spiffeAuthority = "spiffe-authority"
        /// A key for JWT-SVIDs in the bundle that counts today.
        case spiffeTokenKey = "spiffe-token-key"
        case revocationList = "revocation-list"
        /// What can't be looked into.
        case file, policy
        case trustStore = "trust-store"

        /// Whether a machine makes it anew every few days or hours, so that its end is always near.
        var isRenewedByMachines: Bool {
            switch self {
            case .timestampRole, .snapshotRole, .spiffeBundle, .spiffeAuthority, .revocationList: true
            default: false
            }
        }
    }

    /// Why nothing can be said of it.
    enum Obstacle: Sendable, Hashable {
        /// It is not there.
        case missing(String)
        /// It is there, and can't be read.
        case unreadable(String)
        /// An element that this program can't use; it counts for nothing, and others of its kind may do.
        case unusable(String)
    }

    var kind: Kind
    /// For people: a subject, an address, a signer, a trust domain. From outside, not escaped.
    var name: String
    /// Fingerprint of the key, the certificate or the list.
    var id: String?
    var period = TrustPeriod.always
    /// Parts of one source and kind with one of these stand in for one another: keys of a rotation, logs of a root.
    var line = ""
    /// What else there is to say, in the order in which it is shown.
    var facts: [Fact] = []
    var obstacle: Obstacle?

    struct Fact: Sendable, Hashable {
        /// As JSON has it.
        let name: String
        let value: String
    }
}

/// When something holds.
struct TrustPeriod: Sendable, Hashable {
    /// Nil: from ever.
    let from: Instant?
    /// Nil: until something is said.
    let until: Instant?
    /// Whether it still holds at ``until``: certificates do, metadata of repositories does not.
    let includesEnd: Bool

    init(from: Instant?, until: Instant?, includesEnd: Bool = true) {
        self.from = from
        // RFC 5280 section 4.1.2.5: the last instant that can be written stands for "no end".
        self.until = until == .latest ? nil : until
        self.includesEnd = includesEnd
    }

    static let always = TrustPeriod(from: nil, until: nil)

    func hasBegun(at instant: Instant) -> Bool { from.map { $0 <= instant } ?? true }

    func hasEnded(at instant: Instant) -> Bool {
        guard let until else { return false }
        return includesEnd ? until < instant : until <= instant
    }

    /// When both hold.
    func intersection(_ other: TrustPeriod) -> TrustPeriod {
        let starts = [from, other.from].compactMap { $0 }
        let ends = [until, other.until].compactMap { $0 }
        return TrustPeriod(from: starts.max(), until: ends.min(), includesEnd: includesEnd && other.includesEnd)
    }
}

/// Where parts come from: a trusted root, a store, a policy, a file.
struct TrustSource: Sendable {
    /// From outside, not escaped.
    var name: String
    /// What it is, in words: `trusted root`.
    var form: String
    var facts: [TrustPart.Fact] = []
    var parts: [TrustPart] = []
}

// MARK: JSON

extension TrustPart {
    /// The members that `show` and `doctor` share.
    var members: [ExactString: JSONTree] {
        var members: [ExactString: JSONTree] = ["kind": .string(kind.rawValue), "name": .string(name)]
        members["id"] = id.map(JSONTree.string)
        members["from"] = period.from.map { .string($0.description) }
        members["until"] = period.until.map { .string($0.description) }
        if !facts.isEmpty { members["facts"] = TrustPart.json(facts) }
        return members
    }

    static func json(_ facts: [Fact]) -> JSONTree {
        .object(Dictionary(facts.map { (ExactString($0.name), .string($0.value)) }) { first, _ in first })
    }
}
