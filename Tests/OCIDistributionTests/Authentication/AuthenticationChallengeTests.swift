import OCIDistribution
import Testing

struct AuthenticationChallengeTests {
    private func parse(_ headers: String...) throws -> [AuthenticationChallenge] {
        try AuthenticationChallenge.parse(headers)
    }

    /// Scheme, token68, parameters: enough to compare.
    private func shown(_ challenges: [AuthenticationChallenge]) -> [String] {
        challenges.map { challenge in
            challenge.scheme + (challenge.token68.map { " " + $0 } ?? "")
                + challenge.parameters.map { " [\($0.name)=\($0.value)]" }.joined()
        }
    }

    @Test func readsWhatRegistriesSend() throws {
        let challenges = try parse(
            #"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#)
        #expect(challenges.count == 1)
        #expect(challenges.first?["realm"] == "https://auth.example/token")
        #expect(challenges.first?["service"] == "registry.example")
        #expect(challenges.first?["scope"] == "repository:a/b:pull,push")
        #expect(challenges.first?["error"] == nil)
    }

    @Test(arguments: [
        // RFC 9110 section 11.6.1's own example: two challenges in one header.
        (
            #"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#,
            ["basic [realm=simple]", #"newauth [realm=apps] [type=1] [title=Login to "apps"]"#]
        ),
        ("BEARER REALM=x", ["bearer [realm=x]"]),
        ("Negotiate", ["negotiate"]),
        ("Negotiate, Basic realm=x", ["negotiate", "basic [realm=x]"]),
        ("Negotiate YWJj==, Basic realm=x", ["negotiate YWJj==", "basic [realm=x]"]),
        ("Negotiate a=", ["negotiate a="]),
        ("Scheme a-._~+/b", ["scheme a-._~+/b"]),
        ("Basic realm = \"x\"\t,\tcharset = UTF-8", ["basic [realm=x] [charset=UTF-8]"]),
        (", ,Basic realm=x,, ,", ["basic [realm=x]"]),
        (#"Basic realm="a, Bearer realm=\\b""#, [#"basic [realm=a, Bearer realm=\b]"#]),
        (#"Basic realm="""#, ["basic [realm=]"]),
        ("", []),
    ])
    func readsTheGrammar(_ header: String, _ expected: [String]) throws {
        #expect(shown(try parse(header)) == expected)
    }

    @Test func joinsSeveralHeaders() throws {
        #expect(shown(try parse("Basic realm=a", "Bearer realm=b")) == ["basic [realm=a]", "bearer [realm=b]"])
    }

    @Test func doesNotLetOneHeaderContinueTheOther() {
        #expect(throws: ChallengeError.self) { try parse("Bearer realm=a", #"service="x", =b"#) }
        // Alone, `scope="x"` is no scheme.
        #expect(throws: ChallengeError.scheme(found: #"scope="x""#)) { try parse("Bearer realm=a", #"scope="x""#) }
    }

    @Test(arguments: [
        ("Bearer realm=a,REALM=b", ChallengeError.duplicateParameter("realm")),
        ("Bearer realm=a, realm=a", .duplicateParameter("realm")),
        (#"Bearer realm="a"#, .quotedString(of: "realm")),
        (#"Bearer realm="a\"#, .quotedString(of: "realm")),
        ("Bearer realm=\"a\u{1}\"", .quotedString(of: "realm")),
        ("Bearer realm=\"a\\\n\"", .quotedString(of: "realm")),
        ("Bearer realm=\"a\u{7F}\"", .quotedString(of: "realm")),
        ("Bearer a=b,realm=,x=y", .value(of: "realm")),
        // The grammar reads `realm=` as a token68.
        ("Bearer realm=,x=y", .scheme(found: "x=y")),
        (#"Bearer realm="a" service="b""#, .separator(found: #"service="b""#)),
        ("Bearer realm=a;service=b", .separator(found: ";service=b")),
        (#"Bearer realm="a"x"#, .separator(found: "x")),
        ("Bearer @x", .separator(found: "@x")),
        ("Bearer\tx=y", .scheme(found: "Bearer\tx=y")),
        ("=x", .scheme(found: "=x")),
        ("Basic realm=a, \u{E9}", .scheme(found: "\u{E9}")),
    ])
    func rejectsWhatBreaksTheGrammar(_ header: String, _ error: ChallengeError) {
        #expect(throws: error) { try parse(header) }
        #expect(!error.message.contains("\u{1}"))
    }

    @Test func rejectsMoreThanAnyRegistrySends() {
        #expect(throws: ChallengeError.tooLong(16_385)) {
            try parse("Basic realm=" + String(repeating: "a", count: 16_373))
        }
        #expect(throws: ChallengeError.tooManyChallenges) {
            try parse(Array(repeating: "Basic", count: 17).joined(separator: ","))
        }
        #expect(throws: ChallengeError.tooManyParameters) {
            try parse("Basic " + (0..<33).map { "p\($0)=x" }.joined(separator: ","))
        }
        #expect(throws: Never.self) { try parse("Basic " + (0..<32).map { "p\($0)=x" }.joined(separator: ",")) }
    }
}
