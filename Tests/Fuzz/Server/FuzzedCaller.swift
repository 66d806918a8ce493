import Crypto
import PKI
import StrictEncoding

@testable import AdmissionServer

/// Bearer tokens of OpenID Connect issuers.
enum FuzzedCaller {
    /// Made by counting: one and the same at each run.
    private static let key = try? P256.Signing.PrivateKey(rawRepresentation: (1...32).map { UInt8($0) })
    private static let keys: IssuerKeys? = {
        guard let point = key?.publicKey.rawRepresentation else { return nil }
        func text(_ bytes: some Sequence<UInt8>) -> JSONTree { .string(base64URL(Array(bytes))) }
        let set: JSONTree = [
            "keys": [
                [
                    "kty": "EC", "crv": "P-256", "kid": "a", "use": "sig", "alg": "ES256", "x": text(point.prefix(32)),
                    "y": text(point.suffix(32)),
                ]
            ]
        ]
        return try? IssuerKeys(jwks: set.canonicalBytes(), calledAs: "keys")
    }()
    private static let now = Instant(secondsSince1970: 1_700_000_000)
    private static let rule = IssuedTokenRule(
        issuer: "https://issuer.example", audience: "landwaiter", keysFile: "", subjects: ["a"])

    /// A token as it comes: nobody signed it.
    static func checkToken(_ token: [UInt8]) {
        guard let keys else { preconditionFailure("the keys can't be read") }
        precondition((try? IssuedToken(token, rule: rule, keys: keys, at: now)) == nil)
        _ = try? IssuerKeys(jwks: token, calledAs: "keys")
    }

    /// - Parameter bytes: a header and claims, a line each, which the issuer signs whatever they say.
    static func checkClaims(_ bytes: [UInt8]) {
        guard let keys, let key else { preconditionFailure("the keys can't be read") }
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let signed = Array((base64URL(Array(parts[0])) + "." + base64URL(Array(parts[1]))).utf8)
        guard let signature = try? key.signature(for: signed).rawRepresentation else { return }
        let token = signed + Array(".".utf8) + Array(base64URL(Array(signature)).utf8)
        guard let issued = try? IssuedToken(token, rule: rule, keys: keys, at: now) else { return }
        guard let header = try? JSONDocument(parsing: Array(parts[0])).root,
            let claims = try? JSONDocument(parsing: Array(parts[1])).root
        else { preconditionFailure("a token that nobody can read") }
        precondition(header["alg"]?.isIdentical(to: "ES256") == true && header["crit"] == nil)
        precondition(header["kid"]?.string.map { ExactString($0) == "a" } ?? true)
        precondition(claims["iss"]?.isIdentical(to: "https://issuer.example") == true)
        let audiences = claims["aud"]?.array.map { $0.compactMap(\.string) } ?? [claims["aud"]?.string ?? ""]
        precondition(audiences.contains { $0.utf8.elementsEqual("landwaiter".utf8) })
        precondition(claims["sub"]?.string.map { ExactString($0) } == issued.subject && issued.subject != "")
        precondition(now < issued.expires)
        guard let end = claims["exp"]?.numberLiteral.flatMap(Double.init) else { preconditionFailure("no end") }
        precondition(end > Double(now.secondsSince1970))
        for name in ["nbf", "iat"] {
            guard let start = claims[name]?.numberLiteral.flatMap(Double.init) else { continue }
            precondition(start <= Double(now.secondsSince1970))
        }
        // For another audience, or with one bit of the signature turned, it holds no more.
        var other = rule
        other.audience = "another"
        precondition(
            audiences.contains { $0.utf8.elementsEqual("another".utf8) }
                || (try? IssuedToken(token, rule: other, keys: keys, at: now)) == nil)
        var turned = Array(signature)
        turned[7] ^= 1
        let forged = signed + Array(".".utf8) + Array(base64URL(turned).utf8)
        precondition((try? IssuedToken(forged, rule: rule, keys: keys, at: now)) == nil)
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
