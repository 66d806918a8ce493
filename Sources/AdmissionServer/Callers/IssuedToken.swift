import Findings
import PKI
import StrictEncoding

/// A JWT of an OpenID Connect issuer (RFC 7519, OpenID Connect Core section 3.1.3.7), verified with keys that were given.
///
/// The key says which algorithm it is for, not the token (RFC 8725 section 3.1); no header can bring a key or an address.
struct IssuedToken {
    let subject: ExactString
    let expires: Instant

    /// - Throws: `IssuedTokenError` unless a key of the issuer signed it, for the audience, and it holds at `instant`.
    init(_ token: [UInt8], rule: IssuedTokenRule, keys: IssuerKeys, at instant: Instant) throws(IssuedTokenError) {
        guard token.count <= Self.maximumByteCount else { throw .malformed("token") }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .malformed("token") }
        let header = try Self.object(parts[0], "header")
        guard let signature = Base64URL.decode(parts[2]) else { throw .malformed("signature") }
        let algorithm = try Self.algorithm(header)
        try keys.verify(
            signature, over: token[..<parts[1].endIndex], algorithm: algorithm, keyID: header["kid"]?.exact)
        let claims = try Self.object(parts[1], "claims")
        guard claims["iss"]?.exact == rule.issuer else { throw .otherIssuer }
        guard !rule.audience.utf8.isEmpty, try Self.audiences(claims).contains(rule.audience) else {
            throw .otherAudience
        }
        guard let subject = claims["sub"]?.exact, !subject.utf8.isEmpty else { throw .malformed("sub") }
        self.subject = subject
        expires = try Self.checkTimes(claims, at: instant, leeway: rule.leeway.seconds)
    }

    private static func object(_ part: ArraySlice<UInt8>, _ name: String) throws(IssuedTokenError) -> JSONObject {
        guard let text = Base64URL.decode(part),
            let document = try? JSONDocument(parsing: text, limits: JSONLimits(bytes: maximumByteCount, depth: 16)),
            let object = document.root.object
        else { throw .malformed(name) }
        return object
    }

    /// RFC 7515 section 4.1.11: what is critical and not understood refuses the token, and nothing is understood. Headers
    /// that would bring a key (`jwk`, `jku`, `x5u`, `x5c`) are read by nobody.
    private static func algorithm(_ header: JSONObject) throws(IssuedTokenError) -> JWTSVIDAlgorithm {
        guard header["crit"] == nil else { throw .malformed("crit") }
        if let type = header["typ"] {
            // RFC 8725 section 3.11, RFC 9068 section 2.1.
            guard let type = type.exact, ["JWT", "jwt", "at+jwt", "application/at+jwt"].contains(type) else {
                throw .malformed("typ")
            }
        }
        guard let name = header["alg"]?.exact, let algorithm = JWTSVIDAlgorithm(name: name) else { throw .algorithm }
        return algorithm
    }

    private static func audiences(_ claims: JSONObject) throws(IssuedTokenError) -> [ExactString] {
        if let only = claims["aud"]?.exact { return [only] }
        guard let array = claims["aud"]?.array, array.count <= 64 else { throw .malformed("aud") }
        var audiences: [ExactString] = []
        for element in array {
            guard let audience = element.exact else { throw .malformed("aud") }
            audiences.append(audience)
        }
        return audiences
    }

    /// RFC 7519 sections 4.1.4 to 4.1.6: before `exp`, which has to be there, not before `nbf` nor `iat`. Fractions of a
    /// second are cut off where that lets the token hold for less, and filled up where that does.
    private static func checkTimes(
        _ claims: JSONObject, at instant: Instant, leeway: Int64
    ) throws(IssuedTokenError) -> Instant {
        let now = instant.secondsSince1970
        guard let expires = try time(claims, "exp", roundingUp: false) else { throw .malformed("exp") }
        guard now < expires + leeway else { throw .expired(Instant(secondsSince1970: expires)) }
        for name in ["nbf", "iat"] {
            guard let start = try time(claims, name, roundingUp: true) else { continue }
            guard start - leeway <= now else { throw .notYet(Instant(secondsSince1970: start)) }
        }
        return Instant(secondsSince1970: expires)
    }

    /// Digits, perhaps with a fraction: other spellings of a number are nobody's time.
    private static func time(
        _ claims: JSONObject, _ name: String, roundingUp: Bool
    ) throws(IssuedTokenError) -> Int64? {
        guard let value = claims[name] else { return nil }
        guard
            let parts = value.numberLiteral?.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false),
            parts.count <= 2, parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
            let seconds = parts.first.flatMap({ Int64(String(Substring($0))) }), seconds <= latest
        else { throw .malformed(name) }
        let hasFraction = parts.dropFirst().contains { $0.contains { $0 != UInt8(ascii: "0") } }
        return hasFraction && roundingUp ? seconds + 1 : seconds
    }

    /// HTTP servers take headers of 8 to 16 KB.
    private static let maximumByteCount = 16 << 10
    /// 9999-12-31; sums with a leeway never overflow.
    private static let latest: Int64 = 253_402_300_799
}

/// The keys of one issuer, from a JWK set (RFC 7517 section 5).
struct IssuerKeys: Sendable {
    private let keys: [Key]

    private struct Key: Sendable {
        let publicKey: PublicKey
        let keyID: ExactString?
        let algorithm: JWTSVIDAlgorithm?
    }

    /// Keys for encryption and keys of unknown kinds are skipped (RFC 7517 section 5); none at all is an error.
    init(jwks: [UInt8], calledAs name: String) throws(WatchedFilesError) {
        guard let document = try? JSONDocument(parsing: jwks, limits: JSONLimits(bytes: 1 << 20, depth: 32)),
            let elements = document.root.object?["keys"]?.array, elements.count <= 256
        else { throw WatchedFilesError(message: "expected a JWK set in `\(name)`, found another document") }
        var keys: [Key] = []
        for element in elements {
            do throws(JSONWebKeyError) {
                let key = try JSONWebKey(element)
                if let use = element.object?["use"], use.exact != "sig" { continue }
                guard let publicKey = key.publicKey else { continue }
                let algorithm = key.algorithm.flatMap { JWTSVIDAlgorithm(name: $0) }
                guard key.algorithm == nil || algorithm != nil else { continue }
                keys.append(Key(publicKey: publicKey, keyID: key.keyID, algorithm: algorithm))
            } catch {
                throw WatchedFilesError(message: "in `\(name)`: \(error.message)")
            }
        }
        guard !keys.isEmpty else {
            throw WatchedFilesError(message: "expected a key for signatures in `\(name)`, found none")
        }
        self.keys = keys
    }

    fileprivate func verify(
        _ signature: [UInt8], over message: ArraySlice<UInt8>, algorithm: JWTSVIDAlgorithm, keyID: ExactString?
    ) throws(IssuedTokenError) {
        let named = keys.filter { keyID == nil || $0.keyID == keyID }
        guard !named.isEmpty else { throw .unknownKey }
        let fitting = named.filter {
            ($0.algorithm ?? algorithm) == algorithm && algorithm.isUsable(with: $0.publicKey.kind)
        }
        guard !fitting.isEmpty else { throw .algorithm }
        let isSigned = fitting.contains {
            $0.publicKey.isValid(signature, over: message, scheme: algorithm.scheme, encoding: .rawRS)
        }
        guard isSigned else { throw .signature }
    }
}

/// Why a token does not count.
enum IssuedTokenError: Error, Equatable {
    /// This part is missing or of another form.
    case malformed(String)
    /// Not one of the key's.
    case algorithm
    case unknownKey
    case signature
    case otherIssuer
    case otherAudience
    case expired(Instant)
    case notYet(Instant)

    /// One line for whoever runs the server; the caller is told nothing.
    var message: String {
        switch self {
        case .malformed(let name): "expected `\(name)` of the token as RFC 7519 has it, found another or none"
        case .algorithm: "expected a token signed with the algorithm that the issuer's key is for, found another"
        case .unknownKey: "expected a token signed with a key of the issuer, found another key's name"
        case .signature: "expected the signature of a key of the issuer, found another"
        case .otherIssuer: "expected a token of the issuer that the rule names, found another issuer's"
        case .otherAudience: "expected a token that was made out for this server, found others"
        case .expired(let end): "expected a token that holds now, found one until \(end)"
        case .notYet(let start): "expected a token that holds now, found one from \(start)"
        }
    }
}
