public import Content
import Findings
public import OCI
public import StrictEncoding

/// What a record says was asked: enough to ask again, given a store that has the image. It is the word of whoever wrote
/// the record, and decides nothing.
public struct RecordedRequest: Sendable, Hashable {
    /// By which the image is found again; nil where the record has none.
    public let digest: Digest?
    public let reference: ImageReference?
    public let namespace: String?
    public let at: Instant

    /// Reads a record that ``AdmissionRecord/canonicalBytes`` wrote. Other fields are passed over: the schema is additive.
    public init(parsing bytes: [UInt8]) throws(RecordedRequestError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: 64 << 20, depth: 64))
        } catch {
            throw .json(error)
        }
        let root = document.root
        guard root["schemaVersion"]?.int == AdmissionRecord.schemaVersion else { throw .version }
        guard let time = root["evaluatedAt"]?.string, let at = Instant(rfc3339: time) else {
            throw .field("evaluatedAt")
        }
        guard let request = root["request"], request.kind == .object else { throw .field("request") }
        guard let image = root["image"], image.kind == .object else { throw .field("image") }
        guard root["artifact"] == nil else { throw .artifact }
        self.at = at
        namespace = try Self.optional(request["namespace"], "request.namespace") { $0 }
        digest = try Self.optional(image["digest"], "image.digest") { try? Digest($0) }
        let text = request["reference"].map { $0["text"] }
        if case .some(.none) = text { throw .field("request.reference.text") }
        reference = try Self.optional(text ?? nil, "request.reference.text") { try? ImageReference(parsing: $0) }
    }

    /// Nil where the field isn't there; an error where it is something else.
    private static func optional<Value>(
        _ value: JSONValue?, _ field: String, _ read: (String) -> Value?
    ) throws(RecordedRequestError) -> Value? {
        guard let value else { return nil }
        guard let text = value.string, let result = read(text) else { throw .field(field) }
        return result
    }
}

/// Why a text is no record.
public enum RecordedRequestError: Error, Equatable, Sendable {
    case json(JSONError)
    /// The schema's version is another.
    case version
    /// The record is about a plain file, which no store of images has.
    case artifact
    /// The field is missing, or holds something else.
    case field(String)

    public var message: String {
        switch self {
        case .json(let error): error.message
        case .version: "expected a record with `schemaVersion` \(AdmissionRecord.schemaVersion), found another"
        case .artifact: "expected a record of an image, found one of a file"
        case .field(let name): "expected a record with the field `\(name)`, found none that is good"
        }
    }
}
