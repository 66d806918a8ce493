import Content
import Findings
import OCI

/// A manifest that a tag names.
struct TaggedManifest: Sendable {
    let descriptor: Descriptor
    let content: VerifiedContent
}

/// What one tie holds for a digest.
enum TiedPapers: Sendable {
    case none
    case listed([Descriptor])
    /// The list under the fallback tag, not read yet.
    case index(TaggedManifest)
}

/// Gathers what a registry lists about one digest, each manifest once.
struct PaperList {
    private var found: [Paper] = []
    private var refused: [Finding] = []
    private var seen: Set<PaperName> = []
    private var listed: Set<PaperName> = []

    /// - Throws: `limit.candidates` if there are more than a decision looks at.
    func papers(of digest: Digest, _ limits: ContentLimits) throws(RegistryError) -> Papers {
        guard found.count <= limits.candidates else {
            throw .limit(
                .limitCandidates, "expected at most \(limits.candidates) papers of \(digest), found \(found.count)")
        }
        return Papers(found: found, refused: refused)
    }

    /// In the order of ``Paper/Tie-swift.enum``. One that a fallback list names is there by a later tie as well, since
    /// the list may be false.
    mutating func add(_ papers: TiedPapers, _ tie: Paper.Tie) {
        switch papers {
        case .none: break
        case .listed(let descriptors): add(descriptors, tie)
        case .index(let tagged): addFallback(tagged)
        }
    }

    private mutating func add(_ descriptors: [Descriptor], _ tie: Paper.Tie) {
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
    private mutating func addFallback(_ tagged: TaggedManifest) {
        do throws(ImageFormatError) {
            let document = try ImageDocument(parsing: tagged.content, declared: tagged.descriptor.mediaType)
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
