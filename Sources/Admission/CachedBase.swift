import AdmissionPolicy
import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

// What is gathered of a base that a policy of its own judges is kept as that of the image is: under the same rules, in the
// same cache. Never what that policy makes of it.

/// Where the bases of one decision are kept, and what there is to say of how old that is.
struct KeptBases: Sendable {
    let cache: EvidenceCache
    let scope: ExactString
    /// Of the image that is asked about.
    let repository: ExactString
    /// The decision was no admit by older lists, and is made once more before that is told.
    let isAskingAgain: Bool
    fileprivate(set) var notes: [Finding] = []
    /// A base was judged by a list that is too old for anything but an admit.
    fileprivate(set) var mayHaveMore = false
    /// One took more than was left, and was read twice: once with budgets of its own. No other is, or the bases of a
    /// decision would multiply what it may cost.
    fileprivate var isBeyondBudgets = false

    init(cache: EvidenceCache, scope: ExactString, repository: ExactString, isAskingAgain: Bool) {
        self.cache = cache
        self.scope = scope
        self.repository = repository
        self.isAskingAgain = isAskingAgain
    }
}

extension AdmissionPipeline {
    /// Steps 3 to 9 of a base through the cache, as if it had been read for this decision: what that takes of the budgets
    /// is spent.
    ///
    /// - Returns: nil where it is to be read for this very decision, because nothing is kept, or because it takes more
    ///   than is left. Then the limit strikes where it would without a cache, and with the same finding.
    func gatherKept(
        _ base: BaseImageNeed, _ request: AdmissionRequest, _ matching: MatchingPolicies,
        sharing work: inout DecisionWork
    ) async -> Result<GatheredBase, UnreadContent>? {
        guard let kept = work.keptBases, !kept.isBeyondBudgets else { return nil }
        let places = BasePlaces(repository: kept.repository, policies: policies.digest)
        let search = BaseSearch(base, among: work.baseSources, limits: limits)
        let plan = kept.cache.plan(for: matching, of: policies, isOfBase: true)
        let gatherer = CachedGatherer(
            pipeline: self, cache: kept.cache, at: request.at,
            key: ImageKey(
                scope: kept.scope, repository: ExactString(base.repository), digest: base.digest, limits: limits,
                among: places),
            plan: plan,
            failureKey: FailureKey(
                scope: kept.scope, reference: ExactString("\(base.repository)@\(base.digest)"), among: places),
            place: .base(search), baseSources: work.baseSources)
        switch await gatherer.gather(nil, listedWithin: kept.isAskingAgain ? gatherer.refusalAge : gatherer.listAge) {
        case .success(let gathered):
            guard work.spendAgain(gathered, limits) else {
                work.keptBases?.isBeyondBudgets = true
                return nil
            }
            work.keptBases?.notes += gathered.notes(at: request.at, of: search.name)
            if gatherer.mayHaveMore(gathered, since: gatherer.refusalAge) { work.keptBases?.mayHaveMore = true }
            return .success(GatheredBase(image: gathered, needs: plan.needs, source: search))
        case .failure(let failure):
            var bytes = work.bytes
            guard (try? bytes.spend(failure.unresolved.spent)) != nil else {
                work.keptBases?.isBeyondBudgets = true
                return nil
            }
            work.bytes = bytes
            work.keptBases?.notes += failure.notes
            return .failure(UnreadContent(failure.unresolved.finding))
        }
    }
}

extension DecisionWork {
    /// Spends what gathering a base took when it had all budgets to itself.
    ///
    /// - Returns: false, and nothing is spent, where there is less left.
    fileprivate mutating func spendAgain(_ gathered: GatheredImage, _ limits: AdmissionLimits) -> Bool {
        var after = self
        after.candidates += gathered.collected.spentCandidates
        guard after.candidates <= limits.candidates,
            (try? after.bytes.spend(gathered.bytes.spent)) != nil,
            after.signatures.spend(gathered.signatures.limit - gathered.signatures.remaining)
        else { return false }
        self = after
        return true
    }
}

// MARK: Looking for it

/// What looking for a base came to, where that was called for.
struct LookedForBase: Sendable {
    /// Bytes.
    let spent: Int
    /// False where it lies in other places than when it was kept: nothing of that is used.
    var isWhereItWas = true
    /// False where some source could not be asked, and may hold more. What is found elsewhere counts, as it does without a
    /// cache, and is not kept.
    var isAll = true
    /// Some source could not be asked, so that what is kept has to serve.
    var outage: ContentSourceError?
}

extension CachedGatherer {
    /// Looks for a base wherever it may lie, before what lies with it there is listed. An image is not looked for.
    ///
    /// - Returns: the finding if it can't be had, and nothing that is kept may stand for it.
    func look(
        for known: CachedImage?, listedWithin age: Int64, as work: Int
    ) async -> Result<LookedForBase, UnresolvedImage> {
        guard case .base(let search) = place, isToBeListed(known, within: age) else {
            return .success(LookedForBase(spent: known?.searchBytes ?? 0))
        }
        let found = await search.found()
        if let outage = found.outage, let known, let evidence = known.evidence {
            // The source that can't be asked may be the one that holds the papers. Beyond the grace those of the others
            // count, as they do without a cache.
            guard case .success = found.source, !isBelievedInOutage(evidence) else {
                return .success(LookedForBase(spent: known.searchBytes, outage: outage))
            }
        }
        switch found.source {
        case .failure(let unread):
            var unresolved = UnresolvedImage(search.unread(unread.finding).finding, digest: key.digest)
            unresolved.spent = found.spent
            if found.outage == nil { cache.update(key, by: work) { kept, _ in kept = nil } }
            cache.remember(unresolved, of: failureKey, at: at, becauseOf: unread.finding.code)
            return .failure(unresolved)
        case .success:
            guard found.outage == nil else {
                return .success(LookedForBase(spent: found.spent, isWhereItWas: false, isAll: false))
            }
            guard let known, known.searchBytes != found.spent else {
                return .success(LookedForBase(spent: found.spent))
            }
            cache.update(key, by: work) { kept, _ in kept = nil }
            return .success(LookedForBase(spent: found.spent, isWhereItWas: false))
        }
    }

    private func isToBeListed(_ known: CachedImage?, within age: Int64) -> Bool {
        guard let known else { return true }
        guard plan.needsEvidence else { return false }
        guard let evidence = known.evidence else { return true }
        if case .old = standing(of: evidence, listedWithin: age) { return true }
        return false
    }
}
