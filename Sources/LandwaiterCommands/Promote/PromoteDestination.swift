import Content
import Findings
import ImageStore
import OCI
import OCIDistribution

/// Where an image is promoted to. The only place that makes a sink from a text.
struct PromoteDestination {
    let sink: any ContentSink
    /// Nil for the digest alone.
    let tag: String?
    /// As it is named with its digest, for whoever runs the next step.
    private let name: String

    /// Opens the destination; a layout that is not there is made. Called only once there is something to write.
    ///
    /// - Parameters:
    ///   - source: where the image comes from: a registry may have it already.
    ///   - sourceTag: the tag that the image has, where the destination names none.
    static func open(
        _ text: String, from source: String, sourceTag: String?
    ) throws(CommandFailure) -> PromoteDestination {
        switch try parse(text) {
        case .registry(let reference):
            guard let access = RegistryAccess.current, let repository = RegistryRepository(reference) else {
                throw .usage("expected a registry, found \(Finding.quoted(reference.registry))")
            }
            let holder = ImageOptions.ownName(source).flatMap { RegistryRepository($0) }
            let sink = RegistrySink(repository, client: try access.client(), mountingFrom: holder)
            return PromoteDestination(sink: sink, tag: reference.tag ?? sourceTag, name: reference.name)
        case .layout(let path, let stated):
            guard let tag = stated ?? sourceTag else {
                throw .usage(
                    "expected a tag for the image in the layout, found none", "name one: `oci:DIR:TAG`")
            }
            do throws(ContentSourceError) {
                let layout =
                    LocalFile.exists(LocalFile.join(path, "oci-layout"))
                    ? OCILayout(path: path) : try OCILayout.create(at: path)
                return PromoteDestination(sink: layout, tag: tag, name: "oci:" + path)
            } catch {
                throw .badData("\(error.message)  [\(error.code)]")
            }
        }
    }

    /// Refuses a text that is no destination, before anything is decided.
    static func check(_ text: String) throws(CommandFailure) { _ = try parse(text) }

    /// The image at the destination, by digest.
    func pinned(_ digest: Digest) -> String { "\(name)@\(digest)" }

    private enum Place {
        case layout(path: String, tag: String?)
        case registry(ImageReference)
    }

    private static func parse(_ text: String) throws(CommandFailure) -> Place {
        let location: ImageLocation
        do throws(ImageLocationError) { location = try ImageLocation.parse(text) } catch {
            if case .registry(let name) = error { return .registry(try reference(name)) }
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
        switch location {
        case .layout(let path, .only): return .layout(path: path, tag: nil)
        case .layout(let path, .tag(let tag)):
            // A reader takes what bears such a name for evidence.
            guard (try? ImageReference(parsing: "registry.example/image:" + tag)) != nil, !Digest.isEvidenceTag(tag)
            else {
                throw .usage("expected a tag for an image, found \(Finding.quoted(tag))")
            }
            return .layout(path: path, tag: tag)
        case .layout(_, .digest):
            throw .usage(
                "expected a tag to write to, found a digest", "the digest is that of the image, whatever it is")
        case .archive, .directory, .dockerArchive:
            throw .usage(
                "expected an image layout to write to, found `\(location.transport):`", "write to `oci:DIR:TAG`")
        }
    }

    private static func reference(_ name: String) throws(CommandFailure) -> ImageReference {
        let reference = try ImageOptions.reference(name)
        guard reference.digest == nil else { throw digestFound }
        if let tag = reference.tag { try check(tag: tag) }
        return reference
    }

    /// A reader takes what bears such a name for evidence.
    private static func check(tag: String) throws(CommandFailure) {
        guard !Digest.isEvidenceTag(tag) else {
            throw .usage("expected a tag for an image, found \(Finding.quoted(tag))")
        }
    }

    private static var digestFound: CommandFailure {
        .usage("expected a tag to write to, found a digest", "the digest is that of the image, whatever it is")
    }
}
