import Landwaiter
import Testing

/// SBOMs from the layout to the record: what is signed decides, and only what a rule asks about is read.
@Suite struct SBOMEvidenceTests {
    private static let type = "https://cyclonedx.org/bom/v1.6"

    private static func policy(_ rule: String) -> String {
        Policies.text(
            require: """
                - id: listed
                  on: image
                  \(rule)
                """)
    }

    private static let fresh = policy("sbom: {by: {atLeast: 1, of: [pipeline]}, match: any, newestAge: 30d}")

    private static func bom(created: String = "2026-11-19T09:00:00Z", components: [JSONTree]? = nil) -> JSONTree {
        [
            "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": ["timestamp": .string(created)],
            "components": .array(
                components ?? [
                    [
                        "type": "library", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0",
                    ]
                ]),
        ]
    }

    private func decide(_ scene: Scene, stamped: Bool = false, _ times: SigningTimeTests) async throws
        -> AdmissionRecord
    {
        await AdmissionPipeline(
            policies: try Policies.load([scene.policy]), limits: scene.limits, trustedRoots: stamped ? [times.root] : []
        ).decide(try scene.request(scene.source))
    }

    /// Anyone can have an old signature, or an old SBOM signed anew, stamped today.
    @Test(arguments: [
        ("2026-10-11T09:00:00Z", "2026-11-20T11:00:00Z", "sbom.too-old"),
        ("2026-11-19T09:00:00Z", "2026-11-20T11:00:00Z", nil),
        ("2026-11-19T09:00:00Z", "2026-11-18T11:00:00Z", "evidence.time-after-signature"),
    ])
    func freshTimestampDoesNotRenewAStaleSBOM(created: String, stamped: String, code: String?) async throws {
        let times = try SigningTimeTests()
        var scene = Scene()
        scene.policy = Self.fresh
        let statement = Scene.statement([scene.image.digest], type: Self.type, predicate: Self.bom(created: created))
        let bundle = try tree(Scene.bundle(statement, by: .pipeline))
        scene.attach(try times.adding([stamped], to: bundle))
        let record = try await decide(scene, stamped: true, times)
        #expect(record.verdict == (code == nil ? .admit : .reject))
        #expect(record.headline?.code.name == code)
    }

    @Test func recordHoldsASummaryAndNotTheDocument() async throws {
        let times = try SigningTimeTests()
        var scene = Scene()
        scene.policy = Self.fresh
        try scene.attest(Self.bom(), type: Self.type, about: scene.image)
        let record = try await decide(scene, times)
        #expect(record.verdict == .admit)
        let item = try #require(record.json["evidence"]?["verified"]?.elements.first)
        #expect(item["sbom"]?["format"]?.text == "CycloneDX")
        #expect(item["sbom"]?["specVersion"]?.text == "1.6")
        #expect(item["sbom"]?["created"]?.text == "2026-11-19T09:00:00Z")
        #expect(!String(decoding: record.canonicalBytes, as: UTF8.self).contains("left-pad"))
    }

    @Test func readsNoSBOMThatNoRuleAsksAbout() async throws {
        let times = try SigningTimeTests()
        var scene = try Scene.finance()
        try scene.attest(["bomFormat": "CycloneDX"], type: Self.type, about: scene.image)
        let record = try await decide(scene, times)
        #expect(record.verdict == .admit || record.headline?.code.name.hasPrefix("sbom.") == false)
        #expect(
            record.verified.allSatisfy { item in
                if case .attestation(let facts) = item.statement { facts.inventory == nil } else { true }
            })
    }

    // MARK: Which platform

    private static let each = Policies.text(
        require: """
            - id: listed
              on: each-platform
              sbom: {by: {atLeast: 1, of: [pipeline]}, match: any, describesImage: true}
            """)

    /// An SBOM that says which image it describes.
    private static func bom(of image: Descriptor) -> JSONTree {
        guard case .object(var members) = bom() else { return [:] }
        members["metadata"] = [
            "timestamp": "2026-11-19T09:00:00Z",
            "component": ["type": "container", "name": "app", "version": .string(image.digest.description)],
        ]
        return .object(members)
    }

    /// An index with BuildKit's unsigned SBOMs inside, the index signed by the pipeline.
    private static func buildKit(
        naming subject: (Descriptor) -> Descriptor = { $0 }, describing described: (Descriptor) -> Descriptor = { $0 }
    ) throws -> Scene {
        var scene = Scene()
        scene.policy = each
        let holders = try scene.children.map { child in
            try scene.attestation(
                Scene.statement([subject(child).digest], type: type, predicate: bom(of: described(child))),
                about: child)
        }
        scene.select(indexOf: scene.children + holders)
        try scene.sign(by: .pipeline)
        return scene
    }

    @Test func buildKitsSBOMIsOfThePlatformThatTheIndexNames() async throws {
        #expect(try await Self.buildKit().decide().verdict == .admit)
        let children = Scene().children
        let (first, second) = (try #require(children.first), try #require(children.last))
        func other(_ child: Descriptor) -> Descriptor { child.digest == first.digest ? second : first }
        // The index says that it is about this child, the statement speaks of the other one.
        let swapped = try await Self.buildKit(naming: other).decide()
        #expect(swapped.verdict == .reject)
        #expect(swapped.refusedCodes.contains("evidence.subject-mismatch"))
        // Statement and index agree, the document speaks of the other one.
        let inside = try await Self.buildKit(describing: other).decide()
        #expect(inside.verdict == .reject)
        #expect(inside.headline?.code.name == "sbom.describes-another")
    }

    @Test func anSBOMOfOnePlatformIsNoneOfAnother() async throws {
        var scene = Scene()
        scene.policy = Self.each
        let (first, second) = (try #require(scene.children.first), try #require(scene.children.last))
        try scene.attest(Self.bom(of: first), type: Self.type, about: first, by: .pipeline)
        #expect(try await scene.decide().headline?.code.name == "sbom.none")
        try scene.attest(Self.bom(of: second), type: Self.type, about: second, by: .pipeline)
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func anSBOMOfTheIndexCoversEveryPlatform() async throws {
        var scene = Scene()
        scene.policy = Self.each
        try scene.attest(Self.bom(of: scene.image), type: Self.type, about: scene.image, by: .pipeline)
        #expect(try await scene.decide().verdict == .admit)
    }

    // MARK: Many

    /// Five thousand components under one denial: the record tells how many, and stays small.
    @Test func recordsOfThousandsOfHitsStaySmall() async throws {
        var scene = Scene()
        scene.policy = Self.policy(
            """
            components: {by: {atLeast: 1, of: [pipeline]}, match: all, deny: [{package: "pkg:npm/**"}], unidentified: reject}
            """)
        let components = (0..<5_000).map { number -> JSONTree in
            [
                "type": "library", "name": .string("p\(number)"), "version": "1",
                "purl": .string("pkg:npm/p\(number)@1"),
            ]
        }
        try scene.attest(Self.bom(components: components), type: Self.type, about: scene.image, by: .pipeline)
        let record = try await scene.decide()
        #expect(record.headline?.code.name == "component.denied")
        #expect(record.headline?.message.contains("5000 components (") == true)
        #expect(record.canonicalBytes.count < 8_000)
    }

    @Test func placesAreThoseOfTheSignedStatement() async throws {
        let times = try SigningTimeTests()
        var scene = Scene()
        scene.policy = Self.policy(
            """
            components: {by: {atLeast: 1, of: [pipeline]}, match: all, deny: [{package: "pkg:npm/**"}], unidentified: reject}
            """)
        try scene.attest(Self.bom(), type: Self.type, about: scene.image)
        let record = try await decide(scene, times)
        #expect(record.headline?.code.name == "component.denied")
        #expect(record.headline?.message.contains("`left-pad` 1.3.0 at /predicate/components/0") == true)
    }
}
