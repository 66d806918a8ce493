import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import StrictEncoding
import Testing

@Suite struct BaseImageMaterialsTests {
    private static let rule = PolicyText.base(
        proof: "[materials]",
        more: "\n    buildTools: [{repository: registry.example/golang, digests: [\"\(Digest.golang)\"]}]")

    private func evaluate(_ materials: [(String, Digest?)]) throws -> PolicyEvaluation {
        try judge(
            Self.rule,
            Facts.admitted {
                $0.attestations = [
                    try Facts.attestation { provenance in
                        provenance.materials = materials.map { uri, digest in
                            Provenance.Material(
                                uri: ExactString(uri),
                                digests: digest.map { ["sha256": ExactString($0.hex)] } ?? [:])
                        }
                    }
                ]
            })
    }

    /// Whoever approves it: a guardrail's denial of a digest is about what an image is made of, too.
    @Test(arguments: [Digest.debian, .golang]) func nothingThatAGuardrailDeniesIsApproved(_ denied: Digest) throws {
        let document = try Facts.admitted {
            $0.attestations = [
                try Facts.attestation { provenance in
                    provenance.materials = [debian, golang].map { uri, digest in
                        Provenance.Material(
                            uri: ExactString(uri), digests: digest.map { ["sha256": ExactString($0.hex)] } ?? [:])
                    }
                }
            ]
        }
        let policy = try PolicyText(require: Self.rule).load()
        expectAdmit(PolicyEvaluator.evaluate([policy], document))
        let evaluation = PolicyEvaluator.evaluate([policy], document, JudgeContext(deniedDigests: [denied]))
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.enforcement == .always)
    }

    private let debian = ("pkg:docker/registry.example/base/debian@12", Digest.debian as Digest?)
    private let golang = ("pkg:docker/registry.example/golang@1.22", Digest.golang as Digest?)
    private let source = ("https://git.example/finance/ledger", nil as Digest?)

    @Test func admitsApprovedBaseAndTools() throws {
        expectAdmit(try evaluate([debian]))
        expectAdmit(try evaluate([debian, golang, source]))
    }

    /// The digest decides; under which name it was fetched does not.
    @Test func digestDecides() throws {
        expectAdmit(try evaluate([("pkg:docker/mirror.example/x@1", .debian)]))
        expectReject(
            try evaluate([("pkg:docker/registry.example/base/debian@12", .alpine)]), "base-image.material-not-approved")
    }

    @Test func rejectsOneUnapprovedImageAmongApproved() throws {
        let evaluation = try evaluate([debian, ("pkg:docker/evil.example/x@1", .alpine)])
        expectReject(evaluation, "base-image.material-not-approved")
        #expect(evaluation.findings.first?.found?.contains("evil.example") == true)
    }

    @Test func rejectsToolsWithoutBase() throws {
        expectReject(try evaluate([golang, source]), "base-image.no-approved-base")
    }

    @Test func rejectsWithoutImages() throws {
        expectReject(try evaluate([source]), "base-image.no-image-material")
        expectReject(try evaluate([]), "base-image.no-image-material")
    }

    @Test func rejectsImageWithoutDigest() throws {
        expectReject(
            try evaluate([debian, ("pkg:docker/registry.example/base/debian@12", nil)]),
            "base-image.material-without-digest")
    }

    @Test func rejectsWithoutProvenance() throws {
        expectReject(
            try judge(Self.rule, Facts.admitted { $0.attestations = [] }),
            "provenance.no-attestation")
    }

    @Test func rejectsMaterialsSaidByOthers() throws {
        expectReject(
            try judge(
                Self.rule, Facts.admitted { $0.attestations = [try Facts.attestation(by: ["other"])] }),
            "provenance.no-allowed-signer")
    }

    @Test func oneStatementWithMaterialsIsEnough() throws {
        let without = try Facts.attestation("b") { $0.materials = [] }
        expectAdmit(
            try judge(
                Self.rule, Facts.admitted { $0.attestations = [try Facts.attestation("a"), without] }))
    }

    @Test func countsDistinctKeys() throws {
        let rule = PolicyText.base(proof: "[materials]", by: "{atLeast: 2, of: [pipeline, second]}")
        expectReject(try judge(rule, Facts.admitted()), "provenance.too-few-signers")
    }
}

@Suite struct BaseImageLayersTests {
    private static let rule = PolicyText.base(proof: "[layers]", by: nil)
    private static let twoBases = PolicyText.base(proof: "[layers]", by: nil, digests: [.debian, .alpine])

    private func evaluate(_ bases: [Digest: BaseImageFacts]) throws -> PolicyEvaluation {
        try evaluate(Self.rule, bases)
    }

    private func evaluate(_ rule: String, _ bases: [Digest: BaseImageFacts]) throws -> PolicyEvaluation {
        try judge(rule, Facts.admitted { $0.bases = bases })
    }

    private func unread(_ code: ReasonCode) -> BaseImageFacts { .unread(UnreadContent(Finding(code, "why"))) }

    @Test func admitsApprovedBase() throws {
        let evaluation = try evaluate([.debian: Facts.base()])
        expectAdmit(evaluation)
        let summary = try #require(evaluation.rules.first?.summary)
        #expect(summary.contains("built on `registry.example/base/debian@\(Digest.debian)`"))
        #expect(!summary.contains("unmodified"))
    }

    @Test func admitsTheBaseItself() throws {
        expectAdmit(try evaluate([.debian: Facts.base(["debian-1", "debian-2", "app"])]))
    }

    @Test func rejectsOtherLayers() throws {
        let evaluation = try evaluate([.debian: Facts.base(["debian-1", "other"])])
        expectReject(evaluation, "base-image.layers-differ")
        #expect(evaluation.findings.first?.found?.hasPrefix("1 of the 2 layers") == true)
    }

    @Test func rejectsBaseWithMoreLayersThanTheImage() throws {
        expectReject(
            try evaluate([.debian: Facts.base(["debian-1", "debian-2", "app", "more"])]), "base-image.layers-differ")
    }

    @Test func rejectsBaseInTheMiddle() throws {
        expectReject(try evaluate([.debian: Facts.base(["debian-2", "app"])]), "base-image.layers-differ")
    }

    @Test func rejectsBaseOfEmptyLayers() throws {
        expectReject(try evaluate([.debian: Facts.base(["debian-1"], nonEmpty: 0)]), "base-image.no-layers")
        expectReject(try evaluate([.debian: Facts.base([], nonEmpty: 1)]), "base-image.no-layers")
        expectReject(try evaluate([.debian: .read([])]), "base-image.other-platform")
    }

    @Test func rejectsBaseOfAnotherPlatform() throws {
        for platform in [
            Platform(os: "linux", architecture: "arm64"), Platform(os: "windows", architecture: "amd64"),
            Platform(os: "linux", architecture: "amd64", variant: "v3"),
        ] {
            expectReject(
                try evaluate([.debian: Facts.base(platform: platform)]), "base-image.other-platform")
        }
    }

    @Test func arm64IsArm64V8() throws {
        let evaluation = try judge(
            Self.rule,
            Facts.admitted {
                $0.image.platforms[0].configuration = .success(try Facts.configuration(platform: "linux/arm64"))
                $0.bases = [
                    .debian: Facts.base(platform: Platform(os: "linux", architecture: "arm64", variant: "v8"))
                ]
            })
        expectAdmit(evaluation)
    }

    @Test func unreadBaseIsUndecided() throws {
        for bases in [[:], [.debian: unread(.imageNotFound)]] as [[Digest: BaseImageFacts]] {
            let evaluation = try evaluate(bases)
            #expect(evaluation.verdict == .undecided)
            #expect(evaluation.rules.first?.outcome == .undecided)
            #expect(evaluation.codes == [bases.isEmpty ? "base-image.unread" : "image.not-found"])
            #expect(evaluation.findings.first?.rule == "payments/finance#based")
        }
    }

    @Test func anyApprovedBaseIsEnough() throws {
        expectAdmit(try evaluate(Self.twoBases, [.debian: Facts.base(), .alpine: Facts.base(["alpine"])]))
        expectAdmit(try evaluate(Self.twoBases, [.alpine: Facts.base(), .debian: unread(.imageNotFound)]))
        expectAdmit(try evaluate(Self.twoBases, [.debian: Facts.base()]))
    }

    @Test func undecidedOnlyIfTheUnreadBaseMightBeTheOne() throws {
        let evaluation = try evaluate(Self.twoBases, [.debian: Facts.base(["other"]), .alpine: unread(.imageNotFound)])
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["image.not-found"])
        expectReject(
            try evaluate(Self.twoBases, [.debian: Facts.base(["a"]), .alpine: Facts.base(["b"])]),
            "base-image.layers-differ")
    }

    @Test func contradictoryBaseProvesNothing() throws {
        expectReject(
            try evaluate(Self.twoBases, [.debian: Facts.base(["a"]), .alpine: unread(.contentWrongDigest)]),
            "base-image.layers-differ", "content.digest-mismatch")
        expectAdmit(try evaluate(Self.twoBases, [.debian: Facts.base(), .alpine: unread(.contentWrongDigest)]))
    }

    @Test func unreadConfigurationIsUndecided() throws {
        let evaluation = try judge(
            Self.rule, Facts.admitted { $0.image.platforms[0].configuration = nil })
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["evidence.configuration-unread"])
    }

    @Test func bothProofsHaveToHold() throws {
        let rule = PolicyText.base(proof: "[materials, layers]")
        expectAdmit(try evaluate(rule, [.debian: Facts.base()]))
        expectReject(try evaluate(rule, [.debian: Facts.base(["x"])]), "base-image.layers-differ")
        let unproven = try Facts.admitted { $0.attestations = [] }
        expectReject(try judge(rule, unproven), "provenance.no-attestation")
        let both = try Facts.admitted {
            $0.attestations = []
            $0.bases = [:]
        }
        // Reject beats undecided, and both reasons are told.
        expectReject(try judge(rule, both), "base-image.unread", "provenance.no-attestation")
    }

    @Test(arguments: ["image", "each-platform"]) func everyPlatformHasToBeBuiltOnABase(_ target: String) throws {
        let rule = PolicyText.base(proof: "[layers]", on: target, by: nil)
        let evaluation = try judge(
            rule,
            Facts.admitted {
                $0.image.platforms.append(
                    PlatformFacts(
                        digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"),
                        configuration: .success(try Facts.configuration(platform: "linux/arm64"))))
            })
        expectReject(evaluation, "base-image.other-platform")
        #expect(evaluation.findings.map(\.platform) == ["linux/arm64"])
    }
}
