import NIOCore

/// The clock of one connection: which phase it is in, and when that phase is over. Lives on the connection's event loop.
///
///     headers ──► body ──► answer ──► idle ──► headers …
///
/// The first phase begins with the connection, so the TLS handshake is part of it. A client that sends a byte now and then
/// gains nothing: a phase has one deadline, whatever arrives in it.
final class ConnectionWatch {
    private let limits: HTTPLimits
    private let eventLoop: any EventLoop
    /// What is done when a phase is over.
    private var strike: (Phase) -> Void = { _ in }
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var deadline = NIODeadline.distantFuture

    private(set) var phase = Phase.headers
    /// Requests whose headers were read and that are not answered.
    private(set) var requestsUnderWay = 0
    /// Bytes of headers that are not complete.
    private(set) var headerByteCount = 0

    enum Phase: Sendable {
        case headers, body, answer, idle
        /// An answer said that it is the last, while the client still sends what nobody reads.
        case lingering
    }

    init(_ limits: HTTPLimits, eventLoop: any EventLoop) {
        self.limits = limits
        self.eventLoop = eventLoop
    }

    func start(strike: @escaping (Phase) -> Void) {
        self.strike = strike
        enter(.headers)
    }

    func stop() {
        timer?.cancel()
        timer = nil
        strike = { _ in }
    }

    /// Bytes were parsed that did not complete the headers.
    ///
    /// - Returns: whether the headers are already longer than they may be.
    func headersGrew(by count: Int) -> Bool {
        if phase == .idle { enter(.headers) }
        guard phase == .headers else { return false }
        headerByteCount += count
        return headerByteCount > limits.headersByteCount + limits.targetByteCount + Self.framingByteCount
    }

    func headArrived() {
        headerByteCount = 0
        requestsUnderWay += 1
        enter(.body)
    }

    func requestEnded() {
        guard phase != .lingering else { return }
        enter(requestsUnderWay > 0 ? .answer : .idle)
    }

    func answerEnded() {
        requestsUnderWay -= 1
        // A request whose body is still on its way keeps that deadline.
        guard phase == .answer else { return }
        enter(requestsUnderWay > 0 ? .answer : .idle)
    }

    func linger() { enter(.lingering) }

    private func enter(_ phase: Phase) {
        self.phase = phase
        deadline = .now() + duration(of: phase)
        if timerDeadline > deadline { arm() }
    }

    private func duration(of phase: Phase) -> TimeAmount {
        switch phase {
        case .headers: .seconds(Int64(limits.secondsForHeaders))
        case .body: .seconds(Int64(limits.secondsForBody))
        case .answer: TimeAmount(limits.longestAnswer)
        case .idle: .seconds(Int64(limits.secondsIdle))
        case .lingering: .seconds(2)
        }
    }

    /// One timer for each connection. It rings at least as often as the shortest phase lasts and looks whether the deadline
    /// has moved, so that requests set none.
    private func arm() {
        timer?.cancel()
        timerDeadline = min(deadline, .now() + .seconds(Int64(limits.secondsForHeaders)))
        timer = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: timerDeadline) { self.ring() }
    }

    private func ring() {
        guard NIODeadline.now() >= deadline else { return arm() }
        timerDeadline = .distantFuture
        strike(phase)
    }

    /// The request line's method and version, colons, line ends.
    private static let framingByteCount = 1 << 10
}
