import Landwaiter
import Testing

/// Where no rule needs anything of an image, nobody waits for a registry.
@Suite struct DecisionWithoutReadingTests {
    private static let byName = #"- {id: ours, on: image, image: {name: {glob: ["registry.example/**"]}}}"#
    private static let byTag = #"- {id: tagged, on: image, image: {tag: {glob: ["v*"]}}}"#

    private func decide(_ scene: Scene) throws -> AdmissionRecord? {
        let source = scene.source
        let record = try scene.pipeline().decideWithoutReading(try scene.request(source))
        #expect(source.calls.isEmpty)
        return record
    }

    /// Where it answers, the full decision says the same.
    private func expectAgreement(_ scene: Scene, _ verdict: Verdict) async throws {
        let record = try #require(try decide(scene))
        let full = try await scene.decide()
        #expect(record.verdict == verdict && full.verdict == verdict)
        #expect(record.enforcement == full.enforcement)
        #expect(record.headline == full.headline)
        #expect(record.findings.filter { $0.code != .imageNotRead } == full.findings)
        #expect(record.policies.map(\.verdict) == full.policies.map(\.verdict))
        #expect(record.findings.contains { $0.code == .imageNotRead })
        #expect(record.image == nil && record.imageDigest == nil)
    }

    @Test func noPolicyIsRejectedAtOnce() async throws {
        var scene = try Scene.signed()
        scene.policy = Policies.text(require: Policies.signature, namespaces: "[elsewhere]")
        try await expectAgreement(scene, .reject)
        let record = try #require(try decide(scene))
        #expect(record.headline?.code == .policyNoneMatches)
        #expect(record.enforcement == .always)
    }

    @Test func rulesOnTheNameAloneAreJudgedByIt() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Self.byName + "\n" + Self.byTag)
        try await expectAgreement(scene, .admit)
        let rules = try #require(try decide(scene)).policies.flatMap(\.rules)
        #expect(rules.map(\.outcome) == [.holds, .holds])
        #expect(rules.allSatisfy { $0.subject == nil })
        scene.reference = "registry.example/finance/ledger:latest"
        try await expectAgreement(scene, .reject)
        scene.policy = Policies.text(
            require: Self.byName, deny: #"- {id: no-latest, on: image, image: {tag: {in: [latest]}}}"#)
        try await expectAgreement(scene, .reject)
        #expect(try #require(try decide(scene)).headline?.code == .policyDenied)
    }

    @Test func aDigestThatIsNamedStandsInTheRecord() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Self.byName)
        scene.reference = "registry.example/finance/ledger@\(scene.image.digest)"
        let record = try #require(try decide(scene))
        #expect(record.imageDigest == scene.image.digest)
        #expect(record.policies[0].rules[0].subject == scene.image.digest)
        // Of two digests nobody knows whether they are of the same bytes.
        scene.reference = "registry.example/finance/ledger@\(Digest(of: [1]))"
        let pipeline = try scene.pipeline()
        #expect(pipeline.decideWithoutReading(try scene.request(.digest, scene.source)) == nil)
    }

    @Test(
        arguments: [
            Policies.signature,
            Policies.provenance(),
            Policies.base(proof: "[layers]"),
            #"- {id: r, on: image, image: {user: {nonRoot: true}}}"#,
            #"- {id: r, on: image, image: {labels: {team: {in: [payments]}}}}"#,
            #"- {id: r, on: image, image: {platform: {in: [linux/amd64]}}}"#,
            // One result for each platform: which there are, the image says.
            #"- {id: r, on: each-platform, image: {tag: {in: [v1]}}}"#,
            #"- {id: r, on: {platform: linux/amd64}, image: {tag: {in: [v1]}}}"#,
        ], ["enforce", "observe"])
    func whatNeedsReadingIsRead(_ require: String, _ stage: String) throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Self.byName + "\n" + require, stage: stage)
        #expect(try decide(scene) == nil)
    }

    @Test func alternativesNeedWhatAnyOfThemNeeds() throws {
        var scene = Scene()
        scene.policy = Policies.text(
            require: """
                - id: either
                  on: image
                  anyOf:
                    - {id: a, image: {tag: {in: [v1]}}}
                    - {id: b, signature: {by: {atLeast: 1, of: [corporate]}}}
                """)
        #expect(try decide(scene) == nil)
    }

    @Test func denialsOfBytesAndBuildersNeedReading() throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Self.byName)
        for deny in [
            "  deny: [{id: d, digest: {in: [\"\(Digest(of: [1]))\"]}}]",
            "  deny: [{id: b, builder: {in: [\"https://evil.example/\"]}}]",
            "  deny: [{id: u, on: image, image: {user: {in: [root]}}}]",
        ] {
            scene.guardrails = [Policies.guardrail(deny)]
            #expect(try decide(scene) == nil, "\(deny)")
        }
        // Whose signatures don't count is of no matter where none is asked for.
        scene.guardrails = [Policies.guardrail("  deny: [{id: k, key: {files: [corporate.pub]}}]")]
        #expect(try decide(scene)?.verdict == .admit)
    }

    @Test func whatNamesDigestsNeedsReading() throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Self.byName).replacing("id: ours", with: "id: built")
        scene.guardrails = [Policies.guardrail()]
        #expect(try decide(scene) != nil)
        scene.exceptions = [Policies.exception(scene.image.digest)]
        #expect(try decide(scene) == nil)
        scene.exceptions = []
        scene.breakGlass = [1]
        #expect(try decide(scene) == nil)
        scene.breakGlass = nil
        scene.supplied = [[1]]
        #expect(try decide(scene) == nil)
    }

    @Test func guardrailsCantMendThatNoPolicyMatches() async throws {
        var scene = Scene()
        scene.policy = Policies.text(require: Policies.signature, namespaces: "[elsewhere]")
        let required =
            "  enforcement: {stage: enforce}\n  require: [{id: s, on: image, "
            + "signature: {by: {atLeast: 1, of: [alice]}}}]"
        scene.guardrails = [Policies.guardrail(required)]
        let record = try #require(try decide(scene))
        let full = try await scene.decide()
        #expect(record.verdict == .reject && full.verdict == .reject)
        #expect(record.enforcement == .always && full.enforcement == .always)
        // Where it is staged, the guardrail's own rule says whether the image is blocked.
        scene.guardrails = [Policies.guardrail(required + "\n  withoutPolicy: {stage: observe}")]
        #expect(try decide(scene) == nil)
        // One that asks nothing is judged.
        scene.guardrails = [
            Policies.guardrail(
                "  deny: [{id: t, on: image, image: {tag: {in: [v1]}}}]\n  withoutPolicy: {stage: observe}")
        ]
        try await expectAgreement(scene, .reject)
        // And a denial is never staged.
        let denied = try #require(try decide(scene))
        #expect(denied.findings.contains { $0.code == .policyDenied })
        #expect(denied.enforcement == .always)
    }

    // MARK: Undecided

    @Test func undecidedSaysWhy() throws {
        let scene = Scene()
        let source = scene.source
        let finding = Finding(.serviceOverloaded, "200 decisions are waiting", expected: "at most 200")
        let record = try scene.pipeline().undecided(try scene.request(.digest, source), because: finding)
        #expect(record.verdict == .undecided)
        #expect(record.headline == finding && record.findings == [finding])
        #expect(record.enforcement == .always)
        #expect(record.imageDigest == scene.image.digest)
        #expect(source.calls.isEmpty)
        let malformed = Finding(.serviceMalformedRequest, "expected an image, found none")
        #expect(try scene.pipeline().undecided(try scene.request(source), because: malformed).verdict == .reject)
    }

    /// What each code does to a verdict is a promise to whoever runs the server.
    @Test(arguments: [
        ("service.deadline-exceeded", ReasonCode.Effect.undecided), ("service.overloaded", .undecided),
        ("service.registry-not-configured", .undecided), ("service.registry-circuit-open", .undecided),
        ("service.stale-evidence-list", .undecided), ("service.unpinned-reference", .reject),
        ("service.malformed-request", .reject), ("service.served-from-cache", .note), ("service.not-recorded", .note),
    ])
    func codesOfTheServiceHaveTheirEffect(_ name: String, _ effect: ReasonCode.Effect) {
        #expect(ReasonCatalogue.code(named: name)?.effect == effect)
    }
}
