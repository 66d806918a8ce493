import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import StrictEncoding
import Testing

/// What has to hold whatever the evidence is, tried on generated evidence. A failure names its seed.
@Suite struct PropertyTests {
    /// Uses every kind of rule.
    private static func policies() throws -> [AdmissionPolicy] {
        var finance = PolicyText()
        finance.require = [
            PolicyText.signature, PolicyText.provenance(match: "latest", on: "each-platform", more: ", newestAge: 7d"),
            PolicyText.base(proof: "[materials, layers]"),
            "- {id: described, on: image, image: {user: {nonRoot: true}, labels: {team: {in: [payments]}}}}",
        ].joined(separator: "\n")
        finance.deny = "- {id: d, on: image, image: {tag: {in: [latest]}}}"
        var second = PolicyText()
        second.name = "second"
        second.stage = "{stage: warn}"
        second.require = [
            PolicyText.provenance(match: "all").replacing("id: built", with: "id: all"),
            PolicyText.provenance(match: "exactly-one").replacing("id: built", with: "id: one"),
            PolicyText.provenance(match: "any", by: "{atLeast: 1, of: [pipeline, second]}"),
            "- {id: twice, on: image, signature: {by: {atLeast: 2, of: [corporate, second]}}}",
        ].joined(separator: "\n")
        return [try finance.load(), try second.load()]
    }

    /// Admitted by both policies.
    private static func document() throws -> EvidenceDocument {
        try Facts.admitted { $0.signatures.append(try Facts.signature("second", by: ["fourth"])) }
    }

    @Test func theStartingPointIsAdmitted() throws {
        expectAdmit(PolicyEvaluator.evaluate(try Self.policies(), try Self.document()))
    }

    // MARK: Generated evidence

    private static func provenance(_ random: inout SplitMix64) throws -> Provenance {
        var provenance = try Facts.provenance()
        func pick<Value>(_ values: [Value], _ random: inout SplitMix64) -> Value { values[random.next(values.count)] }
        provenance.builder = pick(["https://ci.example/builder", "https://evil.example/x"], &random)
        provenance.sourceRepository = pick(
            ["https://git.example/finance/ledger", "https://git.example/evil/x", nil], &random)
        provenance.sourceRef = pick(["refs/heads/main", "refs/heads/dev", "refs/tags/v1", nil], &random)
        provenance.finishedOn = pick(
            [
                try Facts.instant("2026-11-19T09:00:00Z"), try Facts.instant("2026-11-19T12:00:00Z"),
                try Facts.instant("2027-01-01T00:00:00Z"), nil,
            ], &random)
        if random.next(3) == 0 { provenance.externalParameters = [.init(name: "p", value: "v")] }
        provenance.materials = pick(
            [
                provenance.materials, [],
                [.init(uri: "pkg:docker/evil.example/x@1", digests: ["sha256": ExactString(Digest.alpine.hex)])],
                [.init(uri: "pkg:docker/evil.example/x@1", digests: [:])],
            ], &random)
        return provenance
    }

    private static func attestation(
        _ name: String, by signers: [String], _ random: inout SplitMix64
    ) throws -> AttestationFacts {
        let subjects: [[Digest]] = [[.image], [.amd64], [.image, .amd64], [.named("elsewhere")], []]
        var attestation = try Facts.attestation(
            name, by: signers, subjects: subjects[random.next(subjects.count)], provenance(&random))
        if random.next(5) == 0 { attestation.provenance = nil }
        if random.next(5) == 0 { attestation.underIndexSignature = true }
        return attestation
    }

    private static func signature(
        _ name: String, by signers: [String], _ random: inout SplitMix64
    ) throws -> SignatureFacts {
        let subjects: [[Digest]] = [[.image], [.amd64], [.image, .amd64], []]
        let names: [String?] = [nil, "", "registry.example/finance/ledger", "registry.example/finance/ledger:1.2"]
        return try Facts.signature(
            name, by: signers, subjects: subjects[random.next(subjects.count)],
            reference: names[random.next(names.count)])
    }

    /// Anything, of anyone.
    private static func document(_ random: inout SplitMix64) throws -> EvidenceDocument {
        let everyone = ["corporate", "pipeline", "fourth", "other"]
        var document = try Self.document()
        if random.next(2) == 0 { document.attestations = [] }
        if random.next(2) == 0 { document.signatures = [] }
        for number in 0..<random.next(4) {
            let signers = everyone.filter { _ in random.next(3) == 0 }
            document.attestations.append(try attestation("a\(number)", by: signers, &random))
            document.signatures.append(try signature("s\(number)", by: signers, &random))
        }
        if random.next(4) == 0 { document.bases = [:] }
        if random.next(4) == 0 { document.image.platforms[0].configuration = nil }
        if random.next(3) == 0 {
            document.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: random.next(2) == 0 ? nil : Platform(os: "linux", architecture: "arm64"),
                    configuration: .success(try Facts.configuration(platform: "linux/arm64"))))
        }
        if random.next(5) == 0 { document.request.reference = nil }
        return document
    }

    // MARK: Properties

    @Test func junkOfOthersNeverChangesTheVerdict() throws {
        let policies = try Self.policies()
        var seen: Set<Verdict> = []
        for seed in 0..<150 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let document = seed % 3 == 0 ? try Self.document() : try Self.document(&random)
            let before = PolicyEvaluator.evaluate(policies, document)
            seen.insert(before.verdict)
            var with = document
            for number in 0...random.next(4) {
                let signers = random.next(4) == 0 ? [] : ["other"]
                with.attestations.append(try Self.attestation("junk \(number)", by: signers, &random))
                with.signatures.append(try Self.signature("junk \(number)", by: signers, &random))
            }
            let after = PolicyEvaluator.evaluate(policies, with)
            #expect(after.verdict == before.verdict, "seed \(seed)")
            #expect(after.rules.map(\.outcome) == before.rules.map(\.outcome), "seed \(seed)")
            #expect(after.rules.map(\.satisfiedBy) == before.rules.map(\.satisfiedBy), "seed \(seed)")
        }
        #expect(seen.contains(.admit) && seen.contains(.reject))
    }

    @Test func orderNeverChangesTheResult() throws {
        let policies = try Self.policies()
        for seed in 0..<150 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let document = try Self.document(&random)
            var shuffled = document
            shuffled.attestations.shuffle(using: &random)
            shuffled.signatures.shuffle(using: &random)
            shuffled.image.platforms.shuffle(using: &random)
            for index in shuffled.attestations.indices {
                shuffled.attestations[index].signers.shuffle(using: &random)
                shuffled.attestations[index].subjects.shuffle(using: &random)
                shuffled.attestations[index].provenance?.materials.shuffle(using: &random)
            }
            #expect(
                PolicyEvaluator.evaluate(policies.shuffled(using: &random), shuffled)
                    == PolicyEvaluator.evaluate(policies, document), "seed \(seed)")
        }
    }

    @Test func whatIsAdmittedNeedsEachPieceOfItsEvidence() throws {
        let policies = try Self.policies()
        let removals: [(String, (inout EvidenceDocument) -> Void)] = [
            ("corporate signature", { $0.signatures.remove(at: 0) }),
            ("second signature", { $0.signatures.remove(at: 1) }),
            ("attestation", { $0.attestations = [] }),
            ("subjects", { $0.attestations[0].subjects = [] }),
            ("signers", { $0.attestations[0].signers = [] }),
            ("provenance", { $0.attestations[0].provenance = nil }),
            ("source", { $0.attestations[0].provenance?.sourceRepository = nil }),
            ("ref", { $0.attestations[0].provenance?.sourceRef = nil }),
            ("time", { $0.attestations[0].provenance?.finishedOn = nil }),
            ("materials", { $0.attestations[0].provenance?.materials = [] }),
            ("digest of the base", { $0.attestations[0].provenance?.materials[0].digests = [:] }),
            ("base", { $0.bases = [:] }),
            ("configuration", { $0.image.platforms[0].configuration = nil }),
            ("platforms", { $0.image.platforms = [] }),
            ("reference", { $0.request.reference = nil }),
            ("namespace", { $0.request.namespace = nil }),
        ]
        for (what, remove) in removals {
            var document = try Self.document()
            remove(&document)
            let evaluation = PolicyEvaluator.evaluate(policies, document)
            #expect(evaluation.verdict != .admit, "\(what)")
            #expect(!evaluation.findings.isEmpty, "\(what)")
        }
    }

    /// Whatever is refused is explained by a finding that decides, and whatever is admitted by none.
    @Test func everyRefusalIsExplained() throws {
        let policies = try Self.policies()
        for seed in 0..<200 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let evaluation = PolicyEvaluator.evaluate(policies, try Self.document(&random))
            let effects = Set(evaluation.findings.map(\.code.effect))
            switch evaluation.verdict {
            case .admit: #expect(evaluation.findings.isEmpty, "seed \(seed)")
            case .reject: #expect(effects.contains(.reject), "seed \(seed)")
            case .undecided: #expect(effects == [.undecided], "seed \(seed)")
            }
            for rule in evaluation.rules {
                #expect(rule.findings.isEmpty == (rule.outcome == .holds), "seed \(seed)")
                #expect((rule.summary != nil) == (rule.outcome == .holds), "seed \(seed)")
            }
        }
    }

    /// Evidence that is read from JSON decides as the evidence that was written.
    @Test func jsonKeepsWhatDecides() throws {
        let policies = try Self.policies()
        for seed in 0..<100 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let document = try Self.document(&random)
            let read = try EvidenceDocument(parsing: document.json.prettyBytes())
            #expect(
                PolicyEvaluator.evaluate(policies, read) == PolicyEvaluator.evaluate(policies, document),
                "seed \(seed)")
            #expect(read.json == document.json, "seed \(seed)")
        }
    }
}
