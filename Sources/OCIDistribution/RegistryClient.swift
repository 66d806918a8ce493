public import HTTPTransport
import OCI
import StrictEncoding
import Synchronization

/// Speaks distribution-spec 1.1 with any number of registries, for any number of tasks.
///
/// What is asked is the caller's; how it is asked is decided here: which host answers, over which scheme, with which
/// credentials, along which redirects, how often, and never longer than the deadline. What differs between requests
/// stands in `Content/`, the rules that need no network in `Exchange/` and `Authentication/`.
public final class RegistryClient: Sendable {
    public let configuration: Configuration
    let transport: HTTPTransport
    /// Manifests and blobs under way.
    let fetches = Coalescer<FetchKey, FetchedContent>()
    private let tokens = Coalescer<TokenRequest, HTTPResponse>()
    private let credentials = Coalescer<RegistryRepository, RegistryCredential?>()

    private struct State {
        var authentications: [RegistryHost: RegistryAuthentication] = [:]
        /// Registries that have asked for credentials: before that none are sent, and none are looked up.
        var challenged: Set<RegistryHost> = []
        var credentials: [RegistryRepository: RegistryCredential?] = [:]
        var schemes: [RegistryHost: WebURL.Scheme] = [:]
        var gates: [HTTPOrigin: HostGate] = [:]
        var requests = 0
        var pushes = 0
    }
    private let state = Mutex(State())
    /// Hosts and repositories that are remembered.
    private static let mostKept = 1000

    /// - Parameter transport: may serve others too; whoever made it shuts it down.
    public init(_ configuration: Configuration, transport: HTTPTransport) {
        self.configuration = configuration
        self.transport = transport
    }

    /// Whoever asks from now on shares nothing with requests that were sent before: their answers may be older than what
    /// was pushed.
    public func somethingWasPushed() { state.withLock { $0.pushes += 1 } }

    var pushes: Int { state.withLock { $0.pushes } }

    /// Requests sent so far, to registries, token servers and wherever redirects lead.
    public var requestCount: Int { state.withLock { $0.requests } }

    /// What is known of a registry from what was asked before: over which scheme it answers, if one is settled, and how
    /// it wants to know who asks.
    func manners(of registry: RegistryHost) -> (WebURL.Scheme?, RegistryAuthentication.Scheme?) {
        (settledScheme(of: registry), state.withLock { $0.authentications[registry]?.scheme })
    }

    // MARK: Again

    /// Sends a request, and sends it again where that may help and time is left.
    ///
    /// - Returns: an answer of any status but 401.
    func answer(
        _ request: RegistryRequest, from repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> RegistryAnswer {
        var made = 0
        while true {
            made += 1
            let result = await once(request, from: repository, by: deadline)
            let pause = configuration.retries.pause(
                after: outcome(result), made: made, isIdempotent: request.isIdempotent, remaining: deadline.remaining,
                chance: configuration.chance())
            guard let pause else { return try result.get() }
            guard (try? await Task.sleep(for: pause)) != nil else { throw .transport(.cancelled) }
        }
    }

    private func outcome(_ result: Result<RegistryAnswer, RegistryError>) -> RetryPolicy.Outcome {
        switch result {
        case .success(let answer):
            let field = answer.response.fields["retry-after"]
            let pause = field.flatMap { RetryAfter.duration($0, at: configuration.now()) }
            return .status(answer.status, retryAfter: pause)
        case .failure(.transport(.unreachable)): return .unreachable
        case .failure(.transport(.interrupted)), .failure(.transport(.timedOut)): return .interrupted
        case .failure: return .final
        }
    }

    private func once(
        _ request: RegistryRequest, from repository: RegistryRepository, by deadline: OperationDeadline
    ) async -> Result<RegistryAnswer, RegistryError> {
        do throws(RegistryError) {
            return .success(try await onceThrowing(request, from: repository, by: deadline))
        } catch {
            return .failure(error)
        }
    }

    // MARK: By which scheme

    /// https, except where plain HTTP is allowed. On loopback both are usual: plain HTTP is tried first, because what a
    /// TLS server says to it is plain enough, and the first request holds no credentials.
    private func onceThrowing(
        _ request: RegistryRequest, from repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> RegistryAnswer {
        let registry = repository.registry
        if let scheme = settledScheme(of: registry) {
            return try await authenticated(request, from: repository, over: scheme, by: deadline)
        }
        let plain: Result<RegistryAnswer, RegistryError>
        do throws(RegistryError) {
            plain = .success(try await authenticated(request, from: repository, over: .http, by: deadline))
        } catch {
            plain = .failure(error)
        }
        guard Self.soundsLikeTLS(plain) else {
            if case .success = plain { settle(registry, .http) }
            return try plain.get()
        }
        do throws(RegistryError) {
            let answer = try await authenticated(request, from: repository, over: .https, by: deadline)
            settle(registry, .https)
            return answer
        } catch {
            switch error {
            // The certificate is not trusted: that is what the user has to hear.
            case .transport(.tls(_, let why)) where !Self.isWrongVersion(why): throw error
            // No TLS there either: what went wrong at first is the story.
            case .transport: return try plain.get()
            default:
                settle(registry, .https)
                throw error
            }
        }
    }

    /// The registries that are asked for a repository in plain HTTP because somebody allowed it.
    func plainPlaces(of repository: RegistryRepository) -> [RegistryHost] {
        guard !transport.configuration.insecurePlainHTTP.isEmpty else { return [] }
        return configuration.mirrors.places(of: repository).map(\.registry).filter {
            isAllowedPlain($0) && !TokenRealmRules.isLoopback($0.host)
        }
    }

    private func isAllowedPlain(_ registry: RegistryHost) -> Bool {
        let plain = transport.configuration.insecurePlainHTTP
        return plain.contains(registry.description) || plain.contains(registry.host)
    }

    private func settledScheme(of registry: RegistryHost) -> WebURL.Scheme? {
        if isAllowedPlain(registry) { return .http }
        guard TokenRealmRules.isLoopback(registry.host) else { return .https }
        return state.withLock { $0.schemes[registry] }
    }

    private func settle(_ registry: RegistryHost, _ scheme: WebURL.Scheme) {
        state.withLock { $0.schemes[registry] = scheme }
    }

    private static func soundsLikeTLS(_ result: Result<RegistryAnswer, RegistryError>) -> Bool {
        switch result {
        // Go, nginx and others say in words that they expected TLS; others send an alert or hang up.
        case .success(let answer):
            // The answer to HEAD has no words.
            answer.status == 400 && answer.response.body.count < 4096
                && (answer.response.body.isEmpty
                    || String(decoding: answer.response.body, as: UTF8.self).contains("HTTPS"))
        case .failure(.transport(.malformed)), .failure(.transport(.interrupted)): true
        case .failure: false
        }
    }

    /// What a plain server's words look like to TLS.
    private static func isWrongVersion(_ why: String) -> Bool {
        why.contains("WRONG_VERSION_NUMBER") || why.contains("HTTP_REQUEST") || why.contains("INVALID")
            || why.contains("UNEXPECTED")
    }

    // MARK: With which credentials

    private func authenticated(
        _ request: RegistryRequest, from repository: RegistryRepository, over scheme: WebURL.Scheme,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> RegistryAnswer {
        let base: WebURL
        do throws(WebURLError) {
            base = try WebURL(
                scheme: scheme, authority: repository.answeringHost, path: "/v2/" + repository.path + "/")
        } catch {
            throw .malformed(error.message)
        }
        let url: WebURL
        switch request.target {
        case .location(let place): url = place
        case .api: url = try Self.resolve("/v2/", base)
        case .path(let path): url = try Self.resolve("/v2/" + repository.path + "/" + path, base)
        }
        let rules = RedirectRules(registry: base.origin, allowed: configuration.allowedHosts)
        let registry = repository.registry

        var attempt: RegistryAuthentication.Attempt?
        var step = RegistryAuthentication.Step.send(authorization: nil)
        if state.withLock({ $0.challenged.contains(registry) }) {
            let credential = try await credential(for: repository)
            (attempt, step) = begin(request.scopes, credential, registry, scheme)
        }
        while true {
            switch step {
            case .giveUp(let error):
                // What a helper gave may have ended; the next operation asks it again.
                state.withLock { $0.credentials[repository] = nil }
                throw .authentication(error)
            case .ask(let question):
                let answer = try await ask(question, by: deadline)
                step = advance(&attempt, registry, scheme) { machine, attempt, now in
                    machine.answered(&attempt, status: answer.status, body: answer.body, at: now)
                }
            case .send(let authorization):
                let answer = try await follow(request, to: url, authorization, rules, by: deadline)
                guard answer.status == 401 else { return answer }
                guard rules.maySeeCredentials(answer.url) else { throw .unauthorised(answer.url.origin) }
                let challenges = answer.response.fields.all("www-authenticate")
                if attempt == nil {
                    state.withLock { _ = $0.challenged.insert(registry) }
                    let credential = try await credential(for: repository)
                    (attempt, step) = begin(request.scopes, credential, registry, scheme)
                    // A credential or token that can be sent at once answers the challenge.
                    if case .send(nil) = step {} else { continue }
                }
                step = advance(&attempt, registry, scheme) { machine, attempt, now in
                    machine.unauthorised(&attempt, challenges: challenges, at: now)
                }
            }
        }
    }

    private static func resolve(_ path: String, _ base: WebURL) throws(RegistryError) -> WebURL {
        do throws(WebURLError) { return try base.resolving(path) } catch { throw .malformed(error.message) }
    }

    private func begin(
        _ scopes: [TokenScope], _ credential: RegistryCredential?, _ registry: RegistryHost, _ scheme: WebURL.Scheme
    ) -> (RegistryAuthentication.Attempt?, RegistryAuthentication.Step) {
        let now = configuration.now()
        return state.withLock { state in
            var machine = state.authentications[registry] ?? machine(registry, scheme)
            let (attempt, step) = machine.begin(scopes, credential: credential, at: now)
            state.authentications[registry] = machine
            return (attempt, step)
        }
    }

    private func advance(
        _ attempt: inout RegistryAuthentication.Attempt?, _ registry: RegistryHost, _ scheme: WebURL.Scheme,
        _ move: (inout RegistryAuthentication, inout RegistryAuthentication.Attempt, Instant)
            -> RegistryAuthentication.Step
    ) -> RegistryAuthentication.Step {
        guard let begun = attempt else { return .giveUp(.noChallenge) }
        let now = configuration.now()
        let (moved, step) = state.withLock { state in
            var moved = begun
            var machine = state.authentications[registry] ?? machine(registry, scheme)
            let step = move(&machine, &moved, now)
            state.authentications[registry] = machine
            return (moved, step)
        }
        attempt = moved
        return step
    }

    private func machine(_ registry: RegistryHost, _ scheme: WebURL.Scheme) -> RegistryAuthentication {
        RegistryAuthentication(
            rules: TokenRealmRules(
                registry: registry, isPlain: scheme == .http, allowed: configuration.allowedHosts))
    }

    private func credential(for repository: RegistryRepository) async throws(RegistryError) -> RegistryCredential? {
        if let known = state.withLock({ $0.credentials[repository] }) { return known }
        let lookUp = configuration.credentials
        let found = try await credentials.value(for: repository) { () throws(RegistryError) in
            try await lookUp(repository)
        }
        state.withLock { state in
            if state.credentials.count >= Self.mostKept { state.credentials = [:] }
            state.credentials[repository] = .some(found)
        }
        return found
    }

    private func ask(_ question: TokenRequest, by deadline: OperationDeadline) async throws(RegistryError)
        -> HTTPResponse
    {
        try await tokens.value(for: question) { () throws(RegistryError) in
            var fields: HTTPFields = ["Accept": "application/json"]
            if let authorization = question.authorization { fields.add("Authorization", authorization.revealed) }
            var body: [UInt8] = []
            if let form = question.form {
                fields.add("Content-Type", "application/x-www-form-urlencoded")
                body = Array(form.revealed.utf8)
            }
            var request = HTTPRequest(
                question.method, question.url, fields: fields, body: body,
                limit: RegistryAuthentication.longestRealmAnswer, deadline: .zero, addresses: question.realm.addresses)
            request.showsClientCertificate = question.realm.mayReceiveCredentials
            return try await self.exchange(request, receive: nil, by: deadline)
        }
    }

    // MARK: To which host

    private func follow(
        _ request: RegistryRequest, to url: WebURL, _ authorization: Secret?, _ rules: RedirectRules,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> RegistryAnswer {
        var current = url
        for _ in 0...RedirectRules.most {
            var fields = request.fields
            if let authorization, rules.maySeeCredentials(current) {
                fields.add("Authorization", authorization.revealed)
            }
            var exchanged = HTTPRequest(
                request.method, current, fields: fields, body: request.body, limit: request.limit, deadline: .zero,
                addresses: rules.addresses(of: current))
            exchanged.showsClientCertificate = rules.maySeeCredentials(current)
            let response = try await exchange(exchanged, receive: request.receive, by: deadline)
            guard !request.isWriting, RedirectRules.statuses.contains(response.status) else {
                return RegistryAnswer(response: response, url: current)
            }
            guard let location = response.fields["location"] else {
                throw .refusedRedirect("expected a `Location` with status \(response.status), found none")
            }
            current = try rules.next(location, after: current)
        }
        throw .refusedRedirect("expected at most \(RedirectRules.most) redirects, found more")
    }

    private func exchange(
        _ request: HTTPRequest, receive: (@Sendable ([UInt8]) async throws(HTTPTransportError) -> Void)?,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> HTTPResponse {
        let gate = state.withLock { state in
            // Redirects name hosts without end; a gate that is dropped lets a few more through, no worse.
            if state.gates.count >= Self.mostKept { state.gates = [:] }
            let gate = state.gates[request.url.origin] ?? HostGate(configuration.concurrentRequests)
            state.gates[request.url.origin] = gate
            return gate
        }
        await gate.enter()
        let result: Result<HTTPResponse, RegistryError>
        do throws(RegistryError) {
            var request = request
            // What is handed over piece by piece takes as long as it is long, and as whoever takes it.
            request.deadline = try deadline.time(
                atMost: receive == nil ? configuration.exchangeTimeout : deadline.total)
            request.fields.add("User-Agent", configuration.userAgent)
            state.withLock { $0.requests += 1 }
            result = .success(try await send(request, receive: receive))
        } catch {
            result = .failure(error)
        }
        await gate.leave()
        return try result.get()
    }

    private func send(
        _ request: HTTPRequest, receive: (@Sendable ([UInt8]) async throws(HTTPTransportError) -> Void)?
    ) async throws(RegistryError) -> HTTPResponse {
        do throws(HTTPTransportError) {
            guard let receive else { return try await transport.send(request) }
            return try await transport.send(request, receive: receive)
        } catch {
            throw .transport(error)
        }
    }
}
