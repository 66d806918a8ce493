import Content
import Findings
import OCI

/// Gathers what a registry lists about one digest, each manifest once.
struct PaperList {
    private var found: [Paper] = []
    private var refused: [Finding] = []
    private var seen: Set<PaperName> = []
    private var listed: Set<PaperName> = []

    var papers: Papers { Papers(found: found, refused: refused) }

    /// In the order of ``Paper/Tie-swift.enum``. One that a fallback list names is there by a later tie as well, since
    /// the list may be false.
    mutating func add(_ descriptors: [Descriptor], _ tie: Paper.Tie) {
        for descriptor in descriptors {
            let name = PaperName(descriptor)
            let isNew =
                tie == .fallbackTag
                ? !seen.contains(name) && listed.insert(name).inserted : seen.insert(name).inserted
            if isNew { found.append(Paper(tie: tie, descriptor: descriptor)) }
        }
    }

    /// The entries of the index under the fallback tag. One that can't be read is refused: anyone who may push there can
    /// put junk under the tag, and must not be able to have a decision end by it.
    mutating func addFallback(_ tagged: RegistrySource.TaggedManifest, jsonDepth: Int) {
        do throws(ImageFormatError) {
            let document = try ImageDocument(
                parsing: tagged.content, declared: tagged.descriptor.mediaType, jsonDepth: jsonDepth)
            guard case .index(let index) = document else { throw .unknownMediaType(document.mediaType) }
            add(index.manifests, .fallbackTag)
        } catch {
            refused.append(
                Finding(
                    error.code, "the list of referrers: \(error.message)",
                    evidence: tagged.content.digest.description))
        }
    }
}
