import AdmissionPolicy
import Content
import Findings
import StrictEncoding
import Testing

extension Facts {
    static let testResult = "https://in-toto.io/attestation/test-result/v0.1"

    /// A verified attestation with this predicate.
    static func attested(
        _ predicate: String, _ name: String = "tests", by signers: [String] = ["pipeline"],
        type: String = testResult, subjects: [Digest] = [.image], times: [String] = []
    ) throws -> AttestationFacts {
        let value = try JSONDocument(parsing: Array(predicate.utf8)).root
        return AttestationFacts(
            evidence: .named(name), statement: .named(name + " statement"),
            signers: try signers.map { try Keys.signer($0) }.sorted(), subjects: subjects,
            predicateType: ExactString(type), predicate: value.isNull ? nil : value, provenance: nil,
            verifiedTimes: try times.map { try instant($0) })
    }
}

extension PolicyText {
    static func attestation(
        _ conditions: String? = nil, match: String = "any", by: String = "{atLeast: 1, of: [pipeline]}",
        on: String = "image", more: String = ""
    ) -> String {
        let conditions = conditions.map { ", where: [\($0)]" } ?? ""
        return """
            - id: tested
              on: \(on)
              attestation: {by: \(by), type: ["\(Facts.testResult)"], match: \(match)\(more)\(conditions)}
            """
    }
}

@Suite struct AttestationRuleTests {
    private func evaluate(_ rule: String, _ attestations: AttestationFacts...) throws -> PolicyEvaluation {
        try judge(rule, try Facts.admitted { $0.attestations = attestations })
    }

    @Test func admitsTheTypeWithoutConditions() throws {
        let evaluation = try evaluate(PolicyText.attestation(), Facts.attested("{}"))
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.satisfiedBy == [.named("tests")])
        #expect(evaluation.rules.first?.summary == "a statement of type `\(Facts.testResult)` by `pipeline`")
        // The type alone is asked for, and a statement may have no predicate.
        expectAdmit(try evaluate(PolicyText.attestation(), Facts.attested("null")))
    }

    @Test func rejectsWithoutAttestation() throws {
        expectReject(try evaluate(PolicyText.attestation()), "attestation.none")
    }

    @Test func rejectsAttestationOfAnotherSubject() throws {
        let elsewhere = try Facts.attested("{}", subjects: [.named("elsewhere")])
        #expect(try evaluate(PolicyText.attestation(), elsewhere).verdict == .reject)
        expectReject(
            try evaluate(PolicyText.attestation(), Facts.attested("{}", subjects: [.amd64])),
            "evidence.names-only-platforms")
    }

    @Test(arguments: [
        "https://in-toto.io/attestation/test-result/v0.1/", "https://in-toto.io/attestation/test-result/v0.2",
        "https://in-toto.io/attestation/test-result/v0.1evil", "HTTPS://in-toto.io/attestation/test-result/v0.1",
    ])
    func rejectsTypeThatOnlyLooksAlike(_ type: String) throws {
        expectReject(
            try evaluate(PolicyText.attestation(), Facts.attested("{}", type: type)), "attestation.none-of-type")
    }

    @Test func rejectsAttestationOfAnotherSigner() throws {
        expectReject(
            try evaluate(PolicyText.attestation(), Facts.attested("{}", by: ["other"])),
            "attestation.no-allowed-signer")
    }

    @Test func countsDistinctSignersOfMatchingStatements() throws {
        let rule = PolicyText.attestation(
            "{field: result, equals: PASSED}", by: "{atLeast: 2, of: [pipeline, second]}")
        let first = try Facts.attested(#"{"result": "PASSED"}"#, "a")
        expectReject(try evaluate(rule, first), "attestation.too-few-signers")
        expectReject(
            try evaluate(rule, first, Facts.attested(#"{"result": "PASSED"}"#, "b")), "attestation.too-few-signers")
        // What the second signer has signed does not match.
        expectReject(
            try evaluate(rule, first, Facts.attested(#"{"result": "FAILED"}"#, "b", by: ["fourth"])),
            "attestation.too-few-signers")
        expectAdmit(try evaluate(rule, first, Facts.attested(#"{"result": "PASSED"}"#, "b", by: ["fourth"])))
    }

    // MARK: Conditions

    /// A condition, a predicate, and nil if it holds or else the code.
    struct Trial: CustomTestStringConvertible {
        let condition: String
        let predicate: String
        let code: String?
        var testDescription: String { "\(condition) on \(predicate)" }
    }

    private static func trials(
        _ condition: String, holds: [String], differs: [String] = [], missing: [String] = [], type: [String] = []
    ) -> [Trial] {
        holds.map { Trial(condition: condition, predicate: $0, code: nil) }
            + differs.map { Trial(condition: condition, predicate: $0, code: "attestation.field-differs") }
            + missing.map { Trial(condition: condition, predicate: $0, code: "attestation.field-missing") }
            + type.map { Trial(condition: condition, predicate: $0, code: "attestation.field-type") }
    }

    private static let absent = ["{}", #"{"x": null}"#, "null", "[]", "1", #"{"X": 1}"#, #"{"y": {"x": 1}}"#]

    static let equality: [Trial] =
        trials(
            "{field: x, equals: PASSED}", holds: [#"{"x": "PASSED"}"#, #"{"x": "\u0050ASSED"}"#],
            differs: [#"{"x": "passed"}"#, #"{"x": ""}"#, #"{"x": "PASSED "}"#], missing: absent,
            type: [#"{"x": true}"#, #"{"x": ["PASSED"]}"#, #"{"x": {"PASSED": 1}}"#, #"{"x": 1}"#])
        + trials(
            "{field: x, equals: 1}", holds: [#"{"x": 1}"#, #"{"x": 1.0}"#, #"{"x": 10e-1}"#],
            differs: [#"{"x": 2}"#, #"{"x": 1.00000000000000000001}"#, #"{"x": -1}"#], missing: absent,
            type: [#"{"x": "1"}"#, #"{"x": true}"#, #"{"x": [1]}"#])
        + trials(
            "{field: x, equals: true}", holds: [#"{"x": true}"#], differs: [#"{"x": false}"#], missing: absent,
            type: [#"{"x": "true"}"#, #"{"x": 1}"#])
        + trials("{field: x, equals: \"1\"}", holds: [#"{"x": "1"}"#], missing: absent, type: [#"{"x": 1}"#])
        + trials(
            "{field: x, in: [a, 2, false]}", holds: [#"{"x": "a"}"#, #"{"x": 2.0}"#, #"{"x": false}"#],
            differs: [#"{"x": "b"}"#, #"{"x": 3}"#, #"{"x": true}"#], missing: absent, type: [#"{"x": []}"#])
        + trials(
            // Composed and decomposed é are two texts.
            "{field: x, equals: \"caf\u{E9}\"}", holds: [#"{"x": "caf\u00e9"}"#], differs: [#"{"x": "cafe\u0301"}"#])
        + trials(
            "{field: x, glob: [\"1.*\", \"a/**\"]}", holds: [#"{"x": "1.2"}"#, #"{"x": "a/b/c"}"#],
            differs: [#"{"x": "2.1"}"#, #"{"x": "1.2/3"}"#, #"{"x": ""}"#], missing: absent,
            type: [#"{"x": 1.2}"#, #"{"x": ["1.2"]}"#])
        + trials(
            "{field: x, exists: true}",
            holds: [#"{"x": 0}"#, #"{"x": ""}"#, #"{"x": []}"#, #"{"x": {}}"#, #"{"x": false}"#], missing: absent)
        + trials(
            "{field: x, exists: false}", holds: absent,
            differs: [#"{"x": 0}"#, #"{"x": ""}"#, #"{"x": []}"#, #"{"x": false}"#])
        + trials(
            "{field: x, insecureRegex: \"1\\\\.[0-9]+\"}", holds: [#"{"x": "1.22"}"#],
            differs: [#"{"x": "1.2-evil"}"#, #"{"x": "v1.2"}"#, #"{"x": "1x2"}"#, #"{"x": "1.2\n"}"#],
            missing: absent, type: [#"{"x": 1.2}"#])

    static let order: [Trial] =
        trials(
            "{field: x, atLeast: 2.5}", holds: [#"{"x": 2.5}"#, #"{"x": 2.50}"#, #"{"x": 25e-1}"#, #"{"x": 3}"#],
            differs: [#"{"x": 2.4999999999999999999999}"#, #"{"x": -3}"#, #"{"x": 0}"#], missing: absent,
            type: [#"{"x": "3"}"#, #"{"x": true}"#])
        + trials(
            "{field: x, atMost: 0}", holds: [#"{"x": 0}"#, #"{"x": -0}"#, #"{"x": 0.0e9}"#, #"{"x": -1}"#],
            differs: [#"{"x": 1}"#, #"{"x": 1e-400}"#], missing: absent, type: [#"{"x": "0"}"#, #"{"x": []}"#])
        + trials(
            "{field: x, above: 9007199254740992}", holds: [#"{"x": 9007199254740993}"#],
            differs: [#"{"x": 9007199254740992}"#, #"{"x": 9007199254740991.9}"#], missing: absent,
            type: [#"{"x": "9007199254740993"}"#])
        + trials(
            "{field: x, below: 0.1}", holds: [#"{"x": 0.09999999999999999999}"#, #"{"x": -5}"#],
            differs: [#"{"x": 0.1}"#, #"{"x": 0.10}"#, #"{"x": 1}"#], missing: absent, type: [#"{"x": {}}"#])
        + trials(
            // A number beyond what is compared is none.
            "{field: x, atLeast: 1}", holds: [#"{"x": 1e9999}"#], type: [#"{"x": 1e10000}"#, #"{"x": 1e-10000}"#])
        + trials(
            "{field: x, before: 2026-11-20T10:00:00+01:00}", holds: [#"{"x": "2026-11-20T08:59:59Z"}"#],
            differs: [#"{"x": "2026-11-20T09:00:00Z"}"#, #"{"x": "2026-11-20T11:00:00+01:00"}"#], missing: absent,
            type: [#"{"x": "2026-11-20"}"#, #"{"x": 1}"#, #"{"x": ""}"#])
        + trials(
            "{field: x, after: 2026-11-20T09:00:00Z}",
            holds: [#"{"x": "2026-11-20T09:00:01Z"}"#, #"{"x": "2026-11-20T09:00:01.000+00:00"}"#],
            differs: [#"{"x": "2026-11-20T09:00:00Z"}"#, #"{"x": "2026-11-20T10:00:00+01:00"}"#], missing: absent,
            type: [#"{"x": "soon"}"#])
        + trials(
            // The decision is at 2026-11-20T09:00:00Z.
            "{field: x, newestAge: 1d}", holds: [#"{"x": "2026-11-19T09:00:00Z"}"#, #"{"x": "2026-11-20T09:00:00Z"}"#],
            differs: [#"{"x": "2026-11-19T08:59:59Z"}"#, #"{"x": "2026-11-20T09:00:01Z"}"#], missing: absent,
            type: [#"{"x": "yesterday"}"#])

    static let paths: [Trial] =
        trials(
            "{field: a.b.c, equals: 1}", holds: [#"{"a": {"b": {"c": 1}}}"#],
            missing: [#"{"a": {"b": 1}}"#, #"{"a": {"b": [{"c": 1}]}}"#, #"{"a.b.c": 1}"#, #"{"a": {"b.c": 1}}"#])
        + trials(
            "{field: [a, b.c], equals: 1}", holds: [#"{"a": {"b.c": 1}}"#], missing: [#"{"a": {"b": {"c": 1}}}"#])
        + trials(
            "{field: \"r.*.s\", in: [low, none]}",
            holds: [#"{"r": [{"s": "low"}, {"s": "none"}]}"#, #"{"r": {"k": {"s": "low"}}}"#],
            differs: [#"{"r": [{"s": "low"}, {"s": "high"}]}"#, #"{"r": [{"s": "high"}, {"s": "low"}]}"#],
            missing: [
                #"{"r": []}"#, #"{"r": {}}"#, #"{"r": [{"s": "low"}, {}]}"#, #"{"r": [{"s": "low"}, {"s": null}]}"#,
                #"{"r": [{"s": "low"}, null]}"#, #"{"r": "low"}"#, #"{"r": [{"s": "low"}, "x"]}"#, "{}",
            ],
            type: [#"{"r": [{"s": "low"}, {"s": 1}]}"#])
        + trials(
            "{field: \"r.*.*\", atMost: 5}", holds: [#"{"r": [[1, 2], [5]]}"#], differs: [#"{"r": [[1, 2], [6]]}"#],
            missing: [#"{"r": [[1, 2], []]}"#])
        + trials(
            "{field: \"r.*.waiver\", exists: false}", holds: [#"{"r": []}"#, #"{"r": [{}, {"waiver": null}]}"#, "{}"],
            differs: [#"{"r": [{}, {"waiver": ""}]}"#])
        + trials(
            "{field: \"r.*.s\", exists: true}", holds: [#"{"r": [{"s": 1}, {"s": []}]}"#],
            missing: [#"{"r": [{"s": 1}, {}]}"#, #"{"r": []}"#])
        + trials(
            "{field: x, equals: 1}, {field: y, equals: 2}", holds: [#"{"x": 1, "y": 2}"#],
            differs: [#"{"x": 1, "y": 3}"#, #"{"x": 2, "y": 2}"#], missing: [#"{"x": 1}"#, #"{"y": 2}"#])

    @Test(arguments: equality + order + paths) func decides(_ trial: Trial) throws {
        let evaluation = try evaluate(PolicyText.attestation(trial.condition), Facts.attested(trial.predicate))
        if let code = trial.code { expectReject(evaluation, code) } else { expectAdmit(evaluation) }
    }

    @Test func namesEachConditionThatTheClosestMisses() throws {
        let rule = PolicyText.attestation(
            "{field: result, equals: PASSED}, {field: critical, atMost: 0}, {field: suite, glob: [\"rel-*\"]}")
        let evaluation = try evaluate(
            rule, Facts.attested(#"{"result": "FAILED", "critical": 3}"#, "far"),
            Facts.attested(#"{"result": "PASSED", "critical": 1, "suite": "rel-4"}"#, "near"))
        expectReject(evaluation, "attestation.field-differs")
        let finding = try #require(evaluation.findings.first)
        #expect(
            finding.message
                == "matched signer, field `result` and field `suite`; field `critical` was `1`, expected at most 0"
                + " (closest of 2 statements)")
        #expect(finding.evidence == Digest.named("near").description)
        #expect(finding.expected == "at most 0")
        #expect(finding.found == "`1`")
    }

    @Test func saysOnlyTheFirstOfWhatMatched() throws {
        let conditions = (1...9).map { "{field: x\($0), exists: false}" }.joined(separator: ", ")
        let evaluation = try evaluate(
            PolicyText.attestation(conditions + ", {field: y, equals: 1}"), Facts.attested("{}"))
        let message = try #require(evaluation.findings.first?.message)
        #expect(message.hasPrefix("matched signer, absence of field `x1`, "))
        #expect(message.contains("absence of field `x4` and 5 more; field `y` is not stated, expected `1`"))
    }

    @Test func quotesWhatTheStatementSays() throws {
        let evaluation = try evaluate(
            PolicyText.attestation("{field: x, equals: a}"), Facts.attested(#"{"x": "\u001b[2J\u202e"}"#))
        #expect(evaluation.findings.first?.message.contains("\u{1B}") == false)
        #expect(evaluation.findings.first?.found == #"`\u{1b}[2J\u{202e}`"#)
    }

    // MARK: Cardinality and age

    private static let passed = "{field: result, equals: PASSED}"

    @Test func allWantsEveryStatement() throws {
        let rule = PolicyText.attestation(Self.passed, match: "all")
        let good = try Facts.attested(#"{"result": "PASSED"}"#, "a")
        let bad = try Facts.attested(#"{"result": "FAILED"}"#, "b")
        expectAdmit(try evaluate(rule, good))
        expectReject(try evaluate(rule, good, bad), "attestation.field-differs")
        // Nobody else can spoil it, nor does another type count.
        expectAdmit(try evaluate(rule, good, Facts.attested(#"{"result": "FAILED"}"#, "b", by: ["other"])))
        expectAdmit(try evaluate(rule, good, Facts.attested(#"{"result": "FAILED"}"#, "b", type: "https://x.example")))
    }

    @Test func exactlyOneCountsCopiesOnce() throws {
        let rule = PolicyText.attestation(Self.passed, match: "exactly-one")
        let one = try Facts.attested(#"{"result": "PASSED"}"#, "a")
        var copy = one
        copy.evidence = .named("copy")
        expectAdmit(try evaluate(rule, one, copy))
        expectReject(
            try evaluate(rule, one, Facts.attested(#"{"result": "PASSED"}"#, "b")), "attestation.not-exactly-one")
    }

    private static let latest = PolicyText.attestation(
        passed, match: "latest", more: ", time: meta.finishedOn, newestAge: 7d")

    private func run(_ result: String, _ finished: String?, _ name: String, times: [String] = []) throws
        -> AttestationFacts
    {
        let meta = finished.map { #", "meta": {"finishedOn": "\#($0)"}"# } ?? ""
        return try Facts.attested(#"{"result": "\#(result)"\#(meta)}"#, name, times: times)
    }

    @Test func latestCountsTheNewestOnly() throws {
        let old = try run("FAILED", "2026-11-18T09:00:00Z", "old")
        let new = try run("PASSED", "2026-11-19T09:00:00Z", "new")
        expectAdmit(try evaluate(Self.latest, old, new))
        let reversed = try run("FAILED", "2026-11-19T10:00:00Z", "newer")
        expectReject(try evaluate(Self.latest, new, reversed), "attestation.field-differs")
        // Of several in one second each has to match.
        expectReject(
            try evaluate(Self.latest, new, run("FAILED", "2026-11-19T09:00:00Z", "same")),
            "attestation.field-differs")
    }

    @Test func timeHasToBeStatedAndRecent() throws {
        expectReject(try evaluate(Self.latest, run("PASSED", nil, "a")), "evidence.no-signed-time")
        expectReject(try evaluate(Self.latest, run("PASSED", "yesterday", "a")), "evidence.no-signed-time")
        expectAdmit(try evaluate(Self.latest, run("PASSED", "2026-11-13T09:00:00Z", "a")))
        expectReject(try evaluate(Self.latest, run("PASSED", "2026-11-13T08:59:59Z", "a")), "attestation.too-old")
        expectAdmit(try evaluate(Self.latest, run("PASSED", "2026-11-20T09:00:00Z", "a")))
        expectReject(
            try evaluate(Self.latest, run("PASSED", "2026-11-20T09:00:01Z", "a")), "evidence.time-in-future")
        let any = PolicyText.attestation(more: ", time: meta.finishedOn, newestAge: 7d")
        expectReject(try evaluate(any, run("PASSED", nil, "a")), "evidence.no-signed-time")
    }

    @Test func timeAfterTheProvenSignatureIsRefused() throws {
        let early = try run("PASSED", "2026-11-19T09:00:00Z", "a", times: ["2026-11-19T09:00:00Z"])
        expectAdmit(try evaluate(Self.latest, early))
        let late = try run(
            "PASSED", "2026-11-19T09:00:01Z", "a", times: ["2026-11-20T01:00:00Z", "2026-11-19T09:00:00Z"])
        expectReject(try evaluate(Self.latest, late), "evidence.time-after-signature")
        // Provenance likewise.
        let built = try Facts.admitted { document in
            document.attestations[0].verifiedTimes = [try Facts.instant("2026-11-19T08:00:00Z")]
        }
        expectReject(try judge(PolicyText.provenance(more: ", newestAge: 7d"), built), "evidence.time-after-signature")
    }

    // MARK: Loading

    static let mistakes: [(String, ReasonCode)] = [
        ("{field: x}", .policyFileExactlyOne), ("{equals: x}", .policyFileMissingField),
        ("{field: x, equals: 1, atLeast: 0}", .policyFileExactlyOne), ("{field: x, equal: 1}", .policyFileUnknownField),
        ("{field: \"\", equals: 1}", .policyFileEmptyValue), ("{field: a..b, equals: 1}", .policyFileBadValue),
        ("{field: .a, equals: 1}", .policyFileBadValue), ("{field: a., equals: 1}", .policyFileBadValue),
        ("{field: 1, equals: 1}", .policyFileWrongType),
        ("{field: a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a, equals: 1}", .policyFileTooMany),
        ("{field: x, equals: [1]}", .policyFileWrongType), ("{field: x, in: 1}", .policyFileWrongType),
        ("{field: x, in: [1, 1.0]}", .policyFileTwice), ("{field: x, in: [a, a]}", .policyFileTwice),
        ("{field: x, in: []}", .policyFileEmptyValue), ("{field: x, equals: 0x10}", .policyFileBadValue),
        ("{field: x, equals: 010}", .policyFileBadValue), ("{field: x, atLeast: +1}", .policyFileBadValue),
        ("{field: x, atLeast: .5}", .policyFileBadValue), ("{field: x, atLeast: .inf}", .policyFileBadValue),
        ("{field: x, atLeast: 1e10000}", .policyFileBadValue), ("{field: x, atLeast: \"1\"}", .policyFileWrongType),
        ("{field: x, atMost: many}", .policyFileWrongType), ("{field: x, above: true}", .policyFileWrongType),
        ("{field: x, before: 2026-11-20}", .policyFileBadValue), ("{field: x, after: 5}", .policyFileWrongType),
        ("{field: x, newestAge: 7}", .policyFileWrongType), ("{field: x, exists: yes}", .policyFileWrongType),
        ("{field: x, exists: True}", .policyFileBadValue), ("{field: x, exists: \"true\"}", .policyFileWrongType),
        ("{field: x, equals: TRUE}", .policyFileBadValue), ("{field: x, glob: [\"^a$\"]}", .policyFileBadValue),
        ("{field: x, insecureRegex: \"^a\"}", .policyFileBadValue), ("{field: x, regex: a}", .policyFileUnknownField),
    ]

    @Test(arguments: mistakes) func refusesCondition(_ condition: String, _ code: ReasonCode) {
        var text = PolicyText()
        text.require = PolicyText.attestation(condition)
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }

    static let ruleMistakes: [(String, ReasonCode)] = [
        (PolicyText.attestation(match: "latest"), .policyFileMissingField),
        (PolicyText.attestation(more: ", newestAge: 7d"), .policyFileMissingField),
        (PolicyText.attestation(more: ", time: x"), .policyFileNoEffect),
        (PolicyText.attestation(more: ", time: \"x.*\", newestAge: 7d"), .policyFileBadValue),
        (PolicyText.attestation(by: "{atLeast: 2, of: [pipeline]}"), .policyFileUnreachableThreshold),
        (PolicyText.attestation().replacing("match: any", with: "match: some"), .policyFileBadValue),
        (PolicyText.attestation().replacing(", match: any", with: ""), .policyFileMissingField),
        (PolicyText.attestation().replacing("[\"\(Facts.testResult)\"]", with: "[]"), .policyFileEmptyValue),
        (PolicyText.attestation().replacing("[\"\(Facts.testResult)\"]", with: "[a, a]"), .policyFileTwice),
    ]

    @Test(arguments: ruleMistakes) func refusesRule(_ rule: String, _ code: ReasonCode) {
        var text = PolicyText()
        text.require = rule
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }

    @Test func loadsSixteenNamesAndNoMore() throws {
        let path = Array(repeating: "a", count: 16).joined(separator: ".")
        expectReject(
            try evaluate(PolicyText.attestation("{field: \(path), equals: 1}"), Facts.attested("{}")),
            "attestation.field-missing")
    }

    @Test func asksForAttestationsAndKeys() throws {
        var text = PolicyText()
        text.require = PolicyText.attestation()
        let needs = PolicyNeeds([try text.load()])
        #expect(needs.attestations && !needs.signatures && !needs.configurations)
        #expect(needs.keys.count == 1)
    }
}
