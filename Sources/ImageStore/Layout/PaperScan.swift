import Content
import Findings
import OCI

/// What the manifests that a layout lists say of what they are about.
///
/// Every listed manifest is read once, because only the manifest itself names its `subject`. One that can't be read is
/// junk that others may have put there: it is kept as a finding and otherwise passed over. Budgets are no junk: when
/// one is used up the scan ends.
struct PaperScan: Sendable {
    private var papersBySubject: [Digest: [Descriptor]] = [:]
    private var withSubject: Set<Digest> = []
    /// Why listed manifests were passed over.
    private var refused: [Finding] = []

    init(
        _ index: LayoutIndex, fetch: (Descriptor) throws(ContentSourceError) -> VerifiedContent
    ) throws(ContentSourceError) {
        // Once by its name: an entry that states a wrong size or type must not hide a right one of the same digest.
        var seen: Set<PaperName> = []
        for entry in index.entries where entry.isManifest && seen.insert(PaperName(entry.descriptor)).inserted {
            let descriptor = entry.descriptor
            do throws(ContentSourceError) {
                let document = try Self.parse(descriptor, try fetch(descriptor))
                guard let subject = document.subject else { continue }
                withSubject.insert(descriptor.digest)
                papersBySubject[subject.digest, default: []].append(descriptor)
            } catch {
                refused.append(try Self.finding(of: error, about: descriptor))
            }
        }
    }

    /// Whether the manifest of this digest was read and is about another.
    func isPaper(_ digest: Digest) -> Bool { withSubject.contains(digest) }

    /// Everything that is tied to a digest. A manifest that is tied in several ways counts once, by the first of
    /// ``Paper/Tie-swift.enum``'s order. Being listed under the fallback tag hides no later tie: a false list could
    /// otherwise have cosign's manifests, which have no subject, refused as referrers.
    func papers(
        of digest: Digest, index: LayoutIndex, limits: ContentLimits,
        fetch: (Descriptor) throws(ContentSourceError) -> VerifiedContent
    ) throws(ContentSourceError) -> Papers {
        var papers: [Paper] = []
        var refused = refused
        for tie in Paper.Tie.allCases {
            let descriptors: [Descriptor]
            switch tie {
            case .referrer: descriptors = papersBySubject[digest] ?? []
            case .fallbackTag:
                var listed: [Descriptor] = []
                for entry in Self.entries(tagged: digest.referrersTag, in: index) {
                    do throws(ContentSourceError) {
                        listed += try Self.referrers(entry.descriptor, try fetch(entry.descriptor))
                    } catch {
                        let finding = try Self.finding(of: error, about: entry.descriptor)
                        if !refused.contains(finding) { refused.append(finding) }
                    }
                }
                descriptors = listed
            case .signatureTag: descriptors = Self.tagged(digest.cosignTag("sig"), in: index)
            case .attestationTag: descriptors = Self.tagged(digest.cosignTag("att"), in: index)
            case .sbomTag: descriptors = Self.tagged(digest.cosignTag("sbom"), in: index)
            case .cosignSave: descriptors = Self.savedWith(digest, in: index)
            }
            papers += descriptors.map { Paper(tie: tie, descriptor: $0) }
        }
        var seen: Set<PaperName> = []
        var listed: Set<PaperName> = []
        papers = papers.filter { paper in
            let name = PaperName(paper.descriptor)
            return paper.tie == .fallbackTag
                ? !seen.contains(name) && listed.insert(name).inserted : seen.insert(name).inserted
        }
        guard papers.count <= limits.candidates else {
            throw ContentSourceError(
                .limitCandidates, "expected at most \(limits.candidates) papers of \(digest), found \(papers.count)")
        }
        return Papers(found: papers, refused: refused)
    }
}

extension PaperScan {
    private static func entries(tagged tag: String, in index: LayoutIndex) -> [LayoutIndex.Entry] {
        index.entries.filter { $0.tag.map { $0.utf8.elementsEqual(tag.utf8) } ?? false }
    }

    private static func tagged(_ tag: String, in index: LayoutIndex) -> [Descriptor] {
        entries(tagged: tag, in: index).map(\.descriptor)
    }

    /// `cosign save` writes one image and beside it what is signed of it; which image is said by the kinds alone.
    private static func savedWith(_ digest: Digest, in index: LayoutIndex) -> [Descriptor] {
        let isSaved = index.entries.contains { entry in
            (entry.cosignKind == .image || entry.cosignKind == .imageIndex) && entry.descriptor.digest == digest
        }
        guard isSaved else { return [] }
        return index.entries.filter { $0.cosignKind == .signatures || $0.cosignKind == .attestations }
            .map(\.descriptor)
    }

    private static func parse(
        _ descriptor: Descriptor, _ content: VerifiedContent
    ) throws(ContentSourceError) -> ImageDocument {
        do throws(ImageFormatError) {
            return try ImageDocument(parsing: content, declared: descriptor.mediaType)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }

    private static func referrers(
        _ descriptor: Descriptor, _ content: VerifiedContent
    ) throws(ContentSourceError) -> [Descriptor] {
        guard case .index(let index) = try parse(descriptor, content) else {
            throw ContentSourceError(
                .imageUnknownMediaType, "expected the list of referrers to be an index, found a manifest")
        }
        return index.manifests
    }

    /// A finding for junk; what ends the decision is thrown on.
    private static func finding(
        of error: ContentSourceError, about descriptor: Descriptor
    ) throws(ContentSourceError) -> Finding {
        guard error.code != .limitImageBytes, error.code != .limitCandidates else { throw error }
        return Finding(error.code, error.message, evidence: descriptor.digest.description)
    }
}
