import Content
import Findings
import OCI

/// How one entry of a layout is chosen.
enum LayoutChoice: Sendable {
    case one(LayoutSelection)
    /// By the name under which containerd and docker keep it, as docker archives list it.
    case reference(ImageReference)

    /// Whether the entry's name is what it is found by.
    var isByName: Bool {
        switch self {
        case .one(.tag), .reference: true
        case .one(.only), .one(.digest): false
        }
    }

    /// The one entry that is meant.
    ///
    /// Entries that name the same bytes as the same type are one: listing an image under two names makes nothing
    /// ambiguous.
    ///
    /// - Parameter scan: what the entries' manifests say of being evidence; asked only if the list itself leaves more
    ///   than one.
    func entry(
        in index: LayoutIndex, scan: () throws(ContentSourceError) -> PaperScan
    ) throws(ContentSourceError) -> LayoutIndex.Entry {
        var matches: [LayoutIndex.Entry]
        switch self {
        case .one(.tag(let tag)):
            matches = index.entries.filter { $0.tag.map { $0.utf8.elementsEqual(tag.utf8) } ?? false }
        case .one(.digest(let digest)):
            matches = index.entries.filter { $0.descriptor.digest == digest }
        case .reference(let reference):
            matches = index.entries.filter { Self.isNamed($0, reference) }
        case .one(.only):
            matches = Self.distinct(index.entries.filter { $0.isManifest && !$0.isListedAsPaper })
            if matches.count > 1 {
                let scan = try scan()
                matches.removeAll { scan.isPaper($0.descriptor.digest) }
            }
            if matches.isEmpty { matches = index.entries.filter { !$0.isManifest && !$0.isListedAsPaper } }
        }
        let images = Self.distinct(matches.filter(\.isManifest))
        guard let entry = images.first else { throw noImage(of: matches, in: index) }
        guard images.count == 1 else { throw ambiguous(images) }
        return entry
    }

    private static func distinct(_ entries: [LayoutIndex.Entry]) -> [LayoutIndex.Entry] {
        var seen: Set<PaperName> = []
        return entries.filter { seen.insert(PaperName($0.descriptor)).inserted }
    }

    /// containerd's annotation holds the whole name; where it is missing the entry's own name is tried.
    private static func isNamed(_ entry: LayoutIndex.Entry, _ reference: ImageReference) -> Bool {
        guard let name = entry.descriptor.annotations["io.containerd.image.name"] ?? entry.tag,
            let listed = try? ImageReference(parsing: name)
        else { return false }
        return listed.name == reference.name && listed.effectiveTag == reference.effectiveTag
    }

    private func noImage(of matches: [LayoutIndex.Entry], in index: LayoutIndex) -> ContentSourceError {
        if let other = matches.first {
            return ContentSourceError(
                .imageUnknownMediaType,
                "expected a manifest or index, found \(Finding.quoted(other.descriptor.mediaType.description)) listed")
        }
        let wanted =
            switch self {
            case .one(.tag(let tag)): "an image tagged \(Finding.quoted(tag))"
            case .one(.digest(let digest)): "an image of digest \(digest)"
            case .one(.only): "an image"
            case .reference(let reference): "an image named \(Finding.quoted(reference.description))"
            }
        let found = index.entries.isEmpty ? "none" : Self.names(of: index.entries)
        return ContentSourceError(.imageNotFound, "expected \(wanted) in `index.json`, found \(found)")
    }

    private func ambiguous(_ entries: [LayoutIndex.Entry]) -> ContentSourceError {
        ContentSourceError(
            .imageAmbiguousSelection, "expected one image, found \(entries.count): \(Self.names(of: entries))")
    }

    /// Tags, or digests where there is none, as many as fit a message.
    private static func names(of entries: [LayoutIndex.Entry]) -> String {
        let most = 10
        let names = entries.prefix(most).map { entry in
            entry.tag.map { Finding.quoted($0, limit: 80) } ?? entry.descriptor.digest.description
        }
        return names.joined(separator: ", ") + (entries.count > most ? ", …" : "")
    }
}
