public import Attestation
public import Content
public import Findings
public import OCI
public import PKI
public import SBOM
public import StrictEncoding

/// Everything that a rule may see of one image: the request, what the image is, and evidence whose signatures were
/// verified. Nothing refused is in here. `Admission` makes it from verified evidence; a policy test may state it.
public struct EvidenceDocument: Sendable {
    public var request: RequestFacts
    public var image: ImageFacts
    /// Signatures of the image itself, each verified.
    public var signatures: [SignatureFacts]
    /// Attestations about the image or its platforms, each verified.
    public var attestations: [AttestationFacts]
    /// The approved base images that layer proofs asked for, by the digest that a policy names.
    public var bases: [Digest: BaseImageFacts]
    /// What the policies that `chain` names say of the bases that this image may be built on.
    public var judgedBases: [BaseChainNeed: BaseJudgement]
    /// A break-glass pass with verified signatures, if one was presented.
    public var breakGlass: BreakGlassFacts?

    public init(
        request: RequestFacts, image: ImageFacts, signatures: [SignatureFacts] = [],
        attestations: [AttestationFacts] = [], bases: [Digest: BaseImageFacts] = [:],
        judgedBases: [BaseChainNeed: BaseJudgement] = [:],
        breakGlass: BreakGlassFacts? = nil
    ) {
        self.request = request
        self.image = image
        self.signatures = signatures
        self.attestations = attestations
        self.bases = bases
        self.judgedBases = judgedBases
        self.breakGlass = breakGlass
    }
}

/// What is asked: where the image is to run, under which name, and when.
public struct RequestFacts: Sendable, Hashable {
    /// Nil where the caller names none; then only policies for namespace `**` match.
    public var namespace: String?
    /// The name (and tag) under which the image is judged; nil for an image on disk of which none was stated.
    public var reference: ImageReference?
    /// The decision's instant.
    public var at: Instant

    public init(namespace: String?, reference: ImageReference?, at: Instant) {
        self.namespace = namespace
        self.reference = reference
        self.at = at
    }
}

/// The image, pinned; or the plain file that is judged in the place of one.
public struct ImageFacts: Sendable {
    /// Of the index, or of the only manifest.
    public var digest: Digest
    /// A plain file: it has no platforms, no configuration and no base, and no rule about those holds for it. It stands in
    /// ``platforms`` as the only one, so that `image` and `each-platform` both mean the file.
    public var isArtifact: Bool
    public var isIndex: Bool
    /// The runnable images: the children of the index, or the image itself. Never empty for a judged image.
    public var platforms: [PlatformFacts]
    /// Digests of the very same bytes, of the image and its platforms, in other algorithms. For denials only: nobody
    /// escapes one by naming the same bytes otherwise, and no evidence counts by it. Of a file all that are known.
    public var otherDigests: [Digest]
    /// Nobody looked up the digest: ``digest`` is that of no bytes at all, and stands in no result. For rules that ask
    /// nothing of the image but its name (``MatchingPolicies/judgedByRequestAlone``).
    package private(set) var isNamedOnly = false

    /// An image of which nothing is known, and of which nothing but the name in the request is judged.
    package static let namedOnly: ImageFacts = {
        let none = Digest(of: [])
        var facts = ImageFacts(
            digest: none, isIndex: false, platforms: [PlatformFacts(digest: none, platform: nil, configuration: nil)])
        facts.isNamedOnly = true
        return facts
    }()

    public init(digest: Digest, isIndex: Bool, platforms: [PlatformFacts], otherDigests: [Digest] = []) {
        self.digest = digest
        isArtifact = false
        self.isIndex = isIndex
        self.platforms = platforms
        self.otherDigests = otherDigests
    }

    /// A plain file.
    ///
    /// - Parameter digests: of its bytes, each of another algorithm; the first names it.
    public init(artifact digest: Digest, otherDigests: [Digest] = []) {
        self.digest = digest
        isArtifact = true
        isIndex = false
        platforms = [PlatformFacts(digest: digest, platform: nil, configuration: nil)]
        self.otherDigests = otherDigests
    }
}

/// One runnable image.
public struct PlatformFacts: Sendable {
    public var digest: Digest
    /// From the configuration where it was read, else from the index's entry; nil where neither says.
    public var platform: Platform?
    /// Read only if a matching policy asks about it (``PolicyNeeds/configurations``); a finding where it could not be
    /// had or contradicts itself.
    public var configuration: Result<ImageConfiguration, UnreadContent>?

    public init(digest: Digest, platform: Platform?, configuration: Result<ImageConfiguration, UnreadContent>?) {
        self.digest = digest
        self.platform = platform
        self.configuration = configuration
    }
}

/// Content that a rule needs and that could not be had or is no good: the finding says why.
public struct UnreadContent: Error, Sendable, Hashable {
    public var finding: Finding
    public init(_ finding: Finding) { self.finding = finding }
}

/// Who signed, proven.
public enum SignerIdentity: Sendable, Hashable, Comparable {
    /// The fingerprint of the public key (`sha256:` over its SubjectPublicKeyInfo), and the scheme under which its
    /// signature was valid: two policies may trust one key under different schemes, and neither widens the other.
    case key(ExactString, scheme: SignatureScheme)
    /// The fingerprint of a key of Google Cloud Build's, whose signature is over the payload alone, without its type. Only a
    /// signer that says so of its key is this one.
    case cloudBuildKey(ExactString)
    /// The holder of a certificate. Two certificates that say the same of their holder are one identity.
    case certificate(CertificateHolder)

    public static func < (a: SignerIdentity, b: SignerIdentity) -> Bool {
        switch (a, b) {
        case (.key(let x, let xScheme), .key(let y, let yScheme)):
            x == y ? ExactString(xScheme.rawValue) < ExactString(yScheme.rawValue) : x < y
        case (.cloudBuildKey(let x), .cloudBuildKey(let y)): x < y
        case (.certificate(let x), .certificate(let y)): x < y
        default: a.rank < b.rank
        }
    }

    private var rank: Int {
        switch self {
        case .key: 0
        case .cloudBuildKey: 1
        case .certificate: 2
        }
    }

    /// For people: `key sha256:…`, or the names of the certificate and who vouched for them.
    public var summary: String {
        switch self {
        case .key(let fingerprint, _), .cloudBuildKey(let fingerprint): "key \(fingerprint)"
        case .certificate(let holder): holder.summary
        }
    }
}

/// A verified signature of the image: cosign simple signing, or DSSE with predicate `https://sigstore.dev/cosign/sign/v1`.
public struct SignatureFacts: Sendable {
    /// Digest of the evidence as it was received.
    public var evidence: Digest
    /// Distinct, sorted.
    public var signers: [SignerIdentity]
    /// The image or platform digests of this image that were signed.
    public var subjects: [Digest]
    /// The signed payload's `critical.identity.docker-reference`; nil for DSSE, which carries none.
    public var dockerReference: String?
    /// When a trusted timestamp or log proves the signature to have been there. Empty where nothing does.
    public var verifiedTimes: [Instant]

    public init(
        evidence: Digest, signers: [SignerIdentity], subjects: [Digest], dockerReference: String?,
        verifiedTimes: [Instant] = []
    ) {
        self.evidence = evidence
        self.signers = signers
        self.subjects = subjects
        self.dockerReference = dockerReference
        self.verifiedTimes = verifiedTimes
    }
}

/// A verified attestation about the image or one of its platforms.
public struct AttestationFacts: Sendable {
    public var evidence: Digest
    /// Digest of the statement's bytes as they were signed. Copies of one statement, in another envelope or with another
    /// signature, are one statement to rules that count them.
    public var statement: Digest
    /// Distinct, sorted. For an unsigned BuildKit statement: the signers of the index that holds it.
    public var signers: [SignerIdentity]
    /// The image or platform digests of this image that the statement's subjects name.
    public var subjects: [Digest]
    public var predicateType: ExactString
    /// What the statement says, as it was signed: a view that keeps the statement's bytes alive and copies none. Nil
    /// where it says nothing.
    public var predicate: JSONValue?
    /// Nil where the predicate is no provenance.
    public var provenance: Provenance?
    /// What the predicate says as an SBOM, or what is wrong with it as one. Nil where it is no SBOM, and where no rule asks.
    /// Always read from ``predicate``, never stated beside it.
    public var inventory: Result<Inventory, UnreadContent>?
    /// The same for the report of a scan.
    public var scan: Result<ScanReport, UnreadContent>?
    /// The same for what somebody says of vulnerabilities.
    public var vex: Result<VEXDocument, UnreadContent>?
    /// Said by the signer of the index that holds a BuildKit statement, not signed itself: at most SLSA Build level 1.
    public var underIndexSignature: Bool
    /// When a trusted timestamp or log proves the signature to have been there. Empty where nothing does.
    public var verifiedTimes: [Instant]

    public init(
        evidence: Digest, statement: Digest, signers: [SignerIdentity], subjects: [Digest],
        predicateType: ExactString, predicate: JSONValue? = nil, provenance: Provenance?,
        inventory: Result<Inventory, UnreadContent>? = nil,
        underIndexSignature: Bool = false, verifiedTimes: [Instant] = []
    ) {
        self.evidence = evidence
        self.statement = statement
        self.signers = signers
        self.subjects = subjects
        self.predicateType = predicateType
        self.predicate = predicate
        self.provenance = provenance
        self.inventory = inventory
        self.underIndexSignature = underIndexSignature
        self.verifiedTimes = verifiedTimes
    }
}

extension AttestationFacts {
    /// Reads what the predicate says as an SBOM, if its type says that it is one.
    public mutating func readInventory() { inventory = Inventory.reading(predicate: predicate, ofType: predicateType) }

    /// Reads what the predicate says as a scan or as VEX, if its type says that it is one.
    public mutating func readScans() {
        scan = ScanReport.reading(predicate: predicate, ofType: predicateType)
        vex = VEXDocument.reading(predicate: predicate, ofType: predicateType, about: subjects)
    }
}

/// A base image's platforms and their layers, read by digest, or why they could not be.
public enum BaseImageFacts: Sendable {
    case read([BasePlatform])
    case unread(UnreadContent)

    public struct BasePlatform: Sendable {
        public var digest: Digest
        public var platform: Platform
        /// `rootfs.diff_ids`, lowest first.
        public var diffIDs: [Digest]
        /// How many of the diff IDs are of layers that hold something: an empty tar proves nothing.
        public var nonEmptyLayers: Int

        public init(digest: Digest, platform: Platform, diffIDs: [Digest], nonEmptyLayers: Int) {
            self.digest = digest
            self.platform = platform
            self.diffIDs = diffIDs
            self.nonEmptyLayers = nonEmptyLayers
        }
    }
}
