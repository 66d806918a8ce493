import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding
import Testing

@Suite struct ImageRuleTests {
    private func evaluate(
        _ conditions: String, on: String = "image", _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        try judge(
            "- {id: i, on: \(on), image: \(conditions)}", Facts.admitted(change))
    }

    private func configured(
        _ document: inout EvidenceDocument, user: String? = "10001", labels: [String: String] = [:],
        platform: String = "linux/amd64"
    ) throws {
        document.image.platforms[0].configuration = .success(
            try Facts.configuration(platform: platform, user: user, labels: labels))
    }

    @Test(
        arguments: [
            ("10001", nil), ("1", nil), ("10001:0", nil), ("007", nil), ("2147483647", nil),
            (nil, "image-rule.user-is-root"), ("", "image-rule.user-is-root"), ("0", "image-rule.user-is-root"),
            ("root", "image-rule.user-is-root"), ("0:1000", "image-rule.user-is-root"),
            ("000", "image-rule.user-is-root"),
            ("root:wheel", "image-rule.user-is-root"), (":5", "image-rule.user-is-root"),
            ("app", "image-rule.user-not-numeric"), ("+0", "image-rule.user-not-numeric"),
            ("-0", "image-rule.user-not-numeric"), ("0x0", "image-rule.user-not-numeric"),
            (" 0", "image-rule.user-not-numeric"), ("2147483648", "image-rule.user-not-numeric"),
            ("4294967296", "image-rule.user-not-numeric"), ("99999999999999999999", "image-rule.user-not-numeric"),
            ("٣", "image-rule.user-not-numeric"),
        ] as [(String?, String?)])
    func nonRootWantsANumberAboveZero(_ user: String?, _ code: String?) throws {
        let evaluation = try evaluate("{user: {nonRoot: true}}") { try configured(&$0, user: user) }
        if let code { expectReject(evaluation, code) } else { expectAdmit(evaluation) }
    }

    @Test func comparesUser() throws {
        expectAdmit(try evaluate("{user: {in: [\"10001\", app]}}"))
        expectReject(try evaluate("{user: {in: [app]}}"), "image-rule.user-differs")
        expectAdmit(try evaluate("{user: {glob: [\"100*\"]}}"))
    }

    @Test func comparesLabels() throws {
        expectAdmit(try evaluate("{labels: {team: {in: [payments, hr]}}}"))
        expectAdmit(try evaluate("{labels: {team: {glob: [\"pay*\"]}}}"))
        expectReject(try evaluate("{labels: {team: {in: [Payments]}}}"), "image-rule.label-differs")
        expectReject(try evaluate("{labels: {owner: {glob: [\"**\"]}}}"), "image-rule.label-missing")
        expectReject(try evaluate("{labels: {Team: {glob: [\"**\"]}}}"), "image-rule.label-missing")
    }

    /// An empty label is there, and is no value that a pattern stands for.
    @Test func emptyLabelMatchesNoPattern() throws {
        expectReject(
            try evaluate("{labels: {team: {glob: [\"**\"]}}}") { try configured(&$0, labels: ["team": ""]) },
            "image-rule.label-differs")
    }

    @Test func labelsAreComparedAsBytes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        expectReject(
            try evaluate("{labels: {team: {in: [\"\(composed)\"]}}}") {
                try configured(&$0, labels: ["team": decomposed])
            }, "image-rule.label-differs")
        expectReject(
            try evaluate("{labels: {\"\(composed)\": {in: [a]}}}") { try configured(&$0, labels: [decomposed: "a"]) },
            "image-rule.label-missing")
    }

    @Test func comparesTag() throws {
        expectAdmit(try evaluate("{tag: {in: [\"1.2\"]}}"))
        expectReject(try evaluate("{tag: {in: [\"1.3\"]}}"), "image-rule.tag-differs")
        expectReject(try evaluate("{tag: {in: [\"1.2\"]}}") { $0.request.reference = nil }, "request.name-required")
        expectReject(
            try evaluate("{tag: {in: [\"1.2\"]}}") {
                $0.request.reference = try ImageReference(parsing: "registry.example/ledger@\(Digest.image)")
            }, "request.tag-required")
    }

    @Test func comparesName() throws {
        expectAdmit(try evaluate("{name: {glob: [\"registry.example/finance/*\"]}}"))
        expectReject(try evaluate("{name: {glob: [\"registry.example/*\"]}}"), "image-rule.name-differs")
        expectReject(try evaluate("{name: {glob: [\"**\"]}}") { $0.request.reference = nil }, "request.name-required")
    }

    @Test func comparesPlatform() throws {
        expectAdmit(try evaluate("{platform: {in: [linux/arm64, linux/amd64]}}"))
        expectReject(try evaluate("{platform: {in: [linux/arm64]}}"), "image-rule.platform-differs")
        // The configuration says what runs, whatever the index says.
        expectReject(
            try evaluate("{platform: {in: [linux/amd64]}}") { try configured(&$0, platform: "linux/arm64") },
            "image-rule.platform-differs")
        expectReject(
            try evaluate("{platform: {in: [linux/amd64]}}") { try configured(&$0, platform: "unknown/unknown") },
            "image-rule.platform-unknown")
    }

    @Test func everyConditionHasToHold() throws {
        let evaluation = try evaluate("{user: {in: [app]}, tag: {in: [\"1.2\"]}, labels: {team: {in: [hr]}}}")
        expectReject(evaluation, "image-rule.label-differs", "image-rule.user-differs")
    }

    @Test(arguments: ["image", "each-platform"]) func everyPlatformHasToMeetThem(_ target: String) throws {
        let evaluation = try evaluate("{user: {nonRoot: true}}", on: target) {
            $0.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"),
                    configuration: .success(try Facts.configuration(platform: "linux/arm64", user: nil))))
        }
        expectReject(evaluation, "image-rule.user-is-root")
        #expect(evaluation.findings.map(\.platform) == ["linux/arm64"])
        #expect(evaluation.rules.count == (target == "image" ? 1 : 2))
    }

    @Test func unreadConfigurationIsUndecided() throws {
        let unread = try evaluate("{user: {nonRoot: true}}") { $0.image.platforms[0].configuration = nil }
        #expect(unread.verdict == .undecided)
        #expect(unread.codes == ["evidence.configuration-unread"])
        let absent = try evaluate("{user: {nonRoot: true}}") {
            $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.imageNotFound, "why")))
        }
        #expect(absent.verdict == .undecided)
        #expect(absent.codes == ["image.not-found"])
        // A condition that does not hold decides, whatever else is not known.
        let both = try evaluate("{user: {nonRoot: true}, tag: {in: [x]}}") { $0.image.platforms[0].configuration = nil }
        expectReject(both, "evidence.configuration-unread", "image-rule.tag-differs")
    }
}

@Suite struct TargetTests {
    private func evaluate(
        _ platform: String, _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        try judge(
            "- {id: i, on: {platform: \(platform)}, signature: {by: {atLeast: 1, of: [corporate]}}}",
            Facts.admitted(change))
    }

    @Test func rejectsImageWithoutPlatforms() throws {
        for target in ["image", "each-platform", "{platform: linux/amd64}"] {
            for rule in ["signature: {by: {atLeast: 1, of: [corporate]}}", "image: {tag: {in: [\"1.2\"]}}"] {
                let evaluation = try judge(
                    "- {id: i, on: \(target), \(rule)}", Facts.admitted { $0.image.platforms = [] })
                expectReject(evaluation, "rule.no-platforms")
            }
        }
    }

    @Test func rejectsPlatformThatIsNotThere() throws {
        expectAdmit(try evaluate("linux/amd64"))
        expectReject(try evaluate("linux/arm64"), "rule.platform-not-in-image")
        expectReject(try evaluate("linux/amd64/v3"), "rule.platform-not-in-image")
        expectReject(try evaluate("windows/amd64"), "rule.platform-not-in-image")
    }

    private func add(_ document: inout EvidenceDocument, _ digest: Digest, _ platform: Platform?) {
        document.image.platforms.append(PlatformFacts(digest: digest, platform: platform, configuration: nil))
        document.signatures[0].subjects = [.amd64]
    }

    @Test func everyVariantHasToMeetARuleWithoutVariant() throws {
        let evaluation = try evaluate("linux/amd64") {
            add(&$0, .arm64, Platform(os: "linux", architecture: "amd64", variant: "v3"))
        }
        expectReject(evaluation, "signature.none")
        #expect(evaluation.rules.map(\.outcome) == [.holds, .fails])
    }

    /// containerd runs any of these where it looks for the platform of the rule.
    @Test(arguments: ["x86_64", "x86-64", "AMD64", "amd64/v1"])
    func anotherSpellingOfThePlatformDoesNotEscapeTheRule(_ text: String) throws {
        let parts = text.split(separator: "/").map(String.init)
        for os in ["linux", "Linux", ""] {
            let other = Platform(os: os, architecture: parts[0], variant: parts.count > 1 ? parts[1] : nil)
            expectReject(try evaluate("linux/amd64") { add(&$0, .arm64, other) }, "signature.none")
        }
    }

    @Test func armWithoutVariantIsItsSeventh() throws {
        func evaluation(_ wanted: String, _ found: Platform) throws -> PolicyEvaluation {
            try evaluate(wanted) {
                $0.image.platforms[0].platform = Platform(os: "linux", architecture: "arm", variant: "v7")
                add(&$0, .arm64, found)
            }
        }
        let unnamed = Platform(os: "linux", architecture: "arm")
        expectReject(try evaluation("linux/arm/v7", unnamed), "signature.none")
        expectReject(
            try evaluation("linux/arm/v7", Platform(os: "linux", architecture: "armhf")), "signature.none")
        expectAdmit(try evaluation("linux/arm/v7", Platform(os: "linux", architecture: "armel")))
        expectAdmit(try evaluation("linux/arm/v7", Platform(os: "linux", architecture: "arm", variant: "v6")))
    }

    @Test func childWithoutPlatformHasToMeetIt() throws {
        let evaluation = try evaluate("linux/amd64") { add(&$0, .arm64, nil) }
        expectReject(evaluation, "signature.none")
        // Alone it does not show that the platform is there.
        expectReject(try evaluate("linux/amd64") { $0.image.platforms[0].platform = nil }, "rule.platform-not-in-image")
    }

    @Test func unreadPlatformIsUndecided() throws {
        let evaluation = try evaluate("linux/amd64") {
            $0.image.platforms[0].platform = nil
            $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.imageUnreadable, "why")))
        }
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["image.unreadable"])
    }

    @Test func otherPlatformsAreNotAsked() throws {
        let evaluation = try evaluate("linux/amd64") { add(&$0, .arm64, Platform(os: "linux", architecture: "arm64")) }
        expectAdmit(evaluation)
    }
}

@Suite struct DenialTests {
    private func evaluate(
        _ conditions: String, on: String = "image", _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        try judge(
            PolicyText.signature, deny: "- {id: d, on: \(on), image: \(conditions)}", Facts.admitted(change))
    }

    @Test func admitsWhatIsNotDenied() throws {
        expectAdmit(try evaluate("{tag: {in: [latest]}}"))
    }

    @Test func rejectsWhatIsDenied() throws {
        let evaluation = try evaluate("{tag: {in: [latest]}}") {
            $0.request.reference = try ImageReference(parsing: "registry.example/ledger:latest")
        }
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.findings.first?.message == "denied: tag is `latest`")
    }

    /// A runtime that is given neither tag nor digest takes `latest`.
    @Test func rejectsTheTagThatNobodyWrote() throws {
        expectReject(
            try evaluate("{tag: {in: [latest]}}") {
                $0.request.reference = try ImageReference(parsing: "registry.example/ledger")
            }, "policy.denied")
    }

    @Test func errorInDenialRejects() throws {
        expectReject(
            try evaluate("{tag: {in: [latest]}}") { $0.request.reference = nil }, "policy.deny-error",
            "request.name-required")
        expectReject(
            try evaluate("{tag: {in: [latest]}}") {
                $0.request.reference = try ImageReference(parsing: "registry.example/ledger@\(Digest.image)")
            }, "policy.deny-error", "request.tag-required")
        expectReject(
            try evaluate("{labels: {debug: {in: [\"true\"]}}}") { $0.image.platforms[0].configuration = nil },
            "evidence.configuration-unread", "policy.deny-error")
        expectReject(
            try evaluate("{labels: {debug: {in: [\"true\"]}}}") {
                $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.imageNotFound, "why")))
            }, "image.not-found", "policy.deny-error")
        expectReject(
            try evaluate("{user: {nonRoot: true}}") {
                $0.image.platforms[0].configuration = .success(try Facts.configuration(user: "app"))
            }, "image-rule.user-not-numeric", "policy.deny-error")
        expectReject(
            try evaluate("{platform: {in: [linux/arm64]}}") {
                $0.image.platforms[0].configuration = .success(try Facts.configuration(platform: "unknown/unknown"))
            }, "image-rule.platform-unknown", "policy.deny-error")
        for target in ["image", "each-platform"] {
            expectReject(
                try evaluate("{tag: {in: [latest]}}", on: target) { $0.image.platforms = [] }, "policy.deny-error",
                "rule.no-platforms")
        }
    }

    /// Even where another condition of the denial is known not to hold: what a denial asks about has to be known.
    @Test func errorRejectsBesideAConditionThatDoesNotHold() throws {
        expectReject(
            try evaluate("{tag: {in: [latest]}, labels: {debug: {in: [\"true\"]}}}") {
                $0.image.platforms[0].configuration = nil
            }, "evidence.configuration-unread", "policy.deny-error")
    }

    @Test func everyConditionHasToHoldToDeny() throws {
        expectAdmit(try evaluate("{tag: {in: [\"1.2\"]}, labels: {team: {in: [hr]}}}"))
        expectReject(try evaluate("{tag: {in: [\"1.2\"]}, labels: {team: {in: [payments]}}}"), "policy.denied")
    }

    @Test func missingLabelIsKnownToBeMissing() throws {
        expectAdmit(try evaluate("{labels: {debug: {in: [\"true\"]}}}"))
    }

    @Test(arguments: ["image", "each-platform"]) func onePlatformIsEnoughToDeny(_ target: String) throws {
        let evaluation = try evaluate("{labels: {debug: {in: [\"true\"]}}}", on: target) {
            $0.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"),
                    configuration: .success(
                        try Facts.configuration(platform: "linux/arm64", labels: ["debug": "true"]))))
        }
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.findings.map(\.platform) == ["linux/arm64"])
    }

    @Test func conditionsOfADenialMeetInOnePlatform() throws {
        let evaluation = try evaluate("{labels: {debug: {in: [\"true\"]}}, platform: {in: [linux/amd64]}}") {
            $0.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"),
                    configuration: .success(
                        try Facts.configuration(platform: "linux/arm64", labels: ["debug": "true"]))))
        }
        expectAdmit(evaluation)
    }

    @Test func denialForAPlatformThatIsNotThereDeniesNothing() throws {
        expectAdmit(try evaluate("{tag: {in: [\"1.2\"]}}", on: "{platform: linux/arm64}"))
        expectReject(try evaluate("{tag: {in: [\"1.2\"]}}", on: "{platform: linux/amd64}"), "policy.denied")
        // A child that does not say its platform may be the one.
        expectReject(
            try evaluate("{tag: {in: [\"1.2\"]}}", on: "{platform: linux/arm64}") {
                $0.image.platforms[0].platform = nil
            },
            "policy.denied")
    }

    @Test func denialsAreNeverStaged() throws {
        for change in [":latest", nil] as [String?] {
            var text = PolicyText()
            text.stage = "{stage: observe}"
            text.deny = "- {id: d, on: image, image: {tag: {in: [latest]}}}"
            let document = try Facts.admitted {
                $0.request.reference = try change.map { try ImageReference(parsing: "registry.example/ledger" + $0) }
            }
            let evaluation = PolicyEvaluator.evaluate([try text.load()], document)
            #expect(evaluation.verdict == .reject)
            #expect(evaluation.enforcement == .always)
        }
    }
}
