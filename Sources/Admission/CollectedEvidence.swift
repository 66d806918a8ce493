public import Content
public import Findings
import OCI
public import Sigstore

/// What was found with an image: bytes that have the digest they were named by, author unknown.
public struct CollectedEvidence: Sendable {
    public var items: [CollectedItem] = []
    /// Items that were refused before any signature was looked at, each with why.
    public var refused: [RefusedEvidence] = []
    /// What decides whatever the rules say: a budget that was passed, papers that could not be read.
    public var findings: [Finding] = []
    /// Items looked at, counted against the limit on candidates.
    var spentCandidates = 0
    /// Bytes read so far, the image's own among them.
    var budget: ByteBudget

    init(budget: ByteBudget) { self.budget = budget }
}

/// One piece of evidence as it was found.
public struct CollectedItem: Sendable {
    public enum Form: Sendable {
        /// Signed by somebody.
        case signed(UnverifiedSignedItem)
        /// A statement that BuildKit stored unsigned inside the index, in the attestation manifest `holder`; `about` is the
        /// sibling it must speak of.
        case unsignedStatement([UInt8], about: Digest, holder: Digest)
    }
    /// Digest of the bytes that carry it.
    public let evidence: Digest
    public let origin: Origin
    public let form: Form

    /// How an item came to be a candidate; for reports.
    public enum Origin: String, Sendable, CaseIterable {
        case referrer
        case fallbackTag = "fallback-tag"
        case signatureTag = "cosign-signature-tag"
        case attestationTag = "cosign-attestation-tag"
        case sbomTag = "cosign-sbom-tag"
        case cosignSave = "cosign-save"
        case besideImage = "beside-image"
        case insideIndex = "inside-index"
        case supplied

        init(_ tie: Paper.Tie) {
            switch tie {
            case .referrer: self = .referrer
            case .fallbackTag: self = .fallbackTag
            case .signatureTag: self = .signatureTag
            case .attestationTag: self = .attestationTag
            case .sbomTag: self = .sbomTag
            case .cosignSave: self = .cosignSave
            }
        }
    }
}

/// Evidence that does not count, and why. It reaches the report, never a rule.
public struct RefusedEvidence: Sendable, Hashable {
    public let evidence: Digest?
    public let origin: CollectedItem.Origin
    public let finding: Finding
}
