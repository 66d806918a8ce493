/// What a user has to show to a registry. Nothing of it stands in a description: tokens are used as user names too.
public enum RegistryCredential: Sendable, Hashable, CustomStringConvertible {
    /// For basic authentication, at the registry or at its token realm.
    case password(user: Secret, password: Secret)
    /// A refresh token, traded at the token realm (docker's `identitytoken`, a helper's user name `<token>`).
    case identityToken(Secret)
    /// A bearer token that the registry itself takes (docker's `registrytoken`).
    case registryToken(Secret)

    /// The kind alone.
    public var description: String {
        switch self {
        case .password: "user name and password"
        case .identityToken: "identity token"
        case .registryToken: "registry token"
        }
    }
}
