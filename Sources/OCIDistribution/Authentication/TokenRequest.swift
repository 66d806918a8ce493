public import HTTPTransport
import StrictEncoding

/// One question to a token realm, ready to be sent. Equal questions in flight may share one answer.
///
/// It is sent as it is: no redirect is followed, since the next host was not judged; and only to addresses that
/// ``TokenRealm/addresses`` permits.
public struct TokenRequest: Sendable, Hashable {
    public let realm: TokenRealm
    /// GET or POST.
    public let method: HTTPRequest.Method
    /// With the query of a GET.
    public let url: WebURL
    /// The value of `Authorization`, if any.
    public let authorization: Secret?
    /// The body of a POST, `application/x-www-form-urlencoded`.
    public let form: Secret?

    /// Distribution's "Requesting a Token": GET, with basic authentication or anonymously. Nil if the registry asked for
    /// more than a URL can hold.
    static func get(
        _ realm: TokenRealm, service: String?, scopes: [TokenScope], authorization: Secret?
    ) -> TokenRequest? {
        let fields = (service.map { [("service", $0)] } ?? []) + scopes.map { ("scope", $0.description) }
        // A realm may have a query of its own, which stays in front.
        let joint = realm.url.query == nil ? "?" : "&"
        let query = fields.isEmpty ? "" : joint + encoded(fields)
        guard let url = try? WebURL(parsing: realm.url.description + query) else { return nil }
        return TokenRequest(realm: realm, method: .get, url: url, authorization: authorization, form: nil)
    }

    /// Distribution's "Oauth2 Token Authentication": POST of a form, which holds the credential.
    static func post(
        _ realm: TokenRealm, service: String?, scopes: [TokenScope], grant: [(String, String)]
    ) -> TokenRequest {
        var fields = grant + [("client_id", "landwaiter")]
        if let service { fields.append(("service", service)) }
        if !scopes.isEmpty { fields.append(("scope", scopes.map(\.description).joined(separator: " "))) }
        return TokenRequest(
            realm: realm, method: .post, url: realm.url, authorization: nil, form: Secret(encoded(fields)))
    }

    private static func encoded(_ fields: [(String, String)]) -> String {
        fields.map { $0.0 + "=" + percentEncoded($0.1) }.joined(separator: "&")
    }

    /// Everything but the unreserved characters of RFC 3986 section 2.3.
    private static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte.isLetterOrDigit || "-._~".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes += Hex.encode([byte]).uppercased().utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
