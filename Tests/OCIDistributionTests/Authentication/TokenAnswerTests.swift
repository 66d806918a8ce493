import OCI
import StrictEncoding
import Testing

@testable import OCIDistribution

struct TokenAnswerTests {
    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func parse(_ text: String) throws -> TokenAnswer { try TokenAnswer(parsing: Array(text.utf8), at: now) }

    @Test(arguments: [
        #"{"token":"abc"}"#, #"{"access_token":"abc"}"#, #"{"token":"abc","access_token":"abc"}"#,
        #"{"token":"","access_token":"abc"}"#, #"{"token":null,"access_token":"abc"}"#,
        #"{"token":"abc","refresh_token":"def","scope":"x"}"#,
    ])
    func readsEitherName(_ text: String) throws {
        let answer = try parse(text)
        #expect(answer.token.revealed == "abc")
        #expect(answer.expires == now.adding(seconds: 60))
    }

    @Test(arguments: [
        (#""expires_in":300"#, 300), (#""expires_in":0"#, 0), (#""expires_in":-5"#, 0),
        (#""expires_in":9223372036854775807"#, 86_400), (#""expires_in":null"#, 60),
        // Issued ten seconds ago; in the future, which is a clock's fault; on a date that is none.
        (#""expires_in":300,"issued_at":"2027-01-15T07:59:50Z""#, 290),
        (#""expires_in":300,"issued_at":"2027-01-15T09:00:00Z""#, 300),
        (#""expires_in":300,"issued_at":"yesterday""#, 300),
    ])
    func neverBelievesALongerLifeThanTheRealmGrants(_ members: String, _ seconds: Int64) throws {
        #expect(try parse(#"{"token":"abc",\#(members)}"#).expires == now.adding(seconds: seconds))
    }

    @Test(arguments: [
        ("[]", TokenAnswerError.notAnObject), ("{}", .noToken), (#"{"token":""}"#, .noToken),
        (#"{"token":"abc","access_token":"def"}"#, .contradictoryTokens), (#"{"token":1}"#, .wrongType("token")),
        (#"{"access_token":{}}"#, .wrongType("access_token")),
        (#"{"token":"abc","expires_in":"60"}"#, .wrongType("expires_in")),
        (#"{"token":"abc","expires_in":1.5}"#, .wrongType("expires_in")),
        (#"{"token":"abc\r\nX-Evil: 1"}"#, .unusableToken), (#"{"token":"a b"}"#, .unusableToken),
        (#"{"token":"é"}"#, .unusableToken),
    ])
    func rejectsWhatIsNoToken(_ text: String, _ error: TokenAnswerError) {
        #expect(throws: error) { try parse(text) }
    }

    @Test func rejectsATokenThatNoHeaderHolds() {
        #expect(throws: TokenAnswerError.unusableToken) {
            try parse(#"{"token":""# + String(repeating: "a", count: 32_769) + #""}"#)
        }
        #expect(throws: Never.self) { try parse(#"{"token":""# + String(repeating: "a", count: 32_768) + #""}"#) }
    }

    @Test(arguments: [#"{"token":"abc","token":"def"}"#, "", "<html>", #"{"token":"hidden"#])
    func rejectsWhatIsNoStrictJSON(_ text: String) {
        let error = #expect(throws: TokenAnswerError.self) { try parse(text) }
        #expect(error?.message.contains("hidden") == false)
    }

    @Test func rejectsAnEndlessBody() {
        let body = Array((#"{"token":""# + String(repeating: "a", count: 256 << 10) + #""}"#).utf8)
        #expect(throws: TokenAnswerError.json(.tooLarge(limit: 256 << 10))) { try TokenAnswer(parsing: body, at: now) }
    }
}

struct TokenCacheTests {
    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func key(_ name: String, credential: RegistryCredential? = nil) throws -> TokenCache.Key {
        let rules = TokenRealmRules(registry: try #require(RegistryHost(parsing: "registry.example")))
        return TokenCache.Key(
            realm: try rules.realm("https://registry.example/t").url, service: "s",
            scopes: [TokenScope(repository: name, [.pull])], credential: credential)
    }

    private func answer(_ text: String, seconds: Int) throws -> TokenAnswer {
        try TokenAnswer(parsing: Array(#"{"token":"\#(text)","expires_in":\#(seconds)}"#.utf8), at: now)
    }

    @Test func forgetsATokenBeforeItEnds() throws {
        var cache = TokenCache()
        cache.store(try answer("a", seconds: 60), for: try key("a"), at: now)
        #expect(cache.token(for: try key("a"), at: now.adding(seconds: 49))?.revealed == "a")
        #expect(cache.token(for: try key("a"), at: now.adding(seconds: 50)) == nil)
    }

    @Test func keepsTokensOfOneCredentialFromAnother() throws {
        var cache = TokenCache()
        let one = RegistryCredential.identityToken(Secret("one"))
        cache.store(try answer("a", seconds: 60), for: try key("a", credential: one), at: now)
        #expect(cache.token(for: try key("a"), at: now) == nil)
        #expect(cache.token(for: try key("a", credential: .identityToken(Secret("two"))), at: now) == nil)
        #expect(cache.token(for: try key("b", credential: one), at: now) == nil)
        #expect(cache.token(for: try key("a", credential: one), at: now) != nil)
    }

    @Test func doesNotKeepWhatEndsAtOnce() throws {
        var cache = TokenCache()
        cache.store(try answer("a", seconds: 10), for: try key("a"), at: now)
        #expect(cache.count == 0)
    }

    @Test func staysBounded() throws {
        var cache = TokenCache()
        for number in 0..<1000 {
            cache.store(try answer("t", seconds: 60 + number), for: try key("r\(number)"), at: now)
        }
        #expect(cache.count == TokenCache.mostEntries)
        #expect(cache.token(for: try key("r999"), at: now) != nil)
        #expect(cache.token(for: try key("r0"), at: now) == nil)
    }

    @Test func forgetsARefusedTokenButNotTheNewerOne() throws {
        var cache = TokenCache()
        cache.store(try answer("new", seconds: 60), for: try key("a"), at: now)
        cache.remove(Secret("old"), for: try key("a"))
        #expect(cache.count == 1)
        cache.remove(Secret("new"), for: try key("a"))
        #expect(cache.count == 0)
    }
}

struct SecretTests {
    @Test func isNeverShown() {
        let secret = Secret("hunter2")
        let credential = RegistryCredential.password(user: Secret("someone"), password: secret)
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(secret)", "\(credential)", String(reflecting: secret), String(reflecting: credential), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("someone"))
        }
    }

    @Test func isComparedByBytes() {
        #expect(Secret("caf\u{E9}") != Secret("cafe\u{301}"))
        #expect(Set([Secret("caf\u{E9}"), Secret("cafe\u{301}"), Secret("caf\u{E9}")]).count == 2)
    }
}
