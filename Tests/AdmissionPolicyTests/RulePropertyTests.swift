import AdmissionPolicy
import Attestation
import Content
import Findings
import StrictEncoding
import Testing

/// Alternatives, attestations, key dates and thresholds on generated evidence. A failure names its seed.
@Suite struct RulePropertyTests {
    private static let signers = [
        "    corporate: {key: {rotation: [{file: keys/corporate.pub, validUntil: 2026-12-01T00:00:00Z}, {file: keys/rsa.pub}]}}",
        "    pipeline: {key: {file: keys/pipeline.pub, validFrom: 2026-01-01T00:00:00Z}}",
        "    late: {key: {file: keys/fourth.pub, validUntil: 2026-06-01T00:00:00Z}}",
        "    stolen: {key: {file: keys/fourth.pub, compromisedAt: 2026-10-01T00:00:00Z}}",
    ]
    private static let conditions = [
        "{field: result, equals: PASSED}", "{field: n, atMost: 2.5}", "{field: \"r.*.s\", in: [low, 1]}",
        "{field: w, exists: false}",
    ]
    private static let alternatives = [
        "{id: a, signature: {by: {atLeast: 2, of: [corporate, late, stolen]}}}",
        "{id: b, image: {labels: {team: {in: [payments]}}}}",
        "{id: c, signature: {by: {atLeast: 1, of: [stolen]}}}",
    ]

    /// The same policy, its lists in another order.
    private static func policy(_ random: inout SplitMix64) throws -> AdmissionPolicy {
        func attestation(_ match: String, _ random: inout SplitMix64) -> String {
            """
            - id: \(match)
              on: each-platform
              attestation: {by: {atLeast: 1, of: [pipeline, late]}, type: [\"\(Facts.testResult)\", other], match: \(match)\
            \(match == "latest" ? ", time: at, newestAge: 30d" : "")\
            , where: [\(conditions.shuffled(using: &random).joined(separator: ", "))]}
            """
        }
        var text = PolicyText()
        text.signers = signers.shuffled(using: &random).joined(separator: "\n")
        text.require =
            ([
                "- {id: either, on: image, anyOf: [\(alternatives.shuffled(using: &random).joined(separator: ", "))]}"
            ] + ["any", "all", "latest", "exactly-one"].map { attestation($0, &random) }).shuffled(using: &random)
            .joined(separator: "\n")
        text.deny = "- {id: d, builder: {in: [\"https://evil.example/x\"]}}"
        return try text.load()
    }

    private static func document(_ random: inout SplitMix64) throws -> EvidenceDocument {
        let predicates = [
            #"{"result": "PASSED", "n": 2, "r": [{"s": "low"}, {"s": 1.0}], "at": "2026-11-01T00:00:00Z"}"#,
            #"{"result": "PASSED", "n": 2.50, "r": {"x": {"s": "low"}}, "w": null, "at": "2026-11-02T00:00:00Z"}"#,
            #"{"result": "FAILED", "n": 2, "r": [{"s": "low"}], "at": "2026-11-03T00:00:00Z"}"#,
            #"{"result": "PASSED", "n": 3, "r": [], "at": "2020-11-03T00:00:00Z"}"#, "{}", "null",
        ]
        let times: [[String]] = [
            [], [], ["2026-05-01T00:00:00Z"], ["2026-11-10T00:00:00Z"],
            ["2026-05-01T00:00:00Z", "2026-11-10T00:00:00Z"],
        ]
        let everyone = ["corporate", "rsa", "pipeline", "fourth", "other"]
        var document = try Facts.admitted()
        document.attestations = random.next(3) == 0 ? document.attestations : []
        document.signatures = []
        for number in 0..<random.next(5) {
            let subjects: [[Digest]] = [[.image], [.image], [.amd64], [.named("elsewhere")]]
            document.attestations.append(
                try Facts.attested(
                    predicates[random.next(random.next(3) + 1 + random.next(4))], "a\(number)",
                    by: everyone.filter { _ in random.next(2) == 0 },
                    type: random.next(5) == 0 ? "other" : Facts.testResult,
                    subjects: subjects[random.next(4)], times: times[random.next(5)]))
            var signature = try Facts.signature(
                "s\(number)", by: everyone.filter { $0 != "rsa" && random.next(3) == 0 },
                subjects: subjects[random.next(4)])
            signature.verifiedTimes = try times[random.next(5)].map { try Facts.instant($0) }
            document.signatures.append(signature)
        }
        if random.next(3) == 0 { document.image.platforms[0].configuration = nil }
        if random.next(3) == 0 {
            document.image.platforms[0].configuration = .success(try Facts.configuration(labels: [:]))
        }
        return document
    }

    /// By rule, so that the order of the document's rules is left out.
    private static func outcomes(_ evaluation: PolicyEvaluation) -> [String: [String]] {
        Dictionary(grouping: evaluation.rules, by: \.rule).mapValues { results in
            results.map { "\($0.outcome) \($0.satisfiedBy) \($0.findings.map(\.code.name))" }
        }
    }

    @Test func orderNeverChangesAResult() throws {
        var seen: Set<String> = []
        for seed in 0..<150 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let document = try Self.document(&random)
            let policy = try Self.policy(&random)
            let before = PolicyEvaluator.evaluate([policy], document)
            seen.formUnion(before.rules.map { "\($0.rule) \($0.outcome)" })
            var shuffled = document
            shuffled.attestations.shuffle(using: &random)
            shuffled.signatures.shuffle(using: &random)
            for index in shuffled.attestations.indices {
                shuffled.attestations[index].signers.shuffle(using: &random)
                shuffled.attestations[index].subjects.shuffle(using: &random)
                shuffled.attestations[index].verifiedTimes.shuffle(using: &random)
            }
            for index in shuffled.signatures.indices {
                shuffled.signatures[index].verifiedTimes.shuffle(using: &random)
            }
            #expect(PolicyEvaluator.evaluate([policy], shuffled) == before, "seed \(seed)")
            let other = PolicyEvaluator.evaluate([try Self.policy(&random)], document)
            #expect(other.verdict == before.verdict, "seed \(seed)")
            #expect(Self.outcomes(other) == Self.outcomes(before), "seed \(seed)")
            let read = try EvidenceDocument(parsing: document.json.prettyBytes())
            #expect(PolicyEvaluator.evaluate([policy], read) == before, "seed \(seed)")
        }
        // Each rule came out both ways.
        for rule in ["either", "any", "all", "latest", "exactly-one"] {
            #expect(seen.contains("\(rule) holds") && seen.contains("\(rule) fails"), "\(rule)")
        }
        #expect(seen.contains("either undecided"))
    }

    @Test func junkOfOthersNeverChangesAVerdict() throws {
        for seed in 0..<150 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let policy = try Self.policy(&random)
            let document = try Self.document(&random)
            let before = PolicyEvaluator.evaluate([policy], document)
            var with = document
            for number in 0...random.next(4) {
                with.attestations.append(
                    try Facts.attested(#"{"result": "FAILED"}"#, "junk \(number)", by: ["other"]))
                with.attestations.append(
                    try Facts.attestation("built \(number)", by: ["other"]) { $0.builder = "https://evil.example/x" })
                with.signatures.append(try Facts.signature("junk \(number)", by: ["other"]))
            }
            let after = PolicyEvaluator.evaluate([policy], with)
            #expect(after.verdict == before.verdict, "seed \(seed)")
            #expect(after.rules.map(\.outcome) == before.rules.map(\.outcome), "seed \(seed)")
            #expect(after.rules.map(\.satisfiedBy) == before.rules.map(\.satisfiedBy), "seed \(seed)")
        }
    }

    /// More evidence of a denied key never turns an admit into a reject, nor anything into an admit.
    @Test func evidenceOfADeniedKeyNeverAdmitsNorRejectsWhatHolds() throws {
        guard case .key(let denied, _) = try Keys.signer("fourth") else { throw Missing() }
        let context = JudgeContext(denied: DeniedSigners(keys: [denied]))
        for seed in 0..<150 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let policy = try Self.policy(&random)
            var document = try Self.document(&random)
            document.signatures.removeAll { $0.signers.contains { $0 == (try? Keys.signer("fourth")) } }
            document.attestations.removeAll { $0.signers.contains { $0 == (try? Keys.signer("fourth")) } }
            let before = PolicyEvaluator.evaluate([policy], document, context)
            document.signatures.append(try Facts.signature("stolen", by: ["fourth"]))
            document.attestations.append(
                try Facts.attested(#"{"result": "PASSED", "n": 0, "r": [{"s": "low"}]}"#, "stolen", by: ["fourth"]))
            let after = PolicyEvaluator.evaluate([policy], document, context)
            for (a, b) in zip(before.rules, after.rules) {
                #expect((a.outcome == .holds) == (b.outcome == .holds), "seed \(seed) \(a.rule)")
            }
        }
    }
}
