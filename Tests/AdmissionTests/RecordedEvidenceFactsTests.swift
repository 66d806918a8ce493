import Landwaiter
import Testing

/// What an audit asks of a record: who is affected by this signer, key, builder or component?
@Suite struct RecordedEvidenceFactsTests {
    @Test func keysAndBuildersStandWithTheirEvidence() async throws {
        let record = try await Scene.finance().decide()
        let facts = record.evidenceFacts
        #expect(facts.map(\.digest) == Set(record.verified.map(\.evidence)).sorted())
        let signature = try #require(facts.first { $0.builder == nil })
        #expect(signature.keys == [try Signatory.corporate.key.publicKey.fingerprint])
        let provenance = facts.filter { $0.builder != nil }
        #expect(provenance.count == 2)
        #expect(provenance.allSatisfy { $0.builder == "https://ci.example/builder" })
        #expect(provenance.allSatisfy { $0.predicateType == Scene.provenance && $0.signers.isEmpty })
        #expect(record.evidenceFacts { $0 == signature.digest } == [signature])
    }

    @Test func holdersOfCertificatesStandByTheirNames() async throws {
        let record = try await OwnAuthorityTests.scene(OwnAuthorityTests.workload(), OwnAuthorityTests.spiffe).decide()
        #expect(record.evidenceFacts.map(\.signers) == [[OwnAuthorityTests.workload]])
        #expect(record.evidenceFacts.map(\.keys) == [[]])
    }

    /// Though no rule asked what the SBOM says.
    @Test func componentsAreReadWhereNoRuleAskedForThem() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(
            require: """
                - id: listed
                  on: each-platform
                  attestation: {by: {atLeast: 1, of: [pipeline]}, type: ["https://cyclonedx.org/bom"], match: any}
                """)
        let document: JSONTree = [
            "bomFormat": "CycloneDX", "specVersion": "1.6",
            "components": [
                ["type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:DEB/debian/zlib1g@1.3?arch=amd64"],
                ["type": "library", "name": "again", "purl": "pkg:deb/debian/zlib1g@1.3?arch=amd64"],
                ["type": "library", "name": "plain", "version": "2"], ["type": "library", "name": "bare"],
                ["type": "library", "group": "org", "name": "grouped", "version": "3"],
                ["type": "library", "name": "odd", "purl": "no purl"],
            ],
        ]
        try scene.attest(document, type: "https://cyclonedx.org/bom", about: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(
            record.evidenceFacts.map(\.components) == [
                ["bare", "no purl", "org/grouped@3", "pkg:deb/debian/zlib1g@1.3?arch=amd64", "plain@2"]
            ])
    }

    @Test func whatWasRefusedStandsInNone() async throws {
        var scene = try Scene.signed()
        try scene.sign(by: .stranger)
        let record = try await scene.decide()
        #expect(record.evidenceFacts.count == 1)
        #expect(record.evidenceFacts.flatMap(\.keys) == [try Signatory.corporate.key.publicKey.fingerprint])
    }
}
