import HTTPTypes
import HummingbirdCore
import NIOCore
import StrictEncoding

/// Answers the requests of one listener: finds the route, asks who calls, reads the body, asks the surface, writes.
///
/// In that order: nothing is read for somebody who may not call, and no surface sees what does not fit its route.
final class RequestHandler: Sendable {
    private let routes: RouteTable
    private let gates: [SurfaceName: CallerGate]
    private let limits: HTTPLimits
    private let notices: Notices
    private let counts: RequestCounts
    private let now: @Sendable () -> Instant
    private let state: ServerState

    init(
        routes: RouteTable, gates: [SurfaceName: CallerGate], limits: HTTPLimits, notices: Notices,
        counts: RequestCounts, state: ServerState, now: @escaping @Sendable () -> Instant
    ) {
        self.routes = routes
        self.gates = gates
        self.limits = limits
        self.notices = notices
        self.counts = counts
        self.state = state
        self.now = now
    }

    func respond(
        to request: Request, with writer: consuming ResponseWriter, over connection: PeerConnection,
        on channel: any Channel
    ) async throws {
        let began = ContinuousClock.now
        let number = connection.requestBegan()
        state.requestBegan()
        defer { state.requestEnded() }
        var surface: SurfaceName?
        let response: SurfaceResponse
        var mayGoOn = true
        do throws(RefusedRequest) {
            if connection.mayHaveResumed { await recognise(connection, on: channel) }
            let accepted = try accept(request, over: connection)
            surface = accepted.match.surface.name
            if Self.waitsForContinue(request.headers) {
                try? await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            let body = try await Self.body(
                of: request, limit: accepted.match.route.bodyByteLimit, isWhole: { connection.isWhole(number) })
            response = await accepted.match.surface.answer(
                surfaceRequest(accepted, request, body, waited: began.duration(to: .now)))
        } catch {
            if let known = error.surface { surface = known }
            counts.refused(error.problem, on: surface)
            response = error.problem.response()
            // What was not read is read and thrown away up to a bound, and then the connection ends.
            mayGoOn = error.isWholeRequestRead
        }
        counts.answered(response.status, on: surface)
        try await write(response, with: writer, isLast: !mayGoOn || state.isDraining)
    }

    // MARK: Letting in

    private struct Accepted {
        let match: RouteTable.Match
        let target: RequestTarget
        let caller: Caller?
        let receivedAt: Instant
    }

    private func accept(
        _ request: Request, over connection: PeerConnection
    ) throws(RefusedRequest) -> Accepted {
        let hasBody = Self.announcesBody(request.headers)
        let stated = request.head.path ?? ""
        guard stated.utf8.count <= limits.targetByteCount else { throw RefusedRequest(.targetTooLong, hasBody) }
        guard let target = RequestTarget(stated) else { throw RefusedRequest(.malformedTarget, hasBody) }
        let match: RouteTable.Match
        switch routes.lookUp(method: request.method.rawValue, target) {
        case .found(let found): match = found
        case .otherMethod(let methods): throw RefusedRequest(.methodNotAllowed(methods), hasBody)
        case .nothing: throw RefusedRequest(.notFound, hasBody)
        }
        let surface = match.surface.name
        let receivedAt = now()
        let caller = try caller(of: surface, request.headers, connection, at: receivedAt, hasBody)
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > match.route.bodyByteLimit {
            notices.bound(.bodyBytes, from: connection.address)
            throw RefusedRequest(.bodyTooLarge, hasBody, surface: surface)
        }
        return Accepted(match: match, target: target, caller: caller, receivedAt: receivedAt)
    }

    private func caller(
        of surface: SurfaceName, _ fields: HTTPFields, _ connection: PeerConnection, at instant: Instant,
        _ hasBody: Bool
    ) throws(RefusedRequest) -> Caller? {
        // A surface without a gate is one that needs none: ``AdmissionServer`` starts no other.
        guard let gate = gates[surface] else { return nil }
        do throws(CallerRefusal) {
            return try gate.caller(fields, over: connection, at: instant)
        } catch {
            notices.callerRefused(surface: surface, address: connection.address, because: error.message)
            var problem = error.problem
            if problem.status == 401, let challenge = gate.challenge {
                problem.headers = [Problem.Header(name: "www-authenticate", value: challenge)]
            }
            throw RefusedRequest(problem, hasBody, surface: surface)
        }
    }

    /// Whoever is not recognised is a caller without a certificate, who may have a token.
    private func recognise(_ connection: PeerConnection, on channel: any Channel) async {
        do throws(PeerRefusal) {
            try await connection.recogniseSession(over: channel, at: now())
        } catch {
            notices.callerRefused(surface: nil, address: connection.address, because: error.message)
        }
    }

    // MARK: Reading

    private static func body(
        of request: Request, limit: Int, isWhole: () -> Bool
    ) async throws(RefusedRequest) -> [UInt8] {
        guard announcesBody(request.headers) else { return [] }
        var body: [UInt8] = []
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            body.reserveCapacity(min(max(length, 0), limit))
        }
        var isTooLarge = false
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limit else {
                    isTooLarge = true
                    break
                }
                body.append(contentsOf: part.readableBytesView)
            }
        } catch {
            throw RefusedRequest(.malformedMessage, true)
        }
        if isTooLarge { throw RefusedRequest(.bodyTooLarge, true) }
        guard isWhole() else { throw RefusedRequest(.malformedMessage, true) }
        return body
    }

    private static func announcesBody(_ fields: HTTPFields) -> Bool {
        fields[.contentLength].map { $0 != "0" } ?? (fields[.transferEncoding] != nil)
    }

    /// RFC 9110 section 10.1.1. Who may not call is told so instead, and sends no body.
    private static func waitsForContinue(_ fields: HTTPFields) -> Bool {
        guard let expect = fields[.expect] else { return false }
        return expect.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }.elementsEqual("100-continue".utf8)
    }

    private func surfaceRequest(
        _ accepted: Accepted, _ request: Request, _ body: [UInt8], waited: Duration
    ) -> SurfaceRequest {
        var headers: [String: String] = [:]
        // A token that the server verified is nothing for a surface; one that finds its callers itself needs it.
        let hidesToken = accepted.match.surface.proof == .listener && gates[accepted.match.surface.name] != nil
        for field in request.headers where field.name != .authorization || !hidesToken {
            let name = field.name.canonicalName
            if headers[name] == nil { headers[name] = field.value }
        }
        var query = accepted.target.query
        let stated = query.removeValue(forKey: "timeout").flatMap(StatedTimeout.duration)
        return SurfaceRequest(
            method: request.method.rawValue, path: accepted.target.path, parameters: accepted.match.parameters,
            query: query, headers: headers, body: body, caller: accepted.caller, receivedAt: accepted.receivedAt,
            timeout: limits.timeForAnswer(stated: stated, waited: waited))
    }

    // MARK: Writing

    private func write(
        _ response: SurfaceResponse, with writer: consuming ResponseWriter, isLast: Bool
    ) async throws {
        var head = HTTPResponse(status: .init(code: response.status))
        head.headerFields.reserveCapacity(6)
        head.headerFields[.contentType] = response.contentType
        head.headerFields[.contentLength] = String(response.body.count)
        head.headerFields[.date] = HTTPDate.text(of: now())
        // Verdicts and history are no shared cache's.
        head.headerFields[.cacheControl] = "no-store"
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { head.headerFields[name] = value }
        }
        if isLast { head.headerFields[.connection] = "close" }
        let body = response.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        try await writer.write(response: head, body: body)
    }
}

/// Why a request came to no surface, or not with its whole body.
private struct RefusedRequest: Error {
    let problem: Problem
    let surface: SurfaceName?
    let isWholeRequestRead: Bool

    init(_ problem: Problem, _ hasUnreadBody: Bool, surface: SurfaceName? = nil) {
        self.problem = problem
        self.surface = surface
        isWholeRequestRead = !hasUnreadBody
    }
}

extension HTTPLimits {
    /// What is left for an answer: of what the caller waits, less the margin and what already went by. A caller that waits
    /// for less than twice the margin gets half of it kept back.
    func timeForAnswer(stated: Duration?, waited: Duration) -> Duration {
        let whole = min(stated ?? usualAnswer, longestAnswer)
        let margin = min(answerMargin, whole / 2)
        return max(whole - margin - waited, .milliseconds(1))
    }
}
