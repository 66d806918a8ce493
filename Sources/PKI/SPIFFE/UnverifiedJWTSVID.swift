import Findings
import StrictEncoding

/// A JWT-SVID taken apart: its form is right, and nobody has vouched for it.
struct UnverifiedJWTSVID {
    let algorithm: JWTSVIDAlgorithm
    let keyID: ExactString?
    let subject: SPIFFEID
    /// Never empty.
    let audiences: [ExactString]
    let claims: JSONDocument
    /// Header and claims as they were sent, with the dot between: what is signed (RFC 7515 section 5.1).
    let signedMessage: SignedMessage
    let signature: [UInt8]

    private let times: Times

    /// `exp`, `nbf` and `iat`, in seconds since 1970.
    private struct Times {
        let expires: Int64
        let notBefore, issuedAt: Int64?
    }

    init(_ token: [UInt8]) throws(JWTSVIDError) {
        guard token.count <= SPIFFELimits.tokenByteCount else { throw .tooLong(limit: SPIFFELimits.tokenByteCount) }
        // RFC 7515 section 7.1. An empty third part would be an unsecured token (section 6 of RFC 7519).
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .notCompact }
        let header = try Self.document(parts[0])
        (algorithm, keyID) = try Self.header(header)
        claims = try Self.document(parts[1])
        guard let signature = Base64URL.decode(parts[2]) else { throw .notCompact }
        self.signature = signature
        signedMessage = SignedMessage(token[..<parts[1].endIndex])
        guard let members = claims.root.object else { throw .malformedClaim("sub") }
        subject = try Self.subject(members)
        audiences = try Self.audiences(members)
        guard let expires = try Self.time(members, "exp", roundingUp: false) else { throw .malformedClaim("exp") }
        times = Times(
            expires: expires, notBefore: try Self.time(members, "nbf", roundingUp: true),
            issuedAt: try Self.time(members, "iat", roundingUp: true))
    }

    /// RFC 7519 sections 4.1.4 to 4.1.6: before `exp`, not before `nbf` and `iat`.
    ///
    /// - Returns: `exp`.
    func checkTimes(at instant: Instant, leeway: ClockLeeway) throws(JWTSVIDError) -> Instant {
        func stated(_ seconds: Int64) -> Instant { Instant(secondsSince1970: seconds) }
        // Twice 300 seconds beside a number of 64 bits of which 63 are read: no sum here overflows.
        let now = instant.secondsSince1970
        guard now - leeway.seconds < times.expires else { throw .expired(stated(times.expires), at: instant) }
        if let notBefore = times.notBefore, now + leeway.seconds < notBefore {
            throw .notYet(stated(notBefore), at: instant)
        }
        if let issuedAt = times.issuedAt, now + leeway.seconds < issuedAt {
            throw .issuedLater(stated(issuedAt), at: instant)
        }
        return stated(times.expires)
    }
}

// MARK: Parts

extension UnverifiedJWTSVID {
    private static func document(_ part: ArraySlice<UInt8>) throws(JWTSVIDError) -> JSONDocument {
        guard let text = Base64URL.decode(part) else { throw .notCompact }
        do {
            return try JSONDocument(
                parsing: text, limits: JSONLimits(bytes: SPIFFELimits.tokenByteCount, depth: 16))
        } catch {
            throw .notJSON(error)
        }
    }

    /// JWT-SVID section 2: three headers and no others, so that none can bring a key, an address or a rule of its own.
    private static func header(
        _ document: JSONDocument
    ) throws(JWTSVIDError) -> (JWTSVIDAlgorithm, ExactString?) {
        guard let members = document.root.object, let name = members["alg"]?.exact else {
            throw .malformedHeader("alg")
        }
        guard let algorithm = JWTSVIDAlgorithm(name: name) else { throw .unsupportedAlgorithm(name.value) }
        for key in members.keys where !["alg", "kid", "typ"].contains(key) { throw .unknownHeader }
        if let type = members["typ"] {
            guard let type = type.exact, type == "JWT" || type == "JOSE" else { throw .malformedHeader("typ") }
        }
        guard let keyID = members["kid"] else { return (algorithm, nil) }
        guard let keyID = keyID.exact, !keyID.utf8.isEmpty else { throw .malformedHeader("kid") }
        return (algorithm, keyID)
    }

    /// Section 3.1. The ID without a path is the trust domain's own, and no workload's.
    private static func subject(_ members: JSONObject) throws(JWTSVIDError) -> SPIFFEID {
        guard let text = members["sub"]?.string else { throw .malformedClaim("sub") }
        let id: SPIFFEID
        do {
            id = try SPIFFEID(text)
        } catch {
            throw .subject(error)
        }
        guard !id.path.utf8.isEmpty else { throw .subjectWithoutPath }
        return id
    }

    /// Section 3.2, RFC 7519 section 4.1.3: one string, or several in an array.
    private static func audiences(_ members: JSONObject) throws(JWTSVIDError) -> [ExactString] {
        guard let value = members["aud"] else { throw .malformedClaim("aud") }
        if let only = value.exact, !only.utf8.isEmpty { return [only] }
        guard let array = value.array, !array.isEmpty, array.count <= SPIFFELimits.audiences else {
            throw .malformedClaim("aud")
        }
        var audiences: [ExactString] = []
        for element in array {
            guard let audience = element.exact, !audience.utf8.isEmpty else { throw .malformedClaim("aud") }
            audiences.append(audience)
        }
        return audiences
    }

    /// RFC 7519 section 2, NumericDate: seconds, perhaps with a fraction. A fraction is cut off or filled up, whichever
    /// lets the token hold for less.
    private static func time(
        _ members: JSONObject, _ name: String, roundingUp: Bool
    ) throws(JWTSVIDError) -> Int64? {
        guard let value = members[name] else { return nil }
        guard let literal = value.numberLiteral else { throw .malformedClaim(name) }
        let parts = literal.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isPlain = literal.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        guard isPlain, let whole = parts.first, let seconds = Int64(String(decoding: whole, as: UTF8.self)),
            seconds <= Instant.latest.secondsSince1970
        else { throw .malformedClaim(name) }
        let hasFraction = parts.dropFirst().contains { $0.contains { $0 != UInt8(ascii: "0") } }
        return hasFraction && roundingUp ? seconds + 1 : seconds
    }
}

extension JWTSVIDError {
    /// One line, lower case.
    public var message: String {
        switch self {
        case .tooLong(let limit): "expected a token of at most \(limit) bytes, found more"
        case .notCompact: "expected a token of three parts in base64url, found another form"
        case .notJSON(let error): error.message
        case .malformedHeader(let name): "expected the header `\(name)` as JWT-SVID has it, found another or none"
        case .unknownHeader: "expected the headers `alg`, `kid` and `typ` only, found another"
        case .unsupportedAlgorithm(let name):
            "expected one of the nine algorithms of JWT-SVIDs, found \(Finding.quoted(name, limit: 64))"
        case .malformedClaim(let name): "expected the claim `\(name)` as JWT-SVID has it, found another or none"
        case .subject(let error): "in the claim `sub`: " + error.message
        case .subjectWithoutPath: "expected the SPIFFE ID of a workload in the claim `sub`, found a trust domain's"
        case .trust(let error): error.message
        case .unknownKey: "expected a token signed with a key of the trust domain's bundle, found another key's name"
        case .otherAlgorithmThanTheKeys: "expected the algorithm that the key is for, found another"
        case .signatureMismatch: "expected the signature of the key that the token names, found another"
        case .otherAudience: "expected a token that was made out for this audience, found others"
        case .expired(let end, let instant): "expected a token that holds at \(instant), found one until \(end)"
        case .notYet(let start, let instant): "expected a token that holds at \(instant), found one from \(start)"
        case .issuedLater(let issued, let instant):
            "expected a token issued by \(instant), found one issued at \(issued)"
        }
    }
}
