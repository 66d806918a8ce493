import Admission
import Content
import Findings
import ImageStore
import OCI
import Synchronization

/// Copies an admitted image with its papers to a sink, by digest: blobs, manifests of platforms, the image, its evidence,
/// and last its tag. A copy that was interrupted goes on where it was: blobs that are there are not sent again.
struct ImageCopy {
    private let image: AdmittedImage
    private let sink: any ContentSink
    private let limits: ContentLimits
    private let jobs: Int
    private let progress: CopyProgress

    /// What was copied.
    private(set) var summary = Summary()

    struct Summary: Equatable {
        /// Blobs that were sent, and their bytes.
        var sent = 0
        var sentBytes = 0
        /// Blobs that were there already.
        var skipped = 0
        /// Manifests that carry evidence.
        var papers = 0
        /// Listed as papers, and about something else, or not to be had whole: left behind.
        var leftBehind = 0
    }

    private var copied: Set<Digest> = []
    private var paperBytes = 0
    private var askedAbout: Set<Digest> = []
    /// Digests that may have papers, not asked about yet.
    private var subjects: [Digest] = []

    init(_ image: AdmittedImage, to sink: any ContentSink, limits: ContentLimits, jobs: Int, progress: CopyProgress) {
        self.image = image
        self.sink = sink
        self.limits = limits
        self.jobs = jobs
        self.progress = progress
    }

    /// - Parameter tag: the name under which the image is to be found; nil for its digest alone.
    mutating func run(tag: String?) async throws(ContentSourceError) {
        try await copy(image.document)
        while let subject = subjects.popLast() { try await copyPapers(of: subject) }
        // Last: whoever finds the tag finds all of it.
        if let tag, try await sink.tagged(tag, limits: limits)?.content.digest != image.document.digest {
            try await sink.putManifest(
                image.document.content, mediaType: image.document.mediaType, tag: tag)
        }
    }

    /// A manifest or index with everything that it names, what it names first.
    private mutating func copy(_ document: ImageDocument) async throws(ContentSourceError) {
        try await copyContents(of: document)
        try await sink.putManifest(document.content, mediaType: document.mediaType, tag: nil)
    }

    /// - Parameter countsBytes: of papers, which anyone can attach, so many bytes are copied as a decision may read.
    private mutating func copyContents(
        of document: ImageDocument, countingBytes countsBytes: Bool = false
    ) async throws(ContentSourceError) {
        defer { subjects.append(document.digest) }
        switch document {
        case .manifest(let manifest):
            let blobs = [manifest.config] + manifest.layers
            if countsBytes { try spend(blobs) }
            try await copyBlobs(blobs)
        case .index(let index):
            for entry in index.manifests where !copied.contains(entry.digest) {
                // The decision has seen to it that no index is in the image's; one in a paper's would go on without end.
                guard case .manifest(let child) = try await fetch(entry) else {
                    throw ContentSourceError(.limitIndexDepth, "the index lists the index \(entry.digest)")
                }
                try await copy(.manifest(child))
                copied.insert(entry.digest)
            }
        }
    }

    private mutating func spend(_ blobs: [Descriptor]) throws(ContentSourceError) {
        for blob in blobs where !copied.contains(blob.digest) {
            guard blob.size <= limits.totalBytes - paperBytes else {
                throw ContentSourceError(
                    .limitImageBytes, "expected at most \(limits.totalBytes) bytes of papers, found more")
            }
            paperBytes += blob.size
        }
    }

    // MARK: Papers

    private mutating func copyPapers(of subject: Digest) async throws(ContentSourceError) {
        guard askedAbout.insert(subject).inserted else { return }
        let papers = try await image.source.papers(of: subject, limits: limits)
        for paper in papers.found {
            guard summary.papers + summary.leftBehind < limits.candidates else {
                throw ContentSourceError(
                    .limitCandidates, "expected at most \(limits.candidates) papers, found more")
            }
            do throws(ContentSourceError) {
                try await copy(paper, of: subject)
            } catch {
                // Anyone may list what isn't there, or what contradicts itself; that must not keep an image back. What
                // the sink says, and a source that can't be reached, does.
                guard error.code.rank == .integrity || error.code == .imageNotFound || error.code == .limitIndexDepth
                else { throw error }
                summary.leftBehind += 1
            }
        }
    }

    private mutating func copy(_ paper: Paper, of subject: Digest) async throws(ContentSourceError) {
        switch paper.tie {
        case .referrer, .fallbackTag: try await copyReferrer(paper, of: subject)
        case .signatureTag: try await copyTagged(paper, subject.cosignTag("sig"))
        case .attestationTag: try await copyTagged(paper, subject.cosignTag("att"))
        case .sbomTag: try await copyTagged(paper, subject.cosignTag("sbom"))
        case .cosignSave:
            let kind = paper.descriptor.annotations["kind"] ?? ""
            let isAttestation = kind.utf8.elementsEqual("dev.cosignproject.cosign/atts".utf8)
            try await copyTagged(paper, subject.cosignTag(isAttestation ? "att" : "sig"))
        }
    }

    private mutating func copyReferrer(_ paper: Paper, of subject: Digest) async throws(ContentSourceError) {
        guard !copied.contains(paper.descriptor.digest) else { return }
        let document = try await fetch(paper.descriptor)
        // A list can name anything; what isn't about the subject by its own word is no evidence about it.
        guard document.subject?.digest == subject else {
            summary.leftBehind += 1
            return
        }
        try await copyContents(of: document, countingBytes: true)
        try await sink.putReferrer(document.content, mediaType: document.mediaType, subject: subject)
        copied.insert(paper.descriptor.digest)
        summary.papers += 1
    }

    /// cosign's tags gather layers: those that the destination has already stay.
    private mutating func copyTagged(_ paper: Paper, _ tag: String) async throws(ContentSourceError) {
        let document = try await fetch(paper.descriptor)
        try await copyContents(of: document, countingBytes: true)
        var content = document.content
        if let there = try await sink.tagged(tag, limits: limits), there.content.digest != content.digest,
            case .manifest(let mine) = document, let other = try? ImageDocument(parsing: there.content, declared: nil),
            case .manifest(let theirs) = other
        {
            let missing = theirs.layers.filter { !mine.layers.contains($0) }
            if !missing.isEmpty {
                content = VerifiedContent(
                    namedByOwnDigest: ImageManifest.imageBytes(
                        config: mine.config, layers: mine.layers + missing, annotations: mine.annotations))
            }
        }
        try await sink.putManifest(content, mediaType: document.mediaType, tag: tag)
        summary.papers += 1
    }

    // MARK: Bytes

    private func fetch(_ descriptor: Descriptor) async throws(ContentSourceError) -> ImageDocument {
        let content = try await image.source.fetch(descriptor, limit: limits.manifestBytes)
        do throws(ImageFormatError) {
            return try ImageDocument(parsing: content, declared: descriptor.mediaType)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }

    private mutating func copyBlobs(_ descriptors: [Descriptor]) async throws(ContentSourceError) {
        var distinct: Set<Digest> = []
        let blobs = descriptors.filter {
            !Self.isForeign($0) && !copied.contains($0.digest) && distinct.insert($0.digest).inserted
        }
        progress.add(blobs)
        let (source, sink, progress) = (image.source, sink, progress)
        let results: [Result<Int?, ContentSourceError>]
        do {
            results = try await VerifyCommand.concurrently(blobs, jobs: jobs, showing: false) { blob in
                do throws(ContentSourceError) {
                    if try await sink.holds(blob) {
                        progress.passed(blob.size)
                        return .success(nil)
                    }
                    try await sink.put(source.blob(blob).counting { progress.passed($0) })
                    return .success(blob.size)
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw ContentSourceError(.imageUnreadable, "the copy was interrupted")
        }
        for (blob, result) in zip(blobs, results) {
            if let size = try result.get() {
                summary.sent += 1
                summary.sentBytes += size
            } else {
                summary.skipped += 1
            }
            copied.insert(blob.digest)
        }
    }

    /// Layers that may not be passed on (image-spec "Non-Distributable Layers", and Docker's foreign ones): registries
    /// don't have them, whoever runs the image gets them elsewhere.
    private static func isForeign(_ layer: Descriptor) -> Bool {
        let type = layer.mediaType.description
        return type.utf8.starts(with: "application/vnd.oci.image.layer.nondistributable.".utf8)
            || type.utf8.starts(with: "application/vnd.docker.image.rootfs.foreign.".utf8)
    }
}

/// How many bytes have gone by, for a person who waits.
final class CopyProgress: Sendable {
    private let state = Mutex((done: 0, all: 0))
    private let isShown: Bool

    init(isShown: Bool) { self.isShown = isShown }

    func add(_ blobs: [Descriptor]) {
        for blob in blobs { state.withLock { $0.all = $0.all.addingReportingOverflow(blob.size).partialValue } }
    }

    func passed(_ bytes: Int) {
        let (done, all) = state.withLock { state in
            state.done = state.done.addingReportingOverflow(bytes).partialValue
            return state
        }
        guard isShown else { return }
        Terminal.progress("\(Self.bar(done, of: all))  \(Self.megabytes(done)) of \(Self.megabytes(all))")
    }

    func end() { if isShown { Terminal.progress(nil) } }

    private static func bar(_ done: Int, of all: Int) -> String {
        let width = 30
        let filled = all > 0 ? min(width, max(0, Int(Double(done) / Double(all) * Double(width)))) : 0
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
