import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import StrictEncoding
import Testing

/// How old a base may be, and what its own policy says of it.
@Suite struct BaseImageStandingTests {
    private static let amd64 = Platform(os: "linux", architecture: "amd64")
    private static let arm64 = Platform(os: "linux", architecture: "arm64")

    private static func rule(
        proof: String = "[layers]", age: String? = nil, chain: Bool = false, listed: String? = nil,
        digests: [Digest] = [.debian], more: String = ""
    ) -> String {
        let text = PolicyText.base(
            proof: proof, by: proof.contains("materials") ? "{atLeast: 1, of: [pipeline]}" : nil,
            more: (age.map { "\n    newestAllowedAge: \($0)" } ?? "")
                + (chain ? "\n    chain: {policy: bases/debian}" : "")
                + more,
            digests: digests)
        return listed.map { text.replacing("]}]", with: "], listed: \($0)}]", maxReplacements: 1) } ?? text
    }

    /// Of the finance policy, with the policy for bases beside it.
    private func evaluate(
        _ rule: String, _ judgements: [BaseJudgement] = [], change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.require = rule
        let set = try PolicySet.load([Policies.source(text.text), Self.bases()])
        let document = try Facts.admitted {
            for judgement in judgements { $0.judgedBases[judgement.need] = judgement }
            try change(&$0)
        }
        return PolicyEvaluator.evaluate(
            set.matching(namespace: "finance", reference: document.request.reference), document)
    }

    static func bases(_ name: String = "debian", require: String = PolicyText.signature) -> PolicySource {
        var text = PolicyText(name: name, images: "[\"registry.example/base/*\"]")
        text.require = require
        return Policies.source(text.text, name: "bases")
    }

    private static func need(_ digest: Digest = .debian) throws -> BaseChainNeed {
        BaseChainNeed(
            base: BaseImageNeed(repository: "registry.example/base/debian", digest: digest),
            policy: PolicyName(source: "bases", name: "debian"))
    }

    private static func admitted(
        _ digest: Digest = .debian, _ created: (Platform?, String?)...
    ) throws -> BaseJudgement {
        BaseJudgement(
            need: try need(digest), verdict: .admit,
            created: try created.map { .init(platform: $0, at: try $1.map { try Facts.instant($0) }) })
    }

    private static func refused(
        _ verdict: Verdict, _ code: ReasonCode, _ digest: Digest = .debian
    ) throws -> BaseJudgement {
        BaseJudgement(need: try need(digest), verdict: verdict, headline: Finding(code, "why", mend: "do it"))
    }

    // MARK: Age

    /// The decision is at 2026-11-20T09:00:00Z.
    @Test(arguments: [
        ("2026-11-20T09:00:00Z", nil), ("2026-11-20T09:00:01Z", "base-image.time-in-future"),
        ("2026-10-21T09:00:00Z", nil), ("2026-10-21T08:59:59Z", "base-image.too-old"),
    ]) func listedTimeCounts(_ listed: String, _ code: String?) throws {
        for proof in ["[layers]", "[materials]", "[materials, layers]"] {
            let evaluation = try evaluate(Self.rule(proof: proof, age: "30d", listed: listed))
            #expect(evaluation.codes == [code].compactMap { $0 })
            #expect(evaluation.verdict == (code == nil ? .admit : .reject))
        }
    }

    @Test func signedTimeBeatsListed() throws {
        let rule = Self.rule(age: "30d", chain: true, listed: "2026-11-01T00:00:00Z")
        let old = try Self.admitted(.debian, (Self.amd64, "2026-01-01T00:00:00Z"))
        expectReject(try evaluate(rule, [old]), "base-image.too-old")
        let outdated = Self.rule(age: "30d", chain: true, listed: "2025-11-01T00:00:00Z")
        expectAdmit(try evaluate(outdated, [try Self.admitted(.debian, (Self.amd64, "2026-11-01T00:00:00Z"))]))
        let future = try Self.admitted(.debian, (Self.amd64, "2026-12-01T00:00:00Z"))
        expectReject(try evaluate(rule, [future]), "base-image.time-in-future")
    }

    @Test func listedCountsWhereNothingIsSigned() throws {
        let rule = Self.rule(age: "30d", chain: true, listed: "2026-11-01T00:00:00Z")
        expectAdmit(try evaluate(rule, [try Self.admitted()]))
        expectAdmit(try evaluate(rule, [try Self.admitted(.debian, (Self.amd64, nil))]))
    }

    @Test func rejectsBaseWithoutAnyTime() throws {
        let rule = Self.rule(age: "30d", chain: true)
        expectReject(try evaluate(rule, [try Self.admitted()]), "base-image.no-signed-time")
        expectReject(try evaluate(rule, [try Self.admitted(.debian, (Self.amd64, nil))]), "base-image.no-signed-time")
    }

    @Test func theTimeOfTheImagesPlatformCounts() throws {
        let rule = Self.rule(age: "30d", chain: true)
        let (new, old) = ("2026-11-01T00:00:00Z", "2026-01-01T00:00:00Z")
        expectAdmit(try evaluate(rule, [try Self.admitted(.debian, (Self.amd64, new), (Self.arm64, old))]))
        expectReject(
            try evaluate(rule, [try Self.admitted(.debian, (Self.amd64, old), (Self.arm64, new))]),
            "base-image.too-old")
        // Which one it is is not known: the oldest counts, and one without a time leaves none.
        expectReject(
            try evaluate(rule, [try Self.admitted(.debian, (nil, new), (Self.arm64, old))]), "base-image.too-old")
        expectReject(
            try evaluate(rule, [try Self.admitted(.debian, (nil, new), (Self.arm64, nil))]),
            "base-image.no-signed-time")
    }

    @Test func anyYoungBaseIsEnough() throws {
        let rule = Self.rule(age: "30d", chain: true, digests: [.debian, .alpine])
        let evaluation = try evaluate(
            rule,
            [
                try Self.admitted(.debian, (Self.amd64, "2026-01-01T00:00:00Z")),
                try Self.admitted(.alpine, (Self.amd64, "2026-11-01T00:00:00Z")),
            ]
        ) { $0.bases[.alpine] = Facts.base(["debian-1"]) }
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.summary?.contains("\(Digest.alpine)") == true)
    }

    // MARK: Chain

    @Test(arguments: ["[layers]", "[materials]", "[materials, layers]"])
    func theBaseHasToBeAdmitted(_ proof: String) throws {
        let rule = Self.rule(proof: proof, chain: true)
        let evaluation = try evaluate(rule, [try Self.admitted()])
        expectAdmit(evaluation)
        let summary = try #require(evaluation.rules.first?.summary)
        #expect(summary.contains("base admitted by `bases/debian`"))
        #expect(!summary.contains("unmodified"))

        let rejected = try evaluate(rule, [try Self.refused(.reject, .signatureNone)])
        expectReject(rejected, "base-image.chain-rejected")
        #expect(rejected.findings.first?.found == "`signature.none`: why")
        #expect(rejected.findings.first?.mend == "in the base image: do it")
        #expect(rejected.findings.first?.evidence == Digest.debian.description)

        let open = try evaluate(rule, [try Self.refused(.undecided, .imageNotFound)])
        #expect(open.verdict == .undecided)
        #expect(open.codes == ["image.not-found"])
    }

    /// A judgement that is missing, or that says undecided for a reason that is none, is no admission.
    @Test func whatWasNotJudgedIsUndecided() throws {
        for judgements in [[], [try Self.refused(.undecided, .signatureNone)]] {
            let evaluation = try evaluate(Self.rule(chain: true), judgements)
            #expect(evaluation.verdict == .undecided)
            #expect(evaluation.codes == ["base-image.unread"])
        }
        // That of another policy or under another name is not that of this one.
        let other = BaseJudgement(
            need: BaseChainNeed(
                base: try Self.need().base, policy: PolicyName(source: "bases", name: "other")), verdict: .admit)
        #expect(try evaluate(Self.rule(chain: true), [other]).verdict == .undecided)
    }

    @Test func openBaseMayBeTheOne() throws {
        let rule = Self.rule(chain: true, digests: [.debian, .alpine])
        let both: (inout EvidenceDocument) throws -> Void = { $0.bases[.alpine] = Facts.base() }
        let evaluation = try evaluate(
            rule, [try Self.refused(.reject, .signatureNone), try Self.refused(.undecided, .imageNotFound, .alpine)],
            change: both)
        #expect(evaluation.verdict == .undecided)
        #expect(evaluation.codes == ["image.not-found"])
        expectAdmit(
            try evaluate(rule, [try Self.refused(.reject, .signatureNone), try Self.admitted(.alpine)], change: both))
        // Neither proves the layers: whether they are admitted is not asked.
        expectReject(
            try evaluate(rule) { $0.bases = [.debian: Facts.base(["x"]), .alpine: Facts.base(["y"])] },
            "base-image.layers-differ")
    }

    private func named(_ digests: Digest...) -> (inout EvidenceDocument) throws -> Void {
        { document in
            document.attestations = [
                try Facts.attestation {
                    $0.materials = digests.map {
                        Provenance.Material(
                            uri: "pkg:docker/registry.example/base/debian@12", digests: ["sha256": ExactString($0.hex)])
                    }
                }
            ]
        }
    }

    @Test func everyBaseAmongTheMaterialsHasToBeAdmitted() throws {
        let rule = Self.rule(proof: "[materials]", chain: true, digests: [.debian, .alpine])
        let one = [try Self.admitted(), try Self.refused(.reject, .signatureNone, .alpine)]
        expectReject(try evaluate(rule, one, change: named(.debian, .alpine)), "base-image.chain-rejected")
        expectAdmit(try evaluate(rule, one, change: named(.debian)))
        expectAdmit(
            try evaluate(rule, [try Self.admitted(), try Self.admitted(.alpine)], change: named(.debian, .alpine)))
        let open = [try Self.admitted(), try Self.refused(.undecided, .imageNotFound, .alpine)]
        #expect(try evaluate(rule, open, change: named(.debian, .alpine)).verdict == .undecided)
    }

    /// A base that no longer counts may still be used as a tool, but is no base.
    @Test func refusedBaseMayBeABuildTool() throws {
        let rule = Self.rule(
            proof: "[materials]", chain: true, digests: [.debian, .alpine],
            more: "\n    buildTools: [{repository: registry.example/base/debian, digests: [\"\(Digest.alpine)\"]}]")
        let judgements = [try Self.admitted(), try Self.refused(.reject, .signatureNone, .alpine)]
        expectAdmit(try evaluate(rule, judgements, change: named(.debian, .alpine)))
        expectReject(try evaluate(rule, judgements, change: named(.alpine)), "base-image.chain-rejected")
    }

    /// Two keys have to have signed matching materials; a statement whose base is not known may be the second.
    @Test func openStatementMayMakeUpTheNumber() throws {
        let rule = Self.rule(proof: "[materials]", chain: true, digests: [.debian, .alpine])
            .replacing("{atLeast: 1, of: [pipeline]}", with: "{atLeast: 2, of: [pipeline, second]}")
        func material(_ digest: Digest) -> (inout Provenance) -> Void {
            {
                $0.materials = [
                    Provenance.Material(
                        uri: "pkg:docker/registry.example/base/debian@12",
                        digests: ["sha256": ExactString(digest.hex)])
                ]
            }
        }
        let change: (inout EvidenceDocument) throws -> Void = {
            $0.attestations = [
                try Facts.attestation("a", change: material(.debian)),
                try Facts.attestation("b", by: ["fourth"], change: material(.alpine)),
            ]
        }
        func verdict(_ alpine: BaseJudgement) throws -> Verdict {
            try evaluate(rule, [try Self.admitted(), alpine], change: change).verdict
        }
        #expect(try verdict(try Self.admitted(.alpine)) == .admit)
        #expect(try verdict(try Self.refused(.undecided, .imageNotFound, .alpine)) == .undecided)
        #expect(try verdict(try Self.refused(.reject, .signatureNone, .alpine)) == .reject)
    }

    // MARK: Which bases are judged

    private func basesToJudge(
        _ rule: String, _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> [Digest] {
        var text = PolicyText()
        text.require = rule
        let set = try PolicySet.load([Policies.source(text.text), Self.bases()])
        return try Facts.admitted(change).basesToJudge(for: set.policies.flatMap(\.require)).map(\.base.digest)
    }

    @Test func onlyPossibleBasesAreJudged() throws {
        let digests: [Digest] = [.debian, .alpine, .golang]
        let layers = Self.rule(chain: true, digests: digests)
        #expect(try basesToJudge(layers) == [.debian])
        #expect(try basesToJudge(layers) { $0.bases = [:] } == [])
        #expect(
            try basesToJudge(layers) { $0.bases[.alpine] = Facts.base(["debian-1"]) } == [.debian, .alpine].sorted())
        #expect(try basesToJudge(layers) { $0.bases = [.alpine: Facts.base(platform: Self.arm64)] } == [])
        let materials = Self.rule(proof: "[materials]", chain: true, digests: digests)
        #expect(try basesToJudge(materials) { $0.bases = [:] } == [.debian])
        #expect(try basesToJudge(materials, named(.golang, .alpine, .image)) == [.golang, .alpine].sorted())
        // Of provenance that nobody allowed has signed nothing is read.
        #expect(try basesToJudge(materials) { $0.attestations = [try Facts.attestation(by: ["other"])] } == [])
        #expect(try basesToJudge(Self.rule(digests: digests)) == [])
    }

    // MARK: When an image was made

    private func created(
        _ require: String, created: String? = "2026-05-01T00:00:00Z",
        _ change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> [Instant?] {
        var text = PolicyText()
        text.require = require
        let document = try Facts.admitted {
            var tree: JSONTree = [
                "os": "linux", "architecture": "amd64",
                "rootfs": ["type": "layers", "diff_ids": JSONTree(strings: [Digest.named("debian-1").description])],
            ]
            if let created, case .object(var members) = tree {
                members["created"] = .string(created)
                tree = .object(members)
            }
            $0.image.platforms[0].configuration = .success(
                try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: tree.canonicalBytes())))
            try change(&$0)
        }
        return document.creationTimes(by: PolicyEvaluator.evaluate([try text.load()], document)).map(\.at)
    }

    @Test func theBuildsEndIsTheSignedTime() throws {
        #expect(try created(PolicyText.provenance()) == [try Facts.instant("2026-11-19T09:00:00Z")])
        // Of several builds the earliest.
        let times = try created(PolicyText.provenance()) {
            $0.attestations.append(
                try Facts.attestation("older") { $0.finishedOn = try Facts.instant("2026-06-01T00:00:00Z") })
        }
        #expect(times == [try Facts.instant("2026-06-01T00:00:00Z")])
    }

    @Test func createdCountsUnderASignature() throws {
        #expect(try created(PolicyText.signature) == [try Facts.instant("2026-05-01T00:00:00Z")])
        #expect(try created(PolicyText.signature, created: nil) == [nil])
        // Provenance that does not say when the build finished signs the image all the same.
        let silent = try created(PolicyText.provenance()) {
            $0.attestations = [try Facts.attestation { $0.finishedOn = nil }]
        }
        #expect(silent == [try Facts.instant("2026-05-01T00:00:00Z")])
    }

    /// A trusted key that no rule lists for provenance can't make the base newer, nor can a configuration that nobody
    /// signed, nor a signature of another platform.
    @Test func onlyEvidenceByWhichARuleHoldsDates() throws {
        #expect(
            try created(PolicyText.signature) { $0.attestations = [try Facts.attestation(by: ["corporate"])] }
                == [try Facts.instant("2026-05-01T00:00:00Z")])
        #expect(try created("- {id: user, on: image, image: {tag: {in: [\"1.2\"]}}}") == [nil])
        let other = try created(
            "- {id: signed, on: {platform: linux/arm64}, signature: {by: {atLeast: 1, of: [corporate]}}}"
        ) {
            $0.image.platforms.append(
                PlatformFacts(
                    digest: .arm64, platform: Self.arm64,
                    configuration: .success(try Facts.configuration(platform: "linux/arm64"))))
            $0.signatures = [try Facts.signature(subjects: [.arm64])]
        }
        #expect(other == [nil, nil])
    }

    /// An old signature that was stamped anew, or content that was dated ahead: what was signed already can't be newer.
    @Test func timesAfterTheSignatureAreNone() throws {
        let (before, after) = (try Facts.instant("2026-04-01T00:00:00Z"), try Facts.instant("2026-06-01T00:00:00Z"))
        func signed(_ time: Instant) throws -> [Instant?] {
            try created(PolicyText.signature) { $0.signatures[0].verifiedTimes = [time] }
        }
        #expect(try signed(before) == [nil])
        #expect(try signed(after) == [try Facts.instant("2026-05-01T00:00:00Z")])
        let built = try created(PolicyText.provenance()) { $0.attestations[0].verifiedTimes = [after] }
        #expect(built == [try Facts.instant("2026-05-01T00:00:00Z")])
    }

    // MARK: The JSON form

    @Test func judgementsAreReadAsWritten() throws {
        let document = try Facts.admitted {
            for judgement in [
                try Self.admitted(.debian, (Self.amd64, Facts.now), (nil, nil)),
                try Self.refused(.reject, .signatureNone, .alpine),
            ] { $0.judgedBases[judgement.need] = judgement }
        }
        let bytes = document.json.canonicalBytes()
        let read = try EvidenceDocument(parsing: bytes)
        #expect(read.judgedBases.count == 2)
        #expect(read.json.canonicalBytes() == bytes)
    }

    @Test(arguments: [
        "\"policy\":\"bases/debian\"", "\"policy\":\"debian\"", "\"verdict\":\"admit\"", "\"verdict\":\"Admit\"",
        "\"verdict\":\"reject\"", "\"digest\":\"x\"",
    ]) func refusesJudgementsThatSayTooLittle(_ change: String) throws {
        let text = String(
            decoding: try Facts.admitted { $0.judgedBases[try Self.need()] = try Self.admitted() }.json
                .canonicalBytes(), as: UTF8.self)
        let start = try #require(text.firstRange(of: "\"judgedBases\":["))
        let name = String(change.prefix { $0 != ":" })
        let member = try #require(text[start.upperBound...].firstRange(of: name + ":\""))
        let end = try #require(text[member.upperBound...].firstIndex(of: "\""))
        let changed = text[..<member.lowerBound] + change + text[text.index(after: end)...]
        let isSame = String(changed) == text
        #expect(isSame == (((try? EvidenceDocument(parsing: Array(changed.utf8))) != nil)))
    }
}

/// What policy files may say of the age of bases and of chains.
@Suite struct BaseImageLoadingTests {
    private func errors(_ rule: String, _ others: PolicySource...) -> [PolicyError] {
        var text = PolicyText()
        text.require = rule
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([Policies.source(text.text)] + others)
            return []
        } catch {
            return error.errors
        }
    }

    private func base(_ more: String, listed: String? = nil) -> String {
        let text = PolicyText.base(proof: "[layers]", by: nil, more: more)
        return listed.map { text.replacing("]}]", with: "], listed: \($0)}]", maxReplacements: 1) } ?? text
    }

    @Test(arguments: [
        ("\n    newestAllowedAge: 90d", nil, "policy-file.missing-field"),
        ("\n    newestAllowedAge: 90d", "2026-11-01T00:00:00Z", nil),
        ("\n    newestAllowedAge: 90", "2026-11-01T00:00:00Z", "policy-file.wrong-type"),
        ("\n    newestAllowedAge: 0d", "2026-11-01T00:00:00Z", "policy-file.bad-value"),
        ("\n    newestAllowedAge: 90d", "2026-11-01", "policy-file.bad-value"),
        ("\n    newestAllowedAge: 90d", "2026-02-30T00:00:00Z", "policy-file.bad-value"),
        ("", "2026-11-01T00:00:00Z", "policy-file.no-effect"),
        ("\n    newestAllowedAge: 90d\n    chain: {policy: bases/debian}", nil, nil),
        ("\n    newestAllowedAge: 90d\n    chain: {policy: bases/debian}", "2026-11-01T00:00:00Z", nil),
        ("\n    chain: {policy: bases/debian}", nil, nil),
        ("\n    chain: {policy: bases/debin}", nil, "policy-file.unknown-policy"),
        ("\n    chain: {policy: debian}", nil, "policy-file.unknown-policy"),
        ("\n    chain: {policy: finance}", nil, "policy-file.chain-cycle"),
        ("\n    chain: {policy: a/b/c}", nil, "policy-file.bad-value"),
        ("\n    chain: {policy: Debian}", nil, "policy-file.bad-value"),
        ("\n    chain: {policy: /debian}", nil, "policy-file.bad-value"),
        ("\n    chain: {}", nil, "policy-file.empty-value"),
        ("\n    chain: debian", nil, "policy-file.wrong-type"),
    ]) func readsAgeAndChain(_ more: String, _ listed: String?, _ code: String?) {
        let found = errors(base(more, listed: listed), BaseImageStandingTests.bases())
        #expect(found.map(\.code.name) == [code].compactMap { $0 }, "\(found)")
    }

    @Test func saysWhatWasMeant() {
        let found = errors(base("\n    chain: {policy: bases/debin}"), BaseImageStandingTests.bases())
        #expect(found.first?.mend == "did you mean `bases/debian`?")
        #expect(found.first?.line == 18)
    }

    @Test func refusesTwoDatesForOneDigest() {
        let one = base("\n    newestAllowedAge: 90d", listed: "2026-11-01T00:00:00Z")
        func twice(_ listed: String) -> String {
            one.replacing(
                "approved: [",
                with:
                    "approved: [{repository: registry.example/x, digests: [\"\(Digest.debian)\"], listed: \(listed)}, ")
        }
        #expect(errors(twice("2026-11-01T00:00:00Z")).isEmpty)
        #expect(errors(twice("2026-11-02T00:00:00Z")).map(\.code) == [.policyFileTwice])
    }

    /// A chain has an end: no policy is judged by itself, by whatever detour.
    @Test func refusesChainsThatLeadBack() {
        func bases(_ chain: String?) -> PolicySource {
            BaseImageStandingTests.bases(
                require: chain.map { base("\n    chain: {policy: \($0)}") } ?? PolicyText.signature)
        }
        let own = base("\n    chain: {policy: bases/debian}")
        #expect(errors(own, bases(nil)).isEmpty)
        #expect(errors(own, bases("payments/finance")).map(\.code) == [.policyFileChainCycle, .policyFileChainCycle])
        // Who leads into a circle is told as well as who makes it.
        #expect(errors(own, bases("debian")).map(\.code) == [.policyFileChainCycle, .policyFileChainCycle])
        // Two ways to one end are no circle.
        var ends = PolicyText(name: "end")
        ends.require = PolicyText.signature
        let end = Policies.source(ends.text, name: "ends")
        let forked = own + "\n" + base("\n    chain: {policy: ends/end}").replacing("id: based", with: "id: again")
        #expect(errors(forked, bases("ends/end"), end).isEmpty)
    }

    /// The name of a chain is that of a policy, whatever the policy's scope.
    @Test func findsAnyPolicyByName() throws {
        let texts = ["c", "a", "b"].map { PolicyText(name: $0).text }
        let set = try PolicySet.load(
            texts.enumerated().map { Policies.source($1, name: "s\($0)") })
        for policy in set.policies { #expect(set.policy(named: policy.name)?.name == policy.name) }
        for (source, name) in [("s0", "a"), ("s1", "c"), ("a", "a"), ("z", "z"), ("s1", "aa")] {
            #expect(set.policy(named: PolicyName(source: source, name: name)) == nil)
        }
    }
}
