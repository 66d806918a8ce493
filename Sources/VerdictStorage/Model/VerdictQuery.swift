public import StrictEncoding

/// Which verdicts are asked for; every condition that is set has to hold. All text is compared as bytes.
public struct VerdictQuery: Sendable, Hashable {
    /// The digest that was judged.
    public var digest: String?
    /// The image as it was asked for.
    public var image: String?
    /// The repository of the image.
    public var repository: String?
    /// The namespace that it was to run in.
    public var namespace: String?
    /// A policy that matched, `source/name`.
    public var policy: String?
    /// With ``policy`` what that policy said, else what came out: `admit`, `reject` or `undecided`.
    public var verdict: String?
    /// The reason code that stands first.
    public var headline: String?
    /// Where it was asked.
    public var surface: String?
    /// Decided at this instant or later.
    public var since: Instant?
    /// Decided before this instant.
    public var until: Instant?
    /// Goes on where an earlier page ended.
    public var after: VerdictCursor?
    /// The most verdicts on a page, 1 to 1000.
    public var limit: Int
    /// Whether ``StoredVerdict/record`` and ``StoredVerdict/evidence`` are wanted; both are empty where not.
    public var isSummary: Bool

    /// Everything, newest first, 100 to a page.
    public init(
        digest: String? = nil, image: String? = nil, repository: String? = nil, namespace: String? = nil,
        policy: String? = nil, verdict: String? = nil, headline: String? = nil, surface: String? = nil,
        since: Instant? = nil, until: Instant? = nil, after: VerdictCursor? = nil, limit: Int = 100,
        isSummary: Bool = false
    ) {
        self.digest = digest
        self.image = image
        self.repository = repository
        self.namespace = namespace
        self.policy = policy
        self.verdict = verdict
        self.headline = headline
        self.surface = surface
        self.since = since
        self.until = until
        self.after = after
        self.limit = limit
        self.isSummary = isSummary
    }
}

/// A place in the list of verdicts, newest first. It stays right while verdicts are added and deleted; it means nothing
/// in another store.
public struct VerdictCursor: Sendable, Hashable, CustomStringConvertible {
    let decidedAt: Instant
    /// The number of the verdict's row, which tells those of one second apart.
    let number: Int64

    init(decidedAt: Instant, number: Int64) {
        self.decidedAt = decidedAt
        self.number = number
    }

    /// Reads what ``description`` wrote; nil for anything else.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(Substring(parts[0])), let number = Int64(Substring(parts[1]))
        else { return nil }
        self.init(decidedAt: Instant(secondsSince1970: seconds), number: number)
        guard description.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// ASCII that needs no escape in a URL.
    public var description: String { "\(decidedAt.secondsSince1970).\(number)" }
}

/// Some verdicts, newest first; those of one second in the reverse order of their arrival.
public struct VerdictPage: Sendable, Hashable {
    /// At most as many as were asked for.
    public var verdicts: [StoredVerdict]
    /// Where the next page begins; nil if this is the last.
    public var next: VerdictCursor?

    /// A page of its parts.
    public init(verdicts: [StoredVerdict], next: VerdictCursor?) {
        self.verdicts = verdicts
        self.next = next
    }
}
