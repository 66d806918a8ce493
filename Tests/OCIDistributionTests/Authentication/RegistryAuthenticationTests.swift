import HTTPTransport
import OCI
import StrictEncoding
import Testing

@testable import OCIDistribution

private let now = Instant(secondsSince1970: 1_800_000_000)
private let password = RegistryCredential.password(user: Secret("someone"), password: Secret("hunter2"))
private let basic = "Basic c29tZW9uZTpodW50ZXIy"
private let pull = [TokenScope(repository: "a/b", [.pull])]

private func machine(_ registry: String = "registry.example", allowed: [String] = []) throws -> RegistryAuthentication {
    RegistryAuthentication(
        rules: TokenRealmRules(
            registry: try #require(RegistryHost(parsing: registry)),
            allowed: Set(try allowed.map { try #require(RegistryHost(parsing: $0)) })))
}

private func bearer(
    _ realm: String = "https://registry.example/token", scope: String? = "repository:a/b:pull", error: String? = nil
) -> [String] {
    let rest = (scope.map { #",scope="\#($0)""# } ?? "") + (error.map { #",error="\#($0)""# } ?? "")
    return [#"Bearer realm="\#(realm)",service="svc""# + rest]
}

private func body(_ token: String, seconds: Int = 300) -> [UInt8] {
    Array(#"{"token":"\#(token)","expires_in":\#(seconds)}"#.utf8)
}

private func question(_ step: RegistryAuthentication.Step) throws -> TokenRequest {
    guard case .ask(let request) = step else {
        Issue.record("expected a question to the realm, found \(step)")
        throw NotAsked()
    }
    return request
}

private struct NotAsked: Error {}

private func sends(_ header: String?) -> RegistryAuthentication.Step { .send(authorization: header.map { Secret($0) }) }

struct RegistryAuthenticationTests {
    @Test func asksForATokenAnonymously() throws {
        var machine = try machine()
        var (attempt, step) = machine.begin(pull, credential: nil, at: now)
        #expect(step == sends(nil))
        step = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        let asked = try question(step)
        #expect(asked.method == .get)
        #expect(asked.url.description == "https://registry.example/token?service=svc&scope=repository%3Aa%2Fb%3Apull")
        #expect(asked.authorization == nil)
        #expect(asked.form == nil)
        step = machine.answered(&attempt, status: 200, body: body("tok"), at: now)
        #expect(step == sends("Bearer tok"))
    }

    @Test func showsThePasswordToTheRegistrysRealmOnly() throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        let asked = try question(machine.unauthorised(&attempt, challenges: bearer(), at: now))
        #expect(asked.authorization?.revealed == basic)
        #expect(!asked.url.description.contains("someone"))
    }

    @Test(arguments: [
        "https://auth.evil.test/token", "https://registry.example.evil.test/token",
        "https://registry.example:444/token",
    ])
    func asksARealmElsewhereWithoutCredentials(_ realm: String) throws {
        for credential in [password, .identityToken(Secret("hunter2")), nil] {
            var machine = try machine()
            var (attempt, _) = machine.begin(pull, credential: credential, at: now)
            let asked = try question(machine.unauthorised(&attempt, challenges: bearer(realm), at: now))
            #expect(asked.method == .get)
            #expect(asked.authorization == nil)
            #expect(asked.form == nil)
            #expect(!asked.url.description.contains("hunter2"))
        }
    }

    @Test func tellsThatCredentialsWereWithheld() throws {
        let realm = "https://auth.evil.test/token"
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        let asked = try question(machine.unauthorised(&attempt, challenges: bearer(realm), at: now))
        let expected = AuthenticationError.credentialsWithheld(
            from: asked.realm.url.origin, registry: machine.rules.registry)
        // At the realm, or later at the registry.
        var other = attempt
        #expect(machine.answered(&other, status: 401, body: [], at: now) == .giveUp(expected))
        _ = machine.answered(&attempt, status: 200, body: body("anonymous"), at: now)
        #expect(machine.unauthorised(&attempt, challenges: bearer(realm), at: now) == .giveUp(expected))
        #expect(expected.message.contains("auth.evil.test"))
    }

    @Test func showsCredentialsToARealmThatTheUserAllows() throws {
        var machine = try machine(allowed: ["auth.example"])
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        let asked = try question(
            machine.unauthorised(&attempt, challenges: bearer("https://auth.example/token"), at: now))
        #expect(asked.authorization?.revealed == basic)
    }

    @Test func tradesAnIdentityTokenByPost() throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: .identityToken(Secret("re fresh&")), at: now)
        let asked = try question(machine.unauthorised(&attempt, challenges: bearer(), at: now))
        #expect(asked.method == .post)
        #expect(asked.url.description == "https://registry.example/token")
        #expect(asked.authorization == nil)
        #expect(
            asked.form?.revealed
                == "grant_type=refresh_token&refresh_token=re%20fresh%26&client_id=landwaiter&service=svc"
                + "&scope=repository%3Aa%2Fb%3Apull")
        let step = machine.answered(&attempt, status: 200, body: Array(#"{"access_token":"tok"}"#.utf8), at: now)
        #expect(step == sends("Bearer tok"))
    }

    @Test(arguments: [404, 405])
    func postsThePasswordWhereTheRealmKnowsNoGet(_ status: Int) throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        _ = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        let asked = try question(machine.answered(&attempt, status: status, body: [], at: now))
        #expect(asked.method == .post)
        #expect(asked.form?.revealed.contains("grant_type=password&username=someone&password=hunter2") == true)
        var other = attempt
        #expect(
            machine.answered(&other, status: status, body: [], at: now)
                == .giveUp(.realmStatus(asked.realm.url.origin, status: status)))
        #expect(machine.answered(&attempt, status: 200, body: body("tok"), at: now) == sends("Bearer tok"))
    }

    @Test func sendsARegistryTokenAsItIs() throws {
        var machine = try machine()
        var (attempt, step) = machine.begin(pull, credential: .registryToken(Secret("tok")), at: now)
        #expect(step == sends("Bearer tok"))
        step = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        #expect(step == .giveUp(.credentialsRefused(by: machine.rules.registry)))
        (_, step) = machine.begin(pull, credential: .registryToken(Secret("a\r\nX: y")), at: now)
        #expect(step == .giveUp(.unusableCredential(registry: machine.rules.registry)))
    }

    @Test func sendsBasicOnceAndRemembersIt() throws {
        var machine = try machine()
        var (attempt, step) = machine.begin(pull, credential: password, at: now)
        #expect(step == sends(nil))
        step = machine.unauthorised(&attempt, challenges: [#"Basic realm="x""#], at: now)
        #expect(step == sends(basic))
        // Again 401: the end.
        step = machine.unauthorised(&attempt, challenges: [#"Basic realm="x""#], at: now)
        #expect(step == .giveUp(.credentialsRefused(by: machine.rules.registry)))
        // The next request needs no challenge; one without credentials sends none.
        (attempt, step) = machine.begin(pull, credential: password, at: now)
        #expect(step == sends(basic))
        (attempt, step) = machine.begin(pull, credential: nil, at: now)
        #expect(step == sends(nil))
        step = machine.unauthorised(&attempt, challenges: [#"Basic realm="x""#], at: now)
        #expect(step == .giveUp(.credentialsRequired(registry: machine.rules.registry)))
    }

    @Test func rejectsBasicCredentialsThatSplitElsewhere() throws {
        for (user, word) in [("a:b", "c"), ("a\nb", "c"), ("a", "b\r\nX: y"), ("a", "\u{7F}")] {
            var machine = try machine()
            let credential = RegistryCredential.password(user: Secret(user), password: Secret(word))
            var (attempt, _) = machine.begin(pull, credential: credential, at: now)
            let expected = RegistryAuthentication.Step.giveUp(.unusableCredential(registry: machine.rules.registry))
            #expect(machine.unauthorised(&attempt, challenges: ["Basic realm=x"], at: now) == expected)
            (attempt, _) = machine.begin(pull, credential: credential, at: now)
            #expect(machine.unauthorised(&attempt, challenges: bearer(), at: now) == expected)
        }
    }

    @Test func prefersBearer() throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        _ = try question(machine.unauthorised(&attempt, challenges: ["Basic realm=x"] + bearer(), at: now))
    }

    @Test func asksForWhatTheRegistryWantsAndWhatTheRequestNeeds() throws {
        var machine = try machine()
        let needed = [TokenScope(repository: "a/b", [.push, .pull]), TokenScope(repository: "base", [.pull])]
        var (attempt, _) = machine.begin(needed, credential: nil, at: now)
        let challenges = bearer(scope: "repository:a/b:pull,push aws")
        let asked = try question(machine.unauthorised(&attempt, challenges: challenges, at: now))
        #expect(
            asked.url.query
                == "service=svc&scope=aws&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Abase%3Apull")
    }

    @Test func keepsTheRealmsOwnQuery() throws {
        var machine = try machine()
        var (attempt, _) = machine.begin([], credential: nil, at: now)
        let challenges = bearer("https://registry.example/token?tenant=x", scope: nil)
        let asked = try question(machine.unauthorised(&attempt, challenges: challenges, at: now))
        #expect(asked.url.query == "tenant=x&service=svc")
    }
}

struct RegistryAuthenticationReuseTests {
    /// A machine that has a token for ``pull``.
    private func primed(_ token: String = "tok", credential: RegistryCredential? = nil) throws -> RegistryAuthentication
    {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: credential, at: now)
        _ = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        _ = machine.answered(&attempt, status: 200, body: body(token), at: now)
        return machine
    }

    @Test func usesATokenAgainUntilItEnds() throws {
        var machine = try primed()
        #expect(machine.begin(pull, credential: nil, at: now.adding(seconds: 289)).step == sends("Bearer tok"))
        // Then it asks at once: the challenge is known.
        _ = try question(machine.begin(pull, credential: nil, at: now.adding(seconds: 290)).step)
    }

    @Test func neverUsesATokenForAnotherScopeOrUser() throws {
        var machine = try primed(credential: password)
        _ = try question(machine.begin([TokenScope(repository: "a/c", [.pull])], credential: password, at: now).step)
        _ = try question(machine.begin([TokenScope(repository: "a/b", [.push])], credential: password, at: now).step)
        let asked = try question(machine.begin(pull, credential: nil, at: now).step)
        #expect(asked.authorization == nil)
    }

    @Test func replacesARefusedTokenOnce() throws {
        var machine = try primed("old")
        var (attempt, step) = machine.begin(pull, credential: nil, at: now)
        #expect(step == sends("Bearer old"))
        _ = try question(machine.unauthorised(&attempt, challenges: bearer(), at: now))
        step = machine.answered(&attempt, status: 200, body: body("new"), at: now)
        #expect(step == sends("Bearer new"))
        step = machine.unauthorised(&attempt, challenges: bearer(error: "insufficient_scope"), at: now)
        let registry = machine.rules.registry
        #expect(step == .giveUp(.tokenRefused(by: registry, wasAnonymous: true, error: "insufficient_scope")))
        // What was refused is not used again.
        _ = try question(machine.begin(pull, credential: nil, at: now).step)
    }

    @Test func takesTheTokenThatAnotherRequestBroughtMeanwhile() throws {
        var machine = try primed("old")
        var (slow, _) = machine.begin(pull, credential: nil, at: now)
        var (quick, _) = machine.begin(pull, credential: nil, at: now)
        _ = machine.unauthorised(&quick, challenges: bearer(), at: now)
        _ = machine.answered(&quick, status: 200, body: body("new"), at: now)
        #expect(machine.unauthorised(&slow, challenges: bearer(), at: now) == sends("Bearer new"))
        // If that is refused too it asks for one of its own.
        _ = try question(machine.unauthorised(&slow, challenges: bearer(), at: now))
    }

    /// Whatever a registry answers, a request ends.
    @Test(arguments: [
        [bearer()], [["Basic realm=x"]], [bearer(), ["Basic realm=x"]], [["Basic realm=x"], bearer()],
        [bearer(scope: "a"), bearer(scope: "b"), bearer(scope: "c")],
        [bearer("https://registry.example/1"), ["Basic realm=x"], bearer("https://registry.example/2")],
    ])
    func endsEveryLoop(_ rounds: [[String]]) throws {
        var machine = try primed(credential: password)
        var (attempt, step) = machine.begin(pull, credential: password, at: now)
        var sent = 0
        var asked = 0
        for turn in 0..<100 {
            switch step {
            case .send:
                sent += 1
                step = machine.unauthorised(&attempt, challenges: rounds[turn % rounds.count], at: now)
            case .ask:
                asked += 1
                step = machine.answered(&attempt, status: 200, body: body("t\(turn)"), at: now)
            case .giveUp:
                #expect(sent <= 5)
                #expect(asked <= 2)
                return
            }
        }
        Issue.record("expected an end, found none")
    }

    @Test(arguments: [
        (401, AuthenticationError.Kind.unauthorised), (403, .unauthorised), (400, .unauthorised), (429, .rateLimited),
        (500, .unavailable), (302, .unavailable), (204, .unavailable),
    ])
    func endsWhenTheRealmGivesNoToken(_ status: Int, _ kind: AuthenticationError.Kind) throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        _ = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        guard case .giveUp(let error) = machine.answered(&attempt, status: status, body: body("tok"), at: now) else {
            Issue.record("expected an end")
            return
        }
        #expect(error.kind == kind)
    }

    @Test(arguments: [
        ([], AuthenticationError.Kind.malformed), (["Bearer"], .malformed), (["Bearer service=x"], .malformed),
        (["Bearer realm"], .malformed), ([#"Bearer realm="/token""#], .malformed), (["Digest realm=x"], .unauthorised),
        (["Bearer realm=\"https://\("169.254.169.254")/\""], .refusedRealm),
        ([#"Bearer realm="http://registry.example/""#], .refusedRealm),
        ([#"Bearer realm="https://registry.example/", scope="a\"b""#], .malformed),
        ([#"Bearer realm="https://registry.example/", scope="\#(String(repeating: "a ", count: 17))""#], .malformed),
    ])
    func endsAtChallengesThatCannotBeAnswered(_ challenges: [String], _ kind: AuthenticationError.Kind) throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: password, at: now)
        guard case .giveUp(let error) = machine.unauthorised(&attempt, challenges: challenges, at: now) else {
            Issue.record("expected an end")
            return
        }
        #expect(error.kind == kind)
    }

    @Test func showsNoSecretInAnyStep() throws {
        var machine = try machine()
        var (attempt, _) = machine.begin(pull, credential: .identityToken(Secret("hunter2")), at: now)
        let asked = machine.unauthorised(&attempt, challenges: bearer(), at: now)
        let sent = machine.answered(&attempt, status: 200, body: body("granted"), at: now)
        let malformed = machine.answered(&attempt, status: 200, body: Array("hunter2".utf8), at: now)
        var dumped = ""
        dump(asked, to: &dumped)
        dump(sent, to: &dumped)
        dump(attempt, to: &dumped)
        dump(machine, to: &dumped)
        for text in ["\(asked)", "\(sent)", "\(malformed)", String(reflecting: attempt), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("granted"))
        }
    }
}
