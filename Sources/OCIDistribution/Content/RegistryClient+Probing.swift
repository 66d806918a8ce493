public import HTTPTransport

extension RegistryClient {
    /// What a registry said to one question, whatever its status: for those who examine registries.
    public struct Probe: Sendable {
        public let status: Int
        public let fields: HTTPFields
        /// At most 64 KiB.
        public let body: [UInt8]
        /// Where the answer came from, after redirects.
        public let url: WebURL
    }

    /// Asks for a path below `/v2/REPOSITORY/`, or for `/v2/` itself if `path` is nil, with credentials like any request.
    ///
    /// - Parameter method: GET and HEAD read; others are for registries that are examined by writing.
    public func probe(
        _ method: HTTPRequest.Method, _ path: String?, in repository: RegistryRepository, fields: HTTPFields = [:],
        body: [UInt8] = [], by deadline: OperationDeadline
    ) async throws(RegistryError) -> Probe {
        let isWriting = method != .get && method != .head
        let scopes =
            path == nil ? [] : [TokenScope(repository: repository.path, isWriting ? [.pull, .push] : [.pull])]
        let answer = try await self.answer(
            RegistryRequest(
                method: method, target: path.map { .path($0) } ?? .api, fields: fields, body: body,
                limit: RegistryRequest.shortAnswer, scopes: scopes, isIdempotent: !isWriting),
            from: repository, by: deadline)
        return Probe(
            status: answer.status, fields: answer.response.fields, body: answer.response.body, url: answer.url)
    }
}
