public import Content

/// An image configuration (image-spec "Image Configuration"; Docker's has the same shape).
public struct ImageConfiguration: Sendable {
    public let content: VerifiedContent
    public let platform: Platform
    /// RFC 3339 as written; a claim of the builder.
    public let created: String?
    /// `config.User`, empty when absent: the runtime then uses root.
    public let user: String
    public let labels: [String: String]
    public let entrypoint: [String]
    public let command: [String]
    public let exposedPorts: [String]
    /// `rootfs.diff_ids`: digests of the uncompressed layers, lowest first.
    public let diffIDs: [Digest]
    /// One per `history` entry; `emptyLayer` entries have no diff ID.
    public let history: [History]

    public struct History: Sendable, Hashable {
        public let createdBy: String?
        public let emptyLayer: Bool
    }
}
