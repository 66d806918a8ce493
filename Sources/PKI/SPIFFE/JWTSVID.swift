public import StrictEncoding

/// A token that a workload's trust domain signed for an audience (JWT-SVID), verified at an instant.
///
/// A token proves who made a request, to whoever it was made out for. It is no signature over an artifact, and whoever
/// sees it can show it again until it expires (JWT-SVID section 7.1).
public struct VerifiedJWTSVID: Sendable {
    /// `sub`.
    public let id: SPIFFEID
    /// `aud`; the wanted one is among them.
    public let audiences: [ExactString]
    /// `exp`: the token holds before this second.
    public let expires: Instant
    /// The key that signed, as the bundle names it.
    public let keyID: ExactString
    public let algorithm: JWTSVIDAlgorithm
    /// All claims, as they were signed. What is specified neither there nor in RFC 7519 means what the trust domain means
    /// by it (SPIFFE-ID section 4.1).
    public let claims: JSONDocument

    fileprivate init(_ token: UnverifiedJWTSVID, key: SPIFFETrustBundle.TokenKey, expires: Instant) {
        id = token.subject
        audiences = token.audiences
        self.expires = expires
        keyID = key.keyID
        algorithm = token.algorithm
        claims = token.claims
    }
}

/// By how much clocks may differ: 0 to 300 seconds.
public struct ClockLeeway: Sendable, Hashable {
    public let seconds: Int64

    /// Nil for more than five minutes, or for less than nothing: RFC 7519 section 4.1.4 has "no more than a few minutes".
    public init?(seconds: Int64) {
        guard (0...300).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    private init() { seconds = 0 }

    /// No leeway.
    public static let none = ClockLeeway()
}

extension SPIFFETrustBundles {
    /// Verifies a JWT-SVID in compact serialization, for one audience (JWT-SVID sections 2 to 5).
    ///
    /// On success a key of the trust domain that `sub` names, in a bundle that counts at `instant`, signed header and
    /// claims under the algorithm that the header states; the audience is among those of the token; and the token holds
    /// at `instant`, give or take the leeway.
    ///
    /// - Parameter audience: what the caller goes by. An empty one is no token's.
    public func verify(
        token: [UInt8], audience: ExactString, at instant: Instant, leeway: ClockLeeway = .none
    ) throws(JWTSVIDError) -> VerifiedJWTSVID {
        // Section 2.1: the algorithm is looked at before anything is computed.
        let token = try UnverifiedJWTSVID(token)
        let key = try signer(of: token, at: instant)
        guard !audience.utf8.isEmpty, token.audiences.contains(audience) else { throw .otherAudience }
        let expires = try token.checkTimes(at: instant, leeway: leeway)
        return VerifiedJWTSVID(token, key: key, expires: expires)
    }

    /// RFC 7515 section 5.2. With an identifier only keys of that name count; without one, which section 2.2 allows, any.
    private func signer(
        of token: UnverifiedJWTSVID, at instant: Instant
    ) throws(JWTSVIDError) -> SPIFFETrustBundle.TokenKey {
        let keys: [SPIFFETrustBundle.TokenKey]
        do {
            keys = try tokenKeys(of: token.subject.trustDomain, at: instant)
        } catch {
            throw .trust(error)
        }
        let named = keys.filter { token.keyID == nil || $0.keyID == token.keyID }
        guard !named.isEmpty else { throw .unknownKey }
        let fitting = named.filter {
            ($0.algorithm ?? token.algorithm) == token.algorithm && token.algorithm.isUsable(with: $0.publicKey.kind)
        }
        // RFC 8725 section 3.1: a key is used with its own algorithm only, whatever the token says.
        guard !fitting.isEmpty else { throw .otherAlgorithmThanTheKeys }
        let key = fitting.first {
            $0.publicKey.isValid(
                token.signature, over: token.signedMessage, scheme: token.algorithm.scheme, encoding: .rawRS)
        }
        guard let key else { throw .signatureMismatch }
        return key
    }
}

/// Why a token is no JWT-SVID of a trust domain whose bundle was given.
public enum JWTSVIDError: Error, Equatable, Sendable {
    /// More bytes than the limit.
    case tooLong(limit: Int)
    /// Not three parts of base64url with dots between, or one of them empty.
    case notCompact
    /// The header or the claims are not JSON.
    case notJSON(JSONError)
    /// Section 2: this member of the header is missing or not as specified.
    case malformedHeader(String)
    /// Section 2: a header that is not one of three.
    case unknownHeader
    /// Section 2.1: none of the nine.
    case unsupportedAlgorithm(String)
    /// Section 3: this claim is missing or not as specified.
    case malformedClaim(String)
    /// Section 3.1: `sub` is no SPIFFE ID.
    case subject(SPIFFEIDError)
    /// Section 3.1: `sub` names a trust domain and no workload of it.
    case subjectWithoutPath

    /// The bundles have no keys for this trust domain at this time.
    case trust(SVIDRefusal)
    /// No key of this identifier.
    case unknownKey
    /// The key is for another algorithm than the token states.
    case otherAlgorithmThanTheKeys
    case signatureMismatch

    /// Section 3.2: made out for others.
    case otherAudience
    /// Section 3.3.
    case expired(Instant, at: Instant)
    /// RFC 7519 section 4.1.5.
    case notYet(Instant, at: Instant)
    /// RFC 7519 section 4.1.6: issued later than it was shown.
    case issuedLater(Instant, at: Instant)
}
