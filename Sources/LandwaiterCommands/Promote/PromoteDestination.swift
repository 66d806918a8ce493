import Content
import Findings
import ImageStore
import OCI

/// Where an image is promoted to. The only place that makes a sink from a text.
struct PromoteDestination {
    let sink: any ContentSink
    /// Nil for the digest alone.
    let tag: String?
    /// As it is named with its digest, for whoever runs the next step.
    private let name: String

    /// Opens the destination; a layout that is not there is made. Called only once there is something to write.
    ///
    /// - Parameter sourceTag: the tag that the image has, where the destination names none.
    static func open(_ text: String, sourceTag: String?) throws(CommandFailure) -> PromoteDestination {
        switch try parse(text) {
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
    }

    private static func parse(_ text: String) throws(CommandFailure) -> Place {
        let location: ImageLocation
        do throws(ImageLocationError) { location = try ImageLocation.parse(text) } catch {
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
}
