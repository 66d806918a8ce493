public import Content
public import StrictEncoding

/// The image is built on an approved base.
public struct BaseImageRule: Sendable, Hashable {
    /// Every one has to hold.
    public let proof: Set<Proof>
    /// Whose provenance counts; given exactly if ``proof`` holds `materials`.
    public let by: SignerThreshold?
    public let approved: [ApprovedBase]
    /// Images that a build may use without becoming part of the result.
    public let buildTools: [ApprovedImage]
    /// Seconds between the making of the base and the decision; nil: any age will do. Where it is given, every approved
    /// base has a ``ApprovedBase/listed``, or there is a ``chain`` that may give a signed time.
    public let newestAllowedAge: Int64?
    /// The policy by which the base itself is judged.
    public let chain: BaseImageChain?

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

/// A base by its digests, and since when the policy lists it.
public struct ApprovedBase: Sendable, Hashable {
    public let image: ApprovedImage
    /// What a person wrote beside the digests; counts only where nothing signed says when the base was made.
    public let listed: Instant?
}

/// One digest of an approved base.
struct BaseCandidate {
    let repository: String
    let digest: Digest
    let listed: Instant?

    /// `registry/repository@sha256:…`
    var name: String { "\(repository)@\(digest)" }
}

extension BaseImageRule {
    /// The approved bases, digest by digest, in the order of the document.
    var candidates: [BaseCandidate] {
        approved.flatMap { base in
            base.image.digests.map {
                BaseCandidate(repository: base.image.repository, digest: $0, listed: base.listed)
            }
        }
    }
}

extension Requirement {
    /// Every rule on base images in it, also among alternatives.
    var baseImageRules: [BaseImageRule] {
        rule.leaves.compactMap { leaf in
            guard case .baseImage(let rule) = leaf else { return nil }
            return rule
        }
    }
}
