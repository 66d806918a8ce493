import AdmissionServer
import PKI
import RegistrySimulator
import Signing
import Simulators
import StrictEncoding
import Testing

/// Bearer tokens of OpenID Connect issuers.
@Suite struct IssuedTokenTests {
    private let directory: TemporaryDirectory
    private let ecKey: PrivateKey
    private let rsaKey: PrivateKey
    private let surface = TestSurface()

    init() throws {
        directory = try TemporaryDirectory()
        ecKey = try PrivateKey.generate(.ecdsaP256)
        rsaKey = try PrivateKey.generate(.rsa(bits: 2048))
        try writeKeys([("ec", ecKey, "ES256"), ("rsa", rsaKey, "RS256")])
    }

    private func writeKeys(_ keys: [(String, PrivateKey, String?)]) throws {
        let elements = keys.map { id, key, algorithm -> JSONTree in
            var members = SimulatedTrustDomain.webKey(key.publicKey)
            members["kid"] = .string(id)
            members["use"] = "sig"
            if let algorithm { members["alg"] = .string(algorithm) }
            return .object(members)
        }
        let text = JSONTree.object(["keys": .array(elements)]).canonicalBytes()
        try directory.write(String(decoding: text, as: UTF8.self), to: "jwks.json")
    }

    private func server() async throws -> TestServer {
        var configuration = AdmissionServerConfiguration.open()
        configuration.access = [
            .kubernetesValidate: .callers(
                CallerRules(issuedTokens: [
                    IssuedTokenRule(
                        issuer: "https://issuer.example", audience: "landwaiter", keysFile: directory.path("jwks.json"),
                        subjects: ["ci"], leeway: ClockLeeway(seconds: 10) ?? .none)
                ]))
        ]
        return try await TestServer(configuration, surfaces: [surface])
    }

    private func token(
        _ key: PrivateKey? = nil, scheme: SignatureScheme = .ecdsaSHA256,
        _ alter: (inout SimulatedToken) -> Void = { _ in }
    ) throws -> String {
        var token = SimulatedToken()
        token.header = ["alg": "ES256", "kid": "ec", "typ": "JWT"]
        token.claims = [
            "iss": "https://issuer.example", "aud": ["other", "landwaiter"], "sub": "ci",
            "exp": .integer(SimulatedCA.now.secondsSince1970 + 300), "iat": .integer(SimulatedCA.now.secondsSince1970),
        ]
        token.scheme = scheme
        alter(&token)
        return try token.signed(by: key ?? ecKey)
    }

    private func status(_ server: TestServer, _ token: String) async throws -> Int {
        try await server.client().request(Wire.post(headers: ["Authorization: Bearer \(token)"])).status
    }

    @Test func letsInTheListedSubject() async throws {
        let server = try await server()
        let answer = try await server.client().request(Wire.post(headers: ["Authorization: Bearer \(try token())"]))
        #expect(answer.status == 200)
        #expect(answer.text == "token:ci@https://issuer.example")
        let rsa = try token(rsaKey, scheme: .rsaPKCS1SHA256) {
            $0.header["alg"] = "RS256"
            $0.header["kid"] = "rsa"
        }
        #expect(try await status(server, rsa) == 200)
    }

    @Test func refusesWhatTheIssuerDidNotSayForThisServerAndNow() async throws {
        let server = try await server()
        let now = SimulatedCA.now.secondsSince1970
        let cases: [(String, (inout SimulatedToken) -> Void)] = [
            ("issuer", { $0.claims["iss"] = "https://issuer.example/" }),
            ("audience", { $0.claims["aud"] = "Landwaiter" }),
            ("no audience", { $0.claims["aud"] = nil }),
            ("expired", { $0.claims["exp"] = .integer(now - 10) }),
            ("no end", { $0.claims["exp"] = nil }),
            ("end as text", { $0.claims["exp"] = .string("\(now + 300)") }),
            ("not yet", { $0.claims["nbf"] = .integer(now + 11) }),
            ("issued later", { $0.claims["iat"] = .integer(now + 11) }),
            ("no subject", { $0.claims["sub"] = nil }),
            ("critical header", { $0.header["crit"] = ["b64"] }),
            ("another type", { $0.header["typ"] = "logout+jwt" }),
            ("another key's name", { $0.header["kid"] = "rsa" }),
            ("no such key", { $0.header["kid"] = "x" }),
            ("unsecured", { $0.header["alg"] = "none" }),
            ("symmetric", { $0.header["alg"] = "HS256" }),
            ("another algorithm", { $0.header["alg"] = "ES384" }),
        ]
        for (what, alter) in cases {
            let text = try token(nil, alter)
            #expect(try await status(server, text) == 401, "\(what)")
        }
        #expect(try await status(server, try token { $0.claims["sub"] = "ci2" }) == 403)
        #expect(try await status(server, try token(try PrivateKey.generate(.ecdsaP256))) == 401)
        #expect(surface.asked.isEmpty)
        // Within the leeway.
        #expect(try await status(server, try token { $0.claims["exp"] = .integer(now - 9) }) == 200)
    }

    @Test func takesTheAlgorithmFromTheKeyAndNotFromTheToken() async throws {
        let server = try await server()
        // The key is for RS256; the same key signs well under PS256.
        let other = try token(rsaKey, scheme: .rsaPSSSHA256) {
            $0.header["alg"] = "PS256"
            $0.header["kid"] = "rsa"
        }
        #expect(try await status(server, other) == 401)
        try writeKeys([("rsa", rsaKey, nil)])
        server.server.reload()
        #expect(try await status(server, other) == 200)
    }

    @Test func takesNewKeysAndForgetsOldOnesWithoutARestart() async throws {
        let server = try await server()
        let new = try PrivateKey.generate(.ecdsaP256)
        try writeKeys([("ec", new, "ES256")])
        server.server.reload()
        #expect(try await status(server, try token()) == 401)
        #expect(try await status(server, try token(new)) == 200)
        try directory.write("{\"keys\": []}", to: "jwks.json")
        server.server.reload()
        #expect(try await status(server, try token(new)) == 200)
        #expect(server.notices.of(.reloadFailed).count == 1)
    }
}
