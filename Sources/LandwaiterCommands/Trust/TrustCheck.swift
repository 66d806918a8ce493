import StrictEncoding

/// Says of parts of trust how they stand at an instant, and what has to be done.
struct TrustCheck: Sendable {
    let instant: Instant
    /// Seconds before the end from which on it is time to act.
    let within: Int64
    /// The same for what machines renew.
    let withinOnline: Int64

    enum Status: String, CaseIterable, Sendable {
        case ok, ending, ended
        case notYet = "not-yet"
        case missing, unreadable
    }

    /// How one part stands.
    struct Standing: Sendable {
        let source: String
        let part: TrustPart
        let status: Status
        /// Whether somebody has to do something. An end that another part of the line bridges is history.
        let isProblem: Bool
        /// Whole days until the end, or since it, then negative.
        let daysLeft: Int64?
        /// Name of the part that goes on where this one ends.
        let successor: String?
        /// Why it is as it is, where the status does not say it.
        let note: String?
        /// What to do; nil where there is nothing.
        let mend: String?
    }

    /// What needs somebody first, then what ends first.
    func standings(_ sources: [TrustSource]) -> [Standing] {
        let all = sources.flatMap { source in
            source.parts.indices.map { standing(source.parts[$0], at: $0, in: source) }
        }
        return all.enumerated().sorted { a, b in
            if a.element.isProblem != b.element.isProblem { return a.element.isProblem }
            let ends = [a, b].map { $0.element.part.period.until ?? .latest }
            return ends[0] == ends[1] ? a.offset < b.offset : ends[0] < ends[1]
        }.map(\.element)
    }

    private func standing(_ part: TrustPart, at position: Int, in source: TrustSource) -> Standing {
        switch part.obstacle {
        case .missing(let why): return standing(part, source, .missing, isProblem: true, note: why)
        case .unreadable(let why): return standing(part, source, .unreadable, isProblem: true, note: why)
        case .unusable(let why): return standing(part, source, .unreadable, isProblem: false, note: why)
        case nil: break
        }
        let others = source.parts.indices.filter {
            $0 != position && source.parts[$0].kind == part.kind && source.parts[$0].line == part.line
                && source.parts[$0].obstacle == nil
        }.map { source.parts[$0] }
        guard part.period.hasBegun(at: instant) else {
            let isCovered = others.contains { $0.period.hasBegun(at: instant) && !$0.period.hasEnded(at: instant) }
            return standing(part, source, .notYet, isProblem: !isCovered)
        }
        let hasEnded = part.period.hasEnded(at: instant)
        guard hasEnded || isEnding(part) else { return standing(part, source, .ok, isProblem: false) }
        let successor = successor(of: part, among: others)
        return standing(
            part, source, hasEnded ? .ended : .ending, isProblem: successor == nil, successor: successor)
    }

    private func standing(
        _ part: TrustPart, _ source: TrustSource, _ status: Status, isProblem: Bool, successor: TrustPart? = nil,
        note: String? = nil
    ) -> Standing {
        let left = part.period.until.map { $0.secondsSince1970 - instant.secondsSince1970 }
        return Standing(
            source: source.name, part: part, status: status, isProblem: isProblem,
            daysLeft: part.obstacle == nil ? left.map(Self.wholeDays) : nil,
            successor: successor.map { $0.id ?? $0.name }, note: note,
            mend: isProblem ? Self.mend(part, status, in: source) : nil)
    }

    /// Cut off while there are some left: what is left of the last day is no day. Begun days once there are none.
    private static func wholeDays(_ seconds: Int64) -> Int64 {
        seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
    }

    private func threshold(_ kind: TrustPart.Kind) -> Int64 {
        kind.isRenewedByMachines ? min(within, withinOnline) : within
    }

    private func isEnding(_ part: TrustPart) -> Bool {
        part.period.until.map { $0 < instant.adding(seconds: threshold(part.kind)) } ?? false
    }

    /// The part that goes on where this one ends: if it has ended, one that holds now; else one that takes over then,
    /// provided that from there on others hold without a gap until the threshold is over.
    private func successor(of part: TrustPart, among others: [TrustPart]) -> TrustPart? {
        guard let end = part.period.until else { return nil }
        let horizon = part.period.hasEnded(at: instant) ? instant : instant.adding(seconds: threshold(part.kind))
        var reached = max(end, instant)
        var first: TrustPart?
        while true {
            // Periods of bundles end one second before the next begins.
            let next = others.filter { $0.period.hasBegun(at: reached.adding(seconds: 1)) }
                .max { ($0.period.until ?? .latest) < ($1.period.until ?? .latest) }
            guard let next, case let until = next.period.until ?? .latest, until > reached else { return nil }
            first = first ?? next
            reached = until
            if reached >= horizon { return first }
        }
    }
}

// MARK: What to do

extension TrustCheck {
    private static func mend(_ part: TrustPart, _ status: Status, in source: TrustSource) -> String {
        switch (status, part.kind) {
        case (.missing, .trustStore): return "begin it with `landwaiter trust init`, then run `landwaiter trust update`"
        case (.missing, .policy): return "put the file there, or correct the policy"
        case (.missing, .transparencyLog), (.missing, .certificateLog), (.missing, .timestampAuthority):
            return "get the trusted root that lists one, or give the root a profile that asks for none"
        case (.missing, _): return "put the file there, or correct its name"
        case (.unreadable, .policy): return "mend the policy; `landwaiter policy check` says what is wrong with it"
        case (.unreadable, .trustStore): return "give the directory back from a copy, or begin it anew elsewhere"
        case (.unreadable, _): return "get the file from its publisher again"
        case (.notYet, _): return "keep what held before beside it until it begins; if nothing did, check the clock"
        default: break
        }
        switch part.kind {
        case .rootRole, .timestampRole, .snapshotRole, .targetsRole:
            return
                "run `landwaiter trust update`; if that brings nothing newer, the publisher of the repository is late: "
                + "tell them"
        case .certificateAuthority, .timestampAuthority, .certificateLog, .transparencyLog:
            return
                "get a current trusted root from its publisher, and give it with `--trusted-root` or in the trust store"
        case .key:
            return "add the next key to the signer's `rotation`, valid from before this one ends, and have it sign"
        case .certificate:
            return
                "add the authority's successor to the file, or to the signer's `roots`; keep this one as long as what was "
                + "signed under it has to hold"
        case .spiffeBundle, .spiffeAuthority, .spiffeTokenKey:
            return "get the trust domain's current bundle, and keep this one beside it, with `until`"
        case .revocationList:
            return "get the issuer's current list, and keep this one while certificates that it speaks of have to hold"
        case .file, .policy, .trustStore: return "look at it"
        }
    }
}

extension TrustCheck.Standing {
    /// As docs/trust-doctor.schema.json has it.
    var json: JSONTree {
        var members = part.members
        members["source"] = .string(source)
        members["status"] = .string(status.rawValue)
        members["problem"] = .bool(isProblem)
        members["daysLeft"] = daysLeft.map(JSONTree.integer)
        members["successor"] = successor.map(JSONTree.string)
        members["note"] = note.map(JSONTree.string)
        members["mend"] = mend.map(JSONTree.string)
        return .object(members)
    }
}
