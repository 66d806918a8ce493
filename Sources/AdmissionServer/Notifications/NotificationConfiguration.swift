public import AdmissionService
public import Content
import Findings
public import HTTPTransport
import StrictEncoding

/// Everything about notifications, checked when made.
public struct NotificationConfiguration: Sendable {
    public let registries: [NotificationRegistry]
    /// Who is told when a verdict turns to a reject, or away from one.
    public let receivers: [NotificationReceiver]
    public let limits: NotificationLimits
    public let work: NotificationWork

    /// - Throws: `NotificationConfigurationError` for two of one name, and bounds that can't work.
    public init(
        registries: [NotificationRegistry], receivers: [NotificationReceiver] = [],
        limits: NotificationLimits = NotificationLimits(), work: NotificationWork = NotificationWork()
    ) throws(NotificationConfigurationError) {
        for names in [registries.map(\.name), receivers.map(\.name)] {
            var seen: Set<ExactString> = []
            for name in names where !seen.insert(ExactString(name)).inserted { throw .duplicateName(name) }
        }
        guard limits.bodyBytes > 0, limits.events > 0, limits.bodyDepth > 0 else {
            throw .bound("expected positive bounds of a body, found one that is not")
        }
        try work.check()
        self.registries = registries
        self.receivers = receivers
        self.limits = limits
        self.work = work
    }

    /// Each thing that is open because somebody asked for it, as one line: for the start, and for readiness.
    public var whatIsInsecure: [InsecureUse] {
        registries.filter(\.isInsecure).map {
            InsecureUse(.anyNotifier, "anyone may tell of pushes as the registry \($0.name)")
        }
    }

    func registry(_ name: String) -> NotificationRegistry? {
        registries.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    func receiver(_ name: String) -> NotificationReceiver? {
        receivers.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

/// How queued work is done.
public struct NotificationWork: Sendable, Hashable {
    /// Seconds that an event waits for others of the same image, so that a push and the signature that follows at once are
    /// one decision.
    public var window: Int64 = 2
    /// Seconds that a decision waits which evidence opens again, for more evidence.
    public var evidenceWindow: Int64 = 5
    /// Most jobs that wait; beyond, notifications are answered 429, so that the registry keeps them.
    public var queueDepth = 10_000
    /// Jobs done at one time.
    public var concurrency = 4
    /// Seconds that a claimed job belongs to its worker.
    public var lease = 120
    /// The longest that one decision may take. Well below the lease, or two workers do the same.
    public var decision = Duration.seconds(30)
    /// How often a decision is tried that is undecided because something could not be had.
    public var attempts = 8
    /// How often something is looked for that the registry says it has not.
    public var absentAttempts = 4
    /// How often a receiver is tried: with the delays below, for about a day.
    public var deliveries = 32
    /// Seconds before the second attempt; doubled for each further one, up to an hour.
    public var firstRetry: Int64 = 5
    public var longestRetry: Int64 = 3600
    /// How often the queue is looked at when nothing says that there is work.
    public var poll = Duration.seconds(1)
    /// Seconds for which a delivered event is remembered, so that a decision that is repeated because its worker died is
    /// not told again.
    public var remembersDelivered: Int64 = 900
    /// Event ids that are remembered, and for how many seconds: registries repeat what was not answered in time.
    public var rememberedEvents = 16_384
    public var remembersEvents: Int64 = 900
    /// Earlier questions about one image that are asked again when evidence of it arrives.
    public var reopenedQuestions = 32

    public init() {}

    func check() throws(NotificationConfigurationError) {
        let numbers = [
            queueDepth, concurrency, lease, attempts, absentAttempts, deliveries, rememberedEvents, reopenedQuestions,
        ]
        guard numbers.allSatisfy({ $0 > 0 }), window >= 0, evidenceWindow >= 0, firstRetry > 0,
            longestRetry >= firstRetry,
            remembersDelivered > 0, remembersEvents > 0, poll > .zero, decision > .zero
        else { throw .bound("expected positive bounds of the work on notifications, found one that is not") }
        guard concurrency <= 64 else { throw .bound("expected at most 64 jobs at one time, found \(concurrency)") }
        // Reading the manifest and deciding each take up to `decision`.
        guard decision * 2 <= .seconds(lease) else {
            throw .bound("expected a lease of at least twice the longest decision, found \(lease) seconds")
        }
    }

    /// When to try again after this many attempts.
    func delay(afterAttempt attempt: Int) -> Int64 {
        let doublings = min(max(0, attempt - 1), 30)
        let (delay, overflow) = firstRetry.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return overflow ? longestRetry : min(delay, longestRetry)
    }
}

/// Who is told of rejects.
public struct NotificationReceiver: Sendable {
    public let name: String
    /// Whom the operator named: any address of it is spoken to, redirects are not followed.
    public let url: WebURL
    /// Signs each body by Standard Webhooks 1.0.0, so that the receiver can tell us from anyone.
    public let secret: SharedSecret
    /// Which images it is told of: globs over `registry/repository`.
    public let images: [Glob]
    /// For one delivery.
    public let deadline: Duration

    /// - Throws: `NotificationConfigurationError`.
    public init(
        name: String, url: WebURL, secret: SharedSecret, images: [Glob], deadline: Duration = .seconds(10)
    ) throws(NotificationConfigurationError) {
        guard NotificationRegistry.isName(name) else { throw .name(name) }
        guard !images.isEmpty else { throw .noRepositories(name) }
        guard deadline > .zero, deadline <= .seconds(60) else {
            throw .bound("expected at most 60 seconds for a delivery, found \(deadline)")
        }
        self.name = name
        self.url = url
        self.secret = secret
        self.images = images
        self.deadline = deadline
    }
}

extension SharedSecret {
    /// The key in the text of a file: what follows `whsec_` in base64, as Standard Webhooks writes keys, else the bytes as
    /// they are without a line end. Nil where `whsec_` is followed by no base64.
    public static func value(ofFile bytes: [UInt8]) -> [UInt8]? {
        var rest = bytes[...]
        if rest.last == UInt8(ascii: "\n") { rest = rest.dropLast() }
        if rest.last == UInt8(ascii: "\r") { rest = rest.dropLast() }
        let mark = "whsec_".utf8
        guard rest.starts(with: mark) else { return Array(rest) }
        return try? Base64.decode(bytes: rest.dropFirst(mark.count))
    }
}
