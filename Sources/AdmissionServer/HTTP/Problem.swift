import StrictEncoding

/// An answer that says why there is no other (RFC 9457), with a code that programs can act on.
///
/// The text is ours: nothing that the caller sent, and nothing of who else may call, stands in it.
struct Problem: Sendable, Hashable {
    let status: Int
    /// Stable; the last part of `type`.
    let code: String
    let title: String
    /// Headers that the status asks for.
    var headers: [Header] = []
    /// More about this one, where it is not about who may call.
    var detail: String?

    struct Header: Sendable, Hashable {
        let name, value: String
    }

    static let mediaType = "application/problem+json"

    init(_ status: Int, _ code: String, _ title: String) {
        self.status = status
        self.code = code
        self.title = title
    }

    /// The same with one line more.
    func because(_ detail: String) -> Problem {
        var problem = self
        problem.detail = detail
        return problem
    }

    func body() -> [UInt8] {
        JSONTree(members: [
            "type": .string("tag:landwaiter.dev,2026:problem/\(code)"), "title": .string(title),
            "status": .integer(Int64(status)), "code": .string(code), "detail": detail.map(JSONTree.string),
        ]).canonicalBytes()
    }

    func response() -> SurfaceResponse {
        SurfaceResponse(
            status: status, contentType: Self.mediaType, headers: headers.map { ($0.name, $0.value) }, body: body())
    }
}

extension Problem {
    static let malformedMessage = Problem(400, "malformed-message", "the message is not HTTP/1.1 as RFC 9112 has it")
    static let malformedTarget = Problem(400, "malformed-target", "path or query can't be read in one way only")
    static let malformedBody = Problem(400, "malformed-body", "the body is not as the route has it")
    static let malformedParameter = Problem(400, "malformed-parameter", "a parameter is not as the route has it")
    static let unknownParameter = Problem(400, "unknown-parameter", "the route has no parameter of this name")
    static let notKnown = Problem(401, "caller-not-known", "nothing shows who calls")
    static let notAllowed = Problem(403, "caller-not-allowed", "the caller may not call this")
    static let notFound = Problem(404, "not-found", "nothing is here")
    static let requestTooSlow = Problem(408, "request-too-slow", "the request did not arrive in time")
    static let bodyTooLarge = Problem(413, "body-too-large", "the body is longer than the route takes")
    static let targetTooLong = Problem(414, "target-too-long", "path and query are longer than the server takes")
    static let unsupportedMediaType = Problem(415, "unsupported-media-type", "the route takes application/json")
    static let headersTooLarge = Problem(431, "headers-too-large", "the headers are longer than the server takes")
    static let storeUnavailable = Problem(503, "store-unavailable", "the history can't be read now")
    static let noAnswerInTime = Problem(503, "no-answer-in-time", "there is no answer in time")
    static let tooManyConnections = Problem(503, "too-many-connections", "the server has too many connections")

    /// RFC 9110 section 15.5.6 wants the methods that there are.
    static func methodNotAllowed(_ allowed: [String]) -> Problem {
        var problem = Problem(405, "method-not-allowed", "the path has no such method")
        problem.headers = [Header(name: "allow", value: allowed.sorted().joined(separator: ", "))]
        return problem
    }
}
