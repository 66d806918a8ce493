import AdmissionPolicy
import Findings
import OCI
import StrictEncoding

// What a cached decision has to know of what it gathered: whether it may be kept, and for whom it holds.

extension CachedEvidence {
    var withoutItems: CachedEvidence {
        var evidence = self
        evidence.collected.items = []
        evidence.hasItems = false
        return evidence
    }

    /// Keeps what verification came to, with that of so many other policies.
    mutating func keep(_ verification: CachedVerification, as key: VerificationKey) {
        if verified.count >= Self.mostVerified, verified[key] == nil { verified = [:] }
        verified[key] = verification
    }
}

extension CollectedEvidence {
    /// Something is listed that was not there.
    var isIncomplete: Bool { refused.contains { $0.finding.code == .evidenceAbsent } }
}

extension CachedContent {
    /// Read, or refused for what it is: reading it again would come to the same.
    var isCertain: Bool {
        platforms.allSatisfy { platform in
            guard case .failure(let unread)? = platform.configuration else { return true }
            return unread.finding.code.effect == .reject
        }
            && bases.values.allSatisfy { if case .read = $0 { true } else { false } }
    }
}

extension GatheredImage {
    /// The same image by the tag of another request.
    func named(by found: ResolvedContent?) -> GatheredImage {
        guard case .image(var image, let source) = subject else { return self }
        image.tag = found?.tag
        var gathered = self
        gathered.subject = .image(image, from: source)
        return gathered
    }

    /// What a record says of evidence that was not listed for it.
    ///
    /// - Parameter name: as messages call what it lies with.
    func notes(at instant: Instant, of name: String) -> [Finding] {
        guard let listedAt, listedAt != instant else { return [] }
        let message = "what lies with \(name) was listed at \(listedAt)"
        return [
            Finding(
                .serviceServedFromCache,
                outage.map { message + ", and can't be at \(instant): \($0.message)" } ?? message,
                found: outage?.code.name)
        ]
    }
}

extension GatheringOutcome {
    /// A source gave up, so another may do better.
    var isOutOfTime: Bool {
        switch self {
        case .success(let gathered):
            gathered.collected.findings.contains {
                $0.code == .registryTimedOut || $0.code == .evidenceUnreadable
            }
        case .failure(let unresolved): unresolved.finding.code == .registryTimedOut
        }
    }
}

extension ReasonCode {
    /// The registry can't be asked, rather than that it says no: who is shut out, or told that there is nothing, gets no
    /// answer from a cache.
    var isOutage: Bool {
        [
            .registryUnreachable, .registryTimedOut, .registryRateLimited, .registryUnavailable,
            .serviceRegistryCircuitOpen,
        ].contains(self)
    }

    /// The next one who asks would be told the same. Not where time was up: that was the asker's own.
    var isWorthRemembering: Bool {
        effect == .undecided && rank == .unavailable && self != .registryTimedOut && family != "service"
    }
}
