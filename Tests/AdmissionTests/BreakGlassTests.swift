import Landwaiter
import Testing

extension Scene {
    /// A pass for this image, signed one after the other over the same bytes.
    func pass(
        by signatories: [Signatory], image: Digest? = nil, namespace: String = "finance",
        notBefore: String = "2026-11-20T10:00:00Z", expires: String = "2026-11-20T14:00:00Z"
    ) throws -> [UInt8] {
        let pass = try BreakGlassPass(
            id: "bg-1", image: image ?? self.image.digest, namespace: namespace, notBefore: try instant(notBefore),
            expires: try instant(expires), reason: "payments are down", ticket: "INC-77")
        return try Self.envelope(pass.payload, by: signatories, type: BreakGlassPass.payloadType.value)
    }
}

/// Who may break the glass, and what nobody can break. What the guardrails judge is in AdmissionPolicyTests.
@Suite struct BreakGlassTests {
    /// Built elsewhere than the policy allows.
    private static func scene() throws -> Scene {
        var scene = try Scene.finance()
        scene.policy = scene.policy.replacing("https://ci.example/*", with: "https://elsewhere.example/*")
        scene.guardrails = [Policies.guardrail()]
        return scene
    }

    private func decide(_ change: (inout Scene) throws -> Void) async throws -> AdmissionRecord {
        var scene = try Self.scene()
        try change(&scene)
        return try await scene.decide()
    }

    private func expectRefused(
        _ record: AdmissionRecord, _ code: String, location: SourceLocation = #_sourceLocation
    ) {
        #expect(record.verdict == .reject, sourceLocation: location)
        #expect(record.headline?.code.name == "provenance.builder-differs", sourceLocation: location)
        #expect(record.codes.contains(code), "\(record.codes)", sourceLocation: location)
        #expect(record.breakGlass?.waived ?? [] == [], sourceLocation: location)
    }

    @Test func twoApproversOverTheSameBytesWaive() async throws {
        let record = try await decide { $0.breakGlass = try $0.pass(by: [.corporate, .second]) }
        #expect(record.verdict == .admit)
        #expect(record.codes == ["break-glass.used"])
        let presented = try #require(record.breakGlass)
        #expect(presented.approvers == ["alice", "bob"])
        #expect(presented.waived.map(\.description) == ["tests/policy#built"])
        let json = record.json["breakGlass"]
        #expect(json?["id"] == "bg-1")
        #expect(json?["hasEffect"] == true)
        #expect(json?["reason"] == "payments are down")
        #expect(json?["ticket"] == "INC-77")
        #expect(json?["waived"] == ["tests/policy#built"])
        #expect(TextReport.text(record, style: .plain).contains("BREAK-GLASS bg-1 until 2026-11-20T14:00:00Z"))
    }

    @Test func withoutAPassItIsRejected() async throws {
        let record = try await decide { _ in }
        #expect(record.verdict == .reject)
        #expect(record.breakGlass == nil)
        #expect(record.json["breakGlass"] == .null)
    }

    @Test func oneApproverDoesNotDo() async throws {
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.corporate]) }, "break-glass.too-few-approvers")
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.corporate, .corporate]) },
            "break-glass.too-few-approvers")
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.corporate, .stranger]) },
            "break-glass.too-few-approvers")
    }

    @Test func strangersApproveNothing() async throws {
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.stranger]) }, "break-glass.not-approved")
    }

    /// A key that a policy trusts for provenance approves nothing unless the guardrail names it.
    @Test func keysOfPoliciesApproveNothing() async throws {
        expectRefused(
            try await decide {
                $0.guardrails = [Policies.guardrail(approvers: "[alice, bob]")]
                $0.breakGlass = try $0.pass(by: [.corporate, .pipeline])
            }, "break-glass.too-few-approvers")
    }

    @Test func signaturesOverOtherBytesDoNotAddUp() async throws {
        let record = try await decide { scene in
            let one = try tree(try scene.pass(by: [.corporate]))
            let other = try tree(try scene.pass(by: [.second], expires: "2026-11-20T13:00:00Z"))
            let signatures = (one["signatures"]?.elements ?? []) + (other["signatures"]?.elements ?? [])
            scene.breakGlass = one.adding("signatures", .array(signatures)).canonicalBytes()
        }
        expectRefused(record, "break-glass.too-few-approvers")
    }

    @Test func aChangedPassIsApprovedByNobody() async throws {
        let record = try await decide { scene in
            let signed = try tree(try scene.pass(by: [.corporate, .second], namespace: "hr"))
            let changed = try BreakGlassPass(
                id: "bg-1", image: scene.image.digest, namespace: "finance",
                notBefore: try instant("2026-11-20T10:00:00Z"),
                expires: try instant("2026-11-20T14:00:00Z"), reason: "payments are down", ticket: "INC-77")
            scene.breakGlass = signed.adding("payload", .string(Base64.encode(changed.payload))).canonicalBytes()
        }
        expectRefused(record, "break-glass.not-approved")
    }

    @Test func isForThisImageAndNamespaceAndTime() async throws {
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.corporate, .second], image: $0.children[0].digest) },
            "break-glass.other-image")
        expectRefused(
            try await decide { $0.breakGlass = try $0.pass(by: [.corporate, .second], namespace: "hr") },
            "break-glass.other-namespace")
        expectRefused(
            try await decide {
                $0.breakGlass = try $0.pass(by: [.corporate, .second], expires: "2026-11-20T12:00:00Z")
            }, "break-glass.expired")
        expectRefused(
            try await decide {
                $0.breakGlass = try $0.pass(by: [.corporate, .second], notBefore: "2026-11-20T12:00:01Z")
            }, "break-glass.not-yet-valid")
        expectRefused(
            try await decide {
                $0.breakGlass = try $0.pass(by: [.corporate, .second], expires: "2026-11-20T14:00:01Z")
            }, "break-glass.too-long")
    }

    @Test func withoutGuardrailItHasNoEffect() async throws {
        expectRefused(
            try await decide {
                $0.guardrails = []
                $0.breakGlass = try $0.pass(by: [.corporate, .second])
            }, "break-glass.no-guardrail")
    }

    /// An attestation about the image is no pass, and a pass is no attestation.
    @Test func passAndAttestationAreNeverTakenForEachOther() async throws {
        let record = try await decide { scene in
            let pass = try scene.pass(by: [.corporate, .second])
            let payload = try tree(pass)["payload"]?.text ?? ""
            scene.breakGlass = try Scene.envelope(try Base64.decode(payload), by: [.corporate, .second])
            scene.attach(pass, as: .dsseEnvelope)
        }
        expectRefused(record, "break-glass.malformed")
        #expect(record.refusedCodes.contains("dsse.unsupported-payload-type"))
    }

    @Test(arguments: [
        #"{"schemaVersion":2,"id":"a","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":["D"],"namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":"sha256:a","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T10:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"n","notBefore":"yesterday","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":""}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r","ticket":7}"#,
        #"{"schemaVersion":1,"id":"a","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r","only":"dev"}"#,
        #"{"schemaVersion":1,"id":"a","id":"b","image":"D","namespace":"n","notBefore":"2026-11-20T10:00:00Z","expires":"2026-11-20T11:00:00Z","reason":"r"}"#,
        #"[]"#,
    ])
    func refusesWhatIsNoPass(_ text: String) async throws {
        let record = try await decide { scene in
            let payload = Array(text.replacing("D", with: scene.image.digest.description).utf8)
            scene.breakGlass = try Scene.envelope(
                payload, by: [.corporate, .second], type: BreakGlassPass.payloadType.value)
        }
        expectRefused(record, "break-glass.malformed")
    }

    @Test func aPassIsReadAsItWasWritten() throws {
        let pass = try BreakGlassPass(
            id: "a", image: Digest(of: [1]), namespace: "n", notBefore: try instant("2026-11-20T10:00:00Z"),
            expires: try instant("2026-11-20T11:00:00Z"), reason: "r", ticket: nil)
        #expect(try BreakGlassPass(parsing: pass.payload) == pass)
    }

    /// The limits of a pass are its own: nothing that is given as one costs the image's evidence anything.
    @Test func refusesAnEndlessPass() async throws {
        let record = try await decide { scene in
            let signed = try tree(try scene.pass(by: [.corporate, .second]))
            let many = Array(
                repeating: signed["signatures"]?.elements.first ?? .null, count: BreakGlassLimits.signatures + 1)
            scene.breakGlass = signed.adding("signatures", .array(many)).canonicalBytes()
        }
        expectRefused(record, "break-glass.malformed")
        expectRefused(
            try await decide { $0.breakGlass = [UInt8](repeating: 0x20, count: BreakGlassLimits.bytes + 1) },
            "break-glass.malformed")
    }
}

@Suite struct GuardedRecordTests {
    private static func scene() throws -> Scene {
        var scene = try Scene.finance()
        scene.policy = scene.policy.replacing("https://ci.example/*", with: "https://elsewhere.example/*")
        scene.guardrails = [
            Policies.guardrail(),
            Policies.guardrail().replacing("name: organisation", with: "name: again"),
        ]
        scene.exceptions = [
            Policies.exception(scene.image.digest), Policies.exception(Digest(of: [1]), name: "other"),
        ]
        return scene
    }

    @Test func theRecordSaysWhatWasWaivedAndByWhom() async throws {
        let scene = try Self.scene()
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.guardrails.map(\.policy.description) == ["guardrails/again", "guardrails/organisation"])
        #expect(record.json["exceptionsUsed"] == 1)
        let used = try #require(record.json["exceptions"]?.elements.first)
        #expect(record.json["exceptions"]?.elements.count == 2)
        #expect(used["name"] == "exceptions/fin-482")
        #expect(used["policy"] == "tests/policy")
        #expect(used["rule"] == "built")
        #expect(used["owner"] == "payments-platform")
        #expect(used["reason"] == "the pipeline moves")
        #expect(used["ticket"] == "FIN-482")
        #expect(used["expires"] == "2026-12-15T00:00:00Z")
        let digests = Set(scene.children.map { JSONTree.string($0.digest.description) }.compactMap(\.text))
        #expect(Set(record.json["exceptions"]?.elements.compactMap { $0["subject"]?.text } ?? []) == digests)
        let rule = record.json["policies"]?.elements.first?["rules"]?.elements.first { $0["rule"] == "built" }
        #expect(rule?["outcome"] == "waived")
        #expect(rule?["waivedBy"] == "exception exceptions/fin-482")
        #expect(rule?["codes"]?.elements.isEmpty == false)
        let text = TextReport.text(record, style: .plain)
        #expect(text.contains("EXCEPTION exceptions/fin-482 until 2026-12-15T00:00:00Z"))
        #expect(text.contains("the pipeline moves"))
    }

    @Test func sourcesAndFilesInAnyOrderGiveTheSameBytes() async throws {
        let scene = try Self.scene()
        var records: Set<[UInt8]> = []
        for reversed in [false, true] {
            let policies = try Policies.load(
                [scene.policy, Policies.text(name: "second", require: Policies.signature)],
                guardrails: scene.guardrails,
                exceptions: scene.exceptions, reversed: reversed)
            let record = await AdmissionPipeline(policies: policies).decide(try scene.request(scene.source))
            records.insert(record.canonicalBytes)
        }
        #expect(records.count == 1)
    }

    /// Beyond the budget of candidates nobody knows, and nobody is let in, whatever waives.
    @Test func neitherExceptionNorPassOutweighsASpentBudget() async throws {
        var scene = try Self.scene()
        scene.limits.candidates = 1
        scene.breakGlass = try scene.pass(by: [.corporate, .second])
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
    }
}
