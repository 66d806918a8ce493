public import Content
import Findings
import LocalFiles
public import OCI
import StrictEncoding

/// Writing keeps a layout valid at every moment: content first, then the list that names it, each file whole or not
/// there. Writers take turns by a lock on the directory itself (`flock`), which leaves no file behind and is gone with
/// its holder. Tools that don't know the lock must not write at the same time.
extension OCILayout: ContentSink {
    /// Makes an empty layout in a directory that is not there yet, or is empty.
    public static func create(at path: String, lockTimeout: Duration = .seconds(10)) throws(ContentSourceError)
        -> OCILayout
    {
        let isEmpty: Bool
        let root: OpenDirectory
        do throws(FileError) {
            root = try OpenDirectory.make(path: path, calledAs: "directory")
            isEmpty = try root.count(upTo: 1) == 0
        } catch {
            throw error.asSinkError
        }
        guard isEmpty else {
            throw ContentSourceError(.imageUnwritable, "expected an empty directory or none, found files in it")
        }
        do throws(FileError) {
            _ = try root.makeDirectory("blobs").makeDirectory(Digest.Algorithm.sha256.rawValue)
            try root.replace(Self.list, with: ImageIndex.indexBytes(manifests: []))
            // Last: what makes the directory a layout.
            try root.replace("oci-layout", with: OCILayoutMarker.fileBytes)
        } catch {
            throw error.asSinkError
        }
        return OCILayout(path: path, lockTimeout: lockTimeout)
    }

    public func put(_ content: VerifiedContent) async throws(ContentSourceError) {
        let root = try openRoot()
        try LayoutReader(directory: root).checkMarker()
        try store(content, in: root)
    }

    public func put(_ blob: BlobStream) async throws(ContentSourceError) {
        let root = try openRoot()
        try LayoutReader(directory: root).checkMarker()
        let name = blob.descriptor.digest.hex
        let file: NewFile
        do throws(FileError) {
            file = try Self.blobs(blob.descriptor.digest.algorithm, in: root).newFile(for: name)
        } catch {
            throw error.asSinkError
        }
        for try await piece in blob {
            do throws(FileError) { try file.append(piece) } catch { throw error.asSinkError }
        }
        do throws(FileError) { try file.rename(to: name) } catch { throw error.asSinkError }
    }

    /// What lies there is read and hashed: a file of the right name may be cut short.
    public func holds(_ descriptor: Descriptor) async throws(ContentSourceError) -> Bool {
        let stored = LayoutReader(directory: try openRoot()).stream(descriptor)
        do throws(ContentSourceError) {
            for try await _ in stored {}
            return true
        } catch {
            return false
        }
    }

    /// Without a tag the manifest is stored and not listed: an index or a list of referrers names it.
    public func putManifest(
        _ content: VerifiedContent, mediaType: MediaType, tag: String?
    ) async throws(ContentSourceError) {
        try await put(content)
        if let tag { try await list(Descriptor(of: content, mediaType: mediaType), tag: tag) }
    }

    public func putReferrer(
        _ content: VerifiedContent, mediaType: MediaType, subject: Digest
    ) async throws(ContentSourceError) {
        try await put(content)
        try await listReferrer(Descriptor(of: content, mediaType: mediaType), subject: subject)
    }

    public func tagged(_ tag: String, limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent? {
        let reader = LayoutReader(directory: try openRoot())
        let list = try EditedIndex(reader.listBytes(limits: limits), called: "`index.json`")
        guard let descriptor = list.descriptor(tagged: tag) else { return nil }
        let content = try reader.content(descriptor, limit: limits.manifestBytes)
        return ResolvedContent(descriptor: descriptor, content: content, tag: tag)
    }

    /// Lists a stored manifest.
    ///
    /// An image that held the tag stays listed without it, as other tools have it. Evidence that held it is dropped from
    /// the list: without the name that marks it as evidence it would pass for an image.
    ///
    /// - Throws: `image.not-found` if the manifest is not stored, `image.unwritable` if the list can't be replaced.
    public func list(_ descriptor: Descriptor, tag: String?) async throws(ContentSourceError) {
        let root = try await lockedRoot()
        _ = try LayoutReader(directory: root).content(descriptor, limit: Self.limits.manifestBytes)
        try edit(root) { list throws(ContentSourceError) in list.add(descriptor, tag: tag) }
    }

    /// Adds a stored manifest to its subject's list of referrers, the index tagged ``Content/Digest/referrersTag``
    /// (distribution-spec "Pushing Manifests with Subject": artifact type and annotations are those of the manifest).
    ///
    /// - Throws: `image.unwritable` if the manifest's subject is another, or if the tag holds something other than an
    ///   index.
    public func listReferrer(_ descriptor: Descriptor, subject: Digest) async throws(ContentSourceError) {
        let root = try await lockedRoot()
        let reader = LayoutReader(directory: root)
        let content = try reader.content(descriptor, limit: Self.limits.manifestBytes)
        let referrer = try Self.referrer(content, descriptor.mediaType, subject: subject)
        let tag = subject.referrersTag
        try edit(root) { list throws(ContentSourceError) in
            var bytes = ImageIndex.indexBytes(manifests: [referrer])
            if let holder = list.descriptor(tagged: tag) {
                let older = try reader.content(holder, limit: Self.limits.manifestBytes)
                var referrers = try EditedIndex(older.bytes, called: "the list of referrers")
                referrers.add(referrer, tag: nil)
                guard referrers.isChanged else { return }
                bytes = try referrers.bytes(limit: Self.limits.manifestBytes)
            }
            let index = VerifiedContent(namedByOwnDigest: bytes)
            try store(index, in: root)
            list.add(Descriptor(of: index, mediaType: .ociIndex), tag: tag)
        }
    }
}

extension OCILayout {
    /// Replaces the manifest that a tag names by one made from it, all under the lock: cosign's tags gather layers, and
    /// two writers at once must not lose each other's.
    ///
    /// - Parameter make: gets the manifest that the tag names now, nil if it names none; gives blobs and the new manifest.
    public func replaceManifest(
        tagged tag: String, _ make: (ImageManifest?) -> (blobs: [VerifiedContent], manifest: VerifiedContent)
    ) async throws(ContentSourceError) {
        let root = try await lockedRoot()
        let reader = LayoutReader(directory: root)
        try edit(root) { list throws(ContentSourceError) in
            var older: ImageManifest?
            if let holder = list.descriptor(tagged: tag) {
                let content = try reader.content(holder, limit: Self.limits.manifestBytes)
                let document: ImageDocument
                do throws(ImageFormatError) {
                    document = try ImageDocument(parsing: content, declared: holder.mediaType)
                } catch {
                    throw ContentSourceError(.imageUnwritable, "under the tag `\(tag)`: \(error.message)")
                }
                guard case .manifest(let manifest) = document else {
                    throw ContentSourceError(
                        .imageUnwritable, "expected a manifest under the tag `\(tag)`, found an index")
                }
                older = manifest
            }
            let (blobs, manifest) = make(older)
            for blob in blobs { try store(blob, in: root) }
            try store(manifest, in: root)
            list.add(Descriptor(of: manifest, mediaType: .ociManifest), tag: tag)
        }
    }
}

extension OCILayout {
    private static let list = "index.json"
    /// What is written has to be readable under the standard limits.
    private static let limits = ContentLimits()

    private func openRoot() throws(ContentSourceError) -> OpenDirectory {
        do throws(FileError) {
            return try OpenDirectory.open(path: path, calledAs: "directory")
        } catch {
            throw error.asSinkError
        }
    }

    /// The directory, open, with its lock held for as long as the value lives.
    private func lockedRoot() async throws(ContentSourceError) -> OpenDirectory {
        let root = try openRoot()
        let deadline = ContinuousClock.now.advanced(by: lockTimeout)
        while true {
            do throws(FileError) {
                if try root.tryLock() { return root }
            } catch {
                throw error.asSinkError
            }
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(5))) != nil else {
                throw ContentSourceError(
                    .imageUnwritable, "another process kept writing to the layout for \(lockTimeout)")
            }
        }
    }

    /// Reads the list, lets it be changed, and replaces it if it was. The caller holds the lock.
    private func edit(
        _ root: OpenDirectory, _ change: (inout EditedIndex) throws(ContentSourceError) -> Void
    ) throws(ContentSourceError) {
        defer { reader.forget() }
        let older = try LayoutReader(directory: root).listBytes(limits: Self.limits)
        var list = try EditedIndex(older, called: "`index.json`")
        try change(&list)
        guard list.isChanged else { return }
        let bytes = try list.bytes(limit: Self.limits.manifestBytes)
        do throws(FileError) {
            try root.replace(Self.list, with: bytes, mode: root.file(Self.list).mode)
        } catch {
            throw error.asSinkError
        }
    }

    private func store(_ content: VerifiedContent, in root: OpenDirectory) throws(ContentSourceError) {
        do throws(FileError) {
            let directory = try Self.blobs(content.digest.algorithm, in: root)
            // What lies there under the name and is something else gets replaced.
            if let file = try? directory.file(content.digest.hex), file.size == content.bytes.count,
                let bytes = try? file.bytes(limit: file.size), bytes == content.bytes
            {
                return
            }
            try directory.replace(content.digest.hex, with: content.bytes)
        } catch {
            throw error.asSinkError
        }
    }

    private static func blobs(
        _ algorithm: Digest.Algorithm, in root: OpenDirectory
    ) throws(FileError) -> OpenDirectory {
        try root.makeDirectory("blobs").makeDirectory(algorithm.rawValue)
    }

    private static func referrer(
        _ content: VerifiedContent, _ mediaType: MediaType, subject: Digest
    ) throws(ContentSourceError) -> Descriptor {
        let document: ImageDocument
        do throws(ImageFormatError) {
            document = try ImageDocument(parsing: content, declared: mediaType)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
        guard document.subject?.digest == subject else {
            throw ContentSourceError(
                .imageUnwritable,
                "expected a manifest with subject \(subject), found \(document.subject?.digest.description ?? "none")")
        }
        var artifactType = document.artifactType
        if artifactType == nil, case .manifest(let manifest) = document { artifactType = manifest.config.mediaType }
        return Descriptor(
            of: content, mediaType: document.mediaType, artifactType: artifactType, annotations: document.annotations)
    }
}
