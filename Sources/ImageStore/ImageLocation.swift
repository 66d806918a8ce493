public import Content
import Findings
public import OCI

/// Where an image lies on disk, as the command line names it; transports are called what skopeo calls them.
///
/// ```
/// oci:DIR[:TAG]   oci:DIR[@DIGEST]              an image layout
/// oci-archive:FILE[:TAG]   oci-archive:FILE[@DIGEST]    the same in a tar, plain or compressed with gzip or zstd
/// dir:DIR                                       what `skopeo copy … dir:DIR` writes
/// docker-archive:FILE[:REFERENCE]               what `docker save` writes
/// ```
/// As skopeo reads them, the path of `oci:`, `oci-archive:` and `docker-archive:` ends at the first colon, so it can't
/// hold one itself; that of `dir:` may. The text alone decides: nothing on disk is looked at.
public enum ImageLocation: Sendable, Hashable {
    case layout(path: String, selection: LayoutSelection)
    case archive(path: String, selection: LayoutSelection)
    case directory(path: String)
    case dockerArchive(path: String, reference: ImageReference?)

    /// Reads a location.
    public static func parse(_ text: String) throws(ImageLocationError) -> ImageLocation {
        guard !text.utf8.contains(0) else { throw .zeroByte }
        guard let (transport, rest) = splitOnce(text, at: ":") else { throw notATransport(text, prefix: nil) }
        switch Transport.named(transport) {
        case .layout?:
            let (path, selection) = try pathAndSelection(rest, transport: transport)
            return .layout(path: path, selection: selection)
        case .archive?:
            let (path, selection) = try pathAndSelection(rest, transport: transport)
            return .archive(path: path, selection: selection)
        case .directory?:
            guard !rest.isEmpty else { throw .missingPath(transport: transport) }
            return .directory(path: rest)
        case .dockerArchive?:
            let (path, name) = splitOnce(rest, at: ":") ?? (rest, "")
            guard !path.isEmpty else { throw .missingPath(transport: transport) }
            return .dockerArchive(path: path, reference: name.isEmpty ? nil : try reference(name))
        case nil:
            throw notATransport(text, prefix: transport)
        }
    }

    /// The transport's name.
    public var transport: String {
        switch self {
        case .layout: Transport.layout.rawValue
        case .archive: Transport.archive.rawValue
        case .directory: Transport.directory.rawValue
        case .dockerArchive: Transport.dockerArchive.rawValue
        }
    }

    /// A source for one decision; it opens nothing until it is asked.
    public func source() -> any ContentSource {
        switch self {
        case .layout(let path, let selection): OCILayout(path: path, selection: selection)
        case .archive(let path, let selection): OCIArchive(path: path, selection: selection)
        case .directory(let path): DirImage(path: path)
        case .dockerArchive(let path, let reference): DockerArchive(path: path, reference: reference)
        }
    }

    /// A sink for evidence beside the image.
    ///
    /// - Throws: `image.unwritable` for everything but a layout: an archive would have to be written anew, and a `dir:`
    ///   image has no place for a second manifest.
    public func sink() throws(ContentSourceError) -> any ContentSink {
        guard case .layout(let path, let selection) = self else {
            throw ContentSourceError(
                .imageUnwritable,
                "expected an image layout to write to, found `\(transport):`; copy the image with `skopeo copy` to `oci:DIR:TAG`"
            )
        }
        return OCILayout(path: path, selection: selection)
    }
}

/// Which of the images in a layout is meant.
public enum LayoutSelection: Sendable, Hashable {
    /// The only image there is; evidence that is listed beside it does not count.
    case only
    /// The one that `index.json` lists under this name (annotation `org.opencontainers.image.ref.name`).
    case tag(String)
    /// The one of this digest, listed or not: the digest itself says which bytes are meant, and the manifest of one
    /// platform is named that way.
    case digest(Digest)
}

/// Why a text is no image location.
public enum ImageLocationError: Error, Equatable, Sendable {
    /// An image in a registry.
    case registry(String)
    /// The text before the first colon, if there is one, is no transport known here.
    case unknownTransport(String?)
    case missingPath(transport: String)
    /// No path can hold one, and the system would cut the text there.
    case zeroByte
    case digest(DigestError)
    /// `DIR:TAG@DIGEST`.
    case tagAndDigest(String)
    /// `DIR:@N`, which skopeo takes for the N-th entry: the next writer makes it another image.
    case position(String)
    case reference(String, ImageReferenceError)
    case referenceWithDigest(String)

    public var message: String {
        let transports =
            "`oci:DIR[:TAG|@DIGEST]`, `oci-archive:FILE[:TAG|@DIGEST]`, `dir:DIR` or `docker-archive:FILE[:REFERENCE]`"
        return switch self {
        case .registry(let name):
            "expected an image on disk, found one in a registry; copy it with `skopeo copy docker://\(name) oci:DIR:TAG` and name that"
        case .unknownTransport(let prefix?): "expected \(transports), found transport \(Finding.quoted(prefix))"
        case .unknownTransport(nil): "expected \(transports), found no transport"
        case .missingPath(let transport): "expected a path after `\(transport):`, found none"
        case .zeroByte: "expected a location without zero bytes, found one"
        case .digest(let error): error.message
        case .tagAndDigest(let text): "expected a tag or a digest, found both in \(Finding.quoted(text))"
        case .position(let text):
            "expected a tag or a digest, found position \(Finding.quoted(text)), which means another image once the layout changes"
        case .reference(let text, let error):
            "expected an image reference, found \(Finding.quoted(text)): \(error.message)"
        case .referenceWithDigest(let text):
            "expected a name and tag, found a digest in \(Finding.quoted(text)); docker archives list none"
        }
    }
}

extension ImageLocation {
    private enum Transport: String {
        case layout = "oci"
        case archive = "oci-archive"
        case directory = "dir"
        case dockerArchive = "docker-archive"

        static func named(_ text: String) -> Transport? {
            [layout, archive, directory, dockerArchive].first { $0.rawValue.utf8.elementsEqual(text.utf8) }
        }
    }

    /// Transports of skopeo that have no meaning here; `NAME:REST` of theirs must not be taken for an image `NAME`.
    private static let otherTransports = [
        "containers-storage", "docker-daemon", "ostree", "sif", "tarball", "atomic", "docker-tar", "http", "https",
        "file",
    ]

    private static func notATransport(_ text: String, prefix: String?) -> ImageLocationError {
        let isOther = otherTransports.contains { $0.utf8.elementsEqual((prefix ?? "").utf8) }
        if !isOther, let reference = try? ImageReference(parsing: text) {
            return .registry(reference.description)
        }
        return .unknownTransport(prefix.flatMap { $0.utf8.contains(UInt8(ascii: "/")) ? nil : $0 })
    }

    private static func pathAndSelection(
        _ text: String, transport: String
    ) throws(ImageLocationError) -> (String, LayoutSelection) {
        guard let (head, tail) = splitOnce(text, at: ":") else {
            guard !text.isEmpty else { throw .missingPath(transport: transport) }
            return (text, .only)
        }
        // The first colon may be the digest's own: `DIR@sha256:…`.
        if let at = head.utf8.lastIndex(of: UInt8(ascii: "@")),
            isAlgorithm(head[head.utf8.index(after: at)...], encoded: tail)
        {
            guard at > head.startIndex else { throw .missingPath(transport: transport) }
            do throws(DigestError) {
                return (
                    String(head[..<at]),
                    .digest(try Digest(algorithm: String(head[head.utf8.index(after: at)...]), hex: tail))
                )
            } catch {
                throw .digest(error)
            }
        }
        guard !head.isEmpty else { throw .missingPath(transport: transport) }
        // skopeo prints a layout without a tag as `DIR:`.
        guard !tail.isEmpty else { return (head, .only) }
        if let at = tail.utf8.lastIndex(of: UInt8(ascii: "@")) {
            let after = tail[tail.utf8.index(after: at)...]
            if at == tail.startIndex, after.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { throw .position(tail) }
            if let (algorithm, encoded) = splitOnce(String(after), at: ":"),
                isAlgorithm(algorithm[...], encoded: encoded)
            {
                throw .tagAndDigest(tail)
            }
        }
        return (head, .tag(tail))
    }

    /// Whether `name:encoded` was meant as a digest: of a known algorithm, or with enough hexadecimal digits to be one
    /// of another, which is then refused by name rather than looked for as a tag.
    private static func isAlgorithm(_ name: Substring, encoded: String) -> Bool {
        Digest.Algorithm.registered.contains { $0.rawValue.utf8.elementsEqual(name.utf8) }
            || encoded.utf8.count >= 32
                && encoded.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    private static func reference(_ text: String) throws(ImageLocationError) -> ImageReference {
        let reference: ImageReference
        do throws(ImageReferenceError) {
            reference = try ImageReference(parsing: text)
        } catch {
            throw .reference(text, error)
        }
        guard reference.digest == nil else { throw .referenceWithDigest(text) }
        return reference
    }

    private static func splitOnce(_ text: String, at separator: Character) -> (String, String)? {
        guard let byte = separator.asciiValue, let index = text.utf8.firstIndex(of: byte) else { return nil }
        return (String(text[..<index]), String(text[text.utf8.index(after: index)...]))
    }
}
