public import StrictEncoding

/// The algorithms of JWT-SVIDs (JWT-SVID section 2.1), and no others: neither `none` nor anything symmetric.
public enum JWTSVIDAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"

    /// By its name, letter for letter.
    public init?(name: ExactString) {
        guard let algorithm = Self.allCases.first(where: { ExactString($0.rawValue) == name }) else { return nil }
        self = algorithm
    }

    /// RFC 7518 sections 3.3 to 3.5.
    package var scheme: SignatureScheme {
        switch self {
        case .rs256: .rsaPKCS1SHA256
        case .rs384: .rsaPKCS1SHA384
        case .rs512: .rsaPKCS1SHA512
        case .es256: .ecdsaSHA256
        case .es384: .ecdsaSHA384
        case .es512: .ecdsaSHA512
        case .ps256: .rsaPSSSHA256
        case .ps384: .rsaPSSSHA384
        case .ps512: .rsaPSSSHA512
        }
    }

    /// RFC 7518 section 3.4 ties each hash function to one curve.
    public func isUsable(with kind: PublicKey.Kind) -> Bool {
        switch self {
        case .es256: kind == .ecdsaP256
        case .es384: kind == .ecdsaP384
        case .es512: kind == .ecdsaP521
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: scheme.isUsable(with: kind)
        }
    }
}
