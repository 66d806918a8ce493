public import StrictEncoding

/// One decision as it is kept: what was asked, what came of it, and the record, byte for byte.
///
/// Everything but ``record`` is there to be searched. Text that a database cannot index is stored shortened, with its
/// SHA-256 (see ``StoredText``); the record is always whole.
public struct StoredVerdict: Sendable, Hashable {
    /// Unique for ever: appending a known ID changes nothing.
    public var id: VerdictID
    /// The instant of the decision.
    public var decidedAt: Instant
    /// `admit`, `reject` or `undecided`.
    public var verdict: String
    /// What the gate did about it.
    public var isBlocked: Bool
    /// `observe`, `warn`, `pilot` or `enforce`: of the decision as a whole.
    public var stage: String
    /// The image as it was asked for.
    public var image: String
    /// The repository, such as `registry.example/finance/ledger`; nil if the image could not be read as a reference.
    public var repository: String?
    /// The digest that was judged, `sha256:…`; nil if none was reached.
    public var digest: String?
    /// The namespace that it is to run in.
    public var namespace: String?
    /// Where it was asked: `kubernetes-validate`, `kubernetes-mutate`, `gatekeeper`, `containerd`, `api`,
    /// `notification` or `command`.
    public var surface: String
    /// The caller's identity, as it was authenticated.
    public var askedBy: String?
    /// On whose behalf, in the caller's words: `Deployment finance/ledger, container app`.
    public var user: String?
    /// The reason code that stands first.
    public var headline: String?
    /// The policies that were loaded.
    public var policyDigest: String
    /// The trust that was loaded.
    public var trustDigest: String
    /// What each matching policy said, in the record's order.
    public var policies: [PolicyLine]
    /// The verified evidence that counted.
    public var evidence: [StoredEvidence]
    /// The canonical JSON of the admission record.
    public var record: [UInt8]

    /// A verdict of its parts.
    public init(
        id: VerdictID, decidedAt: Instant, verdict: String, isBlocked: Bool, stage: String, image: String,
        repository: String?, digest: String?, namespace: String?, surface: String, askedBy: String?, user: String?,
        headline: String?, policyDigest: String, trustDigest: String, policies: [PolicyLine],
        evidence: [StoredEvidence], record: [UInt8]
    ) {
        self.id = id
        self.decidedAt = decidedAt
        self.verdict = verdict
        self.isBlocked = isBlocked
        self.stage = stage
        self.image = image
        self.repository = repository
        self.digest = digest
        self.namespace = namespace
        self.surface = surface
        self.askedBy = askedBy
        self.user = user
        self.headline = headline
        self.policyDigest = policyDigest
        self.trustDigest = trustDigest
        self.policies = policies
        self.evidence = evidence
        self.record = record
    }
}

/// What one policy said of the image.
public struct PolicyLine: Sendable, Hashable {
    /// `source/name`.
    public var name: String
    /// `admit`, `reject` or `undecided`.
    public var verdict: String
    /// The stage that the policy is in: `observe`, `warn`, `pilot` or `enforce`.
    public var stage: String
    /// Whether its verdict counts at the gate: `enforce`, or `pilot` where the pilot takes part.
    public var isEnforced: Bool

    /// A line of its parts.
    public init(name: String, verdict: String, stage: String, isEnforced: Bool) {
        self.name = name
        self.verdict = verdict
        self.stage = stage
        self.isEnforced = isEnforced
    }
}

/// A piece of verified evidence and what it says that `audit impact` asks for. Stored once for each digest and set of
/// facts, however many verdicts it counted for.
public struct StoredEvidence: Sendable, Hashable {
    /// The digest of the evidence's bytes, `sha256:…`.
    public var digest: String
    /// In no order; what is said twice is stored once.
    public var facts: [EvidenceFact]

    /// Evidence of its parts.
    public init(digest: String, facts: [EvidenceFact]) {
        self.digest = digest
        self.facts = facts
    }
}

/// One thing that verified evidence says.
public struct EvidenceFact: Sendable, Hashable {
    /// What the value is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Who signed: the identity in a certificate.
        case signer
        /// The digest of the key that signed.
        case key
        /// `builder.id` of a provenance.
        case builder
        /// A component of an SBOM: a package URL, else `name@version`.
        case component
        /// The predicate's type.
        case predicate
    }

    /// What the value is.
    public var kind: Kind
    /// Compared as bytes.
    public var value: String

    /// A fact of its parts.
    public init(kind: Kind, value: String) {
        self.kind = kind
        self.value = value
    }
}
