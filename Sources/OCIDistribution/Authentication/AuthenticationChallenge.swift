import Findings

/// One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.3 and 11.6.1): a scheme, and either a token68 or
/// parameters.
public struct AuthenticationChallenge: Sendable, Hashable {
    /// Lower case: schemes are compared without regard to case (RFC 9110 section 11.1).
    public let scheme: String
    /// What follows the scheme in schemes without parameters, such as `Negotiate`.
    public let token68: String?
    /// In the order of the header; no name occurs twice.
    public let parameters: [Parameter]

    /// A name in lower case, and a value without its quotes and escapes.
    public struct Parameter: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// The value of the parameter of this name, which is in lower case.
    public subscript(_ name: String) -> String? {
        parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// What one answer may hold. Registries send one header of one challenge, less than 1 KiB.
    enum Limit {
        /// Bytes of all headers together; servers and proxies cap a header at 8 to 16 KiB.
        static let bytes = 16 << 10
        static let challenges = 16
        static let parameters = 32
    }

    /// Reads the values of all `WWW-Authenticate` headers of one answer, in their order.
    ///
    /// One malformed challenge refuses them all: where two readers could disagree on where a challenge ends, they would
    /// disagree on which realm gets the credentials.
    public static func parse(_ headers: [String]) throws(ChallengeError) -> [AuthenticationChallenge] {
        let size = headers.reduce(0) { $0 + $1.utf8.count }
        guard size <= Limit.bytes else { throw .tooLong(size) }
        var challenges: [AuthenticationChallenge] = []
        for header in headers {
            var reader = ChallengeReader(rest: Array(header.utf8)[...])
            while reader.skipToElement() {
                guard challenges.count < Limit.challenges else { throw .tooManyChallenges }
                challenges.append(try reader.challenge())
            }
        }
        return challenges
    }

    fileprivate init(scheme: String, token68: String?, parameters: [Parameter]) {
        self.scheme = scheme
        self.token68 = token68
        self.parameters = parameters
    }
}

/// Why `WWW-Authenticate` headers can't be read.
public enum ChallengeError: Error, Equatable, Sendable {
    /// Bytes of all headers together.
    case tooLong(Int)
    case tooManyChallenges
    case tooManyParameters
    /// Something else where a scheme belongs.
    case scheme(found: String)
    /// Neither a token nor a quoted string after a parameter's `=`.
    case value(of: String)
    /// A quoted string that does not end, or holds a control character.
    case quotedString(of: String)
    /// Something other than a comma after a challenge's token or parameter.
    case separator(found: String)
    case duplicateParameter(String)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .tooLong(let size):
            "expected authentication challenges of at most \(AuthenticationChallenge.Limit.bytes) bytes, found \(size)"
        case .tooManyChallenges:
            "expected at most \(AuthenticationChallenge.Limit.challenges) authentication challenges, found more"
        case .tooManyParameters:
            "expected at most \(AuthenticationChallenge.Limit.parameters) parameters in a challenge, found more"
        case .scheme(let found): "expected an authentication scheme, found \(Finding.quoted(found, limit: 40))"
        case .value(let name): "expected a value of the challenge's parameter \(Finding.quoted(name)), found none"
        case .quotedString(let name):
            "expected a quoted string as value of the challenge's parameter \(Finding.quoted(name)), "
                + "found one that does not end or holds a control character"
        case .separator(let found):
            "expected a comma in the authentication challenge, found \(Finding.quoted(found, limit: 40))"
        case .duplicateParameter(let name): "expected one parameter \(Finding.quoted(name)) in a challenge, found two"
        }
    }
}

/// Reads challenges from the front of a header's value.
private struct ChallengeReader {
    var rest: ArraySlice<UInt8>

    /// Skips empty elements of the list (RFC 9110 section 5.6.1.2: a recipient must accept them); false at the end.
    mutating func skipToElement() -> Bool {
        rest = rest.drop { $0.isOptionalWhitespace || $0 == UInt8(ascii: ",") }
        return !rest.isEmpty
    }

    mutating func challenge() throws(ChallengeError) -> AuthenticationChallenge {
        let start = rest
        guard let name = token() else { throw .scheme(found: String(decoding: rest, as: UTF8.self)) }
        let scheme = name.lowercased()
        let afterScheme = rest
        rest = rest.drop(while: \.isOptionalWhitespace)
        if rest.isEmpty || rest.first == UInt8(ascii: ",") {
            return AuthenticationChallenge(scheme: scheme, token68: nil, parameters: [])
        }
        // `scheme 1*SP`: without the space the token was no scheme, but something like `realm="x"`.
        guard afterScheme.first == UInt8(ascii: " ") else {
            throw .scheme(found: String(decoding: start, as: UTF8.self))
        }
        if let token68 = token68() {
            return AuthenticationChallenge(scheme: scheme, token68: token68, parameters: [])
        }
        return AuthenticationChallenge(scheme: scheme, token68: nil, parameters: try parameters())
    }

    /// As many `name=value` as follow. A comma may end the challenge or only the parameter: what comes after it is the
    /// next challenge's scheme unless an equals sign follows.
    private mutating func parameters() throws(ChallengeError) -> [AuthenticationChallenge.Parameter] {
        var parameters: [AuthenticationChallenge.Parameter] = []
        while true {
            let element = rest
            guard let name = token(), skipEquals() else {
                guard !parameters.isEmpty else { throw .separator(found: String(decoding: element, as: UTF8.self)) }
                rest = element
                return parameters
            }
            let key = name.lowercased()
            guard !parameters.contains(where: { $0.name.utf8.elementsEqual(key.utf8) }) else {
                throw .duplicateParameter(key)
            }
            guard parameters.count < AuthenticationChallenge.Limit.parameters else { throw .tooManyParameters }
            parameters.append(.init(name: key, value: try value(of: key)))
            rest = rest.drop(while: \.isOptionalWhitespace)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else {
                throw .separator(found: String(decoding: rest, as: UTF8.self))
            }
            guard skipToElement() else { return parameters }
        }
    }

    private mutating func token() -> String? {
        let token = rest.prefix(while: \.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest.dropFirst(token.count)
        return String(decoding: token, as: UTF8.self)
    }

    /// `BWS "=" BWS`; leaves everything as it is if there is none.
    private mutating func skipEquals() -> Bool {
        let after = rest.drop(while: \.isOptionalWhitespace)
        guard after.first == UInt8(ascii: "=") else { return false }
        rest = after.dropFirst().drop(while: \.isOptionalWhitespace)
        return true
    }

    /// Letters, digits and `-._~+/`, then any number of `=`, up to the end of the list's element.
    private mutating func token68() -> String? {
        let letters = rest.prefix(while: \.isToken68Character)
        let padding = rest.dropFirst(letters.count).prefix { $0 == UInt8(ascii: "=") }
        let after = rest.dropFirst(letters.count + padding.count).drop(while: \.isOptionalWhitespace)
        guard !letters.isEmpty, after.isEmpty || after.first == UInt8(ascii: ",") else { return nil }
        rest = after
        return String(decoding: letters, as: UTF8.self) + String(decoding: padding, as: UTF8.self)
    }

    private mutating func value(of name: String) throws(ChallengeError) -> String {
        guard rest.first == UInt8(ascii: "\"") else {
            guard let token = token() else { throw .value(of: name) }
            return token
        }
        rest = rest.dropFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), escaped.isQuotable else { throw .quotedString(of: name) }
                value.append(escaped)
            default:
                guard byte.isQuotable else { throw .quotedString(of: name) }
                value.append(byte)
            }
        }
        throw .quotedString(of: name)
    }
}

extension UInt8 {
    /// OWS and BWS of RFC 9110 section 5.6.3.
    fileprivate var isOptionalWhitespace: Bool { self == 0x20 || self == 0x09 }

    /// `tchar` of RFC 9110 section 5.6.2.
    fileprivate var isTokenCharacter: Bool { isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(self) }

    /// RFC 9110 section 11.2, without the padding.
    fileprivate var isToken68Character: Bool { isLetterOrDigit || "-._~+/".utf8.contains(self) }

    /// What a quoted string may hold besides the quote and the escape, RFC 9110 section 5.6.4.
    fileprivate var isQuotable: Bool { self == 0x09 || (self >= 0x20 && self != 0x7F) }

    /// ASCII only.
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
