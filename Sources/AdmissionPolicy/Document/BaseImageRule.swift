public import Content

/// The image is built on an approved base.
public struct BaseImageRule: Sendable, Hashable {
    /// Every one has to hold.
    public let proof: Set<Proof>
    /// Whose provenance counts; given exactly if ``proof`` holds `materials`.
    public let by: SignerThreshold?
    public let approved: [ApprovedImage]
    /// Images that a build may use without becoming part of the result.
    public let buildTools: [ApprovedImage]

    public enum Proof: String, Sendable, CaseIterable {
        /// Every image among a provenance's materials is approved.
        case materials
        /// The lowest layers are those of an approved base: "built on", not "unmodified".
        case layers
    }
}

/// An image by its digests, each an index's or a manifest's. The digest decides; the repository says where it is read.
public struct ApprovedImage: Sendable, Hashable {
    /// `registry/repository`
    public let repository: String
    public let digests: [Digest]
}
