public import Findings

// What a long-running gate says of itself. Here, because these codes stand in records, and whoever adds one finds them all
// in one place, whichever surface says it.
extension ReasonCode {
    public static let serviceDeadlineExceeded = ReasonCode(
        "service.deadline-exceeded", .undecided, .unavailable,
        summary: "the decision was not made before the asker's deadline",
        mend: "ask again; if it stays so, see whether the registry is slow, and raise the webhook's `timeoutSeconds`")
    public static let serviceOverloaded = ReasonCode(
        "service.overloaded", .undecided, .unavailable,
        summary: "more decisions were waiting than the server takes on, so this one was not begun",
        mend: "ask again; if it stays so, add replicas or raise the limit of waiting decisions")
    public static let serviceRegistryNotConfigured = ReasonCode(
        "service.registry-not-configured", .undecided, .unavailable,
        summary: "the image lies in a registry that the server is not configured to ask",
        mend: "add the registry to the server's configuration, or use an image of one that is there")
    public static let serviceRegistryCircuitOpen = ReasonCode(
        "service.registry-circuit-open", .undecided, .unavailable,
        summary: "the registry failed so often in a row that it is not asked for a while",
        mend: "make the registry answer; it is tried again by itself")
    public static let serviceUnpinnedReference = ReasonCode(
        "service.unpinned-reference", .reject, .rule,
        summary: "the image is named by a tag, which may name another image by the time it is pulled",
        mend: "name the image by digest, or let the mutating webhook pin it")
    public static let serviceStaleEvidenceList = ReasonCode(
        "service.stale-evidence-list", .undecided, .unavailable,
        summary: "what lies with the image was listed too long ago, and the registry cannot be asked now",
        mend: "make the registry answer, or raise the cache's grace")
    public static let serviceServedFromCache = ReasonCode(
        "service.served-from-cache", .note, .note,
        summary: "what lies with the image was listed before the decision's instant, and is counted as it was then",
        mend: "nothing; evidence that was added since counts once the list is as old as the policy lets it be")
    public static let serviceNotRecorded = ReasonCode(
        "service.not-recorded", .note, .note,
        summary: "the verdict could be written neither to the store nor to the spool",
        mend: "make the store reachable, or free the disk of the spool")
    public static let serviceMalformedRequest = ReasonCode(
        "service.malformed-request", .reject, .integrity,
        summary: "what was asked can't be read as a question about images",
        mend: "send what the surface documents (docs/operations.md)")
    public static let serviceUnreadWorkload = ReasonCode(
        "service.unread-workload", .reject, .scope,
        summary: "an object of a kind that is not known seems to run images",
        mend:
            "say in the server's configuration where the kind has its PodSpec or its images, or leave it out of the webhook's rules"
    )
    public static let serviceTooManyImages = ReasonCode(
        "service.too-many-images", .reject, .limit,
        summary: "one request brings in more images than are judged at once",
        mend: "split the object into several")
}

extension ReasonTable {
    public static let service = ReasonTable(
        "Service",
        [
            .serviceDeadlineExceeded, .serviceOverloaded, .serviceRegistryNotConfigured, .serviceRegistryCircuitOpen,
            .serviceUnpinnedReference, .serviceStaleEvidenceList, .serviceServedFromCache, .serviceNotRecorded,
            .serviceMalformedRequest, .serviceUnreadWorkload, .serviceTooManyImages,
        ])
}
