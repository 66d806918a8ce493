import AdmissionPolicy
public import Content
import Findings
import OCI
import Sigstore
import StrictEncoding
import Synchronization

/// Verified evidence, kept for the next decision about the same image; never a verdict.
///
/// Two levels (docs/adr/0020-cached-is-verified-evidence.md). For an image: the list of what lies with it, with its age. For
/// that list, and for what policies and trust need: what verification made of it. What a policy makes of the evidence is
/// asked on every request: denials, exceptions, break-glass passes and everything that depends on the time.
///
/// A class, because all decisions of a process share one. It reads no clock: ages count from the instants of requests.
public final class EvidenceCache: Sendable {
    public let limits: EvidenceCacheLimits
    private let state: Mutex<State>

    fileprivate struct State {
        var images: CachedImages
        var failures = RecentFailures()
        var plans: [VerificationPlan.Key: VerificationPlan] = [:]
        var planNumbers: [PolicyNeeds: Int] = [:]
        var nextPlan = 0
        /// Work that others may join.
        var underWay: [WorkKey: Int] = [:]
        var works: [Int: SharedGathering] = [:]
        var nextWork = 0
        var statistics = EvidenceCacheStatistics()
    }

    public init(_ limits: EvidenceCacheLimits = EvidenceCacheLimits()) {
        self.limits = limits
        state = Mutex(State(images: CachedImages(limits)))
    }

    public var statistics: EvidenceCacheStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.displaced = state.images.displaced
            statistics.images = state.images.count
            statistics.bytes = state.images.bytes
            return statistics
        }
    }

    /// Somebody says that evidence of this manifest was pushed: lists of what lies with images that are it, or hold it, are
    /// read anew by the next decision, and by each one after it until the registry can be asked. So are those of such bases,
    /// wherever a decision found them. Nothing is lost by a false word: what was known serves on where the registry can't be
    /// asked, for as long as it would have.
    ///
    /// - Parameter repository: `registry/repository`.
    /// - Returns: the digests of these images; none where nothing is kept of any. A base that is kept for the images on it
    ///   is none of them: nobody asked about it.
    @discardableResult
    public func evidenceArrived(for digest: Digest, in repository: String) -> [Digest] {
        let repository = ExactString(repository)
        return state.withLock { state in
            let keys = state.images.keys(in: repository, holding: digest)
            for key in keys {
                guard var image = state.images[key], image.evidence != nil else { continue }
                image.evidence?.isOvertaken = true
                state.images[key] = image
            }
            // What is being listed may have been before; which manifests an image holds may not be known yet.
            for (key, number) in state.underWay where key.image.mayLie(in: repository) {
                state.underWay[key] = nil
                state.works[number]?.isOvertaken = true
            }
            return Set(keys.filter { $0.among == nil }.map(\.digest)).sorted()
        }
    }

    /// Forgets everything; for tests, and for who has reason to. A reload of policies or trust needs no such thing.
    public func removeAll() {
        state.withLock { state in
            state.images = CachedImages(limits)
            state.failures = RecentFailures()
        }
    }
}

// MARK: Plans

/// What the matching policies need of verification, told by a number: two requests with one number need the same.
struct VerificationPlan: Sendable {
    /// Policies are told by the digest of all of them and by which of them match.
    struct Key: Hashable {
        let policies: Digest
        let matching: [PolicyName]
        let guardrails: [PolicyName]
        /// Of guardrails then only the denials hold.
        let isOfBase: Bool
    }
    /// Never used for anything else, in the life of a cache.
    let number: Int
    let needs: PolicyNeeds
    /// Those of ``needs``, made ready.
    let keys: TrustedKeySet
    /// Whether an organisation's own authorities are asked about certificates at the decision's instant. Then what was
    /// verified holds for that instant alone (``NamedHolders``: nowhere else does verification see it).
    let isBoundToInstant: Bool
    /// The age of a base may hang on its configuration.
    private let isOfBase: Bool

    var needsEvidence: Bool { needs.signatures || needs.attestations }
    var content: ContentNeed {
        ContentNeed(configurations: needs.configurations || isOfBase, bases: needs.bases)
    }

    /// Seconds for which a list of evidence is believed.
    func listAge(_ limits: EvidenceCacheLimits) -> Int64 { min(limits.listAge, needs.newestAge ?? .max) }

    fileprivate init(number: Int, needs: PolicyNeeds, isOfBase: Bool) {
        self.number = number
        self.needs = needs
        keys = TrustedKeySet(needs)
        self.isOfBase = isOfBase
        isBoundToInstant = needs.certificates.contains { pattern in
            guard case .own(let authorities) = pattern.trust else { return false }
            return authorities.time == .now || !authorities.revocationLists.isEmpty
        }
    }
}

extension EvidenceCache {
    /// Most matches of policies whose plans are remembered: one for each namespace and kind of image of a large cluster.
    private static let mostPlans = 4_096

    /// - Parameter isOfBase: whether it is a base that is judged.
    func plan(
        for matching: MatchingPolicies, of policies: PolicySet, isOfBase: Bool = false
    ) -> VerificationPlan {
        let key = VerificationPlan.Key(
            policies: policies.digest, matching: matching.policies.map(\.name),
            guardrails: matching.guardrails.map(\.name), isOfBase: isOfBase)
        if let known = state.withLock({ $0.plans[key] }) { return known }
        let needs = PolicyNeeds(matching)
        return state.withLock { state in
            if state.plans.count >= Self.mostPlans {
                state.plans = [:]
                state.planNumbers = [:]
            }
            let number: Int
            if let known = state.planNumbers[needs] {
                number = known
            } else {
                number = state.nextPlan
                state.nextPlan += 1
                state.planNumbers[needs] = number
            }
            let plan = VerificationPlan(number: number, needs: needs, isOfBase: isOfBase)
            state.plans[key] = plan
            return plan
        }
    }
}

// MARK: What is kept

/// An image by everything on which what is read of it may depend.
struct ImageKey: Hashable, Sendable {
    let scope: ExactString
    /// Registry and repository: what lies with a digest in one of them need not lie with it in the other.
    let repository: ExactString
    let digest: Digest
    let limits: AdmissionLimits
    /// Of a base that is judged: among what it is looked for. Nil for an image that is asked about, which lies in its
    /// repository and nowhere else.
    let among: BasePlaces?

    /// Limits are compared, and are the same for nearly all.
    func hash(into hasher: inout Hasher) {
        hasher.combine(scope)
        hasher.combine(repository)
        hasher.combine(digest)
        hasher.combine(among)
    }
}

/// The sources among which a decision looks for its bases, as far as they can be told apart.
///
/// A base is named by a repository and a digest, and found wherever that digest lies: with the image on it, or in what the
/// request gives besides. What lies with it in one of these need not lie with it in another. So what is kept of it holds
/// only for decisions that would look in the same places: for images of one repository, by one scope (which stands for
/// credentials, and for the way to every source), and under the same policies, since who makes a request takes from
/// them where the approved bases are.
struct BasePlaces: Hashable, Sendable {
    /// Of the image that is asked about.
    let repository: ExactString
    let policies: Digest
}

extension ImageKey {
    /// Whether evidence that is pushed to a repository may be about it. A base may have been found in any.
    func mayLie(in repository: ExactString) -> Bool { among != nil || self.repository == repository }
}

/// One image. Everything in it is named by digests, but for the list and its age.
struct CachedImage: Sendable {
    /// Without a tag: that is the request's.
    let image: ResolvedImage
    /// As which the source declared the top document.
    let mediaType: MediaType
    /// Bytes that finding it took before it was read; more the more sources hold a base.
    let searchBytes: Int
    var evidence: CachedEvidence?
    /// By what was needed of it.
    var content: [ContentNeed: CachedContent] = [:]
    /// More kinds of need than these are read anew.
    static let mostContents = 4
}

/// What lay with the image when it was listed, and what verification made of it.
struct CachedEvidence: Sendable {
    let list: EvidenceList
    var listedAt: Instant
    /// Somebody says that more came since: whatever its age, it is not believed where the registry can be asked.
    var isOvertaken = false
    /// The last attempt to list anew, if it failed because the registry could not be asked.
    var outage: (error: ContentSourceError, at: Instant)?
    /// What was collected by the list. Without its items where they are many bytes (``EvidenceCacheLimits/receivedBytes``).
    var collected: CollectedEvidence
    var hasItems: Bool
    /// Bytes of the items, kept or not.
    let receivedBytes: Int
    /// Something is listed that was not there. It may come without any change of the list.
    let isIncomplete: Bool
    var verified: [VerificationKey: CachedVerification] = [:]
    /// More plans than these are verified anew.
    static let mostVerified = 16
}

/// With the image and the list by which it lies, everything that verification depends on.
struct VerificationKey: Hashable, Sendable {
    let plan: Int
    let trust: Digest
}

struct CachedVerification: Sendable {
    let result: VerificationResult
    /// What is left of the decision's budget.
    let signatures: SignatureBudget
    /// The only instant for which it holds; nil for any.
    let at: Instant?
}

struct ContentNeed: Hashable, Sendable {
    let configurations: Bool
    let bases: [BaseImageNeed]
}

/// What rules ask of the image beyond its papers, read by digest.
struct CachedContent: Sendable {
    let platforms: [PlatformFacts]
    let bases: [Digest: BaseImageFacts]
    /// Bytes that reading it took of a decision's budget.
    let bytes: Int
}

extension EvidenceCache {
    func image(_ key: ImageKey) -> CachedImage? { state.withLock { $0.images[key] } }

    /// Changes what is kept of an image; drops it where it became too large.
    ///
    /// - Parameters:
    ///   - work: the number of the work that does it.
    ///   - change: is told whether somebody said that evidence came while the work was under way. Of work that was given up
    ///     nobody knows.
    func update(_ key: ImageKey, by work: Int, _ change: (_ image: inout CachedImage?, _ isOvertaken: Bool) -> Void) {
        state.withLock { state in
            var image = state.images[key]
            change(&image, state.works[work]?.isOvertaken ?? true)
            state.images[key] = image
        }
    }

    /// Adds what the evidence of an image comes to by one more policy, if it is still what it was verified of.
    func keep(_ verification: CachedVerification, as number: VerificationKey, of list: EvidenceList, in key: ImageKey) {
        state.withLock { state in
            guard var image = state.images[key], image.evidence?.list == list else { return }
            image.evidence?.keep(verification, as: number)
            state.images[key] = image
        }
    }

    func count(_ path: WritableKeyPath<EvidenceCacheStatistics, Int>) {
        state.withLock { $0.statistics[keyPath: path] += 1 }
    }

    // MARK: Failures

    /// A failure of the same question a moment ago, and a note that says so.
    ///
    /// - Parameter name: as messages call what was asked about.
    func failure(_ key: FailureKey, at instant: Instant, of name: String) -> GatheringFailure? {
        guard let known = failure(key, at: instant) else { return nil }
        return GatheringFailure(
            unresolved: known.unresolved,
            notes: known.at == instant
                ? [] : [Finding(.serviceServedFromCache, "\(name) was last asked for at \(known.at)")])
    }

    /// A failure of the same question a moment ago.
    private func failure(_ key: FailureKey, at instant: Instant) -> (unresolved: UnresolvedImage, at: Instant)? {
        state.withLock { state in
            guard let known = state.failures[key], instant.age(of: known.at) <= limits.failureAge else { return nil }
            state.statistics.failuresServed += 1
            return known
        }
    }

    /// - Parameter code: by which it is told whether the next one who asks would be answered the same.
    func remember(_ unresolved: UnresolvedImage, of key: FailureKey, at instant: Instant, becauseOf code: ReasonCode) {
        guard code.isWorthRemembering else { return }
        state.withLock { $0.failures.add(unresolved, of: key, at: instant, most: limits.failures) }
    }

    func forgetFailure(_ key: FailureKey) { state.withLock { $0.failures.remove(key) } }
}

/// What was asked when it failed.
struct FailureKey: Hashable, Sendable {
    let scope: ExactString
    /// With tag and digest.
    let reference: ExactString
    /// As in ``ImageKey/among``.
    let among: BasePlaces?
}

/// The last few failures, first in first out: they hold nothing that anybody waits for.
private struct RecentFailures {
    private var known: [FailureKey: (unresolved: UnresolvedImage, at: Instant)] = [:]
    private var order: [FailureKey] = []
    private var oldest = 0

    subscript(key: FailureKey) -> (unresolved: UnresolvedImage, at: Instant)? { known[key] }

    mutating func add(_ unresolved: UnresolvedImage, of key: FailureKey, at instant: Instant, most: Int) {
        guard most > 0 else { return }
        if known.updateValue((unresolved, instant), forKey: key) != nil { return }
        if order.count < most {
            order.append(key)
        } else {
            known[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % order.count
        }
    }

    /// Its place in the order is left to be passed over.
    mutating func remove(_ key: FailureKey) { known[key] = nil }
}

extension Instant {
    /// Seconds between, whichever comes first: who asks with an earlier instant than the last has a clock of his own.
    func age(of earlier: Instant) -> Int64 {
        let (difference, overflow) = secondsSince1970.subtractingReportingOverflow(earlier.secondsSince1970)
        return overflow || difference == .min ? .max : abs(difference)
    }
}

// MARK: Work under way

/// One gathering for everybody who needs the same of the same image.
struct WorkKey: Hashable, Sendable {
    let image: ImageKey
    /// As which the source declares the top document now.
    let declared: MediaType?
    let plan: Int
    /// Seconds for which a list is believed: who wants a newer one gets nothing from who does not.
    let listAge: Int64
    let trust: Digest
    /// Where the result holds for it alone.
    let at: Instant?
}

typealias GatheringOutcome = Result<GatheredImage, UnresolvedImage>

private struct SharedGathering {
    var task: Task<Void, Never>?
    var waiting: [Int: CheckedContinuation<GatheringOutcome?, Never>] = [:]
    var nextWaiter = 0
    /// Evidence came since it began, perhaps after it had listed what there is. Nobody joins it any more.
    var isOvertaken = false
}

extension EvidenceCache {
    /// Does the work once for all who ask for it at the same time.
    ///
    /// Who is cancelled leaves without a result, and the others go on waiting; the work ends when nobody is left.
    ///
    /// - Parameter body: gets the number of the work.
    /// - Returns: nil for who was cancelled. `isOwn`: nobody else had begun it.
    func sharing(
        _ key: WorkKey, _ body: @escaping @Sendable (Int) async -> GatheringOutcome
    ) async -> (outcome: GatheringOutcome?, isOwn: Bool) {
        let ticket = Mutex<(work: Int, waiter: Int)?>(nil)
        let isOwn = Mutex(false)
        let outcome: GatheringOutcome? = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<GatheringOutcome?, Never>) in
                state.withLock { state in
                    guard !Task.isCancelled else { return continuation.resume(returning: nil) }
                    let number: Int
                    var work: SharedGathering
                    if let known = state.underWay[key], let joined = state.works[known] {
                        (number, work) = (known, joined)
                        state.statistics.shared += 1
                    } else {
                        (number, work) = (state.nextWork, SharedGathering())
                        state.nextWork += 1
                        state.underWay[key] = number
                        isOwn.withLock { $0 = true }
                        work.task = Task { [number] in self.finish(key, number, await body(number)) }
                    }
                    work.waiting[work.nextWaiter] = continuation
                    ticket.withLock { [work] in $0 = (number, work.nextWaiter) }
                    work.nextWaiter += 1
                    state.works[number] = work
                }
            }
        } onCancel: {
            self.leave(key) { ticket.withLock { $0 } }
        }
        return (outcome, isOwn.withLock { $0 })
    }

    private func finish(_ key: WorkKey, _ number: Int, _ outcome: GatheringOutcome) {
        let waiting = state.withLock { $0.end(number, key)?.waiting.values.map { $0 } ?? [] }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }

    /// - Parameter ticket: asked under the lock. While there is none nobody waits yet, and who is about to sees that it is
    ///   cancelled.
    private func leave(_ key: WorkKey, _ ticket: () -> (work: Int, waiter: Int)?) {
        let (continuation, task) = state.withLock {
            state -> (CheckedContinuation<GatheringOutcome?, Never>?, Task<Void, Never>?) in
            guard let ticket = ticket(),
                let continuation = state.works[ticket.work]?.waiting.removeValue(forKey: ticket.waiter)
            else { return (nil, nil) }
            guard state.works[ticket.work]?.waiting.isEmpty ?? true else { return (continuation, nil) }
            // Nobody joins work that is being given up.
            return (continuation, state.end(ticket.work, key)?.task)
        }
        task?.cancel()
        continuation?.resume(returning: nil)
    }
}

extension EvidenceCache.State {
    fileprivate mutating func end(_ number: Int, _ key: WorkKey) -> SharedGathering? {
        if underWay[key] == number { underWay[key] = nil }
        return works.removeValue(forKey: number)
    }
}
