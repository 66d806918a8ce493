import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Rows that a guardrail adds, and how levels are put together.
@Suite struct BuildersTableTests {
    static let key: ExactString = "sha256:11"
    static let chains = "https://tekton.dev/chains/v2"

    func row(
        _ name: String, builder: String = chains, signer: BuilderSigner = .key(key), level: BuildLevel,
        parameters: KnownParameters = .all, raises: [String] = []
    ) throws -> BuilderRow {
        BuilderRow(
            name: name, builder: try Glob(builder), signer: signer, level: level, parameters: parameters,
            raises: raises, why: "reviewed")
    }

    func statement(
        builder: ExactString = ExactString(chains), buildType: ExactString = "https://tekton.dev/chains/v2/slsa"
    ) -> Provenance {
        Provenance(version: .v1, builder: builder, buildType: buildType, invocation: "7")
    }

    func level(
        _ rows: [BuilderRow], _ provenance: Provenance? = nil, signers: [BuilderIdentity] = [.key(key)],
        underIndexSignature: Bool = false
    ) throws -> BuilderLevel {
        try BuilderTable.standard.adding(rows)
            .level(of: provenance ?? statement(), signers: signers, underIndexSignature: underIndexSignature)
    }

    static let workflow = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v1"
    static let issuer: ExactString = "https://token.actions.githubusercontent.com"

    /// By the built-in row `github-actions` of level 2.
    func attested() -> Provenance {
        Provenance(
            version: .v1, builder: ExactString(Self.workflow),
            buildType: "https://actions.github.io/buildtypes/workflow/v1",
            sourceRepository: "https://github.com/example/ledger", sourceCommit: "ab", invocation: "7")
    }

    func own(_ level: BuildLevel, raises: [String] = [], name: String = "own") throws -> BuilderRow {
        try row(
            name, builder: "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v*",
            signer: .certificate(
                issuer: Self.issuer,
                subjects: [Glob("https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v*")],
                isBuilder: true),
            level: level, raises: raises)
    }

    static let certificate = BuilderIdentity.certificate(issuer: issuer, subject: ExactString(workflow))

    // MARK: Added rows

    @Test func givesACertainKeyWhatTheGuardrailKnowsOfIt() throws {
        #expect(try level([]) == BuilderLevel(level: .one, row: "tekton-chains", limit: nil))
        #expect(
            try level([row("our-chains", level: .three)]) == BuilderLevel(level: .three, row: "our-chains", limit: nil))
        // Another key is still any key.
        #expect(try level([row("our-chains", level: .three)], signers: [.key("sha256:22")]).row == "tekton-chains")
    }

    @Test func knowsABuilderOfAnOrganisationsOwn() throws {
        let ours = try row("ours", builder: "https://ci.example/builder@v*", level: .two)
        let statement = statement(builder: "https://ci.example/builder@v1", buildType: "https://ci.example/type")
        #expect(try level([ours], statement) == BuilderLevel(level: .two, row: "ours", limit: nil))
        #expect(
            try level([], statement)
                == BuilderLevel(level: .one, row: nil, limit: .noRow(builder: "https://ci.example/builder@v1")))
        #expect(
            try level([ours], statement, signers: [.key("sha256:22")])
                == BuilderLevel(level: .one, row: nil, limit: .signerDiffers(rows: ["ours"])))
    }

    @Test func neverRaisesABuiltInRowSilently() throws {
        func judged(_ rows: [BuilderRow]) throws -> BuilderLevel {
            try level(rows, attested(), signers: [Self.certificate])
        }
        #expect(try judged([]) == BuilderLevel(level: .two, row: "github-actions", limit: nil))
        #expect(try judged([own(.three)]) == BuilderLevel(level: .two, row: "github-actions", limit: nil))
        #expect(
            try judged([own(.three, raises: ["github-actions"])]) == BuilderLevel(level: .three, row: "own", limit: nil)
        )
        // Raising one row raises no other.
        #expect(try judged([own(.three, raises: ["npm-github"])]).level == .two)
    }

    @Test func lowersABuiltInRowByBeingThere() throws {
        let lowered = try level([own(.one)], attested(), signers: [Self.certificate])
        #expect(lowered == BuilderLevel(level: .one, row: "own", limit: nil))
        #expect(try level([own(.zero)], attested(), signers: [Self.certificate]).level == .zero)
    }

    @Test func countsTheStricterOfTwoGuardrails() throws {
        let (two, three) = (try row("two", level: .two), try row("three", level: .three))
        #expect(try level([two, three]).row == "two")
        #expect(try level([three, two]).row == "two")
        // Nor in two steps, and no added row can be raised.
        let table = try BuilderTable.standard.adding([two])
        #expect(
            try table.adding([three]).level(of: statement(), signers: [.key(Self.key)], underIndexSignature: false).row
                == "two")
        #expect(throws: BuilderTableError.raisesUnknown("three", "two")) {
            try table.adding([row("three", level: .three, raises: ["two"])])
        }
        #expect(throws: BuilderTableError.raisesUnknown("three", "two")) {
            try BuilderTable.standard.adding([two, row("three", level: .three, raises: ["two"])])
        }
    }

    @Test func rejectsRowsThatWouldMislead() throws {
        func refusal(_ rows: [BuilderRow]) -> BuilderTableError? {
            do {
                _ = try BuilderTable.standard.adding(rows)
                return nil
            } catch {
                return error
            }
        }
        #expect(try refusal([row("buildkit", level: .one)]) == .nameTwice("buildkit"))
        #expect(try refusal([row("a", level: .one), row("a", level: .one)]) == .nameTwice("a"))
        #expect(try refusal([row("a", signer: .anyKey, level: .two)]) == .anyKeyAboveLevelOne("a"))
        #expect(try refusal([row("a", signer: .anyKey, level: .one)]) == nil)
        #expect(
            try refusal([row("a", signer: .certificate(issuer: "x", subjects: [], isBuilder: false), level: .one)])
                == .noSubject("a"))
        #expect(try refusal([row("a", level: .three, raises: ["b"])]) == .raisesUnknown("a", "b"))
        #expect(try refusal([row("a", level: .three, raises: ["a"])]) == .raisesUnknown("a", "a"))
        let many = try (0..<200).map { try row("r\($0)", level: .one) }
        #expect(refusal(many) == nil)
        #expect(try refusal(many + [row("one-more", level: .one)]) == .tooManyRows(limit: 200))
        let table = try BuilderTable.standard.adding(many)
        #expect(throws: BuilderTableError.tooManyRows(limit: 200)) { try table.adding([row("one-more", level: .one)]) }
    }

    @Test func messagesAreOneShortLine() {
        let errors: [BuilderTableError] = [
            .nameTwice("a"), .anyKeyAboveLevelOne("a"), .noSubject("a"), .raisesUnknown("a", "b"),
            .tooManyRows(limit: 1),
        ]
        for message in errors.map(\.message) {
            #expect(message.hasPrefix("expected ") && !message.hasSuffix("."))
        }
    }

    /// Added rows in any order and number give one answer.
    @Test func theOrderOfRowsChangesNothing() throws {
        let rows = [
            try row("a", level: .two), try row("b", level: .two), try row("c", level: .three), try own(.three),
            try own(.two, name: "own-2"),
        ]
        let forwards = try level(rows)
        #expect(try level(rows.reversed()) == forwards)
        #expect(forwards.row == "a")
    }

    // MARK: Parameters

    @Test func knowsParametersBelowAPath() throws {
        let known = KnownParameters.listed(["inputs", #"a["b.c"]"#])
        for name: ExactString in ["inputs", "inputs.x", "inputs[0]", "inputs.x.y", #"a["b.c"]"#, #"a["b.c"].d"#] {
            #expect(known.contains(name), "\(name)")
        }
        for name: ExactString in ["input", "inputsx", "inputs-x", "a", "a.b.c", "", #"["inputs"]"#, "x.inputs"] {
            #expect(!known.contains(name), "\(name)")
        }
        #expect(!KnownParameters.listed([]).contains("x"))
        #expect(KnownParameters.all.contains("x"))
    }

    @Test func rejectsAnUnlistedParameterAtAnyLevel() throws {
        var statement = statement()
        statement.externalParameters = [.init(name: "runSpec.x", value: ""), .init(name: "evil", value: "")]
        for granted in [BuildLevel.one, .three] {
            let judged = try level([row("ours", level: granted, parameters: .listed(["runSpec"]))], statement)
            #expect(
                judged
                    == BuilderLevel(level: .zero, row: "ours", limit: .parameterUnlisted(row: "ours", name: "evil")))
        }
    }

    // MARK: Signers

    @Test func countsTheBestOfSeveralSigners() throws {
        let ours = try row("ours", level: .three)
        for signers: [BuilderIdentity] in [[.key("sha256:22"), .key(Self.key)], [.key(Self.key), .key("sha256:22")]] {
            #expect(try level([ours], signers: signers).row == "ours")
        }
    }

    @Test func reachesNothingWithoutABuilderOrASigner() throws {
        #expect(try level([], signers: []).level == .zero)
        let nameless = statement(builder: "", buildType: "https://mobyproject.org/buildkit@v1")
        #expect(try level([], nameless) == BuilderLevel(level: .zero, row: nil, limit: .noBuilder))
    }

    @Test func comparesFingerprintsAsBytes() throws {
        let ours = try row("ours", signer: .key("sha256:é"), level: .three)
        #expect(try level([ours], signers: [.key("sha256:e\u{301}")]).level == .one)
        #expect(try level([ours], signers: [.key("sha256:é")]).level == .three)
    }

    @Test func namesAKeyByItsFingerprint() throws {
        let identity = try Keys.signer("pipeline")
        guard case .key(let fingerprint, _) = identity else { return }
        #expect(BuilderIdentity(identity) == .key(fingerprint))
    }

    // MARK: What is said of it

    @Test func everyLimitHasACodeOfTheTableAndEveryCodeALimit() {
        let hostile = ExactString("a`\n\u{202e}" + String(repeating: "x", count: 1000))
        let limits: [BuilderLevel.Limit?] = [
            nil, .noBuilder, .noRow(builder: hostile), .signerDiffers(rows: ["a", "b", "c", "d", "e"]),
            .buildTypeDiffers(rows: ["a"], found: hostile), .parameterUnlisted(row: "a", name: hostile),
            .notStated(row: "a", .invocation), .runnerDiffers(row: "a", found: hostile), .underIndexSignature,
        ]
        let levels = limits.map { BuilderLevel(level: .one, row: "a", limit: $0) }
        #expect(Set(levels.map(\.code)) == Set(ReasonTable.builders.codes))
        #expect(
            Set(levels.map(\.code.name)) == [
                "provenance.level-too-low", "provenance.level-no-builder", "provenance.level-no-row",
                "provenance.level-signer-differs", "provenance.level-build-type-differs",
                "provenance.level-parameter-unlisted", "provenance.level-not-stated", "provenance.level-runner-differs",
                "provenance.level-under-index-signature",
            ])
        #expect(Set(levels.map(\.summary)).count == levels.count)
        for summary in levels.map(\.summary) {
            #expect(summary.utf8.count < 400 && summary.hasPrefix("1 ("))
            #expect(summary.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" })
        }
        #expect(levels[3].summary == "1 (another signer than in builder rows `a`, `b`, `c` and 2 more)")
        #expect(levels[0].summary == "1 (builder row `a`)")
    }

    @Test func composesTheWorkflowsAddress() {
        var statement = statement()
        #expect(ProvenanceField.workflow.value(in: statement) == nil)
        statement.workflow = .init(
            repository: "https://github.com/o/r", ref: "refs/heads/x", path: "w.yml", commit: "ab")
        #expect(ProvenanceField.workflow.value(in: statement) == "https://github.com/o/r/w.yml@refs/heads/x")
        #expect(ProvenanceField.workflowCommit.value(in: statement) == "ab")
        statement.workflow?.ref = nil
        #expect(ProvenanceField.workflow.value(in: statement) == nil)
    }
}
