import Content
import Findings
import OCI
import StrictEncoding

/// A value of an evidence document and where it stands.
struct EvidenceMember {
    let value: JSONValue
    /// `attestations[2].provenance.builder`; empty for the whole document.
    let path: String

    /// An object of which every member is known.
    struct Object {
        let path: String
        private let members: [ExactString: JSONValue]

        fileprivate init(path: String, members: [ExactString: JSONValue]) {
            self.path = path
            self.members = members
        }

        subscript(_ name: String) -> EvidenceMember? {
            members[ExactString(name)].map { EvidenceMember(value: $0, path: path.isEmpty ? name : path + "." + name) }
        }

        func required(_ name: String) throws(EvidenceDocumentError) -> EvidenceMember {
            guard let member = self[name] else { throw .malformed(path, "expected `\(name)`, found none") }
            return member
        }
    }

    func malformed(_ what: String) -> EvidenceDocumentError { .malformed(path, what) }

    func object(required: [String], optional: [String] = []) throws(EvidenceDocumentError) -> Object {
        guard let object = value.object else { throw malformed("expected an object") }
        let members = object.keyed
        let known = Set((required + optional).map { ExactString($0) })
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw malformed("expected known members only, found \(Finding.quoted(unknown.value))")
        }
        for name in required where members[ExactString(name)] == nil {
            throw malformed("expected `\(name)`, found none")
        }
        return Object(path: path, members: members)
    }

    func elements() throws(EvidenceDocumentError) -> [EvidenceMember] {
        guard let array = value.array else { throw malformed("expected an array") }
        return array.enumerated().map { EvidenceMember(value: $1, path: "\(path)[\($0)]") }
    }

    func list<Item>(
        _ item: (EvidenceMember) throws(EvidenceDocumentError) -> Item
    ) throws(EvidenceDocumentError) -> [Item] {
        var items: [Item] = []
        for element in try elements() { items.append(try item(element)) }
        return items
    }

    func string() throws(EvidenceDocumentError) -> String {
        guard let string = value.string else { throw malformed("expected a string") }
        return string
    }

    func exact() throws(EvidenceDocumentError) -> ExactString { ExactString(try string()) }

    func bool() throws(EvidenceDocumentError) -> Bool {
        guard let bool = value.bool else { throw malformed("expected true or false") }
        return bool
    }

    func digest() throws(EvidenceDocumentError) -> Digest {
        let text = try string()
        do throws(DigestError) { return try Digest(text) } catch { throw malformed(error.message) }
    }

    /// Of a plain file, which may be of any supported algorithm.
    func fileDigest() throws(EvidenceDocumentError) -> Digest {
        let text = try string()
        do throws(DigestError) { return try Digest(ofFile: text) } catch { throw malformed(error.message) }
    }

    func instant() throws(EvidenceDocumentError) -> Instant {
        guard let instant = Instant(rfc3339: try string()) else { throw malformed("expected a time of RFC 3339") }
        return instant
    }

    /// `os/architecture[/variant]`
    func platform() throws(EvidenceDocumentError) -> Platform {
        let parts = try string().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts.contains("") else {
            throw malformed("expected a platform like `linux/amd64`")
        }
        return Platform(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }
}
