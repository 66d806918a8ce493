import Content

/// What a gate does about a verdict of reject or undecided.
public enum EnforcementStage: Sendable, Hashable {
    /// Records it.
    case observe
    /// Lets the image in and tells whoever asked.
    case warn
    /// Blocks in this percentage (1 to 100) of namespaces and warns in the others.
    case pilot(percent: Int)
    /// Blocks.
    case enforce

    /// As the policy language writes it.
    public var name: String {
        switch self {
        case .observe: "observe"
        case .warn: "warn"
        case .pilot: "pilot"
        case .enforce: "enforce"
        }
    }
}

/// The stage of one policy, or of a decision, with the pilot already drawn.
public struct Enforcement: Sendable, Hashable {
    public let stage: EnforcementStage
    /// Whether a gate that honours stages blocks here.
    public let isEnforced: Bool

    /// What holds where no policy says otherwise: an image that no policy matches is blocked, and denials and
    /// integrity are never staged.
    public static let always = Enforcement(stage: .enforce, isEnforced: true)

    /// Draws a pilot for a namespace. Raising the percentage only ever adds namespaces, and two policies pilot in
    /// different ones. A request without a namespace is enforced: nobody can opt out by not saying where.
    public init(_ stage: EnforcementStage, policy: PolicyName, namespace: String?) {
        self.stage = stage
        switch stage {
        case .observe, .warn: isEnforced = false
        case .enforce: isEnforced = true
        case .pilot(let percent):
            isEnforced = namespace.map { Self.bucket(policy, $0) < percent } ?? true
        }
    }

    private init(stage: EnforcementStage, isEnforced: Bool) {
        self.stage = stage
        self.isEnforced = isEnforced
    }

    /// 0 to 99: the first eight bytes of a SHA-256, big-endian, modulo 100. Names hold no line feed, so the parts can't
    /// run into each other.
    private static func bucket(_ policy: PolicyName, _ namespace: String) -> Int {
        let hash = Digest(of: Array("landwaiter pilot v1\n\(policy)\n\(namespace)".utf8))
        // Sixteen hexadecimal digits always are a number of 64 bits.
        return Int((UInt64(hash.hex.prefix(16), radix: 16) ?? 0) % 100)
    }

    /// The stricter of two: one that blocks, then the later stage.
    static func strictest(_ a: Enforcement, _ b: Enforcement) -> Enforcement {
        a.strictness.lexicographicallyPrecedes(b.strictness) ? b : a
    }

    private var strictness: [Int] {
        let order =
            switch stage {
            case .observe: [0]
            case .warn: [1]
            case .pilot(let percent): [2, percent]
            case .enforce: [3]
            }
        return [isEnforced ? 1 : 0] + order
    }
}
