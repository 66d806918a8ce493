import StrictEncoding
import Synchronization

/// A token server as Docker's registries have them: GET with basic credentials, and OAuth 2 by POST.
///
/// One service can stand behind several registries, and on a host of its own.
package final class TokenService: Sendable {
    package struct Settings: Sendable {
        package var service = "simulator"
        /// Names and passwords.
        package var users: [String: String] = [:]
        /// Users who may only pull.
        package var readers: Set<String> = []
        package var anonymousPull = true
        /// Whether GET is served, and whether POST is (else 404).
        package var get = true
        package var post = true
        /// Stated as `expires_in`, seconds; not stated if nil.
        package var lifetime: Int? = 300
        /// What the token's member is called.
        package var member = Member.both
        package enum Member: Sendable { case token, accessToken, both }

        package init() {}
    }

    /// What a token lets its bearer do, for the token's maker.
    package struct Grant: Sendable, Hashable {
        package let repository: String
        package let actions: [String]
    }

    package typealias Mint = @Sendable (_ user: String, _ service: String, _ grants: [Grant]) -> String

    package let settings: Settings
    private let mint: Mint?
    private let tokens = Mutex<[String: [Grant]]>([:])
    private let refreshTokens = Mutex<[String: String]>([:])

    /// - Parameter mint: makes tokens that another registry understands; opaque ones if nil.
    package init(_ settings: Settings = Settings(), mint: Mint? = nil) {
        self.settings = settings
        self.mint = mint
    }

    package convenience init(alter: (inout Settings) -> Void) {
        var settings = Settings()
        alter(&settings)
        self.init(settings)
    }

    /// All tokens that were given out and not revoked: for a search in what other hosts received.
    package var issued: [String] { tokens.withLock { Array($0.keys) } + refreshTokens.withLock { Array($0.keys) } }

    /// As if all tokens had expired.
    package func revokeTokens() { tokens.withLock { $0 = [:] } }

    // MARK: The token endpoint

    func reply(to request: IncomingRequest) -> Reply {
        switch request.method {
        case "GET" where settings.get: replyToGet(request)
        case "POST" where settings.post: replyToPost(request)
        default: .error(404, "NOT_FOUND", "no such page")
        }
    }

    /// distribution "Token Authentication Specification"
    private func replyToGet(_ request: IncomingRequest) -> Reply {
        let query = request.query
        var user: String?
        if request.header("authorization") != nil {
            guard let (name, password) = Credentials.basic(request.header("authorization")),
                settings.users[name] == password
            else { return .error(401, "UNAUTHORIZED", "wrong user or password") }
            user = name
        }
        guard query["service"] == settings.service else { return .error(400, "UNSUPPORTED", "unknown service") }
        return grant(query["scope"] ?? "", to: user, refreshing: query["offline_token"] == "true")
    }

    /// distribution "OAuth2 Token Authentication"; RFC 6749 sections 4.3 and 6
    private func replyToPost(_ request: IncomingRequest) -> Reply {
        let form = Form.decode(String(decoding: request.body, as: UTF8.self))
        guard form["service"] == settings.service, form["client_id"]?.isEmpty == false else {
            return oauthError("invalid_request")
        }
        let user: String
        switch form["grant_type"] {
        case "password":
            guard let name = form["username"], let password = form["password"], settings.users[name] == password
            else { return oauthError("invalid_grant") }
            user = name
        case "refresh_token":
            guard let token = form["refresh_token"], let name = refreshTokens.withLock({ $0[token] })
            else { return oauthError("invalid_grant") }
            user = name
        default: return oauthError("unsupported_grant_type")
        }
        return grant(form["scope"] ?? "", to: user, refreshing: form["access_type"] == "offline")
    }

    private func oauthError(_ code: String) -> Reply {
        Reply(
            code == "invalid_grant" ? 401 : 400, type: "application/json",
            body: (["error": .string(code)] as JSONTree).canonicalBytes())
    }

    /// Grants as much of the scope as the user may have.
    private func grant(_ scope: String, to user: String?, refreshing: Bool) -> Reply {
        var grants: [Grant] = []
        for item in scope.split(separator: " ") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 3, parts[0] == "repository", let last = parts.last else { continue }
            let actions = last.split(separator: ",").map(String.init).filter { may(user, $0) }
            grants.append(Grant(repository: parts[1..<(parts.count - 1)].joined(separator: ":"), actions: actions))
        }
        let token = mint?(user ?? "", settings.service, grants) ?? Self.random()
        tokens.withLock { $0[token] = grants }
        var refresh: String?
        if refreshing, let user {
            let token = Self.random()
            refreshTokens.withLock { $0[token] = user }
            refresh = token
        }
        return .json(
            JSONTree(members: [
                "token": settings.member == .accessToken ? nil : .string(token),
                "access_token": settings.member == .token ? nil : .string(token),
                "expires_in": settings.lifetime.map { .integer(Int64($0)) },
                "refresh_token": refresh.map(JSONTree.string),
            ]))
    }

    private func may(_ user: String?, _ action: String) -> Bool {
        guard let user else { return action == "pull" && settings.anonymousPull }
        return action == "pull" || !settings.readers.contains(user)
    }

    /// A refresh token for a user, as `docker login` leaves one behind.
    package func refreshToken(for user: String) -> String {
        let token = Self.random()
        refreshTokens.withLock { $0[token] = user }
        return token
    }

    private static func random() -> String {
        Hex.encode((0..<24).map { _ in UInt8.random(in: 0...255) })
    }

    // MARK: The registry's side

    /// Nil if the bearer may do it, else the challenge (RFC 6750 section 3).
    func refusal(of authorization: String?, repository: String?, action: String, realm: String) -> Reply? {
        let token = Credentials.bearer(authorization)
        let grants = token.flatMap { token in tokens.withLock { $0[token] } }
        if let grants {
            guard let repository else { return nil }
            if grants.contains(where: { $0.repository == repository && $0.actions.contains(action) }) { return nil }
        }
        var challenge = "Bearer realm=\"\(realm)\",service=\"\(settings.service)\""
        if let repository {
            let actions = action == "push" ? "pull,push" : action
            challenge += ",scope=\"repository:\(repository):\(actions)\""
        }
        if token != nil { challenge += ",error=\"\(grants == nil ? "invalid_token" : "insufficient_scope")\"" }
        var reply = Reply.error(401, "UNAUTHORIZED", "authentication required")
        reply.set("WWW-Authenticate", challenge)
        return reply
    }
}

/// The `Authorization` header (RFC 7617, RFC 6750).
enum Credentials {
    static func basic(_ header: String?) -> (name: String, password: String)? {
        guard let encoded = value(header, scheme: "basic"), let bytes = try? Base64.decode(encoded) else { return nil }
        let halves = String(decoding: bytes, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return halves.count == 2 ? (String(halves[0]), String(halves[1])) : nil
    }

    static func bearer(_ header: String?) -> String? { value(header, scheme: "bearer") }

    private static func value(_ header: String?, scheme: String) -> String? {
        guard let header, let space = header.firstIndex(of: " "), header[..<space].lowercased() == scheme
        else { return nil }
        return String(header[header.index(after: space)...])
    }
}
