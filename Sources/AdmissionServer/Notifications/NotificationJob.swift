import Content
import OCI
import StrictEncoding
import VerdictStorage

/// The three kinds of work that notifications lead to. Each leads to the next, and each is durable before the one that led
/// to it ends: a process that dies between two steps repeats a step, and loses none.
///
///     event  --  a manifest was pushed: is it an image, or evidence of one?
///       └─ decide  --  one image, one namespace: one decision, recorded
///            └─ tell  --  one receiver, one change of a verdict
enum NotificationJob: Sendable, Equatable {
    case event(EventJob)
    case decide(DecideJob)
    case tell(TellJob)

    static let eventKind = "notification.event"
    static let decideKind = "notification.decide"
    static let tellKind = "notification.tell"
    static let kinds: Set<String> = [eventKind, decideKind, tellKind]

    /// What waits once: an event of the same registry, repository, tag and digest that comes while one waits is the same
    /// work, and so is the same question.
    var key: String {
        switch self {
        case .event(let event): event.name
        case .decide(let decide): decide.name + " " + (decide.namespace ?? "*")
        case .tell(let tell): tell.receiver + " " + tell.id
        }
    }

    func queued(notBefore: Instant) -> NewJob {
        switch self {
        case .event(let event):
            NewJob(kind: Self.eventKind, key: key, payload: event.json.canonicalBytes(), notBefore: notBefore)
        case .decide(let decide):
            NewJob(kind: Self.decideKind, key: key, payload: decide.json.canonicalBytes(), notBefore: notBefore)
        case .tell(let tell):
            NewJob(kind: Self.tellKind, key: key, payload: tell.json.canonicalBytes(), notBefore: notBefore)
        }
    }

    /// Reads what ``queued(notBefore:)`` wrote; nil for anything else, such as the work of a newer version.
    init?(_ job: Job) {
        guard let root = try? JSONDocument(parsing: job.payload, limits: JSONLimits(bytes: 1 << 20, depth: 32)).root
        else { return nil }
        switch job.kind {
        case Self.eventKind:
            guard let event = EventJob(root) else { return nil }
            self = .event(event)
        case Self.decideKind:
            guard let decide = DecideJob(root) else { return nil }
            self = .decide(decide)
        case Self.tellKind:
            guard let tell = TellJob(root) else { return nil }
            self = .tell(tell)
        default: return nil
        }
    }
}

/// A push that a registry told of.
struct EventJob: Sendable, Equatable {
    /// The registry's name in the configuration, never a host: where it is, the configuration says when the job is done.
    var registry: String
    var repository: String
    var tag: String?
    var digest: Digest?

    /// `central finance/ledger:1.0@sha256:…`
    var name: String {
        registry + " " + repository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
    }

    var json: JSONTree {
        JSONTree(members: [
            "registry": .string(registry), "repository": .string(repository), "tag": tag.map(JSONTree.string),
            "digest": digest.map { .string($0.description) },
        ])
    }

    init(registry: String, repository: String, tag: String?, digest: Digest?) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    init?(_ root: JSONValue) {
        guard let registry = root["registry"]?.string, let repository = root["repository"]?.string else { return nil }
        self.registry = registry
        self.repository = repository
        tag = root["tag"]?.string
        if let text = root["digest"] {
            guard let digest = text.string.flatMap({ try? Digest($0) }) else { return nil }
            self.digest = digest
        }
    }
}

/// One question, and why it is asked.
struct DecideJob: Sendable, Equatable {
    enum Cause: String, Sendable {
        /// The image was pushed.
        case push
        /// Evidence of it was.
        case evidence
    }
    var registry: String
    var repository: String
    var tag: String?
    /// Nil where the tag decides which image is meant.
    var digest: Digest?
    var namespace: String?
    var cause: Cause

    var name: String {
        registry + " " + repository + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
    }

    var json: JSONTree {
        JSONTree(members: [
            "registry": .string(registry), "repository": .string(repository), "tag": tag.map(JSONTree.string),
            "digest": digest.map { .string($0.description) }, "namespace": namespace.map(JSONTree.string),
            "cause": .string(cause.rawValue),
        ])
    }

    init(
        registry: String, repository: String, tag: String?, digest: Digest?, namespace: String?, cause: Cause
    ) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
        self.namespace = namespace
        self.cause = cause
    }

    init?(_ root: JSONValue) {
        guard let event = EventJob(root), let cause = root["cause"]?.string.flatMap(Cause.init(rawValue:)) else {
            return nil
        }
        self.init(
            registry: event.registry, repository: event.repository, tag: event.tag, digest: event.digest,
            namespace: root["namespace"]?.string, cause: cause)
    }
}

/// Something to be told to one receiver.
struct TellJob: Sendable, Equatable {
    /// The receiver's name in the configuration; its address and secret stay there.
    var receiver: String
    /// The event's name, the same at each attempt: by it a receiver knows a repetition.
    var id: String
    /// The body, made when the verdict changed.
    var body: [UInt8]

    var json: JSONTree {
        [
            "receiver": .string(receiver), "id": .string(id), "body": .string(String(decoding: body, as: UTF8.self)),
        ]
    }

    init(receiver: String, id: String, body: [UInt8]) {
        self.receiver = receiver
        self.id = id
        self.body = body
    }

    init?(_ root: JSONValue) {
        guard let receiver = root["receiver"]?.string, let id = root["id"]?.string, let body = root["body"]?.utf8
        else { return nil }
        self.init(receiver: receiver, id: id, body: body)
    }
}
