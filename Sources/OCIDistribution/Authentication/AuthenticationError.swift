import Findings
public import HTTPTransport
public import OCI

/// Why a request to a registry could not be authenticated. Holds no secret.
public enum AuthenticationError: Error, Equatable, Sendable {
    /// The challenge can't be read.
    case malformedChallenge(ChallengeError)
    /// 401 without a challenge (RFC 9110 section 15.5.2 asks for one).
    case noChallenge
    /// No scheme among those offered is known here.
    case unsupportedSchemes([String])
    /// A Bearer challenge without a realm, or with scopes that are none.
    case malformedBearerChallenge
    /// The registry wants a user name and password and there are none for it.
    case credentialsRequired(registry: RegistryHost)
    /// The credential can't be sent: a user name with a colon, a control character.
    case unusableCredential(registry: RegistryHost)
    /// The registry refused the credentials.
    case credentialsRefused(by: RegistryHost)
    /// The token realm refused the credentials.
    case credentialsRefusedByRealm(HTTPOrigin)
    /// The token realm gave nothing without credentials, and there are none.
    case anonymousRefused(by: HTTPOrigin)
    /// The token realm gave nothing without credentials; those there are were kept from it, because it is not the
    /// registry's.
    case credentialsWithheld(from: HTTPOrigin, registry: RegistryHost)
    /// The registry refused a token that was fresh, granted to somebody or to nobody; with what it says of why, if it does.
    case tokenRefused(by: RegistryHost, wasAnonymous: Bool, error: String?)
    /// The realm is not asked.
    case realm(TokenRealmError)
    /// The realm answered something else than a token.
    case realmStatus(HTTPOrigin, status: Int)
    /// The realm's answer can't be used.
    case malformedAnswer(HTTPOrigin, TokenAnswerError)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .malformedChallenge(let error): error.message
        case .noChallenge: "expected an authentication challenge with status 401, found none"
        case .unsupportedSchemes(let schemes):
            "expected an authentication scheme `basic` or `bearer`, found "
                + schemes.map { Finding.quoted($0, limit: 40) }.joined(separator: ", ")
        case .malformedBearerChallenge:
            "expected a realm and scopes in the registry's Bearer challenge, found others or none"
        case .credentialsRequired(let registry):
            "expected a user name and password for the registry `\(registry)`, found none"
        case .unusableCredential(let registry):
            "expected credentials that a header can hold for the registry `\(registry)`, found others"
        case .credentialsRefused(let registry): "the registry `\(registry)` refused the credentials"
        case .credentialsRefusedByRealm(let realm): "the token realm `\(realm)` refused the credentials"
        case .anonymousRefused(let realm):
            "the token realm `\(realm)` gave no token without credentials, and there are none for the registry"
        case .credentialsWithheld(let realm, let registry):
            "the token realm `\(realm)` gave no token without credentials; those for `\(registry)` are not sent there "
                + "unless the realm is allowed"
        case .tokenRefused(let registry, let wasAnonymous, let error):
            "the registry `\(registry)` refused a fresh \(wasAnonymous ? "anonymous " : "")token"
                + (error.map { ": " + Finding.quoted($0, limit: 80) } ?? "")
        case .realm(let error): error.message
        case .realmStatus(let realm, let status): "expected a token from the realm `\(realm)`, found status \(status)"
        case .malformedAnswer(let realm, let error): "\(error.message) (`\(realm)`)"
        }
    }

    /// How the failure counts: a reader of codes wants to know whether it is about who asks, about what the registry or
    /// realm says, or about whether it can answer at all.
    public enum Kind: Sendable, Hashable {
        /// Credentials are missing or not good enough.
        case unauthorised
        /// The registry names a realm that must not be asked.
        case refusedRealm
        /// An answer that breaks its specification.
        case malformed
        /// Status 429.
        case rateLimited
        /// Another status of the realm.
        case unavailable
    }

    /// See ``Kind-swift.enum``.
    public var kind: Kind {
        switch self {
        case .credentialsRequired, .unusableCredential, .credentialsRefused, .credentialsRefusedByRealm,
            .anonymousRefused, .credentialsWithheld, .tokenRefused, .unsupportedSchemes:
            .unauthorised
        case .realm(.tooLong), .realm(.url), .realm(.fragmentOrBackslash), .malformedChallenge, .noChallenge,
            .malformedBearerChallenge, .malformedAnswer:
            .malformed
        case .realm: .refusedRealm
        case .realmStatus(_, let status): status == 429 ? .rateLimited : .unavailable
        }
    }
}
