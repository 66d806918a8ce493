import Admission
import AdmissionPolicy
import Content
import Findings
import StrictEncoding
import Synchronization

/// The material in use, and its replacement: loaded as a whole beside the old one, swapped at once. What can't be loaded
/// replaces nothing, and says so until it can.
final class MaterialKeeper: Sendable {
    /// One edition of the material. Two are never mixed in a decision.
    struct Edition: Sendable {
        let number: Int
        let material: DecisionMaterial
        let approvedBases: ApprovedRepositories

        init(number: Int, material: DecisionMaterial) {
            self.number = number
            self.material = material
            approvedBases = ApprovedRepositories(material.pipeline.policies)
        }
    }
    private struct State {
        var edition: Edition
        /// Why the newest could not be loaded; nil if it is in use.
        var failure: (error: MaterialError, since: Instant)?
        /// Of what was tried last; nil if it is not known.
        var stamp: ChangeStamp?
        var triedAt: ContinuousClock.Instant
        var isReloading = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let load: MaterialLoader
    private let changeStamp: (@Sendable () async -> ChangeStamp?)?
    private let metrics: ServiceMetrics
    private let events: (any EventSink)?
    private let now: @Sendable () -> Instant
    private let state: Mutex<State>

    /// Something that changed while it was read is read again, so many times.
    private static let mostAttempts = 3
    /// What is broken and unchanged is tried again after this: the cause may lie outside of the files.
    private static let retryInterval = Duration.seconds(300)

    init(
        load: @escaping MaterialLoader, changeStamp: (@Sendable () async -> ChangeStamp?)?, metrics: ServiceMetrics,
        events: (any EventSink)?, now: @escaping @Sendable () -> Instant
    ) async throws(MaterialError) {
        self.load = load
        self.changeStamp = changeStamp
        self.metrics = metrics
        self.events = events
        self.now = now
        let (material, stamp) = try await Self.loadUndisturbed(load, changeStamp)
        state = Mutex(State(edition: Edition(number: 1, material: material), stamp: stamp, triedAt: .now))
        metrics.know(policies: material.policyNames, trust: material.trust.map(\.name))
    }

    var edition: Edition { state.withLock { $0.edition } }

    var failure: (error: MaterialError, since: Instant)? { state.withLock { $0.failure } }

    /// Loads anew, whether anything changed or not. Returns when what was there at the call has been looked at; callers at
    /// the same time share the work.
    func reload() async {
        await withCheckedContinuation { continuation in
            let begins = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isReloading = true }
                return !state.isReloading
            }
            if begins { Task { await self.reloadAll() } }
        }
    }

    /// Loads anew if there is reason to.
    func reloadIfChanged() async {
        guard let changeStamp else { return await reload() }
        let stamp = await changeStamp()
        let (known, hasFailed, triedAt) = state.withLock { ($0.stamp, $0.failure != nil, $0.triedAt) }
        if let stamp, let known, stamp == known {
            guard hasFailed, triedAt.duration(to: .now) >= Self.retryInterval else { return }
        }
        await reload()
    }

    private func reloadAll() async {
        while true {
            // Who comes while it is being loaded is served by the next round: this one may have passed over his change.
            let served = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            await reloadOnce()
            for continuation in served { continuation.resume() }
            let isOver = state.withLock { state in
                guard state.waiting.isEmpty else { return false }
                state.isReloading = false
                return true
            }
            if isOver { return }
        }
    }

    private func reloadOnce() async {
        do throws(MaterialError) {
            let (material, stamp) = try await Self.loadUndisturbed(load, changeStamp)
            let (old, hadFailed) = state.withLock { state -> (DecisionMaterial, Bool) in
                let old = (state.edition.material, state.failure != nil)
                state.edition = Edition(number: state.edition.number + 1, material: material)
                state.failure = nil
                state.stamp = stamp
                state.triedAt = .now
                return old
            }
            metrics.know(policies: material.policyNames, trust: material.trust.map(\.name))
            metrics.count(.materialReloads)
            let digests = (material.pipeline.policies.digest, material.pipeline.trustDigest)
            guard hadFailed || digests != (old.pipeline.policies.digest, old.pipeline.trustDigest) else { return }
            events?.emit(
                ServiceEvent(
                    .materialReplaced, at: now(), subject: "",
                    members: [
                        ("material", material.summary), ("policyDigest", digests.0.description),
                        ("trustDigest", digests.1.description),
                    ]))
        } catch {
            // As it was when it was read: what has been mended since is seen at the next look.
            var stamp = error.stamp
            if stamp == nil { stamp = await changeStamp?() }
            let known = stamp
            let inUse = state.withLock { state -> DecisionMaterial in
                state.failure = (error, state.failure?.since ?? now())
                state.stamp = known
                state.triedAt = .now
                return state.edition.material
            }
            metrics.count(.materialReloadFailures)
            events?.emit(
                ServiceEvent(
                    .materialBroken, at: now(), subject: "",
                    members: [
                        ("message", error.message), ("mend", error.mend),
                        ("inUse", "\(inUse.summary), loaded \(inUse.loadedAt)"),
                    ]))
        }
    }

    /// What was loaded while nothing changed; after some attempts what was loaded last, with the stamp of what it was
    /// loaded from or none, so that it is looked at again soon. Loads once where nothing changes.
    private static func loadUndisturbed(
        _ load: MaterialLoader, _ changeStamp: (@Sendable () async -> ChangeStamp?)?
    ) async throws(MaterialError) -> (DecisionMaterial, ChangeStamp?) {
        guard let changeStamp else { return (try await load(), nil) }
        var before = await changeStamp()
        for _ in 1..<mostAttempts {
            let loaded: Result<DecisionMaterial, MaterialError>
            do throws(MaterialError) { loaded = .success(try await load()) } catch { loaded = .failure(error) }
            let after = await changeStamp()
            // Half of the old and half of the new may be broken as well as misleading.
            if let read = Self.stamp(of: loaded) ?? before, read == after { return (try loaded.get(), read) }
            before = after
        }
        let material = try await load()
        return (material, material.stamp)
    }

    /// What a loader says itself, file by file as it reads, is closer than what was seen before it began.
    private static func stamp(of loaded: Result<DecisionMaterial, MaterialError>) -> ChangeStamp? {
        switch loaded {
        case .success(let material): material.stamp
        case .failure(let error): error.stamp
        }
    }
}
