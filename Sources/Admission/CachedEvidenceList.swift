import Findings
import OCI
import StrictEncoding

// What lies with an image, or with a base that is judged: as it was listed before where that is young enough, or where
// nobody can be asked.
extension CachedGatherer {
    enum Evidence {
        /// As it is now, or young enough to pass for that.
        case current(CachedEvidence)
        /// Beyond its age, because the registry can't be asked.
        case old(CachedEvidence, ContentSourceError)
        /// Not all of it could be had.
        case unusable(CollectedEvidence)
        /// The same, and what was known before is not to be believed any more.
        case refused(CollectedEvidence)
        /// Beyond the grace.
        case stale(Finding)
    }

    /// - Parameter outage: why the registry can't be asked, where that is known already.
    func evidence(
        _ known: CachedEvidence?, _ image: ResolvedImage, _ source: RememberingSource, _ outage: ContentSourceError?,
        listedWithin age: Int64
    ) async -> Evidence {
        guard let known else { return await collected(image, source, nil) }
        switch standing(of: known, listedWithin: age) {
        case .young: return .current(known)
        // Everybody waiting for the same dead registry would be an outage of its own.
        case .outOfReach(let error): return inOutage(known, error)
        case .old: break
        }
        if let outage { return inOutage(known, outage) }
        do throws(ContentSourceError) {
            let list = try await EvidenceList.read(of: image, from: source, limits: limits)
            guard list == known.list, !known.isIncomplete else { return await collected(image, source, known) }
            cache.count(\.unchangedLists)
            var known = known
            (known.listedAt, known.outage, known.isOvertaken) = (at, nil, false)
            return .current(known)
        } catch {
            return error.code.isOutage ? inOutage(known, error) : .refused(await collect(image, source))
        }
    }

    /// What is to be done about a list that is kept.
    enum ListStanding {
        /// Nothing: it is believed.
        case young
        /// Nothing: who asked a moment ago could not.
        case outOfReach(ContentSourceError)
        /// It is read again.
        case old
    }

    func standing(of known: CachedEvidence, listedWithin age: Int64) -> ListStanding {
        if !known.isOvertaken, at.age(of: known.listedAt) <= age { return .young }
        guard let outage = known.outage, at.age(of: outage.at) <= cache.limits.failureAge else { return .old }
        return .outOfReach(outage.error)
    }

    /// What is known stays as it is: its age is that of its list, whoever wanted a newer one.
    private func inOutage(_ known: CachedEvidence, _ error: ContentSourceError) -> Evidence {
        var known = known
        if at.age(of: known.outage?.at ?? .earliest) > cache.limits.failureAge { known.outage = (error, at) }
        guard isBelievedInOutage(known) else {
            return .stale(
                Finding(
                    .serviceStaleEvidenceList,
                    "what lies with \(name) was listed at \(known.listedAt), and cannot be now: \(error.message)",
                    expected: "a list of at most \(cache.limits.grace) seconds"))
        }
        cache.count(\.servedInOutage)
        return .old(known, error)
    }

    func isBelievedInOutage(_ known: CachedEvidence) -> Bool {
        // One that is young enough while the registry answers is so while it does not, however short the grace.
        at.age(of: known.listedAt) <= max(cache.limits.grace, listAge)
    }

    private func collect(_ image: ResolvedImage, _ source: RememberingSource) async -> CollectedEvidence {
        await EvidenceCollector.collect(about: .image(image, from: source), supplied: [], limits: limits)
    }

    private func collected(
        _ image: ResolvedImage, _ source: RememberingSource, _ known: CachedEvidence?
    ) async -> Evidence {
        let collected = await collect(image, source)
        guard collected.findings.isEmpty else {
            // New evidence is listed and can't be read: with what was there before, for as long as that is believed.
            if let known, let finding = collected.findings.first, finding.code == .evidenceUnreadable {
                let error = ContentSourceError(finding.code, finding.message)
                if isBelievedInOutage(known) { return inOutage(known, error) }
            }
            return .unusable(collected)
        }
        return .current(
            CachedEvidence(
                list: source.list, listedAt: at, collected: collected, hasItems: true,
                receivedBytes: collected.items.reduce(0) { $0 + $1.receivedBytes },
                isIncomplete: collected.isIncomplete))
    }
}
