import Landwaiter
import Testing

/// The rulings "Absence" and "Time in rules": what is not there satisfies nothing, what others say counts for nothing, and
/// only the time inside the signed payload is a time.
@Suite struct AbsenceTests {
    private static let newest = "\n    newestAge: 7d"

    private static func scene(match: String) throws -> Scene {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(
            require: Policies.provenance(match: match, more: match == "latest" ? newest : ""))
        return scene
    }

    // MARK: Cardinality counts verified evidence of allowed signers

    /// A stranger's and another team's statements, each worse, newer and of the same image.
    @Test(arguments: ["any", "all", "latest", "exactly-one"])
    func whatOthersSayChangesNothing(_ match: String) async throws {
        var scene = try Self.scene(match: match)
        let child = scene.children[0]
        try scene.attest(buildKit(), about: child)
        for signatory in [Signatory.stranger, .corporate] {
            try scene.attest(
                buildKit(builder: "https://evil.example/x", finished: "2026-11-20T11:59:59Z", run: "9"), about: child,
                by: signatory)
            try scene.attest(buildKit(finished: nil, run: "8"), about: child, by: signatory)
        }
        #expect(try await scene.decide().verdict == .admit)
        // And helps nothing where the allowed signer says nothing, though another rule trusts the signer.
        var alone = try Self.scene(match: match)
        alone.policy = alone.policy.replacing("require:\n", with: "require:\n    \(Policies.signature)\n")
        try alone.sign()
        for signatory in [Signatory.stranger, .corporate] {
            try alone.attest(buildKit(), about: alone.children[0], by: signatory)
        }
        let record = try await alone.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceNoAllowedSigner)
    }

    @Test func whatOthersSignUsesUpNoLimitOfItems() async throws {
        var scene = try Self.scene(match: "exactly-one")
        try scene.attest(buildKit(), about: scene.children[0])
        scene.limits.evidenceItems = 1
        for number in 0..<5 as Range<Int64> {
            try scene.attest(["number": .integer(number)], type: Scene.note, about: scene.image, by: .stranger)
        }
        // What an allowed signer signed about another image can be attached by anybody.
        for number in 0..<5 as Range<UInt8> {
            let other = Scene.statement([Digest(of: [number])], type: Scene.note)
            scene.attach(try Scene.bundle(other, by: .pipeline))
        }
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.refusedCodes == ["evidence.subject-mismatch", "signature.no-key-matches"])
    }

    @Test(arguments: ["all", "exactly-one"])
    func whatTheAllowedSignerSaysCounts(_ match: String) async throws {
        var scene = try Self.scene(match: match)
        try scene.attest(buildKit(), about: scene.children[0])
        try scene.attest(buildKit(ref: "refs/heads/dev"), about: scene.children[0])
        #expect(try await scene.decide().verdict == .reject)
    }

    /// Malformed provenance of the allowed signer is refused like other malformed evidence, and stands in the record.
    @Test func malformedProvenanceIsNoProvenance() async throws {
        var scene = try Self.scene(match: "any")
        try scene.attest(["buildDefinition": [:]], about: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceNoAttestation)
        #expect(record.refusedCodes == ["provenance.malformed"])
        #expect(record.verified.isEmpty)
    }

    @Test func twoEnvelopesOfOneStatementAreByBothSigners() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(
            require: Policies.provenance(match: "exactly-one", by: "[pipeline, second]", atLeast: 2))
        try scene.attest(buildKit(), about: scene.children[0], by: .pipeline)
        #expect(try await scene.decide().headline?.code == .provenanceTooFewSigners)
        try scene.attest(buildKit(), about: scene.children[0], by: .second)
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        #expect(record.verified.count == 1)
        // Two statements of one signer are still one signer.
        var once = Scene(platforms: [Scene.amd64])
        once.policy = Policies.text(require: Policies.provenance(by: "[pipeline, second]", atLeast: 2))
        for run in ["1", "2"] { try once.attest(buildKit(run: run), about: once.children[0], by: .pipeline) }
        #expect(try await once.decide().headline?.code == .provenanceTooFewSigners)
    }

    @Test func signersOfTheImageAreCountedOverAllForms() async throws {
        for forms in [1, 2, 3] {
            var scene = Scene()
            scene.policy = Policies.text(require: Policies.twoSignatures)
            try scene.sign(by: .corporate)
            if forms > 1 { try scene.cosign(by: .corporate) }
            if forms > 2 {
                let statement = Scene.signatureStatement(scene.image.digest)
                scene.supplied = [try Scene.envelope(statement, by: [.stranger, .second])]
            }
            let record = try await scene.decide()
            #expect(record.verdict == (forms > 2 ? .admit : .reject))
            #expect(record.headline?.code == (forms > 2 ? nil : .signatureTooFewSigners))
        }
    }

    // MARK: Time

    @Test func latestNeedsATimeInTheSignedPayload() async throws {
        var scene = try Self.scene(match: "latest")
        try scene.attest(buildKit(), about: scene.children[0])
        #expect(try await scene.decide().verdict == .admit)
        try scene.attest(buildKit(finished: nil, run: "2"), about: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .evidenceNoSignedTime)
    }

    /// Anyone can stamp an old signature anew: what a bundle says of time around the envelope makes nothing fresh.
    @Test func noStampMakesOldProvenanceFresh() async throws {
        var scene = try Self.scene(match: "latest")
        let statement = Scene.statement(
            [scene.children[0].digest], type: Scene.provenance, predicate: buildKit(finished: "2026-01-01T00:00:00Z"))
        let bundle = try tree(try Scene.bundle(statement, by: .pipeline))
        let material = (bundle["verificationMaterial"] ?? .null)
            .adding("tlogEntries", [["logIndex": "1", "integratedTime": "1795176000"]])
            .adding("timestampVerificationData", ["rfc3161Timestamps": [["signedTimestamp": "MAA="]]])
        scene.attach(bundle.adding("verificationMaterial", material).canonicalBytes(), to: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verified.count == 1)
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .provenanceTooOld)
    }

    @Test(arguments: ["2026-11-20", "yesterday", "2026-11-20T10:00:00", "2026-13-20T10:00:00Z"])
    func aTimeThatIsNoneIsRefused(_ time: String) async throws {
        var scene = try Self.scene(match: "latest")
        try scene.attest(buildKit(finished: time), about: scene.children[0])
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.refusedCodes == ["provenance.malformed-time"])
    }
}
