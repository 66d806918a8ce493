import Findings
public import StrictEncoding

/// What one entry of a body says was pushed, before anything of it was checked.
///
/// Texts of whoever wrote the body. ``NotificationRegistry/checked(_:)`` is the only way from here to a
/// ``RegistryEvent``; the host is not among the members because no body is ever asked for it.
public struct UnverifiedPush: Sendable, Hashable {
    /// The repository's path, as `finance/ledger`.
    public var repository: ExactString
    /// Nil where the entry names none.
    public var tag: ExactString?
    /// Nil where the entry names none. A hint: what was pushed is read again.
    public var digest: ExactString?
    /// The sender's name for the event, by which a repetition is known; nil where the format has none.
    public var id: ExactString?

    public init(
        repository: ExactString, tag: ExactString? = nil, digest: ExactString? = nil, id: ExactString? = nil
    ) {
        self.repository = repository
        self.tag = tag
        self.digest = digest
        self.id = id
    }
}

/// What became of one entry of a body.
public enum EventReading: Sendable, Hashable {
    case push(UnverifiedPush)
    case ignored(IgnoredEvent)
    case refused(RefusedEvent)
}

/// Why an entry asks nothing of us. Closed, so that it can be a metric's label.
public enum IgnoredEvent: String, Sendable, Hashable, CaseIterable {
    /// A pull, a mount, a deletion, or an action that nobody knows here.
    case otherAction = "other-action"
    /// The push of a layer or another blob.
    case notAManifest = "not-a-manifest"
    /// Names neither a tag nor a digest.
    case namesNothing = "names-nothing"
    /// Was queued already: the sender repeats itself.
    case repeated = "repeated"
}

/// Why an entry was refused. The rest of its body is still read: one strange repository must not hold up the queue of a
/// whole registry, which sends a body again until it is taken.
public enum RefusedEvent: String, Sendable, Hashable, CaseIterable {
    /// Not of the shape that the format has.
    case shape
    /// No repository of distribution-spec's grammar.
    case repository
    /// No tag of distribution-spec's grammar.
    case tag
    /// No digest that is known here.
    case digest
    /// A repository that the configuration of this registry does not name.
    case foreignRepository = "foreign-repository"
}

/// Why a whole body was refused: nothing of it was queued.
public enum NotificationBodyError: Error, Equatable, Sendable {
    /// No JSON that has one reading.
    case json(JSONError)
    /// Where, what was expected, and what was found instead.
    case shape(at: String, expected: String, found: String)
    /// More entries than the bound.
    case tooManyEvents(Int, limit: Int)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .json(let error): error.message
        case .shape(let place, let expected, let found):
            "expected \(expected) at \(Finding.quoted(place)), found \(found)"
        case .tooManyEvents(let count, let limit): "expected at most \(limit) events in a body, found \(count)"
        }
    }
}

/// How the bodies of one registry are read.
public enum NotificationFormat: Sendable, Hashable {
    /// CNCF Distribution's envelope, of both versions of its media type.
    case distribution
    /// Harbor's webhook: its own payload, or CloudEvents 1.0 in structured mode.
    case harbor
    /// Anything else, by where its members lie.
    case mapped(NotificationMapping)

    /// The entries of a body, in their order.
    ///
    /// - Throws: `NotificationBodyError` where the whole body is none of this format.
    public func events(in body: [UInt8], limits: NotificationLimits) throws(NotificationBodyError) -> [EventReading] {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(
                parsing: body, limits: JSONLimits(bytes: limits.bodyBytes, depth: limits.bodyDepth))
        } catch { throw .json(error) }
        switch self {
        case .distribution: return try DistributionEnvelope.events(in: document.root, limits: limits)
        case .harbor: return try HarborEvent.events(in: document.root, limits: limits)
        case .mapped(let mapping): return try mapping.events(in: document.root, limits: limits)
        }
    }

    /// Whether a body of this `Content-Type` is read. A sender that states none is taken at its format.
    func accepts(contentType: String?) -> Bool {
        guard let contentType else { return true }
        // Parameters such as a charset change nothing: JSON is UTF-8 (RFC 8259 section 8.1).
        let essence = contentType.prefix { $0 != ";" }.lowercased().utf8.filter { $0 != 0x20 && $0 != 0x09 }
        func isOne(of types: [String]) -> Bool { types.contains { $0.utf8.elementsEqual(essence) } }
        switch self {
        case .distribution: return isOne(of: DistributionEnvelope.mediaTypes + ["application/json"])
        case .harbor: return isOne(of: ["application/json", "application/cloudevents+json"])
        case .mapped:
            return isOne(of: ["application/json"])
                || (essence.starts(with: "application/".utf8) && essence.suffix(5).elementsEqual("+json".utf8))
        }
    }
}

/// Bounds on one body.
public struct NotificationLimits: Sendable, Hashable {
    /// Largest body. 1 MiB: an event of Distribution is about a kilobyte, and it sends few at a time.
    public var bodyBytes = 1 << 20
    /// Most entries of one body.
    public var events = 256
    /// Deepest nesting; the formats that are known nest five levels.
    public var bodyDepth = 32

    public init() {}
}

extension JSONValue {
    /// What this is, for a message that must not hold the value itself.
    var kindName: String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// A member that may be left out.
enum OptionalText {
    case absent
    case text(ExactString)
    case otherKind

    /// The member of this name; an empty text is none, which is how senders without `omitempty` write it.
    init(_ value: JSONValue?) {
        guard let value else {
            self = .absent
            return
        }
        guard let text = value.exact else {
            self = .otherKind
            return
        }
        self = text.utf8.isEmpty ? .absent : .text(text)
    }
}
