public import Content
public import OCI
public import StrictEncoding

/// One question: may this image run there, or this file be used there, judged at this instant?
public struct AdmissionRequest: Sendable {
    /// What is judged.
    public enum Subject: Sendable {
        /// Where the image and its papers are read from; opened by the pipeline, so that failing to open is recorded.
        case image(any ContentSource)
        /// A plain file; evidence about it is supplied.
        case artifact(RequestedArtifact)
    }

    public var subject: Subject
    /// The name and tag that the caller states for an image on disk or for a file (`--as`); it stands in the record as
    /// stated.
    public var statedReference: ImageReference?
    /// Nil where the caller names none; then only policies for namespace `**` match.
    public var namespace: String?
    /// The decision's instant. Nothing below the caller reads a clock.
    public var at: Instant
    /// The instant was chosen by the caller rather than read from the clock: the record says so.
    public var hypothetical: Bool
    /// Evidence given beside the image or file: candidates for what was resolved only.
    public var suppliedEvidence: [SuppliedEvidence]
    /// Where base images are read from besides the image's own source.
    public var baseSources: [any ContentSource]
    /// A break-glass pass: a DSSE envelope, as it was received.
    public var breakGlass: [UInt8]?
    /// Lets the decision end at the first evidence that satisfies every rule, where no further evidence and nothing in
    /// the image could change it. What was not needed is then not read, and the record says so.
    public var mayStopEarly = false
    /// Among whose requests evidence may be shared (``EvidenceCache``): one text for each set of credentials with which the
    /// sources read, those of bases as well, and for each way to them. Evidence that was read under one is invisible under
    /// every other. Nil: nothing is kept, and nothing that was kept is used.
    public var cacheScope: String?

    public init(
        image: any ContentSource, statedReference: ImageReference? = nil, namespace: String?, at: Instant,
        hypothetical: Bool = false, suppliedEvidence: [SuppliedEvidence] = [], baseSources: [any ContentSource] = [],
        breakGlass: [UInt8]? = nil
    ) {
        subject = .image(image)
        self.statedReference = statedReference
        self.namespace = namespace
        self.at = at
        self.hypothetical = hypothetical
        self.suppliedEvidence = suppliedEvidence
        self.baseSources = baseSources
        self.breakGlass = breakGlass
    }

    /// About a plain file.
    public init(
        artifact: RequestedArtifact, statedReference: ImageReference? = nil, namespace: String?, at: Instant,
        hypothetical: Bool = false, suppliedEvidence: [SuppliedEvidence] = [], breakGlass: [UInt8]? = nil
    ) {
        subject = .artifact(artifact)
        self.statedReference = statedReference
        self.namespace = namespace
        self.at = at
        self.hypothetical = hypothetical
        self.suppliedEvidence = suppliedEvidence
        baseSources = []
        self.breakGlass = breakGlass
    }

    /// Where base images may lie: with the image, and in what the request gives.
    var sources: [any ContentSource] {
        switch subject {
        case .image(let source): [source] + baseSources
        case .artifact: baseSources
        }
    }

    /// How the record calls the kind of place that it is read from.
    var transport: String {
        switch subject {
        case .image(let source): source.transport
        case .artifact(let requested): requested.transport
        }
    }
}

/// A file of evidence that the caller gives; its name is for messages only and never stands in a record.
public struct SuppliedEvidence: Sendable {
    public var name: String
    public var content: VerifiedContent

    public init(name: String, content: VerifiedContent) {
        self.name = name
        self.content = content
    }
}
