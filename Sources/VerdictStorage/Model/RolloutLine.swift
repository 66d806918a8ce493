public import StrictEncoding

/// What one policy decided in one stage since some instant: what `rollout status` shows.
public struct RolloutLine: Sendable, Hashable {
    /// `source/name`.
    public var policy: String
    /// `observe`, `warn`, `pilot` or `enforce`.
    public var stage: String
    /// How many images it judged, with repetitions.
    public var decisions: Int
    /// How many of these it did not admit.
    public var refused: Int
    /// How many of the refused it would reject at the next stage and did not count at the gate now.
    public var wouldReject: Int
    /// How many of the refused were `undecided`.
    public var undecided: Int
    /// Distinct digests (else images as asked for) among the refused.
    public var images: Int
    /// Distinct namespaces among the refused.
    public var namespaces: Int
    /// The first decision counted.
    public var firstDecidedAt: Instant
    /// The last decision counted.
    public var lastDecidedAt: Instant
    /// The latest refusal of each image in each namespace, newest first, at most 20.
    public var examples: [RolloutExample]

    /// A line of its parts.
    public init(
        policy: String, stage: String, decisions: Int, refused: Int, wouldReject: Int, undecided: Int, images: Int,
        namespaces: Int, firstDecidedAt: Instant, lastDecidedAt: Instant, examples: [RolloutExample]
    ) {
        self.policy = policy
        self.stage = stage
        self.decisions = decisions
        self.refused = refused
        self.wouldReject = wouldReject
        self.undecided = undecided
        self.images = images
        self.namespaces = namespaces
        self.firstDecidedAt = firstDecidedAt
        self.lastDecidedAt = lastDecidedAt
        self.examples = examples
    }
}

/// One image that a policy did not admit.
public struct RolloutExample: Sendable, Hashable {
    /// The verdict to look at.
    public var id: VerdictID
    /// When.
    public var decidedAt: Instant
    /// As it was asked for.
    public var image: String
    /// The digest that was judged.
    public var digest: String?
    /// Where it was to run.
    public var namespace: String?
    /// What the policy said: `reject` or `undecided`.
    public var verdict: String
    /// The reason code that stands first in the record.
    public var headline: String?

    /// An example of its parts.
    public init(
        id: VerdictID, decidedAt: Instant, image: String, digest: String?, namespace: String?, verdict: String,
        headline: String?
    ) {
        self.id = id
        self.decidedAt = decidedAt
        self.image = image
        self.digest = digest
        self.namespace = namespace
        self.verdict = verdict
        self.headline = headline
    }
}
