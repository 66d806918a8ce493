public import Content
import Findings
public import StrictEncoding

/// What a break-glass pass says: this digest may run in this namespace for these hours, although rules of policies do not
/// hold. Who says so is another question (``BreakGlassVerifier``).
public struct BreakGlassPass: Sendable, Hashable {
    /// By which people speak of it.
    public let id: String
    /// The only digest that it is for: an index's where there is one.
    public let image: Digest
    /// The only namespace.
    public let namespace: String
    /// The first instant at which it has effect.
    public let notBefore: Instant
    /// The first instant at which it has none any more.
    public let expires: Instant
    public let reason: String
    public let ticket: String?

    /// The payload type of the DSSE envelope. No attestation has it, so that neither is ever read as the other.
    public static let payloadType: ExactString = "application/vnd.landwaiter.break-glass.v1+json"
    public static let schemaVersion = 1
    /// Longest text of a member, bytes: what people say of an emergency fits in a few lines.
    public static let longestText = 1_000

    /// - Throws: ``BreakGlassError/badText(_:)`` for a text that is empty, too long or of several lines, and
    ///   ``BreakGlassError/endsBeforeItBegins``.
    public init(
        id: String, image: Digest, namespace: String, notBefore: Instant, expires: Instant, reason: String,
        ticket: String?
    ) throws(BreakGlassError) {
        for (name, text) in [("id", id), ("namespace", namespace), ("reason", reason), ("ticket", ticket ?? "-")] {
            guard Self.isText(text) else { throw .badText(name) }
        }
        guard notBefore < expires else { throw .endsBeforeItBegins }
        self.id = id
        self.image = image
        self.namespace = namespace
        self.notBefore = notBefore
        self.expires = expires
        self.reason = reason
        self.ticket = ticket
    }

    /// Reads the signed bytes. Exactly the members that a pass has: one that this reader did not know might restrict it.
    public init(parsing payload: [UInt8]) throws(BreakGlassError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: payload, limits: JSONLimits(bytes: BreakGlassLimits.bytes, depth: 4))
        } catch {
            throw .json(error)
        }
        guard let members = document.root.object?.keyed else { throw .malformed("the pass") }
        let required: [ExactString] = ["schemaVersion", "id", "image", "namespace", "notBefore", "expires", "reason"]
        if let unknown = members.keys.filter({ !required.contains($0) && $0 != "ticket" }).min() {
            throw .unknownMember(unknown.value)
        }
        guard members["schemaVersion"]?.int == Self.schemaVersion else { throw .malformed("schemaVersion") }
        func text(_ name: ExactString) throws(BreakGlassError) -> String {
            guard let text = members[name]?.string else { throw .malformed(name.value) }
            return text
        }
        func instant(_ name: ExactString) throws(BreakGlassError) -> Instant {
            guard let instant = Instant(rfc3339: try text(name)) else { throw .malformed(name.value) }
            return instant
        }
        let image: Digest
        do throws(DigestError) { image = try Digest(members["image"]?.string ?? "") } catch {
            throw .malformed("image")
        }
        try self.init(
            id: try text("id"), image: image, namespace: try text("namespace"), notBefore: try instant("notBefore"),
            expires: try instant("expires"), reason: try text("reason"),
            ticket: members["ticket"] == nil ? nil : try text("ticket"))
    }

    /// The bytes to be signed: RFC 8785.
    public var payload: [UInt8] {
        JSONTree(members: [
            "schemaVersion": .integer(Int64(Self.schemaVersion)),
            "id": .string(id),
            "image": .string(image.description),
            "namespace": .string(namespace),
            "notBefore": .string(notBefore.description),
            "expires": .string(expires.description),
            "reason": .string(reason),
            "ticket": ticket.map(JSONTree.string),
        ]).canonicalBytes()
    }

    /// One line that says something.
    private static func isText(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longestText && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }
}

/// What a pass may cost before it is refused.
public enum BreakGlassLimits {
    /// Longest envelope, bytes. A pass is some hundred bytes, a signature about as many.
    public static let bytes = 64 << 10
    /// Most signatures: no emergency has as many approvers.
    public static let signatures = 64
}

/// Why bytes are no break-glass pass.
public enum BreakGlassError: Error, Equatable, Sendable {
    case json(JSONError)
    /// The envelope, in words.
    case envelope(String)
    case otherPayloadType(ExactString)
    /// A member that is not there, or of another kind.
    case malformed(String)
    case unknownMember(String)
    /// A member that is empty, too long, or of several lines.
    case badText(String)
    case endsBeforeItBegins

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "break-glass pass: \(error.message)"
        case .envelope(let message): "break-glass pass: \(message)"
        case .otherPayloadType(let type):
            "expected a payload of type `\(BreakGlassPass.payloadType)`, found \(Finding.quoted(type.value))"
        case .malformed(let member): "expected a break-glass pass with `\(member)`, found none of the right kind"
        case .unknownMember(let member):
            "expected only known members in a break-glass pass, found \(Finding.quoted(member))"
        case .badText(let member):
            "expected `\(member)` of a break-glass pass as one line of 1 to \(BreakGlassPass.longestText) bytes"
        case .endsBeforeItBegins: "expected `expires` of a break-glass pass after `notBefore`"
        }
    }
}
