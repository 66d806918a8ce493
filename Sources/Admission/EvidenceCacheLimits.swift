/// What an ``EvidenceCache`` may hold and how long it may believe it. Ages count from the instants of requests, in seconds.
public struct EvidenceCacheLimits: Sendable, Hashable {
    /// Memory for everything that is kept, bytes as estimated: 256 MiB hold about ten thousand images with three
    /// attestations each.
    public var totalBytes = 256 << 20
    /// The same for one scope, so that whoever may name any number of images there displaces his own first.
    public var scopeBytes = 128 << 20
    /// The same for one image. One with more is judged each time as if there were no cache: whatever others attach to it,
    /// they can't displace the evidence of any other.
    public var imageBytes = 16 << 20
    /// Evidence of one image that is kept as it was received, bytes, so that it can be verified again for another policy, or
    /// at another instant where that matters, without being read again.
    public var receivedBytes = 1 << 20
    /// How old a list of what lies with an image may be before the registry is asked again, unless a matching rule wants
    /// newer evidence than that (``AdmissionPolicy/PolicyNeeds/newestAge``). Five minutes: what a person who has just
    /// attached an attestation waits for.
    public var listAge: Int64 = 300
    /// How old it may be while the registry can't be asked. An hour: most outages of registries are shorter, and a denial
    /// that is attached meanwhile is not seen for that long.
    public var grace: Int64 = 3_600
    /// How long a failure to find or reach an image is believed. Short, since what is pushed next has to be seen.
    public var failureAge: Int64 = 5
    /// Failures that are remembered, apart from what is good.
    public var failures = 4_096

    public init() {}
}

/// What an ``EvidenceCache`` did since it was made, and holds now.
public struct EvidenceCacheStatistics: Sendable, Hashable {
    /// Decisions for which nothing was read but, for a tag, which digest it names now.
    public var hits = 0
    /// Decisions that read or verified something.
    public var misses = 0
    /// The same two of bases that are judged, each by itself: a decision counts by its image, whatever that is built on.
    public var baseHits = 0
    public var baseMisses = 0
    /// Decisions that waited for the same work of another one.
    public var shared = 0
    /// Lists that were read again because of their age and were the same.
    public var unchangedLists = 0
    /// Decisions with a list beyond its age because the registry could not be asked.
    public var servedInOutage = 0
    /// Decisions from a failure that was remembered.
    public var failuresServed = 0
    /// Images that made room for others.
    public var displaced = 0
    /// Images that are kept now, and bases that are judged.
    public var images = 0
    /// Estimated, now.
    public var bytes = 0

    public init() {}
}
