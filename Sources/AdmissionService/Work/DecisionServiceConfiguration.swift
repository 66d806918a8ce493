public import Admission

/// Bounds of the service. Every queue, wait and memory has one.
public struct DecisionServiceConfiguration: Sendable {
    /// Decisions that read and judge at a time.
    public var concurrentDecisions = 32
    /// Of one registry: a slow one leaves room for the others.
    public var concurrentDecisionsPerRegistry = 24
    /// Decisions that wait for their turn. What comes when they are full is answered at once as `service.overloaded`.
    public var queuedDecisions = 256
    /// Of one registry.
    public var queuedDecisionsPerRegistry = 192
    /// Questions asked and not answered; what comes beyond is answered at once, too.
    public var openQuestions = 4096
    /// The answer is given this much before the deadline, but never earlier than at nine tenths of the time.
    public var answerMargin = Duration.milliseconds(100)
    /// Kept of the time for recording the verdict, but never more than a fifth.
    public var recordingReserve = Duration.milliseconds(500)
    /// A decision that nobody waits for any more goes on, so that the next one finds its evidence, for no longer than
    /// this from its begin. Also the total timeout of all that it reads.
    public var longestDecision = Duration.seconds(30)
    /// How often material is looked at for changes.
    public var reloadInterval = Duration.seconds(30)
    /// Says what the material's files hold now; nil if that can't be told, which counts as changed. Without it material
    /// is loaded at every interval.
    public var changeStamp: (@Sendable () async -> ChangeStamp?)?
    /// Of the evidence cache; tenants share its memory and nothing in it.
    public var cacheLimits = EvidenceCacheLimits()
    /// Trust that ends within this is said in readiness.
    public var trustWarning = Duration.seconds(3 * 86400)

    public init() {}
}
