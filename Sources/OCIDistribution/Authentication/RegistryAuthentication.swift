import HTTPTransport
import OCI
public import StrictEncoding

/// Challenge, token, retry, for the requests of one registry, as a state machine: what the registry or its token realm
/// answered goes in, what to do next comes out. It sends nothing, waits for nothing and reads no clock.
///
/// ```
/// begin ──> send ──401──> unauthorised ──> ask the realm ──> answered ──> send ──401──> give up
///   └──────────────────── ask the realm (known from before) ──┘
/// ```
///
/// It holds what was learned of the registry and the tokens that were granted; one value serves all requests of a
/// registry, each request has an ``Attempt`` of its own. Steps of several requests may alternate.
///
/// - Credentials go to the registry itself and to realms that ``TokenRealmRules`` permit; nobody else sees them.
/// - The header of ``Step/send(authorization:)`` is for the registry's own scheme, host and port, not for redirects.
/// - An attempt ends: its request is sent at most five times, and a realm is asked for a fresh token at most twice.
public struct RegistryAuthentication: Sendable {
    /// What may be asked, and the registry's identity.
    public let rules: TokenRealmRules
    /// What the registry's last challenge asked for; nil before there was one.
    public private(set) var scheme: Scheme?
    private var tokens = TokenCache()

    /// How a registry wants to know who asks. Kept, so that the next request needs no challenge.
    public enum Scheme: Sendable, Hashable {
        case basic
        case bearer(TokenRealm, service: String?)
    }

    public init(rules: TokenRealmRules) { self.rules = rules }

    /// What to do next.
    public enum Step: Sendable, Equatable {
        /// Send the request, with this value of `Authorization` or without one.
        case send(authorization: Secret?)
        /// Send this to the token realm and hand the answer to ``answered(_:status:body:at:)``.
        case ask(TokenRequest)
        /// It is over.
        case giveUp(AuthenticationError)
    }

    /// One request's way through the steps.
    public struct Attempt: Sendable {
        /// What the request needs.
        let scopes: [TokenScope]
        let credential: RegistryCredential?
        fileprivate var sent: Sent = .nothing
        fileprivate var pending: Pending?
        /// Once a challenge was answered with a fresh token there is no second try.
        fileprivate var wasChallengeAnswered = false
        /// A token that another request brought meanwhile is tried once.
        fileprivate var wasNewerTokenTried = false
        fileprivate var wasBasicSent = false
    }

    fileprivate enum Sent {
        case nothing, basic, registryToken
        case token(Secret, TokenCache.Key)
    }

    fileprivate struct Pending {
        let request: TokenRequest
        let key: TokenCache.Key
        let isAfterChallenge: Bool
        /// The same wish as POST, for realms that know no GET.
        var alternative: TokenRequest?
    }

    /// Begins a request that needs `scopes`, by a user who has `credential` for this registry and repository.
    public mutating func begin(
        _ scopes: [TokenScope], credential: RegistryCredential?, at now: Instant
    ) -> (attempt: Attempt, step: Step) {
        var attempt = Attempt(scopes: scopes, credential: credential)
        let step = firstStep(&attempt, at: now)
        return (attempt, step)
    }

    private func firstStep(_ attempt: inout Attempt, at now: Instant) -> Step {
        switch (attempt.credential, scheme) {
        case (.registryToken(let token)?, _):
            guard token.isHeaderSafe else { return .giveUp(.unusableCredential(registry: rules.registry)) }
            attempt.sent = .registryToken
            return .send(authorization: Secret("Bearer " + token.revealed))
        case (.password?, .basic?): return sendBasic(&attempt)
        case (_, .bearer(let realm, let service)?):
            let scopes = TokenScope.union(of: [], and: attempt.scopes)
            return token(from: realm, service: service, scopes: scopes, for: &attempt, isAfterChallenge: false, at: now)
        default: return .send(authorization: nil)
        }
    }

    /// The registry answered 401 with these values of `WWW-Authenticate`.
    public mutating func unauthorised(
        _ attempt: inout Attempt, challenges headers: [String], at now: Instant
    ) -> Step {
        let challenges: [AuthenticationChallenge]
        do throws(ChallengeError) { challenges = try AuthenticationChallenge.parse(headers) } catch {
            return .giveUp(.malformedChallenge(error))
        }
        guard !challenges.isEmpty else { return .giveUp(.noChallenge) }
        if case .registryToken = attempt.sent { return .giveUp(.credentialsRefused(by: rules.registry)) }
        // A token is granted for a purpose and ends; a password does neither. So Bearer goes first.
        if let bearer = challenges.first(where: { $0.scheme.utf8.elementsEqual("bearer".utf8) }) {
            return answer(bearer, for: &attempt, at: now)
        }
        guard challenges.contains(where: { $0.scheme.utf8.elementsEqual("basic".utf8) }) else {
            return .giveUp(.unsupportedSchemes(challenges.map(\.scheme)))
        }
        guard !attempt.wasBasicSent else { return .giveUp(.credentialsRefused(by: rules.registry)) }
        scheme = .basic
        guard case .password? = attempt.credential else {
            return .giveUp(.credentialsRequired(registry: rules.registry))
        }
        return sendBasic(&attempt)
    }

    /// The token realm answered the request of ``Step/ask(_:)``. Only the first ``longestRealmAnswer`` bytes of a body
    /// are needed; a longer one is refused.
    public mutating func answered(
        _ attempt: inout Attempt, status: Int, body: [UInt8], at now: Instant
    ) -> Step {
        guard var pending = attempt.pending else { return .giveUp(.noChallenge) }
        attempt.pending = nil
        let realm = pending.request.realm
        switch status {
        case 200: break
        case 404, 405:
            guard let alternative = pending.alternative else {
                return .giveUp(.realmStatus(realm.url.origin, status: status))
            }
            pending = Pending(request: alternative, key: pending.key, isAfterChallenge: pending.isAfterChallenge)
            attempt.pending = pending
            return .ask(alternative)
        case 400, 401, 403:
            // 400 is how OAuth 2 refuses a grant (RFC 6749 section 5.2).
            guard pending.key.credential == nil else { return .giveUp(.credentialsRefusedByRealm(realm.url.origin)) }
            guard status != 400 else { return .giveUp(.realmStatus(realm.url.origin, status: status)) }
            guard attempt.credential == nil else {
                return .giveUp(.credentialsWithheld(from: realm.url.origin, registry: rules.registry))
            }
            return .giveUp(.anonymousRefused(by: realm.url.origin))
        default: return .giveUp(.realmStatus(realm.url.origin, status: status))
        }
        let answer: TokenAnswer
        do throws(TokenAnswerError) { answer = try TokenAnswer(parsing: body, at: now) } catch {
            return .giveUp(.malformedAnswer(realm.url.origin, error))
        }
        tokens.store(answer, for: pending.key, at: now)
        if pending.isAfterChallenge { attempt.wasChallengeAnswered = true }
        return send(answer.token, for: pending.key, &attempt)
    }

    /// Bytes that a reader of realms' answers has to take.
    public static let longestRealmAnswer = TokenAnswer.longestBody
}

extension RegistryAuthentication {
    private mutating func answer(
        _ challenge: AuthenticationChallenge, for attempt: inout Attempt, at now: Instant
    ) -> Step {
        var wasAnonymous = attempt.credential == nil
        if case .token(let token, let key) = attempt.sent {
            tokens.remove(token, for: key)
            wasAnonymous = key.credential == nil
            if attempt.wasChallengeAnswered, wasAnonymous, attempt.credential != nil {
                return .giveUp(.credentialsWithheld(from: key.realm.origin, registry: rules.registry))
            }
        }
        guard !attempt.wasChallengeAnswered else {
            return .giveUp(.tokenRefused(by: rules.registry, wasAnonymous: wasAnonymous, error: challenge["error"]))
        }
        guard let realmText = challenge["realm"], let asked = TokenScope.parse(challenge["scope"] ?? "") else {
            return .giveUp(.malformedBearerChallenge)
        }
        let realm: TokenRealm
        do throws(TokenRealmError) { realm = try rules.realm(realmText) } catch { return .giveUp(.realm(error)) }
        scheme = .bearer(realm, service: challenge["service"])
        let scopes = TokenScope.union(of: asked, and: attempt.scopes)
        return token(
            from: realm, service: challenge["service"], scopes: scopes, for: &attempt, isAfterChallenge: true, at: now)
    }

    /// A token that is there already, or the question for one.
    private func token(
        from realm: TokenRealm, service: String?, scopes: [TokenScope], for attempt: inout Attempt,
        isAfterChallenge: Bool, at now: Instant
    ) -> Step {
        let credential = realm.mayReceiveCredentials ? attempt.credential : nil
        let key = TokenCache.Key(realm: realm.url, service: service, scopes: scopes, credential: credential)
        if let token = tokens.token(for: key, at: now), !attempt.wasNewerTokenTried {
            attempt.wasNewerTokenTried = isAfterChallenge
            return send(token, for: key, &attempt)
        }
        let request: TokenRequest?
        var alternative: TokenRequest?
        switch credential {
        case .password(let user, let password)?:
            guard let basic = Self.basic(user: user, password: password) else {
                return .giveUp(.unusableCredential(registry: rules.registry))
            }
            request = .get(realm, service: service, scopes: scopes, authorization: basic)
            let grant = [("grant_type", "password"), ("username", user.revealed), ("password", password.revealed)]
            alternative = .post(realm, service: service, scopes: scopes, grant: grant)
        case .identityToken(let token)?:
            let grant = [("grant_type", "refresh_token"), ("refresh_token", token.revealed)]
            request = .post(realm, service: service, scopes: scopes, grant: grant)
        case .registryToken?, nil: request = .get(realm, service: service, scopes: scopes, authorization: nil)
        }
        guard let request else { return .giveUp(.malformedBearerChallenge) }
        attempt.pending = Pending(
            request: request, key: key, isAfterChallenge: isAfterChallenge, alternative: alternative)
        return .ask(request)
    }

    private func send(_ token: Secret, for key: TokenCache.Key, _ attempt: inout Attempt) -> Step {
        attempt.sent = .token(token, key)
        return .send(authorization: Secret("Bearer " + token.revealed))
    }

    private func sendBasic(_ attempt: inout Attempt) -> Step {
        guard case .password(let user, let password)? = attempt.credential,
            let basic = Self.basic(user: user, password: password)
        else { return .giveUp(.unusableCredential(registry: rules.registry)) }
        attempt.sent = .basic
        attempt.wasBasicSent = true
        return .send(authorization: basic)
    }

    /// RFC 7617 section 2: no colon in the user name, no control character in either.
    private static func basic(user: Secret, password: Secret) -> Secret? {
        guard !user.revealed.utf8.contains(UInt8(ascii: ":")),
            (user.revealed.utf8.map { $0 } + password.revealed.utf8).allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return Secret("Basic " + Base64.encode(Array((user.revealed + ":" + password.revealed).utf8)))
    }
}

extension Secret {
    /// Visible ASCII: what a header's token may consist of.
    var isHeaderSafe: Bool { !revealed.utf8.isEmpty && revealed.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
