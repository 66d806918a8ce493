import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding
import Synchronization
import VerdictStorage

extension DecisionService {
    /// Counts an answer, and says where it is no admit.
    func report(_ item: DecidedQuestion, _ answer: Answer, took time: Duration) {
        let surface = MetricLabel.surface(item.question.asker.surface)
        guard !item.question.isDryRun else { return metrics.count(.dryRuns, [surface]) }
        let record = item.record
        metrics.count(
            .decisions,
            [surface, .verdict(record.verdict), .stage(record.enforcement.stage), .blocked(answer.isBlocked)])
        metrics.observe(.decisionSeconds, time, [surface])
        switch item.shortcut {
        case .shed:
            metrics.count(.shed, [surface])
            let at = now()
            load.withLock { $0.shedAt = at }
        case .late: metrics.count(.deadlines, [surface])
        case .nothingToRead: metrics.count(.withoutReading)
        case .malformed, .notConfigured, nil: break
        }
        for result in record.policies + record.guardrails {
            let stage = MetricLabel.stage(result.enforcement.stage)
            metrics.count(.policyDecisions, [.policy(result.policy), stage, .verdict(result.verdict)])
            if result.verdict != .admit { metrics.count(.policyWouldReject, [.policy(result.policy), stage]) }
        }
        guard record.verdict != .admit, let headline = record.headline else { return }
        metrics.count(.reasons, [surface, .reason(headline.code)])
        events?.emit(event(item, answer, headline))
    }

    private func event(_ item: DecidedQuestion, _ answer: Answer, _ headline: Finding) -> ServiceEvent {
        let record = item.record
        let failing = (record.policies + record.guardrails).filter { $0.verdict != .admit }.map(\.policy.description)
        let name = record.request.reference?.name
        return ServiceEvent(
            answer.isBlocked ? .refused : .wouldRefuse, at: record.request.at,
            // Bounded in length; the number of subjects is bounded where rates are kept.
            subject: [headline.code.name, ServiceEvent.safe(item.question.namespace ?? ""), name ?? ""]
                .joined(separator: " "),
            code: headline.code,
            members: [
                ("id", answer.id?.description), ("verdict", record.verdict.rawValue),
                ("stage", record.enforcement.stage.name), ("image", item.question.image),
                ("digest", (record.imageDigest ?? record.image?.digest)?.description),
                ("namespace", item.question.namespace), ("surface", item.question.asker.surface.rawValue),
                ("askedBy", item.question.asker.identity), ("user", item.question.user),
                ("policy", failing.isEmpty ? nil : failing.joined(separator: ", ")), ("rule", headline.rule),
                ("message", headline.message), ("mend", headline.mend),
            ])
    }

    // MARK: Gauges

    func read(_ readings: inout GaugeReadings, startedAt: Instant) {
        let depth = queue.depth
        readings.set(.openQuestions, to: Double(load.withLock { $0.open }))
        readings.set(.runningDecisions, to: Double(depth.running))
        readings.set(.queuedDecisions, to: Double(depth.waiting))
        readings.set(cache.statistics)
        if let recorder {
            let state = recorder.state
            readings.set(.recorderPending, to: Double(state.waiting))
            readings.set(.recorderSpooled, to: Double(state.spooled))
        }
        let material = material
        readings.set(.materialLoadedAt, to: Double(material.loadedAt.secondsSince1970))
        let at = now()
        for trust in material.trust {
            let seconds = trust.expires.secondsSince1970 - at.secondsSince1970
            readings.set(.trustDays, [.trust(trust.name)], to: Double(seconds) / 86400)
        }
        readings.set(.ready, to: readiness.isReady ? 1 : 0)
        readings.set(.startTime, to: Double(startedAt.secondsSince1970))
        ProcessFigures.read(&readings)
    }

    // MARK: Readiness

    /// How long after a verdict was lost or a question shed that is still said.
    private static let memory: Int64 = 60

    public var readiness: Readiness {
        let at = now()
        let load = load.withLock { $0 }
        var parts: [Readiness.Part] = []

        let material = material
        if let failure = keeper.failure {
            parts.append(
                Readiness.Part(
                    "policy", .degraded,
                    "in use since \(material.loadedAt): \(material.summary); what is there now can't be loaded since "
                        + "\(failure.since): \(failure.error.message)"))
        } else {
            parts.append(Readiness.Part("policy", .ok, "loaded \(material.loadedAt): \(material.summary)"))
        }
        parts.append(material.trustReadiness(at: at, warning: configuration.trustWarning))

        if let recorder {
            let state = recorder.state
            let recently = load.notRecordedAt.map { at.secondsSince1970 - $0.secondsSince1970 <= Self.memory } ?? false
            if recently || !state.canRecord {
                let why = [state.storeFailure, state.spoolFailure].compactMap { $0 }.joined(separator: "; ")
                parts.append(
                    Readiness.Part(
                        "record", .degraded,
                        "verdicts are given and not recorded durably" + (why.utf8.isEmpty ? "" : ": " + why)))
            } else if let why = state.storeFailure {
                parts.append(
                    Readiness.Part("record", .degraded, "\(state.spooled) verdicts wait in the spool: \(why)"))
            } else {
                parts.append(Readiness.Part("record", .ok, "recording"))
            }
        }
        parts.append(
            sources.complaint.map { Readiness.Part("registries", .degraded, $0) }
                ?? Readiness.Part("registries", .ok, "answering as far as they were asked"))
        let hasShed = load.shedAt.map { at.secondsSince1970 - $0.secondsSince1970 <= Self.memory } ?? false
        parts.append(
            hasShed
                ? Readiness.Part("load", .degraded, "questions were answered as overloaded within the last minute")
                : Readiness.Part("load", .ok, "\(load.open) questions open"))
        parts.append(
            load.isDraining
                ? Readiness.Part("drain", .failed, "the process is ending") : Readiness.Part("drain", .ok, "serving"))
        return Readiness(parts)
    }
}

extension GaugeReadings {
    /// Sets all that is told of the evidence that is kept.
    mutating func set(_ cached: EvidenceCacheStatistics) {
        set(.cacheHits, [.of(.image)], to: Double(cached.hits))
        set(.cacheMisses, [.of(.image)], to: Double(cached.misses))
        set(.cacheHits, [.of(.base)], to: Double(cached.baseHits))
        set(.cacheMisses, [.of(.base)], to: Double(cached.baseMisses))
        set(.cacheServedInOutage, to: Double(cached.servedInOutage))
        set(.cacheImages, to: Double(cached.images))
        set(.cacheBytes, to: Double(cached.bytes))
    }
}

extension DecisionMaterial {
    /// Expired trust proves nothing. As long as a part of it holds, decisions that rest on that part are right.
    func trustReadiness(at: Instant, warning: Duration) -> Readiness.Part {
        let expired = trust.filter { $0.expires <= at }
        let soon = trust.filter { $0.expires > at && $0.expires < at.adding(seconds: warning.components.seconds) }
        func list(_ parts: [TrustExpiry]) -> String {
            parts.sorted { ($0.expires, $0.name) < ($1.expires, $1.name) }
                .map { "\(Finding.quoted($0.name)) (\($0.expires))" }.joined(separator: ", ")
        }
        if !expired.isEmpty {
            return Readiness.Part(
                "trust", expired.count == trust.count ? .failed : .degraded, "expired: " + list(expired))
        }
        if !soon.isEmpty { return Readiness.Part("trust", .degraded, "ends soon: " + list(soon)) }
        guard let first = trust.min(by: { $0.expires < $1.expires }) else {
            return Readiness.Part("trust", .ok, "nothing of it is known to end")
        }
        return Readiness.Part("trust", .ok, "the first part ends \(first.expires)")
    }
}
