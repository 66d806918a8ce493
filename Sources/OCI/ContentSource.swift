public import Content
public import Findings

/// Where images and their papers are read from: a layout, an archive, a `dir:` image, a registry.
///
/// Every byte that leaves a source has been compared with its digest, or is named by its own. A source opens nothing
/// when it is made: a missing file is an error of ``resolve()``, so that it becomes a recorded finding.
public protocol ContentSource: Sendable {
    /// The transport's name as skopeo spells it: `oci`, `oci-archive`, `dir`, `docker-archive`, `docker`.
    var transport: String { get }
    /// What weakens the way to it, one line each, for records; empty where nothing does.
    var insecurities: [String] { get }
    /// The image that the reference selects: its top descriptor and its bytes. Resolved once per decision.
    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent
    /// The bytes of a descriptor, compared with its digest and size.
    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent
    /// The same in pieces, for content that is copied rather than read. Opens nothing before the first piece is asked
    /// for.
    func blob(_ descriptor: Descriptor) -> BlobStream
    /// The manifest or index of this digest, whose size is not known; for a base image named by digest alone.
    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent
    /// Descriptors of manifests whose `subject` is this digest, of the tag `algorithm-hex` (referrers fallback), and of
    /// cosign's tags `algorithm-hex.sig`, `.att`, `.sbom`, each with where it was found; at most `limits.candidates`.
    /// What was listed but could not be read comes along as findings: junk must not end a decision, nor go unseen.
    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers
    /// The same, of one tie only: for who asks step by step, because each step costs a request, and may not need the
    /// next.
    func papers(
        of digest: Digest, tied tie: Paper.Tie, limits: ContentLimits
    ) async throws(ContentSourceError) -> Papers
    /// The digest by which the image is named, where nobody need be asked for it; nil where ``resolve(limits:)`` says it.
    var namedDigest: Digest? { get }
    /// Signatures that lie beside the image rather than in a manifest: `signature-N` of a `dir:` image.
    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature]
}

// What a source on disk makes of it: one look shows everything.
extension ContentSource {
    public func papers(
        of digest: Digest, tied tie: Paper.Tie, limits: ContentLimits
    ) async throws(ContentSourceError) -> Papers {
        let all = try await papers(of: digest, limits: limits)
        return Papers(found: all.found.filter { $0.tie == tie }, refused: all.refused)
    }

    public var namedDigest: Digest? { nil }
}

extension ContentSource {
    public var insecurities: [String] { [] }
}

/// What a source selects.
public struct ResolvedContent: Sendable {
    public let descriptor: Descriptor
    public let content: VerifiedContent
    /// The tag by which the image was found in the source, if by one (`org.opencontainers.image.ref.name`).
    public let tag: String?

    public init(descriptor: Descriptor, content: VerifiedContent, tag: String?) {
        self.descriptor = descriptor
        self.content = content
        self.tag = tag
    }
}

/// A manifest that may carry evidence, and how it was tied to the image.
public struct Paper: Sendable, Hashable {
    public enum Tie: String, Sendable, CaseIterable {
        /// The manifest's `subject` names the digest (distribution-spec "Listing Referrers").
        case referrer
        /// Listed by the index under the tag `algorithm-hex` (distribution-spec "Referrers Tag Schema").
        case fallbackTag = "fallback-tag"
        /// cosign's `algorithm-hex.sig`
        case signatureTag = "cosign-signature-tag"
        /// cosign's `algorithm-hex.att`
        case attestationTag = "cosign-attestation-tag"
        /// cosign's `algorithm-hex.sbom`: an unsigned document
        case sbomTag = "cosign-sbom-tag"
        /// In the layout that `cosign save` writes, by annotation `kind`.
        case cosignSave = "cosign-save"
    }
    public let tie: Tie
    public let descriptor: Descriptor

    public init(tie: Tie, descriptor: Descriptor) {
        self.tie = tie
        self.descriptor = descriptor
    }
}

/// By what two mentions of a manifest are one. Size and type belong to it: a mention that states them wrongly cannot be
/// read, and must not stand for one that can.
public struct PaperName: Sendable, Hashable {
    private let digest: Digest
    private let mediaType: MediaType
    private let size: Int

    public init(_ descriptor: Descriptor) {
        digest = descriptor.digest
        mediaType = descriptor.mediaType
        size = descriptor.size
    }
}

/// What a source holds about one digest.
public struct Papers: Sendable {
    /// Each manifest once (by its ``PaperName``), by the first tie in the order of ``Paper/Tie-swift.enum``; one that a
    /// fallback list names is there by a later tie as well, since the list may be false.
    public let found: [Paper]
    /// Why manifests that the source lists were passed over. Nothing says which image they were about, so every digest
    /// of one source gets the same ones. They are refused evidence whatever their codes' effect is: for the report,
    /// never for the verdict.
    public let refused: [Finding]

    public init(found: [Paper] = [], refused: [Finding] = []) {
        self.found = found
        self.refused = refused
    }
}

/// A file that lies beside an image: its bytes and its name (`signature-1`; `HEX.signature-1` beside the manifest of one
/// platform).
public struct LooseSignature: Sendable {
    public let name: String
    public let content: VerifiedContent

    public init(name: String, content: VerifiedContent) {
        self.name = name
        self.content = content
    }
}

/// Bounds on what a source reads for one image; each has a reason code of its own.
public struct ContentLimits: Sendable, Hashable {
    /// Largest manifest or index, bytes. 4 MiB: what distribution-spec asks registries to accept.
    public var manifestBytes: Int = 4 << 20
    /// Most manifests that are looked at as possible papers of one image.
    public var candidates: Int = 10_000
    /// Bytes read for one image, papers included.
    public var totalBytes: Int = 1 << 30
    /// Bytes that expanding a compressed archive may yield: layers are passed over, not kept.
    public var expandedArchiveBytes: Int = 64 << 30

    public init() {}
}

/// Why a source has no bytes to give. `effect` of the code tells contradiction (`reject`) from absence (`undecided`).
public struct ContentSourceError: Error, Sendable, Equatable {
    public let code: ReasonCode
    public let message: String

    public init(_ code: ReasonCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// Where images and evidence are written to: a layout, a repository of a registry. Content first, then the manifest that
/// names it, then the tag: a reader never sees a name of something that is not there.
public protocol ContentSink: Sendable {
    /// Stores a blob under its digest; storing what is there already changes nothing.
    func put(_ content: VerifiedContent) async throws(ContentSourceError)
    /// The same in pieces. Nothing is kept unless the stream came to its end.
    func put(_ blob: BlobStream) async throws(ContentSourceError)
    /// Whether a blob of this digest and size is stored, so that it need not be sent. In doubt it is not.
    func holds(_ descriptor: Descriptor) async throws(ContentSourceError) -> Bool
    /// Stores a manifest or index under its digest, and under a tag if one is given (an older holder loses the tag).
    func putManifest(
        _ content: VerifiedContent, mediaType: MediaType, tag: String?
    ) async throws(ContentSourceError)
    /// Stores a manifest whose `subject` is this digest, so that it is found among the subject's referrers: by the
    /// registry's own list, or where there is none by the fallback tag (distribution-spec "Pushing Manifests with
    /// Subject").
    func putReferrer(
        _ content: VerifiedContent, mediaType: MediaType, subject: Digest
    ) async throws(ContentSourceError)
    /// What the tag names now; nil if nothing.
    func tagged(_ tag: String, limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent?
}
