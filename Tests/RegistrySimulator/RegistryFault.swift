/// What a registry does wrong with one answer.
package enum RegistryFault: Sendable {
    /// The connection is reset instead of an answer (`after` nil), or in the middle of the body.
    case reset(after: Int? = nil)
    /// The connection is closed in order after this many bytes of the body.
    case truncated(after: Int)
    /// The body comes so many bytes at a time.
    case drip(bytes: Int, every: Duration)
    /// The body has its length, but one byte is another.
    case wrongBytes
    /// The body never ends, and its length is not stated.
    case endlessBody
    /// Every page of a list leads to one more.
    case endlessPages
    /// Redirects to this URL.
    case redirect(to: String, status: Int = 307)
    /// 401 with this challenge (the configured one if nil), whatever the request carries.
    case unauthorised(challenge: String? = nil)
    /// 429; `Retry-After` as given.
    case tooManyRequests(retryAfter: String? = nil)
    /// Another status, with an error body as distribution-spec has it.
    case status(Int)
    /// Another `Content-Type`; none if nil.
    case contentType(String?)
    /// A `Content-Length` that lies. The connection is closed after the body.
    case contentLength(Int)
    /// Another value of any header.
    case header(name: String, value: String)
    /// One header of this many bytes more.
    case oversizedHeader(bytes: Int)
    /// Another body, and its length.
    case body([UInt8])
    /// The answer comes later.
    case delay(Duration)
    /// No answer comes, and the connection stays open.
    case silence

    func spoil(_ reply: inout Reply, of request: IncomingRequest, url: String) {
        switch self {
        case .reset(let count): reply.delivery = .reset(after: count)
        case .truncated(let count): reply.delivery = .truncated(after: count)
        case .drip(let bytes, let pause): reply.delivery = .drip(bytes: max(1, bytes), pause: pause)
        case .wrongBytes:
            if reply.body.isEmpty { reply.body = [0] } else { reply.body[reply.body.count / 2] ^= 1 }
        case .endlessBody: reply.delivery = .endless
        case .endlessPages:
            let page = (request.query["page"].flatMap { Int($0) } ?? 1) + 1
            reply.set("Link", "<\(request.path)?page=\(page)>; rel=\"next\"")
        case .redirect(let location, let status):
            reply = .error(status, "UNSUPPORTED", "over there")
            reply.set("Location", location)
        case .unauthorised(let challenge):
            let configured = reply.header("WWW-Authenticate")
            reply = .error(401, "UNAUTHORIZED", "authentication required")
            reply.set("WWW-Authenticate", challenge ?? configured ?? "Basic realm=\"simulator\"")
        case .tooManyRequests(let pause):
            reply = .error(429, "TOOMANYREQUESTS", "slow down")
            if let pause { reply.set("Retry-After", pause) }
        case .status(let status): reply = .error(status, "UNSUPPORTED", "status \(status) on demand")
        case .contentType(let type): reply.set("Content-Type", type)
        case .contentLength(let length): reply.statedLength = length
        case .header(let name, let value): reply.set(name, value)
        case .oversizedHeader(let bytes): reply.set("X-Padding", String(repeating: "x", count: bytes))
        case .body(let bytes): reply.body = bytes
        case .delay(let duration): reply.delay = duration
        case .silence: reply.delivery = .silence
        }
    }
}

/// When something happens that was not asked for.
package struct FaultRule: Sendable {
    /// Which of the matching requests, counted from when the rule was given.
    package enum Turn: Sendable {
        case every
        /// Only this one; the first is 1.
        case nth(Int)
        /// As many as this.
        case first(Int)
        /// This one and all later ones.
        case from(Int)
    }

    enum Effect: Sendable {
        case fault(RegistryFault)
        case interruption(@Sendable (RegistryContents) async -> Void)
    }

    let pattern: RequestPattern
    let turn: Turn
    let effect: Effect
    private var count = 0

    init(pattern: RequestPattern, turn: Turn, effect: Effect) {
        self.pattern = pattern
        self.turn = turn
        self.effect = effect
    }

    mutating func effect(on request: RecordedRequest) -> Effect? {
        guard pattern.matches(request) else { return nil }
        count += 1
        let isDue =
            switch turn {
            case .every: true
            case .nth(let number): count == number
            case .first(let number): count <= number
            case .from(let number): count >= number
            }
        return isDue ? effect : nil
    }
}
