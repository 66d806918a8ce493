import HTTPTransport

/// One request of distribution-spec, before anyone knows which host answers it.
struct RegistryRequest: Sendable {
    enum Target: Sendable {
        /// Below `/v2/REPOSITORY/`, with its query.
        case path(String)
        /// What a registry named: an upload's place.
        case location(WebURL)
        /// `/v2/` itself (end-1).
        case api
    }
    var method: HTTPRequest.Method
    var target: Target
    var fields: HTTPFields = [:]
    var body: [UInt8] = []
    /// Most bytes of the answer.
    var limit: Int
    var scopes: [TokenScope]
    /// Whether sending it twice does no harm.
    var isIdempotent: Bool
    /// Takes a success's body piece by piece.
    var receive: (@Sendable ([UInt8]) async throws(HTTPTransportError) -> Void)?

    /// Most bytes of an answer that only says how something went.
    static let shortAnswer = 64 << 10

    /// A question.
    static func read(
        _ path: String, of repository: RegistryRepository, accept: String? = nil, limit: Int,
        method: HTTPRequest.Method = .get
    ) -> RegistryRequest {
        RegistryRequest(
            method: method, target: .path(path), fields: accept.map { ["Accept": $0] } ?? [:], limit: limit,
            scopes: [TokenScope(repository: repository.path, [.pull])], isIdempotent: true)
    }

    /// A change.
    static func write(
        _ method: HTTPRequest.Method, _ target: Target, in repository: RegistryRepository, fields: HTTPFields = [:],
        body: [UInt8] = [], isIdempotent: Bool = false
    ) -> RegistryRequest {
        RegistryRequest(
            method: method, target: target, fields: fields, body: body, limit: shortAnswer,
            scopes: [TokenScope(repository: repository.path, [.pull, .push])], isIdempotent: isIdempotent)
    }

    var isWriting: Bool { method != .get && method != .head }
}

/// What came back, and from where: the last of the redirects.
struct RegistryAnswer: Sendable {
    let response: HTTPResponse
    let url: WebURL

    var status: Int { response.status }

    /// Why a status that was not hoped for ends the operation.
    func failure(_ what: String, isAboutWriting: Bool = false) -> RegistryError {
        let complaint = RegistryComplaint(response, from: url.origin, isAboutWriting: isAboutWriting)
        switch status {
        case 404 where !isAboutWriting: return .absent(what)
        case 403: return .forbidden(complaint)
        case 429: return .rateLimited(complaint)
        case 500...599: return .unavailable(complaint)
        default: return .unexpectedStatus(complaint)
        }
    }
}
