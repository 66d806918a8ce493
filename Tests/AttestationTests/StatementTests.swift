import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@Suite struct StatementTests {
    static let hex = String(repeating: "ab", count: 32)

    func parse(_ text: String, limits: StatementLimits = .standard) throws -> Statement {
        try Statement(parsing: Array(text.utf8), limits: limits)
    }

    func statement(
        type: String = "https://in-toto.io/Statement/v1",
        subject: String = #"[{"name":"ledger","digest":{"sha256":"\#(hex)"}}]"#,
        predicate: String = #","predicate":{}"#
    ) -> String {
        #"{"_type":"\#(type)","subject":\#(subject),"predicateType":"https://example.com/p"\#(predicate)}"#
    }

    @Test(arguments: [
        ("https://in-toto.io/Statement/v0.1", Statement.Version.v0_1), ("https://in-toto.io/Statement/v1", .v1),
    ])
    func readsBothVersions(type: String, version: Statement.Version) throws {
        let statement = try parse(statement(type: type))
        #expect(statement.version == version)
        #expect(statement.predicateType == "https://example.com/p")
        #expect(statement.subjects.map(\.name) == ["ledger"])
        #expect(statement.predicate?.object?.isEmpty == true)
    }

    @Test(arguments: ["", #","predicate":null"#])
    func readsAnAbsentPredicateAsNone(predicate: String) throws {
        #expect(try parse(statement(predicate: predicate)).predicate == nil)
    }

    @Test func readsASubjectWithoutAName() throws {
        let subject = #"[{"digest":{"sha256":"\#(Self.hex)"}},{"name":null,"digest":{"sha1":"a"}}]"#
        #expect(try parse(statement(subject: subject)).subjects.map(\.name) == [nil, nil])
    }

    @Test(arguments: [
        "https://in-toto.io/Statement/v1 ", "https://in-toto.io/statement/v1", "https://in-toto.io/Statement/v1.0",
        "https://in-toto.io/Statement/v2", "https://in-toto.io/Statement/v0.1evil", "",
    ])
    func rejectsAnyOtherType(type: String) {
        #expect(throws: StatementError.unknownType(ExactString(type))) { try parse(statement(type: type)) }
    }

    // MARK: Zero, absence

    @Test(arguments: ["[]", "null"])
    func rejectsAStatementAboutNothing(subject: String) {
        #expect(throws: StatementError.noSubject) { try parse(statement(subject: subject)) }
        #expect(StatementError.noSubject.code.name == "statement.no-subject")
    }

    @Test func rejectsAStatementWithoutSubjects() {
        let text = #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"p"}"#
        #expect(throws: StatementError.noSubject) { try parse(text) }
    }

    @Test(arguments: [
        #"{"name":"x"}"#, #"{"name":"x","digest":{}}"#, #"{"name":"x","digest":null}"#,
        #"{"name":"x","digest":{"sha256":""}}"#,
    ])
    func rejectsASubjectWithoutADigest(second: String) {
        let subject = #"[{"digest":{"sha256":"\#(Self.hex)"}},\#(second)]"#
        #expect(throws: StatementError.emptyDigest(position: 1)) { try parse(statement(subject: subject)) }
        #expect(StatementError.emptyDigest(position: 1).code.name == "statement.no-digest")
    }

    @Test(arguments: ["\"predicateType\":\"\"", "\"predicateType\":null", "\"predicateType\":7", "\"x\":1"])
    func rejectsAStatementThatSaysNothing(member: String) {
        let text =
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"a"}}],\#(member)}"#
        #expect(throws: StatementError.missing("predicateType")) { try parse(text) }
    }

    // MARK: Form

    @Test(arguments: [
        (#"{}"#, StatementError.malformedSubjects), (#""x""#, .malformedSubjects),
        (#"["x"]"#, .malformedSubject(position: 0)),
        (#"[{"digest":[]}]"#, .malformedSubject(position: 0)),
        (#"[{"digest":{"sha256":1}}]"#, .malformedSubject(position: 0)),
        (#"[{"digest":{"sha256":null}}]"#, .malformedSubject(position: 0)),
        (#"[{"name":1,"digest":{"sha256":"a"}}]"#, .malformedSubject(position: 0)),
    ])
    func rejectsMalformedSubjects(subject: String, error: StatementError) {
        #expect(throws: error) { try parse(statement(subject: subject)) }
        #expect(error.code.name == "statement.malformed")
    }

    @Test func rejectsWhatIsNoObject() {
        #expect(throws: StatementError.notAnObject) { try parse("[]") }
        #expect(throws: StatementError.json(.unexpectedEnd)) { try parse("") }
        #expect(throws: StatementError.missing("_type")) { try parse("{}") }
    }

    @Test func rejectsADigestStatedTwice() {
        let subject = #"[{"digest":{"sha256":"\#(Self.hex)","sha256":"00"}}]"#
        #expect {
            try parse(statement(subject: subject))
        } throws: {
            guard case StatementError.json(.duplicateKey("sha256", _)) = $0 else { return false }
            return true
        }
    }

    @Test(arguments: [
        "application/vnd.in-toto+json ", "application/vnd.in-toto+JSON", "application/json",
        "application/vnd.in-toto.provenance+json", "",
    ])
    func rejectsAnyOtherPayloadType(payloadType: String) throws {
        let payload = Array(statement().utf8)
        _ = try Statement(payloadType: "application/vnd.in-toto+json", payload: payload)
        let error = StatementError.unsupportedPayloadType(ExactString(payloadType))
        #expect(throws: error) { try Statement(payloadType: ExactString(payloadType), payload: payload) }
        #expect(error.code.name == "dsse.unsupported-payload-type")
    }

    // MARK: Endless data

    @Test func rejectsMoreSubjectsThanTheLimit() throws {
        func subjects(_ count: Int) -> String {
            "[" + Array(repeating: #"{"digest":{"sha1":"a"}}"#, count: count).joined(separator: ",") + "]"
        }
        let limits = StatementLimits(subjects: 3)
        #expect(try parse(statement(subject: subjects(3)), limits: limits).subjects.count == 3)
        let error = StatementError.tooManySubjects(limit: 3, found: 4)
        #expect(throws: error) { try parse(statement(subject: subjects(4)), limits: limits) }
        #expect(error.code.name == "limit.statement-subjects")
        #expect(StatementLimits.standard.subjects == 10_000)
    }

    @Test func rejectsMoreDigestsOfOneSubjectThanTheLimit() throws {
        func subject(_ count: Int) -> String {
            "[{\"digest\":{" + (0..<count).map { "\"a\($0)\":\"b\"" }.joined(separator: ",") + "}}]"
        }
        _ = try parse(statement(subject: subject(64)))
        #expect(throws: StatementError.tooManyDigests(position: 0)) { try parse(statement(subject: subject(65))) }
    }

    @Test func rejectsMoreBytesThanTheLimit() {
        let limits = StatementLimits(json: JSONLimits(bytes: 10))
        #expect { try parse(statement(), limits: limits) } throws: {
            ($0 as? StatementError)?.code.name == "limit.envelope-bytes"
        }
    }

    // MARK: Binding

    @Test func namesExactlyItsSubjects() throws {
        let sha256 = try Digest("sha256:" + Self.hex)
        let other = try Digest("sha256:" + String(repeating: "00", count: 32))
        let statement = try parse(statement())
        #expect(statement.names(sha256))
        #expect(!statement.names(other))
    }

    @Test func findsTheSubjectAmongMany() throws {
        let subject = #"[{"digest":{"sha256":"00"}},{"digest":{"gitCommit":"a"}},{"digest":{"sha256":"\#(Self.hex)"}}]"#
        #expect(try parse(statement(subject: subject)).names(Digest("sha256:" + Self.hex)))
    }

    @Test func neverMixesAlgorithms() throws {
        let long = Self.hex + Self.hex
        let sha256 = try Digest("sha256:" + Self.hex)
        let sha512 = try Digest("sha512:" + long)
        let mislabelled = try parse(statement(subject: #"[{"digest":{"sha512":"\#(Self.hex)","sha256":"\#(long)"}}]"#))
        #expect(!mislabelled.names(sha256))
        #expect(!mislabelled.names(sha512))
        let both = try parse(statement(subject: #"[{"digest":{"sha512":"\#(long)","sha256":"00"}}]"#))
        #expect(both.names(sha512))
        #expect(!both.names(sha256))
    }

    @Test(arguments: [
        Self.hex.uppercased(), " " + Self.hex, Self.hex + "\u{0}", String(Self.hex.dropLast()), "sha256:" + Self.hex,
    ])
    func comparesDigestsAsBytes(stated: String) throws {
        let escaped = String(decoding: JSONTree.string(stated).canonicalBytes(), as: UTF8.self)
        let statement = try parse(statement(subject: #"[{"digest":{"sha256":\#(escaped)}}]"#))
        #expect(!statement.names(try Digest("sha256:" + Self.hex)))
    }

    @Test(arguments: ["SHA256", "sha-256", "sha256 ", "ſha256"])
    func comparesAlgorithmsAsBytes(algorithm: String) throws {
        let statement = try parse(statement(subject: #"[{"digest":{"\#(algorithm)":"\#(Self.hex)"}}]"#))
        #expect(!statement.names(try Digest("sha256:" + Self.hex)))
    }
}
