import Landwaiter
import Testing

/// The promises that the product makes, as far as the pipeline keeps them. The limits of promise 7 are in `LimitTests`;
/// promise 10 belongs to the history of decisions.
@Suite struct PromiseTests {
    @Test func whatTheOtherTestsStartFromIsAdmitted() async throws {
        let record = try await Scene.finance().decide()
        #expect(record.verdict == .admit, "\(record.text)")
        #expect(record.headline == nil)
        #expect(record.findings.isEmpty)
        #expect(record.refused.isEmpty)
        #expect(record.verified.count == 3)
    }

    // MARK: 1. Nothing empty passes

    @Test func rejectsWhereNoPolicyMatches() async throws {
        var scene = try Scene.finance()
        scene.namespace = "payroll"
        let source = scene.source
        let record = try await scene.decide(source)
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .policyNoneMatches)
        #expect(record.policies.isEmpty)
        #expect(record.enforcement == .always)
        // Nothing more is read than it takes to know which image is meant.
        #expect(source.calls.allSatisfy { if case .papers = $0 { false } else { true } })
    }

    @Test(arguments: ["require:\n    []", "require: []", "require:"])
    func loadsNoPolicyThatRequiresNothing(_ require: String) {
        let text = Policies.signed.replacing("require:\n    \(Policies.signature)", with: require)
        #expect(text != Policies.signed)
        #expect(throws: PolicyLoadFailure.self) { try Policies.load(text) }
        #expect(throws: PolicyLoadFailure.self) { try PolicySet.load([]) }
    }

    @Test(arguments: [
        (Policies.signature, "signature.none"),
        (Policies.provenance(), "provenance.no-attestation"),
        (Policies.provenance(match: "all"), "provenance.no-attestation"),
        (Policies.provenance(match: "exactly-one"), "provenance.no-attestation"),
        (Policies.provenance(match: "latest", more: "\n    newestAge: 7d"), "provenance.no-attestation"),
        (Policies.base(proof: "[materials]", by: "pipeline"), "provenance.no-attestation"),
    ])
    func rejectsAnImageWithoutPapers(require: String, code: String) async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: require)
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code.name == code)
        #expect(record.verified.isEmpty)
    }

    @Test(arguments: [
        (#""subject":[]"#, "statement.no-subject"), (#""subject":null"#, "statement.no-subject"),
        (#""subject":[{"name":"x"}]"#, "statement.no-digest"),
        (#""subject":[{"name":"x","digest":{}}]"#, "statement.no-digest"),
        (#""subject":[{"name":"x","digest":{"sha256":""}}]"#, "statement.no-digest"),
        (#""subject":[{"name":"x","digest":{"md5":"d41d8cd98f00b204e9800998ecf8427e"}}]"#, "evidence.subject-mismatch"),
    ])
    func rejectsAValidSignatureOverNothing(subject: String, code: String) async throws {
        var scene = Scene()
        let statement =
            #"{"_type":"https://in-toto.io/Statement/v1",\#(subject),"#
            + #""predicateType":"https://sigstore.dev/cosign/sign/v1"}"#
        scene.attach(try Scene.bundle(Array(statement.utf8), by: .corporate))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == [code])
        #expect(record.headline?.code == .signatureNone)
    }

    @Test func rejectsAnAttestationOfAnotherType() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.provenance())
        for child in scene.children { try scene.attest(buildKit(), type: Scene.note, about: child) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceNoneOfType)
        #expect(record.verified.count == 2)
    }

    // MARK: 2. An error in a denial denies, and denials beat everything

    static let denial = "- {id: no-root, on: image, image: {user: {in: [root, \"0\"]}}}"

    @Test(arguments: [ReasonCode.imageNotFound, .imageUnreadable, .limitImageBytes])
    func aDenialThatCannotBeJudgedRejects(_ code: ReasonCode) async throws {
        var scene = try Scene.signed()
        scene.policy = Policies.text(require: Policies.signature, deny: Self.denial, stage: "observe")
        #expect(try await scene.decide().verdict == .admit)
        let config = try scene.config(of: scene.children[1])
        scene.store.faults[.fetch(config.digest)] = ContentSourceError(code, "not to be had")
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .policyDenyError)
        #expect(record.codes == ["policy.deny-error", code.name].sorted())
        // Whatever the policy's stage: a denial is never staged.
        #expect(record.enforcement == .always)
    }

    @Test func aDenialBeatsEveryAllowAndWhatIsNotKnown() async throws {
        var scene = try Scene.finance()
        scene.policy = Policies.text(
            require: Policies.signature, deny: "- {id: no-v1, on: image, image: {tag: {in: [v1]}}}", stage: "warn")
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .policyDenied)
        #expect(record.enforcement == .always)
        // Papers that can't be listed leave other decisions open, not this one.
        scene.store.faults[.papers(scene.image.digest)] = ContentSourceError(.imageUnreadable, "not to be had")
        let unlisted = try await scene.decide()
        #expect(unlisted.verdict == .reject)
        #expect(unlisted.headline?.code == .policyDenied)
        #expect(unlisted.codes.contains("image.unreadable"))
    }

    // MARK: 3. What weakens a check stands in the record

    @Test func theRecordShowsWhatWasWeakened() async throws {
        var scene = try Scene.signed()
        #expect(try await scene.decide().json["insecure"] == [])
        scene.limits.candidates = 77
        scene.hypothetical = true
        let json = try await scene.decide().json
        #expect(json["limits"]?["candidates"] == 77)
        #expect(json["hypothetical"] == true)
    }

    // MARK: 4. Policy sees verified evidence only

    @Test func refusedEvidenceReachesTheReportAndNoRule() async throws {
        var scene = Scene()
        scene.policy = Policies.finance
        _ = Scene.base(in: &scene.store)
        try scene.sign(by: .stranger)
        for child in scene.children { try scene.attest(buildKit(), about: child, by: .stranger) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.codes == ["provenance.no-attestation", "signature.none"])
        #expect(record.verified.isEmpty)
        #expect(record.refusedCodes == ["signature.no-key-matches"])
        #expect(record.refused.count == 3)
        #expect(record.policies.flatMap(\.rules).allSatisfy { $0.outcome == .fails && $0.satisfiedBy.isEmpty })
    }

    @Test func rulesAreSatisfiedByVerifiedEvidenceOnly() async throws {
        var scene = try Scene.finance()
        try scene.sign(by: .stranger)
        let record = try await scene.decide()
        let verified = Set(record.verified.map(\.evidence))
        let satisfying = Set(record.policies.flatMap(\.rules).flatMap(\.satisfiedBy))
        #expect(satisfying == verified)
        #expect(record.refused.compactMap(\.evidence).allSatisfy { !verified.contains($0) })
    }

    // MARK: 5. Bytes as received, resolved once

    @Test func verifiesTheStatementAsItWasWritten() async throws {
        // Neither canonical nor without spaces, with an escape that a re-encoder would drop.
        var scene = Scene()
        let statement = """
            { "predicateType" : "https://sigstore.dev/cosign/sign/v1",
              "subject": [ { "digest": { "sha256": "\(scene.image.digest.hex)" }, "name": "\\u0061" } ],
              "_type": "https://in-toto.io/Statement/v1" }
            """
        scene.attach(try Scene.bundle(Array(statement.utf8), by: .corporate))
        #expect(try await scene.decide().verdict == .admit)
        // The same statement, written otherwise, under the same signature.
        var other = Scene()
        let envelope = try Scene.envelope(Array(statement.utf8), by: [.corporate])
        other.attach(try rewriting(envelope) { try canonical($0) }, as: .dsseEnvelope)
        let record = try await other.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["signature.no-key-matches"])
    }

    @Test func resolvesOnce() async throws {
        let scene = try Scene.finance()
        let source = scene.source
        #expect(try await scene.decide(source).verdict == .admit)
        #expect(source.calls.count { $0 == .resolve } == 1)
    }

    // MARK: 6. Bytes, not look-alikes

    @Test func comparesIdentitiesAsBytes() async throws {
        for (builder, verdict) in [
            ("https://ci.example/caf\u{E9}", Verdict.admit), ("https://ci.example/cafe\u{301}", .reject),
        ] {
            var scene = Scene(platforms: [Scene.amd64])
            scene.policy = Policies.text(
                require: Policies.provenance().replacing("https://ci.example/*", with: "https://ci.example/caf\u{E9}"))
            try scene.attest(buildKit(builder: builder), about: scene.children[0])
            #expect(try await scene.decide().verdict == verdict)
        }
    }

    @Test(arguments: ["upper case", "a space", "no algorithm"])
    func comparesSignedDigestsAsBytes(_ spelling: String) async throws {
        var scene = Scene()
        let hex = scene.image.digest.hex
        let digest: JSONTree =
            switch spelling {
            case "upper case": ["sha256": .string(hex.uppercased())]
            case "a space": ["sha256": .string(hex + " ")]
            default: ["SHA256": .string(hex)]
            }
        let statement: JSONTree = [
            "_type": "https://in-toto.io/Statement/v1", "subject": [["digest": digest]],
            "predicateType": .string(StatementMaking.imageSignatureType),
        ]
        scene.attach(try Scene.bundle(statement.canonicalBytes(), by: .corporate))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
    }

    // MARK: 8. Unknown members are ignored in the formats of others

    @Test func ignoresUnknownMembersOfOthersFormats() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        var statement = try tree(Scene.signatureStatement(scene.image.digest))
        statement = statement.adding("x-extra", ["a": [1, 2]])
        var bundle = try tree(try Scene.bundle(statement.canonicalBytes(), by: .corporate))
        bundle = bundle.adding("x-extra", true)
        scene.attach(bundle.canonicalBytes())
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func refusesUnknownFieldsOfOurOwn() {
        let text = Policies.signed.replacing("atLeast: 1,", with: "atLeast: 1, atMost: 2,")
        #expect(throws: PolicyLoadFailure.self) { try Policies.load(text) }
    }

    // MARK: 9. Time and trust are arguments

    @Test func timeIsWhatTheCallerSays() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(match: "latest", more: "\n    newestAge: 7d"))
        try scene.attest(buildKit(finished: "2026-11-20T10:00:00Z"), about: scene.children[0])
        for (at, code) in [
            ("2026-11-20T09:59:59Z", "evidence.time-in-future"), ("2026-11-20T10:00:00Z", nil),
            ("2026-11-27T10:00:00Z", nil), ("2026-11-27T10:00:01Z", "provenance.too-old"),
            ("2126-01-01T00:00:00Z", "provenance.too-old"),
        ] as [(String, String?)] {
            scene.at = at
            let record = try await scene.decide()
            #expect(record.headline?.code.name == code, "at \(at)")
            #expect(record.json["evaluatedAt"] == .string(at))
        }
    }

    @Test func trustIsWhatThePolicyNames() async throws {
        // The same papers under a policy that names another key.
        var scene = try Scene.signed()
        scene.policy = Policies.text(require: Policies.signature.replacing("[corporate]", with: "[second]"))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["signature.no-key-matches"])
    }
}
