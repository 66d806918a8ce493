public import StrictEncoding

/// What a token realm answers (distribution's "Token Response Fields", RFC 6749 section 5.1).
struct TokenAnswer: Equatable {
    let token: Secret
    /// When the token ends, by this machine's clock.
    let expires: Instant

    /// Bytes. Tokens of registries are 1 to 4 KiB.
    static let longestBody = 256 << 10
    /// Bytes; more than servers take in a header.
    static let longestToken = 32 << 10
    /// Seconds, where the realm says none ("Token Response Fields").
    static let standardLifetime: Int64 = 60
    /// Seconds. No realm is believed for longer: what it grants may be revoked meanwhile.
    static let longestLifetime: Int64 = 86_400

    /// Reads the body of an answer that arrived at `now`.
    init(parsing body: [UInt8], at now: Instant) throws(TokenAnswerError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: body, limits: JSONLimits(bytes: Self.longestBody, depth: 8)).root
        } catch {
            throw .json(error)
        }
        guard root.object != nil else { throw .notAnObject }
        let first = try Self.text("token", in: root)
        let second = try Self.text("access_token", in: root)
        // Both may be there, and mean the same; which one a client takes where they differ is undefined.
        guard let token = first ?? second else { throw .noToken }
        guard second == nil || second == token else { throw .contradictoryTokens }
        guard token.revealed.utf8.count <= Self.longestToken, token.isHeaderSafe else { throw .unusableToken }
        self.token = token
        expires = try Self.expiry(root, at: now)
    }

    /// Nil also for an empty text: some realms send the name that they don't use so.
    private static func text(_ name: String, in root: JSONValue) throws(TokenAnswerError) -> Secret? {
        guard let value = root[name], !value.isNull else { return nil }
        guard let text = value.string else { throw .wrongType(name) }
        return text.utf8.isEmpty ? nil : Secret(text)
    }

    /// A realm whose clock is ahead must not make a token last longer.
    private static func expiry(_ root: JSONValue, at now: Instant) throws(TokenAnswerError) -> Instant {
        var lifetime = standardLifetime
        if let value = root["expires_in"], !value.isNull {
            guard let seconds = value.int else { throw .wrongType("expires_in") }
            lifetime = Int64(seconds)
        }
        // Only a hint to a cache, so a date that can't be read counts as none.
        let issued = root["issued_at"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
        return min(issued, now).adding(seconds: min(max(lifetime, 0), longestLifetime))
    }
}

/// Why a token realm's answer can't be used. Holds nothing of the answer: it may be a token.
public enum TokenAnswerError: Error, Equatable, Sendable {
    case json(JSONError)
    case notAnObject
    case noToken
    /// `token` and `access_token` differ.
    case contradictoryTokens
    /// A token that no header can hold.
    case unusableToken
    /// A member of another type than the specification's.
    case wrongType(String)

    /// One line for people.
    public var message: String {
        switch self {
        case .json(let error):
            "expected the token realm's answer as JSON, found something else"
                + (error.offset.map { " at byte \($0)" } ?? "")
        case .notAnObject: "expected a JSON object as the token realm's answer, found another value"
        case .noToken: "expected `token` or `access_token` in the token realm's answer, found neither"
        case .contradictoryTokens: "expected one token in the token realm's answer, found two different ones"
        case .unusableToken: "expected a token of printable ASCII in the token realm's answer, found another"
        case .wrongType(let name): "expected the specified type of `\(name)` in the token realm's answer, found another"
        }
    }
}
