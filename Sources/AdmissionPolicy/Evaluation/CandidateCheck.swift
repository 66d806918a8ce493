public import Content
public import Findings
import StrictEncoding

/// How far one piece of evidence meets one rule, condition by condition. Refusals name the closest of them, and an
/// explanation lists them all.
public struct CandidateCheck: Sendable, Hashable {
    /// The evidence as it was received: one digest for each copy, sorted.
    public var evidence: [Digest]
    /// Names of those signers whose signatures on it count for the rule, sorted.
    public var signers: [String]
    /// What holds, in the order of the rule's fields: `signer`, `builder`, `field result`.
    public var matched: [String]
    /// What does not, in the same order.
    public var misses: [Miss]

    /// One condition that does not hold.
    public struct Miss: Sendable, Hashable {
        public let code: ReasonCode
        /// What the condition is about: `source ref`.
        public let what: String
        public let expected: String
        /// Nil where the evidence does not say.
        public let found: String?
        /// The whole message, where one about a single field would not say it.
        let statement: String?
        /// What would mend it, where that can be said more exactly than the code does.
        let mending: String?

        public init(code: ReasonCode, what: String, expected: String, found: String?) {
            self.init(code: code, what: what, expected: expected, found: found, statement: nil)
        }

        init(
            code: ReasonCode, what: String, expected: String, found: String?, statement: String?,
            mending: String? = nil
        ) {
            self.code = code
            self.what = what
            self.expected = expected
            self.found = found
            self.statement = statement
            self.mending = mending
        }

        /// `source ref was refs/heads/dev, expected refs/tags/v*`
        public var message: String {
            statement ?? "\(what) \(found.map { "was \($0)" } ?? "is not stated"), expected \(expected)"
        }
    }

    public init(evidence: [Digest], signers: [String] = [], matched: [String] = [], misses: [Miss] = []) {
        self.evidence = evidence
        self.signers = signers
        self.matched = matched
        self.misses = misses
    }

    /// The one that meets most, then the one that misses least, then the first.
    static func closest(of checks: [CandidateCheck]) -> CandidateCheck? {
        let most = checks.map(\.matched.count).max()
        let fewest = checks.filter { $0.matched.count == most }.map(\.misses.count).min()
        return checks.first { $0.matched.count == most && $0.misses.count == fewest }
    }
}

extension CandidateCheck {
    /// A field that has to match one of the patterns. Absence satisfies nothing.
    mutating func field(_ what: String, _ found: ExactString?, _ globs: [Glob]?, _ code: ReasonCode) {
        guard let globs else { return }
        if let found, globs.contains(where: { $0.matches(found.value) }) {
            matched.append(what)
        } else {
            misses.append(
                Miss(
                    code: found == nil ? .provenanceNotStated : code, what: what,
                    expected: RuleJudge.listed(globs.map(\.description)),
                    found: found.map { Finding.quoted($0.value) }))
        }
    }
}

extension RuleJudge {
    /// One finding for each condition that the closest candidate does not meet.
    ///
    /// - Parameters:
    ///   - checks: of the candidates that miss something.
    ///   - count: how many candidates were judged.
    func closestMiss(_ checks: [CandidateCheck], of count: Int, otherwise: ReasonCode, _ subject: RuleSubject)
        -> Judgement
    {
        let closest = CandidateCheck.closest(of: checks)
        let of = count > 1 ? " (closest of \(count) statements)" : ""
        var matched = closest?.matched ?? []
        // A rule may have two hundred conditions; what holds is said to show that it nearly did.
        if matched.count > 6 { matched = matched.prefix(5) + ["\(matched.count - 5) more"] }
        let findings = (closest?.misses ?? []).map { miss in
            finding(
                miss.code, "matched \(Self.enumerated(matched)); \(miss.message)\(of)", subject,
                expected: miss.expected, found: miss.found ?? "nothing stated", evidence: closest?.evidence.first,
                mend: closest?.mend(of: miss))
        }
        guard let first = findings.first else {
            // Not reached: what is missing has a miss. Nothing matched, so nothing is admitted.
            return .misses(finding(otherwise, "no statement was judged", subject))
        }
        return .misses(first, Array(findings.dropFirst()))
    }
}
