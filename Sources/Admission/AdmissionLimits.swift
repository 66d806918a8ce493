import Attestation
package import OCI

/// Every bound of one decision. Each has a source and a reason code of its own; what was in force stands in the record.
public struct AdmissionLimits: Sendable, Hashable {
    /// Largest manifest or index, bytes. Distribution-spec asks registries to accept manifests of 4 MiB.
    public var manifestBytes = 4 << 20
    /// Largest image configuration, bytes. Docker and containerd read configurations of up to 4 or 8 MiB.
    public var configurationBytes = 8 << 20
    /// Largest DSSE envelope or bundle, bytes. Attested SBOMs of more than 40 MiB are in use (DEMAND: actions/attest).
    public var envelopeBytes = 128 << 20
    /// Most signatures in one envelope; an envelope with more is refused. cosign CVE-2023-46737.
    public var envelopeSignatures = 1_000
    /// Most evidence items of allowed signers, counted after their signature verified.
    public var evidenceItems = 1_000
    /// Most items of any origin that are looked at for one image.
    public var candidates = 10_000
    /// Largest plain file that is judged, bytes. It is hashed piece by piece, so this bounds time: 16 GiB take about a
    /// minute. GitHub's largest release assets have 2 GiB.
    public var artifactBytes = 16 << 30
    /// Bytes read for one image, its papers included.
    public var totalBytes = 1 << 30
    /// Signatures tried against keys for one image: 100,000 P-256 verifications take about five seconds.
    public var signatureOperations = 100_000
    /// Most entries in an image index. The largest official images have about 40.
    public var indexEntries = 1_000
    /// How many base images on one another are judged by policies of their own, see `chain` in docs/policy.md. Vendor,
    /// organisation, team: three.
    public var baseDepth = 3
    /// Nesting of JSON values.
    public var jsonDepth = 128
    /// Bytes that expanding a compressed archive may yield.
    public var expandedArchiveBytes = 64 << 30

    public init() {}

    /// The limits as the record shows them and `--limit NAME=VALUE` sets them.
    ///
    /// Index depth is not adjustable: an index inside an index is refused, whatever the caller would like.
    public static let adjustable: [(name: String, path: any WritableKeyPath<AdmissionLimits, Int> & Sendable)] = [
        ("artifact-bytes", \.artifactBytes),
        ("base-depth", \.baseDepth),
        ("candidates", \.candidates),
        ("configuration-bytes", \.configurationBytes),
        ("envelope-bytes", \.envelopeBytes),
        ("envelope-signatures", \.envelopeSignatures),
        ("evidence-items", \.evidenceItems),
        ("expanded-archive-bytes", \.expandedArchiveBytes),
        ("index-entries", \.indexEntries),
        ("json-depth", \.jsonDepth),
        ("manifest-bytes", \.manifestBytes),
        ("signature-operations", \.signatureOperations),
        ("total-bytes", \.totalBytes),
    ]

    /// What one envelope may cost.
    var envelope: EnvelopeLimits {
        EnvelopeLimits(bytes: envelopeBytes, signatures: envelopeSignatures, depth: jsonDepth)
    }

    /// The part that a content source keeps to.
    package var content: ContentLimits {
        var limits = ContentLimits()
        limits.manifestBytes = manifestBytes
        limits.candidates = candidates
        limits.totalBytes = totalBytes
        limits.expandedArchiveBytes = expandedArchiveBytes
        return limits
    }
}
