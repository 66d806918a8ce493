import Foundation
import Landwaiter
import Testing

/// The ruling "Record": one canonical form, sorted, complete, and nothing in it of the machine that made it.
@Suite struct RecordTests {
    /// Something of everything: verified and refused evidence, two policies, a limit of the caller's.
    private static func decided(verdict: Verdict) async throws -> AdmissionRecord {
        var scene = try Scene.finance()
        try scene.sign(by: .stranger)
        scene.supplied = [
            Array("hello".utf8), try Scene.bundle(Scene.signatureStatement(Digest(of: [1])), by: .corporate),
        ]
        switch verdict {
        case .admit: break
        case .reject: try scene.attest(buildKit(ref: "refs/heads/dev"), about: scene.children[0])
        case .undecided: scene.store.blobs[Scene.baseDigest] = nil
        }
        let policies = try Policies.load(
            Policies.text(name: "z", require: Policies.provenance(match: "all")), scene.policy)
        return await AdmissionPipeline(policies: policies).decide(try scene.request(scene.source))
    }

    @Test(arguments: Verdict.allCases)
    func isCanonicalAndSorted(_ verdict: Verdict) async throws {
        let record = try await Self.decided(verdict: verdict)
        #expect(record.verdict == verdict)
        let bytes = record.canonicalBytes
        let read = try tree(bytes)
        #expect(read.canonicalBytes() == bytes)
        #expect(read == record.json)

        #expect(record.findings == record.findings.sorted())
        #expect(record.policies.map(\.policy) == record.policies.map(\.policy).sorted())
        #expect(record.policies.count == 2)
        #expect(record.verified.map(\.evidence) == record.verified.map(\.evidence).sorted())
        #expect(record.refused.map(\.finding) == record.refused.map(\.finding).sorted())
        let platforms = try #require(record.image?.platforms.map(\.digest))
        #expect(platforms == platforms.sorted())
        for item in read["evidence"]?["verified"]?.elements ?? [] {
            let subjects = item["subjects"]?.elements.compactMap(\.text) ?? []
            #expect(subjects == subjects.sorted() && !subjects.isEmpty)
        }
    }

    @Test(arguments: [Verdict.reject, .undecided])
    func namesItsHeadlineFirst(_ verdict: Verdict) async throws {
        let record = try await Self.decided(verdict: verdict)
        let headline = try #require(record.headline)
        let deciding = record.findings.filter { $0.code.effect.rawValue == verdict.rawValue }
        #expect(headline == deciding.first)
        #expect(record.json["headline"]?["code"] == .string(headline.code.name))
        #expect(try await Self.decided(verdict: .admit).json["headline"] == .null)
    }

    @Test func hasTheMembersOfItsSchema() async throws {
        let json = try await Self.decided(verdict: .admit).json
        guard case .object(let members) = json else { throw NotJSON() }
        #expect(
            members.keys.sorted().map(\.value) == [
                "bases", "breakGlass", "enforcement", "engine", "evaluatedAt", "evidence", "exceptions",
                "exceptionsUsed",
                "findings", "guardrails", "headline", "hypothetical", "image", "insecure", "limits", "policies",
                "policyDigest", "request", "schemaVersion", "trustDigest", "verdict",
            ])
        #expect(json["schemaVersion"] == 1)
        #expect(json["engine"] == ["name": "landwaiter", "version": .string(AdmissionRecord.engineVersion)])
        #expect(json["evaluatedAt"] == "2026-11-20T12:00:00Z")
    }

    /// docs/admission-record.schema.json names the same members and values as the code. CI checks the records of all
    /// cases of testdata/ by it (`Scripts/check-schemas`).
    @Test func itsSchemaNamesWhatTheCodeNames() async throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/admission-record.schema.json").standardizedFileURL
        let schema = try tree(Array(try Data(contentsOf: file)))
        func names(_ list: JSONTree?) -> [String] { (list?.elements ?? []).compactMap(\.text).sorted() }
        guard case .object(let members) = try await Self.decided(verdict: .admit).json else { throw NotJSON() }
        #expect(names(schema["required"]) == members.keys.map(\.value).sorted())
        let definitions = schema["$defs"]
        #expect(names(definitions?["origin"]?["enum"]) == CollectedItem.Origin.allCases.map(\.rawValue).sorted())
        #expect(
            names(definitions?["keySigner"]?["properties"]?["scheme"]?["enum"])
                == SignatureScheme.allCases.map(\.rawValue).sorted())
        #expect(
            names(definitions?["ruleResult"]?["properties"]?["outcome"]?["enum"])
                == RuleResult.Outcome.allCases.map(\.rawValue).sorted())
        #expect(
            names(schema["properties"]?["limits"]?["required"])
                == (AdmissionLimits.adjustable.map(\.name).filter { $0 != Self.ofFiles } + ["index-depth"]).sorted())
        #expect(schema["properties"]?["limits"]?["properties"]?[Self.ofFiles] != nil)
    }

    /// The limit that is in force for plain files alone.
    private static let ofFiles = "artifact-bytes"

    @Test func keepsTheContextOfTheRequest() async throws {
        var scene = try Scene.signed()
        let stated = try await scene.decide().json["request"]
        #expect(
            stated == [
                "transport": "oci", "namespace": "finance",
                "reference": ["text": "registry.example/finance/ledger:v1", "statedBy": "caller"],
            ])
        #expect(try await scene.decide().json["image"]?["tag"] == "v1")
        scene.reference = nil
        scene.namespace = nil
        scene.store.tag = nil
        let unstated = try await scene.decide().json
        #expect(unstated["request"] == ["transport": "oci"])
        #expect(unstated["image"]?["tag"] == nil)
    }

    /// Neither the directory that the tests lie in, nor the names of files that were given, nor how long it took.
    @Test(arguments: Verdict.allCases)
    func holdsNothingOfTheMachine(_ verdict: Verdict) async throws {
        let text = try await Self.decided(verdict: verdict).text
        let here = String(#filePath.prefix { $0 != "T" })
        #expect(here.count > 1)
        for word in [here, "papers-0.json", "papers-1.json", "policy-0.yaml", "corporate.pub", "duration", "elapsed"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test func sameInputsGiveTheSameBytes() async throws {
        let scene = try Scene.finance()
        let first = try await scene.decide().canonicalBytes
        for _ in 0..<3 { #expect(try await scene.decide().canonicalBytes == first) }
    }

    @Test func saysThatTheInstantWasChosen() async throws {
        var scene = try Scene.signed()
        #expect(try await scene.decide().json["hypothetical"] == false)
        scene.hypothetical = true
        #expect(try await scene.decide().json["hypothetical"] == true)
    }

    @Test func showsEveryLimit() async throws {
        var scene = try Scene.signed()
        guard case .object(let shown)? = try await scene.decide().json["limits"] else { throw NotJSON() }
        #expect(
            Set(shown.keys.map(\.value))
                == Set(AdmissionLimits.adjustable.map(\.name)).subtracting([Self.ofFiles]).union(["index-depth"]))
        for (name, path) in AdmissionLimits.adjustable where name != Self.ofFiles {
            scene.limits = AdmissionLimits()
            scene.limits[keyPath: path] += 1
            #expect(try await scene.decide().json["limits"]?[name] == .integer(Int64(scene.limits[keyPath: path])))
        }
    }

    @Test func digestsNameWhatWasLoaded() async throws {
        var scene = try Scene.signed()
        let first = try await scene.decide()
        var changed = scene
        changed.policy += "# a comment\n"
        let policy = try await changed.decide()
        #expect(policy.policyDigest != first.policyDigest)
        #expect(policy.trustDigest == first.trustDigest)
        scene.limits.candidates -= 1
        let limits = try await scene.decide()
        #expect(limits.policyDigest == first.policyDigest)
        #expect(limits.trustDigest != first.trustDigest)
    }

    /// Hostile text in what others wrote is shown as text, and no longer than a line should be.
    @Test func quotesHostileText() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance())
        let hostile = "https://evil.example/\u{1B}[2J\u{202E}\n" + String(repeating: "x", count: 10_000)
        try scene.attest(buildKit(builder: hostile), about: scene.children[0])
        scene.attach(Array("x".utf8), as: MediaType("text/" + String(repeating: "y", count: 120)))
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        for finding in record.findings + record.refused.map(\.finding) {
            for text in [finding.message, finding.expected ?? "", finding.found ?? ""] {
                #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
                #expect(text.utf8.count < 1_000)
            }
        }
    }

    /// A finding about another image names the image, not each of a thousand platforms.
    @Test func findingsStayShortForLargeIndexes() async throws {
        var scene = Scene(platforms: (0..<40).map { Platform(os: "linux", architecture: "a\($0)") })
        scene.attach(try Scene.bundle(Scene.signatureStatement(Digest(of: [1])), by: .corporate))
        let record = try await scene.decide()
        #expect(record.refusedCodes == ["evidence.subject-mismatch"])
        #expect(record.refused.allSatisfy { ($0.finding.expected?.utf8.count ?? 0) < 200 })
    }
}
