import Content
import Findings
import OCI
import StrictEncoding

/// An index that is being changed. What is not understood in it stays as it is: members of the index, members and
/// annotations of its entries.
struct EditedIndex {
    private var members: [ExactString: JSONTree]
    private var entries: [JSONTree]
    private(set) var isChanged = false

    /// - Throws: what is wrong with the index; nothing is added to a list that no reader would take.
    init(_ bytes: [UInt8], called name: String) throws(ContentSourceError) {
        _ = try LayoutIndex(bytes, called: name, candidates: .max)
        guard let document = try? JSONDocument(parsing: bytes), case .object(let members)? = JSONTree(document.root)
        else {
            throw ContentSourceError(.imageUnwritable, "expected \(name) to be an index that can be written anew")
        }
        self.members = members
        entries = if case .array(let entries)? = members["manifests"] { entries } else { [] }
    }

    /// - Throws: `image.unwritable` if there are more bytes than readers take.
    func bytes(limit: Int) throws(ContentSourceError) -> [UInt8] {
        var members = members
        members["manifests"] = .array(entries)
        let bytes = JSONTree.object(members).prettyBytes()
        guard bytes.count <= limit else {
            throw ContentSourceError(
                .imageUnwritable, "expected a list of at most \(limit) bytes, found \(bytes.count) with the new entry")
        }
        return bytes
    }

    func lists(_ digest: Digest) -> Bool { entries.contains { $0.isEntry(of: digest) } }

    /// What holds the tag.
    func descriptor(tagged tag: String) -> Descriptor? {
        guard let entry = entries.first(where: { $0.hasTag(tag) }), let mediaType = entry["mediaType"]?.text,
            let digest = entry["digest"]?.text.flatMap({ try? Digest($0) }), case .integer(let size)? = entry["size"]
        else { return nil }
        return Descriptor(mediaType: MediaType(mediaType), digest: digest, size: Int(size))
    }

    /// Lists a descriptor, under a tag if one is given; what is listed like that already stays as it is.
    mutating func add(_ descriptor: Descriptor, tag: String?) {
        guard let tag else {
            if !lists(descriptor.digest) { append(descriptor) }
            return
        }
        var isTagged = false
        var remaining: [JSONTree] = []
        for entry in entries {
            guard entry.hasTag(tag) else {
                remaining.append(entry)
                continue
            }
            if entry.isEntry(of: descriptor.digest), !isTagged {
                isTagged = true
                remaining.append(entry)
                continue
            }
            isChanged = true
            if !PaperTag.matches(tag) { remaining.append(entry.tagged(nil)) }
        }
        entries = remaining
        guard !isTagged else { return }
        if let index = entries.firstIndex(where: { $0.isEntry(of: descriptor.digest) && $0.tag == nil }) {
            entries[index] = entries[index].tagged(tag)
            isChanged = true
        } else {
            append(descriptor, tag: tag)
        }
    }

    private mutating func append(_ descriptor: Descriptor, tag: String? = nil) {
        entries.append(tag.map { descriptor.tree.tagged($0) } ?? descriptor.tree)
        isChanged = true
    }
}

extension JSONTree {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }

    fileprivate var tag: String? { self["annotations"]?[LayoutIndex.nameKey]?.text }

    fileprivate func hasTag(_ tag: String) -> Bool { self.tag.map { $0.utf8.elementsEqual(tag.utf8) } ?? false }

    fileprivate func isEntry(of digest: Digest) -> Bool {
        self["digest"]?.text.map { $0.utf8.elementsEqual(digest.description.utf8) } ?? false
    }

    /// The entry with this tag, or with none.
    fileprivate func tagged(_ tag: String?) -> JSONTree {
        guard case .object(var members) = self else { return self }
        var annotations: [ExactString: JSONTree] =
            if case .object(let annotations)? = members["annotations"] { annotations } else { [:] }
        annotations[ExactString(LayoutIndex.nameKey)] = tag.map(JSONTree.string)
        members["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        return .object(members)
    }
}
