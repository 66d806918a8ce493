import Content
import Findings
import LocalFiles
import OCI
import Synchronization

/// Reads an image layout, wherever its files lie (image-spec "OCI Image Layout Specification").
///
/// `index.json` is read once and its entries are looked through for evidence at most once, so every answer of one
/// instance is about one state of the layout. A blob is reached only by a name built from a checked digest.
final class LayoutReader: Sendable {
    private struct State {
        var limits = ContentLimits()
        var index: LayoutIndex?
        var resolved: ResolvedContent?
        var scan: PaperScan?
    }

    private let store: StoreReader
    private let choice: LayoutChoice
    private let state = Mutex(State())

    init(_ store: StoreReader, choice: LayoutChoice) {
        self.store = store
        self.choice = choice
    }

    /// A layout that a writer has open.
    convenience init(directory root: OpenDirectory) {
        self.init(StoreReader(opened: root), choice: .one(.only))
    }

    func resolve(limits: ContentLimits) throws(ContentSourceError) -> ResolvedContent {
        store.adopt(limits)
        return try state.withLock { state throws(ContentSourceError) in
            if let resolved = state.resolved { return resolved }
            let index = try index(&state, limits)
            let resolved: ResolvedContent
            if case .one(.digest(let digest)) = choice,
                !index.entries.contains(where: { $0.descriptor.digest == digest })
            {
                resolved = try unlisted(digest, limits: limits)
            } else {
                let entry = try choice.entry(in: index) { () throws(ContentSourceError) in
                    try self.scan(&state, index, limits)
                }
                let content = try content(entry.descriptor, limit: limits.manifestBytes)
                resolved = ResolvedContent(
                    descriptor: entry.descriptor, content: content, tag: choice.isByName ? entry.tag : nil)
            }
            state.resolved = resolved
            return resolved
        }
    }

    func content(_ descriptor: Descriptor, limit: Int) throws(ContentSourceError) -> VerifiedContent {
        try blob(
            descriptor.digest, size: descriptor.size, limit: limit, tooLarge: Self.limitCode(for: descriptor.mediaType))
    }

    func stream(_ descriptor: Descriptor) -> BlobStream {
        store.stream(descriptor, names: [Self.name(of: descriptor.digest)])
    }

    func manifest(_ digest: Digest, limits: ContentLimits) throws(ContentSourceError) -> VerifiedContent {
        store.adopt(limits)
        return try blob(digest, size: nil, limit: limits.manifestBytes, tooLarge: .limitManifestBytes)
    }

    func papers(of digest: Digest, limits: ContentLimits) throws(ContentSourceError) -> Papers {
        store.adopt(limits)
        return try state.withLock { state throws(ContentSourceError) in
            let index = try index(&state, limits)
            let scan = try scan(&state, index, limits)
            return try scan.papers(of: digest, index: index, limits: limits) { descriptor throws(ContentSourceError) in
                try self.content(descriptor, limit: limits.manifestBytes)
            }
        }
    }

    /// Whether `index.json` lists anything.
    func listsImages(limits: ContentLimits) throws(ContentSourceError) -> Bool {
        store.adopt(limits)
        return try state.withLock { state throws(ContentSourceError) in
            try !index(&state, limits).entries.isEmpty
        }
    }

    /// The bytes of `index.json`, in a directory that is marked as a layout.
    func listBytes(limits: ContentLimits) throws(ContentSourceError) -> [UInt8] {
        try checkMarker()
        guard let bytes = try store.document("index.json", limit: limits.manifestBytes) else {
            throw ContentSourceError(.imageNotFound, "expected a file `index.json` beside `oci-layout`, found none")
        }
        return bytes
    }

    /// Lets the next question see what was written meanwhile.
    func forget() { state.withLock { $0 = State() } }

    /// Which limit it is that content of a type may pass.
    static func limitCode(for mediaType: MediaType) -> ReasonCode {
        if LayoutIndex.manifestTypes.contains(mediaType) { return .limitManifestBytes }
        return [.ociConfiguration, .dockerConfiguration].contains(mediaType)
            ? .limitConfigurationBytes : .limitImageBytes
    }
}

extension LayoutReader {
    private func index(_ state: inout State, _ limits: ContentLimits) throws(ContentSourceError) -> LayoutIndex {
        if let index = state.index { return index }
        let index = try LayoutIndex(listBytes(limits: limits), candidates: limits.candidates)
        state.index = index
        return index
    }

    /// - Throws: `image.not-found` unless the directory is marked as a layout.
    func checkMarker() throws(ContentSourceError) {
        // Thirty bytes, and room for members that later versions may add.
        guard let bytes = try store.document("oci-layout", limit: 64 << 10, tooLarge: .imageMalformedLayout) else {
            throw ContentSourceError(.imageNotFound, "expected an image layout, found no file `oci-layout`")
        }
        do throws(ImageFormatError) {
            _ = try OCILayoutMarker(parsing: bytes)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }

    private func scan(
        _ state: inout State, _ index: LayoutIndex, _ limits: ContentLimits
    ) throws(ContentSourceError) -> PaperScan {
        if let scan = state.scan { return scan }
        let resolved = state.resolved?.content
        let scan = try PaperScan(index) { descriptor throws(ContentSourceError) in
            if let resolved, resolved.digest == descriptor.digest, resolved.bytes.count == descriptor.size {
                return resolved
            }
            return try self.content(descriptor, limit: limits.manifestBytes)
        }
        state.scan = scan
        return scan
    }

    private func unlisted(_ digest: Digest, limits: ContentLimits) throws(ContentSourceError) -> ResolvedContent {
        let content = try manifest(digest, limits: limits)
        do throws(ImageFormatError) {
            let mediaType = try ImageDocument(parsing: content, declared: nil).mediaType
            let descriptor = Descriptor(mediaType: mediaType, digest: digest, size: content.bytes.count)
            return ResolvedContent(descriptor: descriptor, content: content, tag: nil)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }

    private static func name(of digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    private func blob(
        _ digest: Digest, size: Int?, limit: Int, tooLarge: ReasonCode
    ) throws(ContentSourceError) -> VerifiedContent {
        let name = Self.name(of: digest)
        guard let content = try store.content(name, digest: digest, size: size, limit: limit, tooLarge: tooLarge) else {
            throw ContentSourceError(.imageNotFound, "expected content \(digest) in the \(store.noun), found none")
        }
        return content
    }
}
