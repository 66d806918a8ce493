import Findings
import StrictEncoding

/// A value of a JSON document and its place, for messages and for people who look it up.
struct DocumentFields {
    let value: JSONValue
    /// A JSON pointer (RFC 6901).
    let place: String

    init(_ value: JSONValue, place: String) {
        self.value = value
        self.place = place
    }

    /// A member; nil if it is absent or null.
    subscript(_ key: String) -> DocumentFields? {
        guard let member = value[key], !member.isNull else { return nil }
        return DocumentFields(member, place: pointer(key))
    }

    func pointer(_ key: String) -> String {
        place + "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// The elements; empty if this is no array.
    var elements: [DocumentFields] {
        guard let array = value.array else { return [] }
        return array.enumerated().map { DocumentFields($1, place: place + "/\($0)") }
    }

    /// The elements of a member; empty if there is none.
    func list(_ key: String) -> [DocumentFields] { self[key]?.elements ?? [] }

    /// The text of a member; nil if there is none or it is empty.
    func text(_ key: String) -> ExactString? {
        guard let text = self[key]?.value.exact, !text.utf8.isEmpty else { return nil }
        return text
    }

    /// The texts of a member that is a list of texts; other elements are left out.
    func texts(_ key: String) -> [ExactString] { list(key).compactMap(\.value.exact).filter { !$0.utf8.isEmpty } }

    func instant(_ key: String) -> Instant? { text(key).flatMap { Instant(rfc3339: $0.value) } }

    /// A number, also one that is written as a text.
    func number(_ key: String) -> Double? { self[key]?.number }

    var number: Double? {
        let found = (value.numberLiteral ?? value.string).flatMap { Double($0) }
        return found?.isFinite == true ? found : nil
    }

    static func quoted(_ place: String) -> String { Finding.quoted(place.isEmpty ? "/" : place) }
}

// What scan reports must have.
extension DocumentFields {
    func required(_ key: String) throws(ScanReportError) -> DocumentFields {
        guard let found = self[key] else { throw .missing(pointer(key)) }
        return found
    }

    func requiredText(_ key: String) throws(ScanReportError) -> ExactString {
        guard let text = try required(key).value.exact, !text.utf8.isEmpty else { throw .malformed(pointer(key)) }
        return text
    }

    func requiredList(_ key: String) throws(ScanReportError) -> [DocumentFields] {
        let found = try required(key)
        guard found.value.kind == .array else { throw .malformed(found.place) }
        return found.elements
    }

    /// A list that may be absent or null, but is nothing else.
    func optionalList(_ key: String) throws(ScanReportError) -> [DocumentFields] {
        guard let found = self[key] else { return [] }
        guard found.value.kind == .array else { throw .malformed(found.place) }
        return found.elements
    }

    /// A time that may be absent; one that can't be read is an error, because freshness hangs on it.
    func checkedInstant(_ key: String) throws(ScanReportError) -> Instant? {
        guard let found = self[key] else { return nil }
        guard let instant = found.value.string.flatMap({ Instant(rfc3339: $0) }) else { throw .malformed(found.place) }
        return instant
    }
}

extension ScanFinding.Package {
    /// A package of what a scanner says; nil if it says nothing.
    init?(name: ExactString?, version: ExactString?, url text: ExactString?) {
        let url = text.flatMap { try? PackageURL($0.value, typeDefinition: .recorded) }
        guard let name = name ?? url.map({ ExactString($0.name) }) else { return nil }
        self.init(name: name, version: version ?? url?.version.map { ExactString($0) }, url: url)
    }
}

extension ExactString {
    /// The digest of `repository@sha256:…`, or the text itself if it is a digest; nil otherwise.
    var digestOfReference: ExactString? {
        let last = value.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false).last
        guard let digest = last.map({ String(Substring($0)) }), digest.utf8.contains(UInt8(ascii: ":")),
            ["sha256:", "sha384:", "sha512:"].contains(where: { digest.hasPrefix($0) })
        else { return nil }
        return ExactString(digest)
    }
}

extension Sequence<ExactString> {
    /// Each once, in this order, without the one given.
    func unique(without left: ExactString? = nil) -> [ExactString] {
        var seen: Set<ExactString> = left.map { [$0] } ?? []
        return filter { seen.insert($0).inserted }
    }
}
