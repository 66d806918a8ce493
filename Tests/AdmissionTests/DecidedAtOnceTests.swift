import Landwaiter
import Testing

/// What is decided without waiting for anything is what would have been decided with all the time there is.
@Suite struct DecidedAtOnceTests {
    private let cache = EvidenceCache()

    /// - Returns: nil where it has to be waited for.
    private func atOnce(_ scene: Scene, _ asking: Asking = .digest) throws -> AdmissionRecord? {
        let source = scene.source
        let record = try scene.pipeline().decideAtOnce(scene.request(asking, source), cache: cache)
        #expect(source.calls.isEmpty)
        return record
    }

    @Test func whatIsNotKeptIsNotDecided() async throws {
        let scene = try Scene.finance()
        #expect(try atOnce(scene) == nil)
        _ = try await scene.decide(cache)
        // Which digest a tag names has to be asked each time.
        #expect(try atOnce(scene, .tag) == nil)
        // Another one's images are nobody else's.
        let request = try scene.request(.digest, scene.source, scope: "other")
        #expect(try scene.pipeline().decideAtOnce(request, cache: cache) == nil)
        #expect(cache.statistics.hits == 0)
    }

    @Test func whatIsKeptIsDecidedByteForByte() async throws {
        let scene = try Scene.finance()
        let cold = try await scene.decide(cache).record
        #expect(cold.verdict == .admit)
        let same = try #require(try atOnce(scene))
        #expect(same.canonicalBytes == cold.canonicalBytes)
        let later = try scene.later(300)
        let warm = try #require(try atOnce(later))
        #expect(warm.canonicalBytes == (try await later.decide(cache).record.canonicalBytes))
        #expect(warm.codes == ["service.served-from-cache"])
        #expect(cache.statistics.hits == 3 && cache.statistics.misses == 1)
    }

    @Test func aListBeyondItsAgeIsReadFirst() async throws {
        let scene = try Scene.finance()
        _ = try await scene.decide(cache)
        #expect(try atOnce(scene.later(301)) == nil)
        // Nor is one that somebody says is not all any more.
        cache.evidenceArrived(
            for: scene.image.digest, in: try #require(try scene.request(scene.source).statedReference).name)
        #expect(try atOnce(scene) == nil)
    }

    /// Who was refused signs and asks again.
    @Test func beforeAnImageIsRefusedTheRegistryIsAskedOnceMore() async throws {
        let scene = Scene()
        #expect(try await scene.decide(cache).record.verdict == .reject)
        #expect(try atOnce(scene.later(5))?.verdict == .reject)
        #expect(try atOnce(scene.later(6)) == nil)
    }

    @Test func denialsRunEachTime() async throws {
        var scene = try Scene.finance()
        _ = try await scene.decide(cache)
        for deny in [
            "  deny: [{id: t, on: image, image: {tag: {in: [v1]}}}]",
            "  deny: [{id: d, digest: {in: [\"\(scene.children[0].digest)\"]}}]",
            "  deny: [{id: b, builder: {in: [\"https://ci.example/builder\"]}}]",
            "  deny: [{id: k, key: {files: [corporate.pub]}}]",
        ] {
            scene.guardrails = [Policies.guardrail(deny)]
            let waited = try await scene.decide(cache).record
            let record = try #require(try atOnce(scene), "\(deny)")
            #expect(record.verdict == .reject, "\(deny)")
            #expect(record.canonicalBytes == waited.canonicalBytes, "\(deny)")
        }
    }

    /// Other keys than those for which it was verified: what was received is kept, and verified for them now.
    @Test func aFewSignaturesAreVerifiedAtOnce() async throws {
        var scene = try Scene.signed()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.policy = Policies.text(require: Policies.signature.replacing("[corporate]", with: "[second]"))
        let other = try #require(try atOnce(scene))
        #expect(other.verdict == .reject && other.verified.isEmpty)
        #expect(cache.statistics.misses == 2 && cache.statistics.hits == 0)
        // Once.
        #expect(try atOnce(scene)?.canonicalBytes == other.canonicalBytes)
        #expect(cache.statistics.misses == 2 && cache.statistics.hits == 1)
    }

    @Test func manySignaturesAreVerifiedWhereNobodyWaits() async throws {
        var scene = try Scene.signed()
        var random = SeededGenerator(seed: 1)
        for _ in 0..<80 { try Junk.signatureByStranger.add(to: &scene, &random) }
        #expect(try await scene.decide(cache).record.verdict == .admit)
        // What was verified is judged at once, however much it was.
        #expect(try atOnce(scene)?.verdict == .admit)
        scene.policy = Policies.text(require: Policies.signature.replacing("[corporate]", with: "[second]"))
        #expect(try atOnce(scene) == nil)
    }

    @Test func muchEvidenceIsJudgedWhereNobodyWaits() async throws {
        var scene = try Scene.signed()
        let text = String(repeating: "x", count: 400_000)
        try scene.attest(["text": .string(text)], type: Scene.note, about: scene.image)
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(try await scene.decide(cache).calls.isEmpty)
        #expect(try atOnce(scene) == nil)
    }
}
