import Synchronization

/// Something that whoever runs the server should read of. Callers are told none of it.
public struct ServerNotice: Sendable, Hashable {
    /// What kind of thing happened; a closed list, so that it can be a metric's label.
    public enum Kind: String, Sendable, CaseIterable {
        case listening
        /// Something is open that is spelled `insecure…` in the configuration.
        case insecure
        case callerRefused = "caller-refused"
        /// A bound on requests or connections was passed.
        case bound
        case reloaded
        /// New files could not be used; the old ones still count.
        case reloadFailed = "reload-failed"
        case draining
        case stopped
        /// A listener ended by itself.
        case failed
    }

    public let kind: Kind
    /// One line. What a caller sent stands in it only quoted and cut to length.
    public let message: String
    public let surface: SurfaceName?
    /// The caller's address, without the port.
    public let address: String?

    /// Whether somebody has to act.
    public var isAlarm: Bool { kind == .insecure || kind == .reloadFailed || kind == .failed }

    init(_ kind: Kind, _ message: String, surface: SurfaceName? = nil, address: String? = nil) {
        self.kind = kind
        self.message = message
        self.surface = surface
        self.address = address
    }
}

/// Passes notices on. Those that a caller can cause are let through so many a second: a log is not to be filled by
/// whoever knocks.
final class Notices: Sendable {
    private let emit: @Sendable (ServerNotice) -> Void
    private let window = Mutex(Window())

    private struct Window {
        var second: Int64 = 0
        var count = 0
        var heldBack = 0
    }

    init(_ emit: @escaping @Sendable (ServerNotice) -> Void) { self.emit = emit }

    func callerRefused(surface: SurfaceName?, address: String, because message: String) {
        limited(ServerNotice(.callerRefused, message, surface: surface, address: address))
    }

    func bound(_ bound: HTTPBound, from address: String) {
        limited(ServerNotice(.bound, "the bound \(bound.rawValue) was passed", address: address))
    }

    func tellOften(_ kind: ServerNotice.Kind, _ message: String) { limited(ServerNotice(kind, message)) }

    func tell(_ kind: ServerNotice.Kind, _ message: String, surface: SurfaceName? = nil) {
        emit(ServerNotice(kind, message, surface: surface))
    }

    private func limited(_ notice: ServerNotice) {
        let second = ContinuousClock.now.duration(to: Self.start).components.seconds
        let (passes, heldBack) = window.withLock { window in
            if window.second != second {
                defer { window = Window(second: second, count: 1) }
                return (true, window.heldBack)
            }
            window.count += 1
            guard window.count <= Self.mostInASecond else {
                window.heldBack += 1
                return (false, 0)
            }
            return (true, 0)
        }
        if heldBack > 0 { emit(ServerNotice(notice.kind, "\(heldBack) notices like this were held back")) }
        if passes { emit(notice) }
    }

    private static let start = ContinuousClock.now
    private static let mostInASecond = 20
}
