import Landwaiter
import Testing

/// Google Cloud Build's older provenance, signed without its type by the key of a location.
@Suite struct CloudBuildKeyTests {
    /// The document that Google Cloud prints, about the file of the scene, by the corporate key as that of `us-west2`.
    private func document(location: String = "us-west2", payloadAlone: Bool = true) throws -> [UInt8] {
        let payload = ArtifactScene.statement([ArtifactScene.digest], predicate: buildKit())
        let key = try Signatory.corporate.key
        let header = PreAuthenticationEncoding.header(
            payloadType: Statement.payloadType, payloadByteCount: payload.count)
        let name =
            "projects/verified-builder/locations/\(location)/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1"
        let document: JSONTree = [
            "image_summary": [:],
            "provenance_summary": [
                "provenance": [
                    [
                        "envelope": [
                            "payloadType": .string(Statement.payloadType.value),
                            "payload": .string(Base64.encode(payload)),
                            "signatures": [
                                [
                                    "keyid": .string(name),
                                    "sig": .string(Base64.encode(try key.sign(payloadAlone ? payload : header + payload))),
                                ]
                            ],
                        ]
                    ]
                ]
            ],
        ]
        return document.canonicalBytes()
    }

    private func decide(_ key: String, _ evidence: [UInt8], guardrails: [String] = []) async throws -> AdmissionRecord {
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate]"))
            .split(separator: "corporate: {key: {file: corporate.pub}}").joined(separator: "corporate: {key: \(key)}")
        scene.supplied = [evidence]
        scene.guardrails = guardrails
        return try await scene.decide()
    }

    @Test func countsWhatTheKeyOfALocationSignedWhereThePolicySaysSo() async throws {
        let record = try await decide("{file: corporate.pub, insecureCloudBuildLocation: us-west2}", try document())
        #expect(record.verdict == .admit)
        #expect(record.insecure.contains { $0.hasPrefix("insecureCloudBuildLocation in tests/policy#built") })
        let signers = record.json["evidence"]?["verified"]?.elements.first?["signers"]?.elements ?? []
        #expect(signers.count == 1 && signers.first?["insecureCloudBuildKey"] != nil && signers.first?["key"] == nil)
    }

    /// Payloads alone count for nobody who trusts the same key as others sign.
    @Test func neverCountsAPayloadAloneForAPlainKey() async throws {
        let record = try await decide("{file: corporate.pub}", try document())
        #expect(record.verdict == .reject)
        // What another policy permits itself is not this one's.
        var scene = ArtifactScene()
        scene.policy = Policies.text(require: Policies.provenance(by: "[corporate, second]", atLeast: 1))
            .split(separator: "second: {key: {file: second.pub}}")
            .joined(separator: "second: {key: {file: corporate.pub, insecureCloudBuildLocation: us-west2}}")
        scene.supplied = [try document()]
        let both = try await scene.decide()
        #expect(both.verdict == .admit)
        #expect(both.policies.first?.rules.first?.findings.isEmpty ?? false)
        let plain = Policies.text(name: "plain", require: Policies.provenance(by: "[corporate]"))
        let pipeline = AdmissionPipeline(policies: try Policies.load([scene.policy, plain]))
        #expect(await pipeline.decide(try scene.request()).verdict == .reject)
    }

    @Test(arguments: ["europe-west1", "us-west2-x"])
    func neverCountsForAnotherLocation(_ location: String) async throws {
        let record = try await decide(
            "{file: corporate.pub, insecureCloudBuildLocation: us-west2}", try document(location: location))
        #expect(record.verdict == .reject)
    }

    @Test func guardrailsHaveToPermitIt() async throws {
        let guardrail = """
            apiVersion: landwaiter.dev/v1
            kind: Guardrail
            metadata: {name: organisation, owner: security}
            spec:
              scope: {namespaces: ["**"], images: ["**"]}
              deny: [{id: no-latest, on: image, image: {tag: {in: [latest]}}}]

            """
        await #expect(throws: PolicyLoadFailure.self) {
            try await decide(
                "{file: corporate.pub, insecureCloudBuildLocation: us-west2}", try document(), guardrails: [guardrail])
        }
    }

    @Test(arguments: ["US-WEST2", "a/b", "\"\""])
    func refusesWhatIsNoLocation(_ location: String) async throws {
        await #expect(throws: PolicyLoadFailure.self) {
            try await decide("{file: corporate.pub, insecureCloudBuildLocation: \(location)}", try document())
        }
    }
}
