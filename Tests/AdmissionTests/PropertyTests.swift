import Foundation
import Landwaiter
import Testing

/// What has to hold whatever lies with the image. A failure names its seed.
@Suite struct PropertyTests {
    /// Images of every verdict, each with what everybody agrees on.
    enum Start: CaseIterable {
        case admitted, unsigned, wrongBuilder, noPapers, baseMissing, severalStatements
        case underGuardrail, excepted, brokenGlass, deniedByGuardrail

        func scene() throws -> Scene {
            switch self {
            case .admitted: return try Scene.finance()
            case .underGuardrail, .excepted, .brokenGlass, .deniedByGuardrail:
                var scene = try Scene.finance()
                scene.guardrails = [Policies.guardrail()]
                if self == .deniedByGuardrail {
                    scene.guardrails = [
                        Policies.guardrail(
                            "  deny: [{id: k, key: {files: [corporate.pub]}}]", approvers: "[bob, carol]")
                    ]
                }
                guard self == .excepted || self == .brokenGlass else { return scene }
                scene.policy = scene.policy.replacing("https://ci.example/*", with: "https://elsewhere.example/*")
                scene.exceptions = [Policies.exception(self == .excepted ? scene.image.digest : Digest(of: [1]))]
                if self == .brokenGlass { scene.breakGlass = try scene.pass(by: [.corporate, .second]) }
                return scene
            case .noPapers:
                var scene = Scene()
                scene.policy = Policies.finance
                return scene
            case .baseMissing:
                var scene = try Scene.finance()
                scene.store.blobs[Scene.baseDigest] = nil
                return scene
            case .unsigned, .wrongBuilder:
                var scene = Scene()
                scene.policy = Policies.finance
                _ = Scene.base(in: &scene.store)
                if self == .wrongBuilder { try scene.sign() }
                let builder = self == .wrongBuilder ? "https://elsewhere.example/x" : "https://ci.example/builder"
                for child in scene.children { try scene.attest(buildKit(builder: builder), about: child) }
                return scene
            case .severalStatements:
                var scene = try Scene.finance()
                scene.policy = scene.policy.replacing("match: any", with: "match: exactly-one")
                try scene.attest(buildKit(run: "2"), about: scene.children[1])
                return scene
            }
        }

        var verdict: Verdict {
            switch self {
            case .admitted, .underGuardrail, .excepted, .brokenGlass: .admit
            case .baseMissing: .undecided
            default: .reject
            }
        }
    }

    /// What a rule, a gate or a reader of the first line sees.
    private func outcome(_ record: AdmissionRecord) -> JSONTree {
        let json = record.json
        return JSONTree(members: [
            "verdict": json["verdict"], "enforcement": json["enforcement"], "headline": json["headline"],
            "findings": json["findings"], "policies": json["policies"],
            "guardrails": json["guardrails"], "exceptions": json["exceptions"], "breakGlass": json["breakGlass"],
            "verified": json["evidence"]?["verified"],
        ])
    }

    // MARK: Junk

    @Test(arguments: Start.allCases)
    func junkWithinTheBudgetsChangesNothing(_ start: Start) async throws {
        let honest = try start.scene()
        let before = try await honest.decide()
        #expect(before.verdict == start.verdict)
        for seed in 0..<25 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var scene = honest
            if seed == 0 {
                try Junk.addAll(to: &scene, &random)
            } else {
                try Junk.add(Int.random(in: 1...6, using: &random), to: &scene, &random)
            }
            let after = try await scene.decide()
            #expect(outcome(after) == outcome(before), "seed \(seed)")
            // Only what was refused may grow.
            #expect(Set(before.refused).isSubset(of: after.refused), "seed \(seed)")
        }
    }

    @Test func junkBeyondTheBudgetsNeverAdmits() async throws {
        for start in Start.allCases {
            let honest = try start.scene()
            let papers = honest.store.papers.values.map(\.count).reduce(0, +)
            for seed in 0..<12 as Range<UInt64> {
                var random = SeededGenerator(seed: seed)
                var scene = honest
                // Junk that is looked at: it uses up what there is.
                for _ in 0..<12 {
                    try Junk.signatureByStranger.add(to: &scene, &random)
                    try Junk.noteByStranger.add(to: &scene, &random)
                }
                switch seed % 3 {
                case 0: scene.limits.candidates = 2 * papers + Int.random(in: 0...20, using: &random)
                case 1: scene.limits.totalBytes = 6_000 + Int.random(in: 0...10_000, using: &random)
                default: scene.limits.signatureOperations = 4 + Int.random(in: 0...10, using: &random)
                }
                let record = try await scene.decide()
                #expect(record.verdict == .undecided, "\(start), seed \(seed)")
                #expect(record.headline?.code.effect == .undecided, "\(start), seed \(seed)")
                #expect(record.findings.contains { $0.code.rank == .limit }, "\(start), seed \(seed)")
            }
        }
    }

    // MARK: Order

    @Test(arguments: [nil, 60, 12])
    func orderNeverChangesTheRecord(candidates: Int?) async throws {
        for start in Start.allCases {
            var scene = try start.scene()
            var random = SeededGenerator(seed: 7)
            try Junk.addAll(to: &scene, &random)
            if let candidates { scene.limits.candidates = candidates }
            let first = try await scene.decide()
            for seed in 1..<6 as Range<UInt64> {
                random = SeededGenerator(seed: seed)
                scene.store.papers = scene.store.papers.mapValues { $0.shuffled(using: &random) }
                scene.store.passedOver.shuffle(using: &random)
                scene.store.loose.shuffle(using: &random)
                scene.supplied.shuffle(using: &random)
                #expect(try await scene.decide().canonicalBytes == first.canonicalBytes, "\(start), seed \(seed)")
            }
        }
    }

    /// Cosign's layers of one payload differ in what stands beside the bytes only; a budget strikes at the same ones.
    @Test func orderNeverChangesWhichSignatureIsTried() async throws {
        var scene = Scene()
        try scene.cosign(by: .stranger)
        try scene.cosign(by: .corporate)
        try scene.cosign(by: .stranger)
        for operations in 1...3 {
            scene.limits.signatureOperations = operations
            let first = try await scene.decide().canonicalBytes
            for seed in 0..<6 as Range<UInt64> {
                var random = SeededGenerator(seed: seed)
                scene.store.papers = scene.store.papers.mapValues { $0.shuffled(using: &random) }
                #expect(try await scene.decide().canonicalBytes == first, "\(operations), seed \(seed)")
            }
        }
    }

    /// The same with a layout on disk: in which order `index.json` lists what it lists.
    @Test func orderOfALayoutNeverChangesTheRecord() async throws {
        let layout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../testdata/pipeline-key/admitted/image").standardizedFileURL
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("landwaiter-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: layout, to: copy)
        let list = copy.appendingPathComponent("index.json")
        let index = try tree(Array(try Data(contentsOf: list)))
        var scene = Scene()
        scene.policy = Policies.finance
        func decide() async throws -> [UInt8] {
            var request = try scene.request(scene.source)
            request.subject = .image(OCILayout(path: copy.path, selection: .tag("v1")))
            let record = await AdmissionPipeline(policies: try Policies.load(scene.policy)).decide(request)
            #expect(record.refused.count == 3)
            return record.canonicalBytes
        }
        let first = try await decide()
        for seed in 0..<6 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let entries = (index["manifests"]?.elements ?? []).shuffled(using: &random)
            try Data(index.adding("manifests", .array(entries)).canonicalBytes()).write(to: list)
            #expect(try await decide() == first, "seed \(seed)")
        }
    }

    // MARK: Replays

    /// An envelope of the pipeline's is wrapped anew in every way: it is still one statement.
    @Test(arguments: ["any", "all", "latest", "exactly-one"])
    func replaysAreOnePieceOfEvidence(_ match: String) async throws {
        for isMatching in [true, false] {
            var honest = Scene(platforms: [Scene.amd64])
            honest.policy = Policies.text(
                require: Policies.provenance(match: match, more: match == "latest" ? "\n    newestAge: 7d" : ""))
            let child = honest.children[0]
            let statement = Scene.statement(
                [child.digest], type: Scene.provenance,
                predicate: buildKit(ref: isMatching ? "refs/heads/main" : "refs/heads/dev"))
            let envelope = try Scene.envelope(statement, by: [.pipeline])
            honest.attach(envelope, as: .dsseEnvelope, to: child)
            honest.limits.evidenceItems = 1
            let before = try await honest.decide()
            #expect(before.verdict == (isMatching ? .admit : .reject))
            var all = honest
            for replay in Replay.allCases {
                var scene = honest
                try replay.add(envelope, about: child, to: &scene)
                try replay.add(envelope, about: child, to: &all)
                let record = try await scene.decide()
                #expect(record.verdict == before.verdict, "\(replay)")
                #expect(record.headline?.code == before.headline?.code, "\(replay)")
                #expect(record.verified.count == 1, "\(replay)")
            }
            let record = try await all.decide()
            #expect(record.verdict == before.verdict)
            #expect(record.verified.count == 1)
            #expect(record.refused.isEmpty)
        }
    }

    /// Nor does a replay make two signers of one.
    @Test func replaysAreByTheSameSigner() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.twoSignatures)
        let envelope = try Scene.envelope(Scene.signatureStatement(scene.image.digest), by: [.corporate])
        for replay in Replay.allCases { try replay.add(envelope, about: scene.image, to: &scene) }
        let record = try await scene.decide()
        #expect(record.verdict == .reject)
        #expect(record.headline?.code == .signatureTooFewSigners)
        // Every one of them is good evidence all the same.
        scene.policy = Policies.signed
        #expect(try await scene.decide().verdict == .admit)
        for replay in Replay.allCases {
            var alone = Scene(platforms: [Scene.amd64])
            try replay.add(envelope, about: alone.image, to: &alone)
            #expect(try await alone.decide().verdict == .admit, "\(replay)")
        }
    }
}
