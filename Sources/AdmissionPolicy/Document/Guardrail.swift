public import Content
import StrictEncoding

/// An organisation's policy that no team's policy can weaken: what has to hold and what is denied everywhere in its
/// scope, and the caps within which teams speak for themselves.
///
/// Made only by ``PolicySet/load(_:)``, and only of sources that may carry guardrails. Every guardrail that matches a
/// request is evaluated on its own, and none suffices: at least one policy has to match, too.
public struct Guardrail: Sendable {
    public let name: PolicyName
    /// For people; grants nothing.
    public let owner: String
    public let scope: Scope
    /// Sorted by name.
    public let signers: [Signer]
    /// Of ``require``; given exactly if that is not empty.
    public let stage: EnforcementStage?
    /// In the order of the document. Every one has to hold. May be empty: then the guardrail only denies and caps.
    public let require: [Requirement]
    /// In the order of the document. One that matches, or can't be judged, rejects.
    public let deny: [Denial]
    /// Which teams speak for which namespaces; nil: no cap on who speaks.
    public let delegate: [Delegation]?
    /// Nil: no exception has effect where this guardrail matches.
    public let exceptions: ExceptionCap?
    /// Nil: no break-glass pass has effect where this guardrail matches.
    public let breakGlass: BreakGlassCap?
    /// What policies may use that weakens a check; empty where nothing is said.
    public let permittedInsecure: Set<InsecureFeature>
    /// What a gate does about an image that no policy speaks about; nil: blocks it.
    public let withoutPolicy: EnforcementStage?
    /// Rows that it adds to the builder table, for every document of a decision.
    public internal(set) var builders: [BuilderRow] = []
    /// Of the file that holds the document, byte for byte.
    public let fileDigest: Digest
    /// Where the document begins.
    public let place: PolicyPlace
}

extension Guardrail {
    /// The same guardrail, which only denies, and knows its builders: a row may lower what another would grant.
    var denialsOnly: Guardrail {
        Guardrail(
            name: name, owner: owner, scope: scope, signers: signers, stage: nil, require: [], deny: deny,
            delegate: nil,
            exceptions: nil, breakGlass: nil, permittedInsecure: permittedInsecure, withoutPolicy: nil,
            builders: builders, fileDigest: fileDigest, place: place)
    }
}

/// A team that may speak for namespaces, and how far it may stage what it requires.
public struct Delegation: Sendable, Hashable {
    /// The name of the source from which the team's policies are loaded.
    public let team: String
    /// A request without a namespace is covered by `**` only.
    public let namespaces: [Glob]
    public let lowestStage: LowestStage
    public let place: PolicyPlace

    /// Whether the team of this name may speak for the namespace.
    func covers(_ team: String, _ namespace: String?) -> Bool {
        self.team.utf8.elementsEqual(team.utf8) && Scope.matches(namespaces, namespace)
    }
}

/// The lowest stage that a policy may have.
public enum LowestStage: String, Sendable, Hashable, CaseIterable {
    case observe, warn, pilot, enforce

    /// Whether a policy of this stage is beneath.
    func isAbove(_ stage: EnforcementStage) -> Bool { order > Self.order(stage) }

    /// The stage itself, or the least that is allowed. A pilot of all namespaces, so that nobody is let off by a
    /// percentage that no one chose.
    func raising(_ stage: EnforcementStage) -> EnforcementStage {
        guard isAbove(stage) else { return stage }
        switch self {
        case .observe: return .observe
        case .warn: return .warn
        case .pilot: return .pilot(percent: 100)
        case .enforce: return .enforce
        }
    }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    private static func order(_ stage: EnforcementStage) -> Int {
        switch stage {
        case .observe: 0
        case .warn: 1
        case .pilot: 2
        case .enforce: 3
        }
    }
}

/// Which exceptions have effect.
public struct ExceptionCap: Sendable, Hashable {
    /// Names of the sources whose exceptions are honoured.
    public let from: [String]
    public let mayWaive: [WaivableRule]
    /// Seconds between an exception's `from` and `expires`, at the most.
    public let longest: Int64
    /// What an exception has to state.
    public let require: Set<RequiredField>

    public enum RequiredField: String, Sendable, CaseIterable {
        case owner, reason, ticket
    }
}

/// One requirement of one policy, by name.
public struct WaivableRule: Sendable, Hashable, CustomStringConvertible {
    public let policy: PolicyName
    public let rule: String

    public init(policy: PolicyName, rule: String) {
        self.policy = policy
        self.rule = rule
    }

    /// `source/policy#rule`
    public var description: String { "\(policy)#\(rule)" }

    // Spelled out so that names are compared as bytes.
    public static func == (a: WaivableRule, b: WaivableRule) -> Bool {
        a.policy == b.policy && a.rule.utf8.elementsEqual(b.rule.utf8)
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(ExactString(description)) }
}

/// Which break-glass passes have effect.
public struct BreakGlassCap: Sendable, Hashable {
    /// At least two of them, each with a key of their own, over the same bytes.
    public let approvers: SignerThreshold
    /// Seconds between a pass's `notBefore` and `expires`, at the most.
    public let longest: Int64
}

extension Guardrail {
    /// Fingerprints of the keys that it denies: nothing that they signed counts, for any document of a decision.
    var deniedSigners: DeniedSigners { .union(deny.map(\.deniedSigners)) }

    /// Of images that are denied by digest.
    var deniedDigests: Set<Digest> {
        deny.reduce(into: []) { denied, denial in
            if case .digest(let digests) = denial.condition { denied.formUnion(digests) }
        }
    }
}
