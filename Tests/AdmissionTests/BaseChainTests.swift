import Landwaiter
import Testing

/// A base image is judged by the policy that a chain names, from its own evidence, and at no greater cost than one
/// decision may have.
@Suite struct BaseChainTests {
    static let bases = "[\"registry.example/base/**\"]"
    static let signedBySecond = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [second]}}}"

    static func rule(
        _ digests: [Digest] = [Scene.baseDigest], proof: String = "[layers]", chain: String = "bases",
        more: String = ""
    ) -> String {
        Policies.base(
            proof: proof, by: proof.contains("materials") ? "pipeline" : nil, digests: digests)
            + "\n    chain: {policy: \(chain)}" + more
    }

    static func documents(_ texts: String...) -> String { texts.joined(separator: "---\n") }

    /// Built on a base in the same store, which the second key has signed.
    static func scene(
        app: String = rule(), base: String = signedBySecond, namespaces: String = "[\"**\"]", images: String = bases,
        signedBy signatory: Signatory? = .second
    ) throws -> (scene: Scene, base: Descriptor) {
        var scene = Scene()
        let descriptor = Scene.base(in: &scene.store)
        if let signatory { try scene.sign(descriptor, by: signatory) }
        scene.policy = documents(
            Policies.text(name: "app", require: app, images: "[\"registry.example/finance/**\"]"),
            Policies.text(name: "bases", require: base, namespaces: namespaces, images: images))
        return (scene, descriptor)
    }

    private func expect(
        _ record: AdmissionRecord, _ verdict: Verdict, _ code: String? = nil, cause: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(record.verdict == verdict, "\(record.text)", sourceLocation: sourceLocation)
        #expect(record.headline?.code.name == code, "\(record.text)", sourceLocation: sourceLocation)
        if let cause {
            #expect(record.headline?.found?.hasPrefix("`\(cause)`") == true, sourceLocation: sourceLocation)
        }
    }

    @Test func admitsOnABaseThatItsPolicyAdmits() async throws {
        let (scene, base) = try Self.scene()
        let record = try await scene.decide()
        expect(record, .admit)
        #expect(record.bases.map(\.need.base.digest) == [base.digest])
        #expect(record.bases.map(\.need.policy.description) == ["tests/bases"])
        #expect(record.bases.map(\.verdict) == [.admit])
        #expect(record.bases.first?.evidence.count == 1)
        #expect(record.text.contains("\"bases\":[{\"digest\":\"\(base.digest)\""))
        // Evidence of the base is none of the image.
        #expect(record.verified.isEmpty)
        #expect(try await scene.decide().canonicalBytes == record.canonicalBytes)
    }

    @Test(arguments: ["[layers]", "[materials]"]) func rejectsBaseThatItsPolicyRejects(_ proof: String) async throws {
        for (signatory, cause) in [(nil, "signature.none"), (.stranger, "signature.none")]
            as [(Signatory?, String)]
        {
            var (scene, _) = try Self.scene(app: Self.rule(proof: proof), signedBy: signatory)
            for child in scene.children { try scene.attest(buildKit(), about: child) }
            let record = try await scene.decide()
            expect(record, .reject, "base-image.chain-rejected", cause: cause)
            #expect(record.bases.map(\.verdict) == [.reject])
            #expect(record.bases.first?.headline?.code.name == cause)
        }
    }

    /// The image's own signature, evidence listed with the image, and files given for the image say nothing of its base.
    @Test func onlyTheBasesOwnEvidenceCounts() async throws {
        var (scene, base) = try Self.scene(signedBy: nil)
        let bundle = try Scene.bundle(Scene.signatureStatement(base.digest), by: .second)
        scene.supplied = [bundle]
        scene.attach(bundle)
        try scene.sign(by: .second)
        expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "signature.none")
    }

    @Test func judgesByTheNamedPolicyOnly() async throws {
        // The policy for bases speaks of other names, or of other namespaces: it admits nothing of which it does not speak.
        for (namespaces, images) in [("[\"**\"]", "[\"registry.example/other/**\"]"), ("[other]", Self.bases)] {
            let (scene, _) = try Self.scene(namespaces: namespaces, images: images)
            expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "policy.none-matches")
        }
        expect(try await Self.scene(namespaces: "[finance]").scene.decide(), .admit)
        // One that would admit anything and is not named changes nothing.
        var (scene, _) = try Self.scene(signedBy: nil)
        scene.policy +=
            "---\n"
            + Policies.text(
                name: "any", require: "- {id: named, on: image, image: {name: {glob: [\"**\"]}}}", images: Self.bases)
        expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "signature.none")
    }

    @Test func judgesAtTheInstantOfTheRequest() async throws {
        let app = Self.rule(more: "\n    newestAllowedAge: 7d")
        var (scene, base) = try Self.scene(
            app: app, base: Policies.provenance(match: "latest", more: "\n    newestAge: 9d"))
        try scene.attest(buildKit(), about: base)
        expect(try await scene.decide(), .admit)
        scene.at = "2026-11-28T12:00:00Z"
        expect(try await scene.decide(), .reject, "base-image.too-old")
        scene.at = "2026-11-30T12:00:00Z"
        expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "provenance.too-old")
        scene.at = "2026-11-20T09:00:00Z"
        expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "evidence.time-in-future")
    }

    // MARK: Where the base is

    @Test func findsTheBaseWhereItLies() async throws {
        let (here, base) = try Self.scene()
        var apart = Scene()
        apart.policy = here.policy
        var elsewhere = Scene()
        #expect(Scene.base(in: &elsewhere.store).digest == base.digest)
        // In none, beside the image without its papers, with them.
        expect(try await apart.decide(), .undecided, "base-image.unread")
        apart.bases = [elsewhere.source]
        expect(try await apart.decide(), .reject, "base-image.chain-rejected", cause: "signature.none")
        try elsewhere.sign(base, by: .second)
        apart.bases = [elsewhere.source]
        expect(try await apart.decide(), .admit)
        // The image's own store holds the base as well, without its papers.
        _ = Scene.base(in: &apart.store)
        expect(try await apart.decide(), .admit)
    }

    @Test func baseThatIsNotFoundIsUndecided() async throws {
        var (scene, _) = try Self.scene(app: Self.rule([Scene.otherBaseDigest], proof: "[materials]"))
        for child in scene.children { try scene.attest(buildKit(material: Scene.otherBaseDigest), about: child) }
        let record = try await scene.decide()
        expect(record, .undecided, "base-image.unread")
        #expect(record.bases.map(\.verdict) == [.undecided])
        #expect(record.headline?.mend.contains("--base") == true)
    }

    @Test func basePapersThatCannotBeReadLeaveItUndecided() async throws {
        var (scene, base) = try Self.scene()
        scene.store.faults[.papers(base.digest)] = ContentSourceError(.imageUnreadable, "no")
        let record = try await scene.decide()
        #expect(record.verdict == .undecided)
        #expect(record.bases.map(\.verdict) == [.undecided])
    }

    @Test func mixedUpBaseIsRejected() async throws {
        var (scene, base) = try Self.scene(app: Self.rule(proof: "[materials]"))
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        scene.store.mixedUp[base.digest] = Array("{}".utf8)
        expect(try await scene.decide(), .reject, "base-image.chain-rejected", cause: "content.digest-mismatch")
    }

    @Test func onlyPossibleBasesAreLookedAt() async throws {
        var (scene, base) = try Self.scene(app: Self.rule([Scene.baseDigest, Scene.otherBaseDigest]))
        let other = Scene.base(in: &scene.store, layers: ["other 1", "other 2"])
        #expect(other.digest == Scene.otherBaseDigest)
        let source = scene.source
        expect(try await scene.decide(source), .admit)
        // Both platforms rest on the base; it is judged once.
        #expect(source.calls.count { $0 == .papers(base.digest) } == 1)
        #expect(source.calls.count { $0 == .papers(other.digest) } == 0)
    }

    // MARK: Depth and budgets

    /// Four images on one another, each with a policy for the one below.
    static func tower() throws -> Scene {
        var scene = Scene(alone: Scene.amd64)
        func image(_ layers: [String]) -> Descriptor {
            var image = Scene.image(in: &scene.store, for: Scene.amd64, layers: layers)
            image.platform = nil
            return image
        }
        let below = [["base 1"], ["base 1", "base 2"]].map(image) + [scene.image]
        let top = image(["base 1", "base 2", "program", "more"])
        scene.select(top)
        for base in below { try scene.sign(base, by: .second) }
        func policy(_ name: String, on base: Descriptor?, _ chain: String) -> String {
            let rule = base.map { Self.rule([$0.digest], chain: chain) } ?? signedBySecond
            return Policies.text(
                name: name, require: rule,
                images: name == "app" ? "[\"registry.example/finance/**\"]" : bases)
        }
        scene.policy = documents(
            policy("app", on: below[2], "team"), policy("team", on: below[1], "vendor"),
            policy("vendor", on: below[0], "distribution"), policy("distribution", on: nil, ""))
        return scene
    }

    @Test func judgesSoManyBasesOnOneAnother() async throws {
        var scene = try Self.tower()
        let record = try await scene.decide()
        expect(record, .admit)
        #expect(Set(record.bases.map(\.need.policy.name)) == ["team", "vendor", "distribution"])
        let needs = record.bases.map(\.need)
        #expect(needs == needs.sorted())
        scene.limits.baseDepth = 2
        let source = scene.source
        let beyond = try await scene.decide(source)
        expect(beyond, .undecided, "limit.base-depth")
        #expect(beyond.bases.count == 3)
        #expect(beyond.bases.allSatisfy { $0.verdict == .undecided })
        scene.limits.baseDepth = 0
        expect(try await scene.decide(), .undecided, "limit.base-depth")
    }

    /// One base, judged by two policies, and another that lies under it both times.
    static func fork() throws -> (scene: Scene, lowest: Descriptor) {
        var scene = Scene(alone: Scene.amd64)
        let images = [["base 1"], ["base 1", "base 2"]].map { layers in
            var image = Scene.image(in: &scene.store, for: Scene.amd64, layers: layers)
            image.platform = nil
            return image
        }
        try scene.sign(images[0], by: .second)
        let distribution = rule([images[0].digest], chain: "distribution")
        scene.policy = documents(
            Policies.text(
                name: "app",
                require: rule([images[1].digest], chain: "one") + "\n"
                    + rule([images[1].digest], chain: "two").replacing("id: based", with: "id: again"),
                images: "[\"registry.example/finance/**\"]"),
            Policies.text(name: "one", require: distribution, images: bases),
            Policies.text(name: "two", require: distribution, images: bases),
            Policies.text(name: "distribution", require: signedBySecond, images: bases))
        return (scene, images[0])
    }

    /// On two bases, of which the one that is looked at first can be read in part only.
    static func broken() throws -> (scene: Scene, base: Descriptor) {
        var scene = Scene(platforms: [Scene.amd64])
        let broken = Scene.base(in: &scene.store)
        let child = Scene.image(in: &scene.store, for: Scene.arm64, layers: ["base 1", "base 2"], user: "")
        scene.store.blobs[child.digest] = nil
        var base = broken
        var user = 0
        while base.digest <= broken.digest {
            user += 1
            base = Scene.image(in: &scene.store, for: Scene.amd64, layers: ["base 1"], user: "\(user)")
        }
        base.platform = nil
        for base in [broken, base] { try scene.sign(base, by: .second) }
        scene.policy = documents(
            Policies.text(
                name: "app", require: rule([broken.digest, base.digest]),
                images: "[\"registry.example/finance/**\"]"),
            Policies.text(name: "bases", require: signedBySecond, images: bases))
        return (scene, base)
    }

    @Test func aBaseThatCannotBeReadLeavesTheOther() async throws {
        let record = try await Self.broken().scene.decide()
        expect(record, .admit)
        #expect(record.bases.map(\.verdict) == [.undecided, .admit])
    }

    /// On a base of which nothing but its signed configuration says how old it is.
    static func dated() throws -> (scene: Scene, base: Descriptor) {
        var scene = Scene(alone: Scene.amd64)
        var base = Scene.image(
            in: &scene.store, for: Scene.amd64, layers: ["base 1", "base 2"], created: "2026-11-10T00:00:00Z")
        base.platform = nil
        try scene.sign(base, by: .second)
        scene.policy = documents(
            Policies.text(
                name: "app", require: rule([base.digest], more: "\n    newestAllowedAge: 12d"),
                images: "[\"registry.example/finance/**\"]"),
            Policies.text(name: "bases", require: signedBySecond, images: bases))
        return (scene, base)
    }

    @Test func whatLiesUnderTwoIsJudgedOnce() async throws {
        let (scene, lowest) = try Self.fork()
        let source = scene.source
        let record = try await scene.decide(source)
        expect(record, .admit)
        #expect(record.bases.count == 3)
        #expect(source.calls.count { $0 == .papers(lowest.digest) } == 1)
    }

    @Test func rejectionBelowReachesTheTop() async throws {
        var scene = try Self.tower()
        scene.store.papers = [:]
        let record = try await scene.decide()
        expect(record, .reject, "base-image.chain-rejected", cause: "base-image.chain-rejected")
        #expect(record.bases.contains { $0.headline?.code.name == "signature.none" })
    }

    /// What the image and its bases cost counts together.
    @Test(
        arguments: [
            (\AdmissionLimits.candidates, "limit.candidates"), (\.signatureOperations, "limit.signature-operations"),
            (\.totalBytes, "limit.image-bytes"),
        ] as [(any WritableKeyPath<AdmissionLimits, Int> & Sendable, String)])
    func budgetsAreShared(_ path: any WritableKeyPath<AdmissionLimits, Int> & Sendable, _ code: String) async throws {
        func least(_ scene: Scene) async throws -> Int {
            var (low, high) = (0, 1 << 20)
            while low < high {
                var tried = scene
                let middle = (low + high) / 2
                tried.limits[keyPath: path] = middle
                if try await tried.decide().verdict == .admit { high = middle } else { low = middle + 1 }
            }
            return low
        }
        // The image with its own evidence; the same on a base that is judged.
        var alone = Scene()
        _ = Scene.base(in: &alone.store)
        let both = Policies.signature + "\n" + Policies.base(proof: "[layers]")
        alone.policy = Policies.text(require: both)
        try alone.sign()
        var (chained, _) = try Self.scene(app: Policies.signature + "\n" + Self.rule())
        try chained.sign()
        let (one, two) = (try await least(alone), try await least(chained))
        #expect(two > one)
        chained.limits[keyPath: path] = one
        expect(try await chained.decide(), .undecided, code)
        // Of the base there is as much as of the image itself: nothing begins anew.
        if path != \.totalBytes { #expect(two >= 2 * one) }
    }
}

extension Scene {
    static let otherBaseDigest: Digest = {
        var store = MemorySource.Store()
        return base(in: &store, layers: ["other 1", "other 2"]).digest
    }()
}
