import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// JWT-SVIDs, a case for each rule of the specification, accepted and refused. Each attack is one change away from the
/// token that holds.
struct JWTSVIDTests {
    static let now = SimulatedCA.now
    static let world = Result { try SimulatedTrustDomain() }

    static func bundles(
        _ keys: [JSONTree], domain: String = "example.org", from start: Instant = .earliest, to end: Instant? = nil
    ) throws -> SPIFFETrustBundles {
        let tree: JSONTree = ["keys": .array(keys)]
        let bundle = try SPIFFETrustBundle(trustDomain: SPIFFETrustDomain(domain), jwks: tree.canonicalBytes())
        return try SPIFFETrustBundles([.init(bundle, validFor: ValidityPeriod(start: start, end: end))])
    }

    static func bundles() throws -> SPIFFETrustBundles {
        try bundles([SimulatedTrustDomain.tokenKey(world.get().tokenKey.publicKey, id: "token-1")])
    }

    /// What comes of a token; nil if it holds.
    static func outcome(
        _ token: String, _ bundles: SPIFFETrustBundles, audience: ExactString = "registry", at instant: Instant = now,
        leeway: ClockLeeway = .none
    ) -> JWTSVIDError? {
        do throws(JWTSVIDError) {
            _ = try bundles.verify(token: Array(token.utf8), audience: audience, at: instant, leeway: leeway)
            return nil
        } catch {
            return error
        }
    }

    static func outcome(
        audience: ExactString = "registry", at instant: Instant = now, leeway: ClockLeeway = .none,
        _ alter: (inout SimulatedToken) -> Void = { _ in }
    ) throws -> JWTSVIDError? {
        var token = SimulatedToken()
        alter(&token)
        return outcome(
            try token.signed(by: world.get().tokenKey), try bundles(), audience: audience, at: instant, leeway: leeway)
    }

    @Test func holdsForItsAudience() throws {
        let token = try SimulatedToken().signed(by: Self.world.get().tokenKey)
        let svid = try Self.bundles().verify(token: Array(token.utf8), audience: "registry", at: Self.now)
        #expect(svid.id.description == "spiffe://example.org/build")
        #expect(svid.audiences == ["registry"])
        #expect(svid.expires == Self.now.adding(seconds: 300))
        #expect(svid.keyID == "token-1")
        #expect(svid.algorithm == .es256)
        #expect(svid.claims.root["iat"]?.int == Int(Self.now.secondsSince1970))
    }

    // MARK: Section 2, the header

    @Test(arguments: [
        (JWTSVIDAlgorithm.rs256, PublicKey.Kind.rsa(bits: 2048)), (.rs384, .rsa(bits: 2048)),
        (.rs512, .rsa(bits: 2048)), (.ps256, .rsa(bits: 2048)), (.ps384, .rsa(bits: 2048)), (.ps512, .rsa(bits: 2048)),
        (.es256, .ecdsaP256), (.es384, .ecdsaP384), (.es512, .ecdsaP521),
    ])
    func holdsUnderEachOfTheNineAlgorithms(_ algorithm: JWTSVIDAlgorithm, _ kind: PublicKey.Kind) throws {
        let key = try TestKeys.key(kind)
        var token = SimulatedToken()
        token.header["alg"] = .string(algorithm.rawValue)
        token.scheme = algorithm.scheme
        let bundles = try Self.bundles([SimulatedTrustDomain.tokenKey(key.publicKey, id: "token-1")])
        #expect(try Self.outcome(token.signed(by: key), bundles) == nil)
        // Signed with the very same key, under another name.
        for other in JWTSVIDAlgorithm.allCases where other != algorithm {
            token.header["alg"] = .string(other.rawValue)
            let outcome = try Self.outcome(token.signed(by: key), bundles)
            #expect(
                outcome == (other.isUsable(with: kind) ? .signatureMismatch : .otherAlgorithmThanTheKeys), "\(other)")
        }
    }

    @Test(arguments: ["none", "None", "HS256", "HS384", "HS512", "EdDSA", "ES256K", "es256", "RS1", "ES256 ", ""])
    func rejectsEveryOtherAlgorithm(_ name: String) throws {
        #expect(try Self.outcome { $0.header["alg"] = .string(name) } == .unsupportedAlgorithm(name))
    }

    /// A key that everybody knows, used as a secret that only two know.
    @Test func rejectsATokenWhoseSecretIsThePublicKey() throws {
        let key = try Self.world.get().tokenKey
        let token = try SimulatedToken.signed(
            header: Array(#"{"alg":"HS256","kid":"token-1"}"#.utf8),
            claims: JSONTree.object(SimulatedToken().claims).canonicalBytes(), by: key)
        #expect(Self.outcome(token, try Self.bundles()) == .unsupportedAlgorithm("HS256"))
    }

    @Test func rejectsAnUnsecuredToken() throws {
        let token = try SimulatedToken().signed(by: Self.world.get().tokenKey)
        let input = token.prefix { $0 != "." } + "." + token.split(separator: ".")[1]
        #expect(Self.outcome(input + ".", try Self.bundles()) == .notCompact)
        #expect(Self.outcome(String(input), try Self.bundles()) == .notCompact)
    }

    @Test func theAlgorithmHasToBeStated() throws {
        for value: JSONTree? in [nil, 1, .null, ["ES256"]] {
            #expect(try Self.outcome { $0.header["alg"] = value } == .malformedHeader("alg"))
        }
        let claims = JSONTree.object(SimulatedToken().claims).canonicalBytes()
        let token = try SimulatedToken.signed(header: Array("[]".utf8), claims: claims, by: Self.world.get().tokenKey)
        #expect(Self.outcome(token, try Self.bundles()) == .malformedHeader("alg"))
    }

    @Test func theTypeIsLeftOutOrOneOfTwo() throws {
        for type: JSONTree? in [nil, "JWT", "JOSE"] { #expect(try Self.outcome { $0.header["typ"] = type } == nil) }
        for type: JSONTree in ["jwt", "at+jwt", "", 1, .null] {
            #expect(try Self.outcome { $0.header["typ"] = type } == .malformedHeader("typ"))
        }
    }

    /// Any of these would let a token bring its own key, or change what is signed.
    @Test(arguments: ["jwk", "jku", "x5c", "x5u", "x5t", "crit", "b64", "cty", "zip", "custom"] as [ExactString])
    func rejectsEveryOtherHeader(_ name: ExactString) throws {
        #expect(try Self.outcome { $0.header[name] = "x" } == .unknownHeader)
    }

    @Test func theIdentifierSelectsTheKey() throws {
        let key = try Self.world.get().tokenKey
        let other = try TestKeys.key(.ecdsaP256)
        let bundles = try Self.bundles([
            SimulatedTrustDomain.tokenKey(other.publicKey, id: "token-0"),
            SimulatedTrustDomain.tokenKey(key.publicKey, id: "token-1"),
        ])
        func outcome(_ identifier: JSONTree?, _ key: PrivateKey) throws -> JWTSVIDError? {
            var token = SimulatedToken()
            token.header["kid"] = identifier
            return Self.outcome(try token.signed(by: key), bundles)
        }
        #expect(try outcome("token-1", key) == nil)
        #expect(try outcome("token-0", other) == nil)
        #expect(try outcome("token-0", key) == .signatureMismatch)
        #expect(try outcome("token-2", key) == .unknownKey)
        #expect(try outcome("TOKEN-1", key) == .unknownKey)
        // Section 2.2 lets it be left out: then any key of the trust domain may have signed.
        #expect(try outcome(nil, key) == nil)
        #expect(try outcome(nil, TestKeys.key(.ecdsaP384)) != nil)
        for identifier: JSONTree in ["", 1, .null] { #expect(try outcome(identifier, key) == .malformedHeader("kid")) }
    }

    @Test func aKeyThatStatesAnAlgorithmIsForNoOther() throws {
        let key = try TestKeys.key(.rsa(bits: 2048))
        guard case .object(var members) = SimulatedTrustDomain.tokenKey(key.publicKey, id: "token-1") else { return }
        members["alg"] = "PS256"
        let bundles = try Self.bundles([.object(members)])
        var token = SimulatedToken()
        token.header["alg"] = "PS256"
        token.scheme = .rsaPSSSHA256
        #expect(Self.outcome(try token.signed(by: key), bundles) == nil)
        token.header["alg"] = "RS256"
        token.scheme = .rsaPKCS1SHA256
        #expect(Self.outcome(try token.signed(by: key), bundles) == .otherAlgorithmThanTheKeys)
    }

    // MARK: Section 3.1, the subject

    @Test func theSubjectIsAWorkloadOfTheTrustDomainWhoseKeySigned() throws {
        for value: JSONTree? in [nil, 1, .null, ["spiffe://example.org/build"]] {
            #expect(try Self.outcome { $0.claims["sub"] = value } == .malformedClaim("sub"))
        }
        #expect(try Self.outcome { $0.claims["sub"] = "build" } == .subject(.notSPIFFE))
        #expect(try Self.outcome { $0.claims["sub"] = "spiffe://Example.org/build" } == .subject(.trustDomainCharacter))
        #expect(try Self.outcome { $0.claims["sub"] = "spiffe://example.org" } == .subjectWithoutPath)
        // The keys of one trust domain vouch for nobody of another.
        #expect(
            try Self.outcome { $0.claims["sub"] = "spiffe://victim.example/build" }
                == .trust(.noBundle(SPIFFETrustDomain("victim.example"))))
    }

    /// The key of one trust domain, the name of another whose bundle is there too.
    @Test func rejectsASubjectOfATrustDomainThatDidNotSign() throws {
        let victim = try SimulatedTrustDomain("victim.example")
        let always = try ValidityPeriod(start: .earliest, end: nil)
        let bundles = try SPIFFETrustBundles(
            [Self.world.get(), victim].map {
                .init(
                    try SPIFFETrustBundle(trustDomain: SPIFFETrustDomain($0.name), jwks: $0.bundle().canonicalBytes()),
                    validFor: always)
            })
        var token = SimulatedToken()
        token.claims["sub"] = "spiffe://victim.example/build"
        #expect(Self.outcome(try token.signed(by: Self.world.get().tokenKey), bundles) == .signatureMismatch)
        #expect(Self.outcome(try token.signed(by: victim.tokenKey), bundles) == nil)
    }

    // MARK: Section 3.2, the audience

    @Test func theAudienceIsAmongThoseOfTheToken() throws {
        #expect(try Self.outcome { $0.claims["aud"] = "registry" } == nil)
        #expect(try Self.outcome { $0.claims["aud"] = ["other", "registry"] } == nil)
        for audience: JSONTree in ["other", ["other"], "registry/", "regist", "Registry", ["reg", "istry"]] {
            #expect(try Self.outcome { $0.claims["aud"] = audience } == .otherAudience)
        }
        #expect(try Self.outcome(audience: "") == .otherAudience)
        // Composed and decomposed are two audiences.
        #expect(try Self.outcome(audience: "caf\u{E9}") { $0.claims["aud"] = "cafe\u{301}" } == .otherAudience)
    }

    @Test func theAudienceHasToBeThere() throws {
        let many = JSONTree.array([JSONTree](repeating: "registry", count: SPIFFELimits.audiences + 1))
        for audience: JSONTree? in [nil, [], "", [""], ["registry", 1], 1, .null, [:], many] {
            #expect(try Self.outcome { $0.claims["aud"] = audience } == .malformedClaim("aud"))
        }
    }

    // MARK: Section 3.3, times

    @Test func aTokenHoldsUntilTheSecondBeforeItExpires() throws {
        let end = Self.now.adding(seconds: 300)
        #expect(try Self.outcome(at: end.adding(seconds: -1)) == nil)
        #expect(try Self.outcome(at: end) == .expired(end, at: end))
        let leeway = try #require(ClockLeeway(seconds: 60))
        #expect(try Self.outcome(at: end.adding(seconds: 59), leeway: leeway) == nil)
        let later = end.adding(seconds: 60)
        #expect(try Self.outcome(at: later, leeway: leeway) == .expired(end, at: later))
    }

    @Test func theExpiryHasToBeThere() throws {
        for value: JSONTree? in [
            nil, "1780000300", .null, .integer(-1), JSONNumber(literal: "1e99").map(JSONTree.number),
            JSONNumber(literal: "99999999999999999999").map(JSONTree.number), .integer(253_402_300_800),
        ] {
            #expect(try Self.outcome { $0.claims["exp"] = value } == .malformedClaim("exp"))
        }
    }

    @Test func aFractionNeverLetsATokenHoldForLonger() throws {
        func number(_ offset: Int64, _ fraction: String) -> JSONTree {
            JSONNumber(literal: "\(Self.now.secondsSince1970 + offset).\(fraction)").map(JSONTree.number) ?? .null
        }
        #expect(try Self.outcome { $0.claims["exp"] = number(1, "5") } == nil)
        #expect(try Self.outcome { $0.claims["exp"] = number(0, "9") } == .expired(Self.now, at: Self.now))
        #expect(try Self.outcome { $0.claims["nbf"] = number(0, "0") } == nil)
        #expect(
            try Self.outcome { $0.claims["nbf"] = number(0, "1") } == .notYet(Self.now.adding(seconds: 1), at: Self.now)
        )
    }

    @Test(arguments: ["nbf", "iat"] as [ExactString])
    func aTokenDoesNotHoldBeforeItBegins(_ claim: ExactString) throws {
        let start = Self.now.adding(seconds: 30)
        func outcome(_ instant: Instant, _ leeway: ClockLeeway = .none) throws -> JWTSVIDError? {
            try Self.outcome(at: instant, leeway: leeway) { $0.claims[claim] = .integer(start.secondsSince1970) }
        }
        #expect(try outcome(start) == nil)
        let early = start.adding(seconds: -1)
        #expect(try outcome(early) == (claim == "nbf" ? .notYet(start, at: early) : .issuedLater(start, at: early)))
        let leeway = try #require(ClockLeeway(seconds: 10))
        #expect(try outcome(start.adding(seconds: -10), leeway) == nil)
        #expect(try outcome(start.adding(seconds: -11), leeway) != nil)
        #expect(try Self.outcome { $0.claims[claim] = "now" } == .malformedClaim(claim.value))
        #expect(try Self.outcome { $0.claims[claim] = nil } == nil)
    }

    @Test func theLeewayHasACeiling() {
        #expect(ClockLeeway(seconds: 300)?.seconds == 300)
        #expect(ClockLeeway(seconds: 301) == nil)
        #expect(ClockLeeway(seconds: -1) == nil)
    }

    // MARK: Sections 4 and 5, signature and form

    @Test func rejectsWhatWasAlteredAfterItWasSigned() throws {
        let key = try Self.world.get().tokenKey
        let bundles = try Self.bundles()
        var token = SimulatedToken()
        let parts = try token.signed(by: key).split(separator: ".").map(String.init)
        token.claims["sub"] = "spiffe://example.org/admin"
        let claims = SimulatedToken.base64URL(JSONTree.object(token.claims).canonicalBytes())
        #expect(Self.outcome([parts[0], claims, parts[2]].joined(separator: "."), bundles) == .signatureMismatch)
        let header = SimulatedToken.base64URL(Array(#"{"alg":"ES256","kid":"token-1"}"#.utf8))
        #expect(Self.outcome([header, parts[1], parts[2]].joined(separator: "."), bundles) == .signatureMismatch)
        let other = SimulatedToken.base64URL([UInt8](repeating: 1, count: 64))
        #expect(Self.outcome([parts[0], parts[1], other].joined(separator: "."), bundles) == .signatureMismatch)
    }

    /// RFC 7518 section 3.4 has r and s side by side; DER is another spelling of a signature that holds.
    @Test func rejectsASignatureInDER() throws {
        let key = try Self.world.get().tokenKey
        let input = try SimulatedToken().signed(by: key).split(separator: ".").prefix(2).joined(separator: ".")
        let der = SimulatedToken.base64URL(try key.sign(Array(input.utf8), scheme: .ecdsaSHA256))
        #expect(Self.outcome(input + "." + der, try Self.bundles()) == .signatureMismatch)
    }

    @Test func rejectsEveryOtherSerialization() throws {
        let bundles = try Self.bundles()
        let token = try SimulatedToken().signed(by: Self.world.get().tokenKey)
        let parts = token.split(separator: ".").map(String.init)
        for text in [
            "", ".", "..", "...", token + ".x", "." + token, token + "=", token + "\n", " " + token,
            #"{"payload":"\#(parts[1])","signature":"\#(parts[2])","protected":"\#(parts[0])"}"#,
        ] {
            #expect(Self.outcome(text, bundles) == .notCompact, "\(text)")
        }
    }

    @Test func rejectsHeadersAndClaimsWithTwoReadings() throws {
        let key = try Self.world.get().tokenKey
        let header = Array(#"{"alg":"ES256","alg":"none"}"#.utf8)
        let claims = JSONTree.object(SimulatedToken().claims).canonicalBytes()
        let bundles = try Self.bundles()
        let first = try SimulatedToken.signed(header: header, claims: claims, by: key)
        #expect(Self.outcome(first, bundles) == .notJSON(.duplicateKey("alg", offset: 15)))
        let second = try SimulatedToken.signed(
            header: Array(#"{"alg":"ES256"}"#.utf8), claims: Array(#"{"sub":"a","sub":"b"}"#.utf8), by: key)
        #expect(Self.outcome(second, bundles) == .notJSON(.duplicateKey("sub", offset: 11)))
        let third = try SimulatedToken.signed(
            header: Array(#"{"alg":"ES256"}"#.utf8), claims: Array("[]".utf8), by: key)
        #expect(Self.outcome(third, bundles) == .malformedClaim("sub"))
    }

    @Test func rejectsATokenThatIsTooLong() throws {
        let limit = SPIFFELimits.tokenByteCount
        #expect(
            Self.outcome(String(repeating: "a", count: limit + 1), try Self.bundles()) == .tooLong(limit: limit))
        #expect(Self.outcome(String(repeating: "a", count: limit), try Self.bundles()) == .notCompact)
    }

    // MARK: Which bundle

    @Test func aKeyCountsWhileItsBundleDoes() throws {
        let key = try Self.world.get().tokenKey
        let bundles = try Self.bundles(
            [SimulatedTrustDomain.tokenKey(key.publicKey, id: "token-1")], from: Self.now.adding(seconds: 10),
            to: Self.now.adding(seconds: 20))
        let token = try SimulatedToken().signed(by: key)
        let domain = try SPIFFETrustDomain("example.org")
        for offset: Int64 in [10, 20] {
            #expect(Self.outcome(token, bundles, at: Self.now.adding(seconds: offset)) == nil)
        }
        for offset: Int64 in [9, 21] {
            let instant = Self.now.adding(seconds: offset)
            #expect(Self.outcome(token, bundles, at: instant) == .trust(.noBundleThen(domain, at: instant)))
        }
    }

    /// While two bundles count, each may have a key of one name.
    @Test func keysOfOneNameInTwoBundlesBothCount() throws {
        let (old, new) = (try Self.world.get().tokenKey, try TestKeys.key(.ecdsaP256))
        let always = try ValidityPeriod(start: .earliest, end: nil)
        let domain = try SPIFFETrustDomain("example.org")
        let bundles = try SPIFFETrustBundles(
            [old, new].map { key in
                let tree: JSONTree = ["keys": [SimulatedTrustDomain.tokenKey(key.publicKey, id: "token-1")]]
                return .init(
                    try SPIFFETrustBundle(trustDomain: domain, jwks: tree.canonicalBytes()), validFor: always)
            })
        for key in [old, new] { #expect(Self.outcome(try SimulatedToken().signed(by: key), bundles) == nil) }
    }

    /// Bundle specification section 4.1.3: the trust domain withdrew its keys.
    @Test func anEmptyBundleVouchesForNobody() throws {
        let token = try SimulatedToken().signed(by: Self.world.get().tokenKey)
        let domain = try SPIFFETrustDomain("example.org")
        #expect(Self.outcome(token, try Self.bundles([])) == .trust(.noKeys(domain, at: Self.now)))
    }
}
