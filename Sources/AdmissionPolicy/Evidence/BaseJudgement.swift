import Attestation
public import Content
public import Findings
public import OCI
public import StrictEncoding

/// What the policy that a `chain` names says of a base image, judged from the base's own verified evidence.
public struct BaseJudgement: Sendable, Hashable {
    public var need: BaseChainNeed
    public var verdict: Verdict
    /// Why the base is not admitted; nil exactly for admit.
    public var headline: Finding?
    /// When each platform of an admitted base was made, as far as signed content says.
    public var created: [CreationTime]
    /// The evidence by which the base is admitted, sorted.
    public var evidence: [Digest]

    /// When one platform of a base was made.
    public struct CreationTime: Sendable, Hashable {
        /// Nil where neither index nor configuration says.
        public var platform: Platform?
        /// Nil where nothing signed says.
        public var at: Instant?

        public init(platform: Platform?, at: Instant?) {
            self.platform = platform
            self.at = at
        }
    }

    public init(
        need: BaseChainNeed, verdict: Verdict, headline: Finding? = nil, created: [CreationTime] = [],
        evidence: [Digest] = []
    ) {
        self.need = need
        self.verdict = verdict
        self.headline = headline
        self.created = created
        self.evidence = evidence
    }
}

/// A base image, and the policy by which it is to be judged.
public struct BaseChainNeed: Sendable, Hashable, Comparable {
    /// Read by digest; the repository is the name under which the policy judges it.
    public let base: BaseImageNeed
    public let policy: PolicyName

    public init(base: BaseImageNeed, policy: PolicyName) {
        self.base = base
        self.policy = policy
    }

    public static func < (a: BaseChainNeed, b: BaseChainNeed) -> Bool {
        a.base == b.base ? a.policy < b.policy : a.base < b.base
    }
}

extension BaseJudgement {
    /// The signed time of those platforms of the base that are named, or of all where none is; of several the earliest.
    /// Nil where one of them has none.
    func created(for platforms: [Platform]) -> Instant? {
        let named = created.filter { time in
            time.platform.map { platform in platforms.contains { platform.isSame(as: $0) } } ?? false
        }
        let times = named.isEmpty ? created : named
        guard !times.isEmpty, times.allSatisfy({ $0.at != nil }) else { return nil }
        return times.compactMap(\.at).min()
    }
}

extension EvidenceDocument {
    /// When each platform of this image was made, by what is signed: the end of the build in provenance, else `created` of
    /// the configuration.
    ///
    /// Only evidence counts by which a rule holds, so that of two trusted keys one that may only sign images can't date
    /// them. Of several builds the earliest counts: the same bytes don't become newer by being built again. `created` counts
    /// only under such evidence, which covers it by digest. What is said to be later than the signature is proven to have
    /// been there is no time at all.
    public func creationTimes(by evaluation: PolicyEvaluation) -> [BaseJudgement.CreationTime] {
        let counted = Set(evaluation.rules.filter { $0.outcome == .holds }.flatMap(\.satisfiedBy))
        return image.platforms.map { child in
            let covering: Set<Digest> = [child.digest, image.digest]
            func isCovering(_ evidence: Digest, _ subjects: [Digest]) -> Bool {
                counted.contains(evidence) && !covering.isDisjoint(with: subjects)
            }
            let attested = attestations.filter { isCovering($0.evidence, $0.subjects) }
            let ends = attested.compactMap { item in
                item.provenance?.finishedOn.flatMap { $0 <= item.verifiedTimes.min() ?? .latest ? $0 : nil }
            }
            let signedUntil =
                attested.map { $0.verifiedTimes.min() ?? .latest }
                + signatures.filter { isCovering($0.evidence, $0.subjects) }
                .map { $0.verifiedTimes.min() ?? .latest }
            var stated: Instant?
            if let until = signedUntil.max(), case .success(let configuration) = child.configuration {
                stated = configuration.created.flatMap { Instant(rfc3339: $0) }.flatMap { $0 <= until ? $0 : nil }
            }
            return BaseJudgement.CreationTime(platform: child.platform, at: ends.min() ?? stated)
        }
    }
}

// MARK: JSON

extension EvidenceDocument {
    static func judgedBases(
        _ member: EvidenceMember?, _ codes: [ReasonCode]
    ) throws(EvidenceDocumentError) -> [BaseChainNeed: BaseJudgement] {
        var judged: [BaseChainNeed: BaseJudgement] = [:]
        for member in try member?.elements() ?? [] {
            let judgement = try BaseJudgement(member, codes)
            guard judged.updateValue(judgement, forKey: judgement.need) == nil else {
                throw member.malformed("expected each base and policy once, found one again")
            }
        }
        return judged
    }
}

extension BaseJudgement {
    fileprivate init(_ member: EvidenceMember, _ codes: [ReasonCode]) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["digest", "repository", "policy", "verdict"], optional: ["headline", "created", "evidence"])
        let policy = try object.required("policy")
        let parts = try policy.string().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(DocumentReader.isName) else {
            throw policy.malformed("expected a policy as `SOURCE/NAME`")
        }
        let word = try object.required("verdict")
        let text = try word.string()
        guard let verdict = Verdict.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) else {
            throw word.malformed("expected a verdict, found \(Finding.quoted(text))")
        }
        let headline = try object["headline"].map { member throws(EvidenceDocumentError) in
            try UnreadContent(member, codes).finding
        }
        guard (headline == nil) == (verdict == .admit) else {
            throw member.malformed("expected `headline` exactly where the verdict is not `admit`")
        }
        self.init(
            need: BaseChainNeed(
                base: BaseImageNeed(
                    repository: try object.required("repository").string(),
                    digest: try object.required("digest").digest()),
                policy: PolicyName(source: parts[0], name: parts[1])),
            verdict: verdict, headline: headline, created: try object["created"]?.list(CreationTime.init) ?? [],
            evidence: try object["evidence"]?.list { member throws(EvidenceDocumentError) in try member.digest() } ?? []
        )
    }

    var json: JSONTree {
        JSONTree(members: [
            "digest": .string(need.base.digest.description), "repository": .string(need.base.repository),
            "policy": .string(need.policy.description), "verdict": .string(verdict.rawValue),
            "headline": headline.map { UnreadContent($0).json }, "created": .array(created.map(\.json)),
            "evidence": JSONTree(strings: evidence.map(\.description)),
        ])
    }
}

extension BaseJudgement.CreationTime {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: [], optional: ["platform", "at"])
        self.init(platform: try object["platform"]?.platform(), at: try object["at"]?.instant())
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "platform": platform.map { .string($0.description) }, "at": at.map { .string($0.description) },
        ])
    }
}
