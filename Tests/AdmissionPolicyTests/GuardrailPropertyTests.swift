import Content
import Findings
import OCI
import PKI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// What has to hold whatever guardrails, policies, exceptions and passes say, tried on generated ones. A failure names its
/// seed. What a cap permits is written a second time here, on its own.
@Suite struct GuardrailPropertyTests {
    private static let seeds: Range<UInt64> = 0..<2_500

    // MARK: Properties

    @Test func aPolicyNeverTurnsARejectIntoAnAdmitBeyondItsCaps() throws {
        let pool = try Pool()
        var changed = 0
        var silenced = 0
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            let scene = pool.scene(&random)
            let added = pool.policy("added", &random)
            var with = scene
            with.policies.append(added)
            let (before, after) = (scene.evaluate(), with.evaluate())
            if after.verdict != before.verdict { changed += 1 }
            guard before.verdict != .admit, after.verdict == .admit else { continue }
            // Only the first policy that may speak can make up for there having been none.
            silenced += 1
            #expect(scene.mayAddWhatIsMissing(added), "seed \(seed)")
            #expect(!scene.policies.contains { scene.matches($0) && scene.isDelegated($0) }, "seed \(seed)")
            #expect(before.codes.contains("policy.none-matches"), "seed \(seed)")
        }
        #expect(changed > 20 && silenced > 20, "\(changed), \(silenced)")
    }

    @Test func anExceptionBeyondItsCapsChangesNoRule() throws {
        let pool = try Pool()
        var (used, refused) = (0, 0)
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            let scene = pool.scene(&random)
            let added = pool.exception("added", for: scene.policies, &random)
            var with = scene
            with.exceptions.append(added)
            let (before, after) = (scene.evaluate(), with.evaluate())
            if scene.permits(added) {
                used += after.rules == before.rules ? 0 : 1
            } else {
                refused += 1
                #expect(after.rules == before.rules, "seed \(seed)")
                #expect(after.verdict == before.verdict, "seed \(seed)")
                #expect(after.enforcement == before.enforcement, "seed \(seed)")
                #expect(after.exceptions == before.exceptions, "seed \(seed)")
            }
            // Whatever it says, it is about one requirement of one policy.
            #expect(after.guardrails == before.guardrails, "seed \(seed)")
            for (rule, was) in zip(after.rules, before.rules) where rule != was {
                // What another waiver has let pass already may be waived by this one instead.
                let wasWaivable = was.outcome == .fails || was.outcome == .waived
                #expect(rule.outcome == .waived && wasWaivable && was.kind == .require, "seed \(seed)")
                #expect(rule.policy == added.waives.policy && rule.rule == added.waives.rule, "seed \(seed)")
            }
        }
        #expect(used > 15 && refused > 1000, "\(used), \(refused)")
    }

    @Test func aPassBeyondItsCapsChangesNoRule() throws {
        let pool = try Pool()
        var (used, refused) = (0, 0)
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            var scene = pool.scene(&random)
            scene.document.breakGlass = nil
            var with = scene
            let pass = pool.pass(&random)
            with.document.breakGlass = pass
            let (before, after) = (scene.evaluate(), with.evaluate())
            #expect(after.breakGlass?.hasEffect == scene.permits(pass), "seed \(seed)")
            if scene.permits(pass) {
                used += after.rules == before.rules ? 0 : 1
            } else {
                refused += 1
                #expect(after.rules == before.rules, "seed \(seed)")
                #expect(after.verdict == before.verdict, "seed \(seed)")
                #expect(after.enforcement == before.enforcement, "seed \(seed)")
            }
            #expect(after.guardrails == before.guardrails, "seed \(seed)")
        }
        #expect(used > 15 && refused > 1000, "\(used), \(refused)")
    }

    /// What an admit is worth: no guardrail objects, somebody may speak, and what does not hold is waived by leave.
    @Test func anAdmitIsByLeaveOfEveryGuardrail() throws {
        let pool = try Pool()
        var (admitted, waived) = (0, 0)
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            let scene = pool.scene(&random)
            let evaluation = scene.evaluate()
            guard evaluation.verdict == .admit else {
                #expect(evaluation.findings.contains { $0.code.effect != .note }, "seed \(seed)")
                continue
            }
            admitted += 1
            #expect(evaluation.findings.allSatisfy { $0.code.effect == .note }, "seed \(seed)")
            #expect(evaluation.guardrails.count == scene.guardrails.count { scene.matches($0) }, "seed \(seed)")
            #expect(evaluation.guardrails.allSatisfy { $0.rules.allSatisfy { $0.outcome == .holds } }, "seed \(seed)")
            #expect(scene.policies.contains { scene.matches($0) && scene.isDelegated($0) }, "seed \(seed)")
            #expect(evaluation.policies.count == scene.policies.count { scene.matches($0) }, "seed \(seed)")
            for rule in evaluation.rules where rule.outcome != .holds {
                waived += 1
                #expect(rule.outcome == .waived && rule.kind == .require, "seed \(seed)")
                switch rule.waivedBy {
                case .exception(let name):
                    #expect(scene.exceptions.contains { $0.name == name && scene.permits($0) }, "seed \(seed)")
                    #expect(evaluation.exceptions.contains { $0.name == name }, "seed \(seed)")
                case .breakGlass:
                    #expect(scene.document.breakGlass.map(scene.permits) == true, "seed \(seed)")
                    #expect(evaluation.breakGlass?.waived.contains { $0.rule == rule.rule } == true, "seed \(seed)")
                case nil: Issue.record("seed \(seed)")
                }
            }
        }
        #expect(admitted > 100 && waived > 30, "\(admitted), \(waived)")
    }

    /// A guardrail more never admits more, whatever it permits.
    @Test func aGuardrailNeverTurnsARejectIntoAnAdmitExceptByPermittingWaivers() throws {
        let pool = try Pool()
        var stricter = 0
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            var scene = pool.scene(&random)
            // Without any guardrail nothing is waived, so that the first one may permit what nobody forbade.
            if scene.guardrails.filter(scene.matches).isEmpty {
                (scene.exceptions, scene.document.breakGlass) = ([], nil)
            }
            var with = scene
            with.guardrails.append(pool.guardrail("added", &random))
            let (before, after) = (scene.evaluate().verdict, with.evaluate().verdict)
            if before != after { stricter += 1 }
            #expect(before == .admit || after != .admit, "seed \(seed)")
        }
        #expect(stricter > 50, "\(stricter)")
    }

    @Test func orderNeverChangesAnything() throws {
        let pool = try Pool()
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed)
            let scene = pool.scene(&random)
            var shuffled = scene
            shuffled.policies.shuffle(using: &random)
            shuffled.guardrails.shuffle(using: &random)
            shuffled.exceptions.shuffle(using: &random)
            shuffled.document.signatures.shuffle(using: &random)
            shuffled.document.breakGlass?.signers.shuffle(using: &random)
            let expected = scene.evaluate()
            let isSame = shuffled.evaluate() == expected
            #expect(isSame, "seed \(seed)")
            // The order of rules in a document is that of its results, and changes nothing else.
            shuffled.policies = shuffled.policies.map { $0.shuffled(using: &random) }
            let found = shuffled.evaluate()
            let decidesTheSame =
                found.findings == expected.findings && found.verdict == expected.verdict
                && found.enforcement == expected.enforcement && Set(found.rules) == Set(expected.rules)
                && Set(found.exceptions) == Set(expected.exceptions)
            #expect(decidesTheSame, "seed \(seed)")
        }
    }
}

// MARK: Generated scenes

/// What decides one request.
private struct GuardedScene {
    var policies: [AdmissionPolicy]
    var guardrails: [Guardrail]
    var exceptions: [PolicyException]
    var document: EvidenceDocument

    func evaluate() -> PolicyEvaluation {
        PolicyEvaluator.evaluate(
            MatchingPolicies(policies: policies, guardrails: guardrails, exceptions: exceptions), document)
    }

    // What caps permit, in other words than those of the evaluator.

    func matches(_ policy: AdmissionPolicy) -> Bool {
        policy.scope.namespaces.contains { glob in
            document.request.namespace.map { glob.matches($0) } ?? (glob.description == "**")
        }
    }

    func matches(_ guardrail: Guardrail) -> Bool {
        guard let namespace = document.request.namespace else { return true }
        return guardrail.scope.namespaces.contains { $0.matches(namespace) }
    }

    func isDelegated(_ policy: AdmissionPolicy) -> Bool {
        for guardrail in guardrails where matches(guardrail) {
            guard let entries = guardrail.delegate else { continue }
            let own = entries.filter { $0.team == policy.name.source }.flatMap(\.namespaces)
            let covered = own.contains { glob in
                document.request.namespace.map { glob.matches($0) } ?? (glob.description == "**")
            }
            if !covered { return false }
        }
        return true
    }

    func mayAddWhatIsMissing(_ policy: AdmissionPolicy) -> Bool { matches(policy) && isDelegated(policy) }

    func permits(_ exception: PolicyException) -> Bool {
        let caps = guardrails.filter(matches)
        guard !caps.isEmpty, caps.allSatisfy({ $0.exceptions != nil }) else { return false }
        let at = document.request.at
        guard exception.from <= at, at < exception.expires, exception.namespaces == [document.request.namespace ?? "-"],
            exception.images.map(\.digest) == [document.image.digest]
        else { return false }
        return caps.compactMap(\.exceptions).allSatisfy { cap in
            cap.from == [exception.name.source]
                && cap.mayWaive.contains { $0.description == exception.waives.description }
                && exception.from.adding(seconds: cap.longest) >= exception.expires
                && (!cap.require.contains(.ticket) || exception.ticket != nil)
        }
    }

    func permits(_ pass: BreakGlassFacts) -> Bool {
        let caps = guardrails.filter(matches)
        let at = document.request.at
        guard !caps.isEmpty, pass.notBefore <= at, at < pass.expires, pass.image == document.image.digest,
            pass.namespace == document.request.namespace
        else { return false }
        let denied =
            caps.flatMap(\.deny).contains { $0.id == "stolen" }
            ? caps.flatMap(\.signers).first { $0.name == "alice" } : nil
        return caps.allSatisfy { guardrail in
            guard let cap = guardrail.breakGlass else { return false }
            let approved = cap.approvers.signers.count { signer in
                pass.signers.contains { identity in
                    signer.name != denied?.name
                        && signer.keys.contains { "\(identity)".contains($0.key.fingerprint) }
                }
            }
            return approved >= cap.approvers.atLeast && pass.notBefore.adding(seconds: cap.longest) >= pass.expires
        }
    }
}

/// Parts that were loaded once, from which scenes are put together.
private struct Pool {
    let policy: AdmissionPolicy
    let guardrail: Guardrail
    let exception: PolicyException
    let document: EvidenceDocument
    let approvers: [SignerIdentity]
    let everything: Glob
    let finance: Glob
    let other: Glob
    let soon: Instant

    init() throws {
        let require = [
            PolicyText.signature, Organisation.tagged,
            "- {id: named, on: image, image: {name: {in: [registry.example/finance/ledger]}}}",
            "- {id: user, on: each-platform, image: {user: {nonRoot: true}}}",
            PolicyText.base(proof: "[layers]", by: nil, digests: [.alpine]),
        ].joined(separator: "\n")
        let deny = """
            - {id: released, on: image, image: {tag: {in: ["1.2"]}}}
            - {id: latest, on: image, image: {tag: {in: [latest]}}}
            """
        let guardrail =
            guardrailText(
                """
                enforcement: {stage: enforce}
                deny:
                  - {id: latest, on: image, image: {tag: {in: [latest]}}}
                  - {id: released, on: image, image: {tag: {in: ["1.2"]}}}
                  - {id: stolen, key: {files: [keys/corporate.pub]}}
                """ + "\n" + Organisation.exceptions + "\n" + Organisation.breakGlass)
            + "  require:\n"
            + require.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n").replacing(
                "[corporate]", with: "[alice]")
        let set = try Organisation.load(
            [Organisation.finance(require, deny: deny)], guardrails: [guardrail], exceptions: [ExceptionText().text])
        policy = try #require(set.policies.first)
        self.guardrail = try #require(set.guardrails.first)
        exception = try #require(set.exceptions.first)
        document = try Facts.admitted()
        approvers = try ["corporate", "fourth", "other", "pipeline"].map { try Keys.signer($0) }
        everything = try Glob("**")
        finance = try Glob("finance")
        other = try Glob("hr")
        soon = try Facts.instant("2026-11-20T12:00:00Z")
    }

    private func pick<Value>(_ values: [Value], _ random: inout SplitMix64) -> Value {
        values[random.next(values.count)]
    }

    private func some<Value>(_ values: [Value], _ random: inout SplitMix64) -> [Value] {
        values.filter { _ in random.next(2) == 0 }
    }

    private func namespaces(_ random: inout SplitMix64) -> [Glob] {
        pick([[finance], [finance], [everything], [other], [finance, other]], &random)
    }

    func scene(_ random: inout SplitMix64) -> GuardedScene {
        var document = document
        document.request.namespace = pick(["finance", "finance", "finance", "hr", nil], &random)
        if random.next(4) == 0 { document.signatures = [] }
        switch random.next(8) {
        case 0: document.image.platforms[0].configuration = nil
        case 1:
            document.image.platforms[0].configuration = .failure(UnreadContent(Finding(.contentWrongDigest, "why")))
        default: break
        }
        if random.next(2) == 0 { document.breakGlass = pass(&random) }
        let policies = (0..<random.next(3)).map { policy("p\($0)", &random) }
        return GuardedScene(
            policies: policies,
            guardrails: (0..<pick([0, 1, 1, 2], &random)).map { guardrail("g\($0)", &random) },
            exceptions: (0..<random.next(3)).map { exception("e\($0)", for: policies, &random) }, document: document)
    }

    func policy(_ name: String, _ random: inout SplitMix64) -> AdmissionPolicy {
        // Those that hold are drawn more often, so that there are admits.
        let require =
            [policy.require[pick([0, 1, 2, 2, 3], &random)]] + (random.next(4) == 0 ? [] : [policy.require[1]])
        let denials = random.next(6) == 0 ? some(policy.deny, &random) : []
        return AdmissionPolicy(
            name: PolicyName(source: pick(["payments", "payments", "platform"], &random), name: name), owner: "x",
            stage: pick([.observe, .warn, .pilot(percent: 50), .enforce], &random),
            scope: Scope(namespaces: namespaces(&random), images: [everything]), signers: policy.signers,
            require: random.next(12) == 0
                ? [policy.require[4]] : require.first?.id == require.last?.id ? [require[0]] : require,
            deny: denials, fileDigest: .image, place: policy.place)
    }

    func guardrail(_ name: String, _ random: inout SplitMix64) -> Guardrail {
        let require = random.next(5) == 0 ? [pick(guardrail.require, &random)] : []
        let names = ["payments/p0", "payments/p1", "platform/p0", "platform/p1"].map { name in
            let parts = name.split(separator: "/").map(String.init)
            return PolicyName(source: parts[0], name: parts[1])
        }
        let waivable = names.flatMap { name in
            ["tagged", "signed", "user", "named"].map { WaivableRule(policy: name, rule: $0) }
        }
        let delegate = ["payments", "platform"].filter { _ in random.next(4) != 0 }.map {
            Delegation(
                team: $0, namespaces: namespaces(&random), lowestStage: pick(LowestStage.allCases, &random),
                place: guardrail.place)
        }
        return Guardrail(
            name: PolicyName(source: "guardrails", name: name), owner: "x",
            scope: Scope(namespaces: namespaces(&random), images: [everything]), signers: guardrail.signers,
            stage: require.isEmpty ? nil : pick([.warn, .enforce], &random), require: require,
            deny: random.next(4) == 0 ? [pick(guardrail.deny, &random)] : [guardrail.deny[0]],
            delegate: random.next(2) == 0 ? nil : delegate,
            exceptions: random.next(8) == 0
                ? nil
                : ExceptionCap(
                    from: [pick(["exceptions", "exceptions", "exceptions", "payments"], &random)],
                    mayWaive: waivable.filter { _ in random.next(6) != 0 },
                    longest: pick([30, 30, 30, 1], &random) * 86400, require: random.next(3) == 0 ? [.ticket] : []),
            breakGlass: random.next(5) == 0
                ? nil
                : BreakGlassCap(
                    approvers: SignerThreshold(
                        atLeast: pick([2, 2, 3], &random), signers: guardrail.breakGlass?.approvers.signers ?? []),
                    longest: pick([4, 4, 1], &random) * 3600),
            permittedInsecure: [], withoutPolicy: pick([nil, .warn, .observe], &random), fileDigest: .image,
            place: guardrail.place)
    }

    /// Most are for a rule that one of the policies has.
    func exception(
        _ name: String, for policies: [AdmissionPolicy], _ random: inout SplitMix64
    ) -> PolicyException {
        let source = pick(["exceptions", "exceptions", "exceptions", "payments"], &random)
        let begins = random.next(8) == 0 ? soon : exception.from
        let (late, past) = (exception.expires, exception.from.adding(seconds: 60))
        let ends = pick([late, late, soon, soon, soon, past], &random)
        let expires = max(ends, begins.adding(seconds: 60))
        var waived = WaivableRule(policy: PolicyName(source: "payments", name: "p9"), rule: "tagged")
        if !policies.isEmpty, random.next(8) != 0 {
            let policy = pick(policies, &random)
            let rule = random.next(6) == 0 ? "released" : pick(policy.require, &random).id
            waived = WaivableRule(policy: policy.name, rule: rule)
        }
        return PolicyException(
            name: PolicyName(source: source, name: name), owner: "x", waives: waived,
            namespaces: [random.next(5) == 0 ? "hr" : "finance"],
            images: [
                ExceptedImage(
                    name: "registry.example/finance/ledger", digest: random.next(8) == 0 ? .amd64 : .image)
            ],
            from: begins, expires: expires,
            reason: "x", ticket: random.next(3) == 0 ? nil : "T-1", fileDigest: .image, place: exception.place)
    }

    func pass(_ random: inout SplitMix64) -> BreakGlassFacts {
        let now = document.request.at
        let begin = now.adding(seconds: Int64(pick([-1800, -1800, -1800, 1800], &random)))
        return BreakGlassFacts(
            pass: .named("pass"), id: "bg", image: random.next(6) == 0 ? .amd64 : .image,
            namespace: random.next(6) == 0 ? "hr" : "finance", notBefore: begin,
            expires: begin.adding(seconds: pick([3600, 3600, 3601, 14400, 14401, 60], &random)), reason: "x",
            ticket: nil, signers: approvers.filter { _ in random.next(4) != 0 }.sorted())
    }
}

extension AdmissionPolicy {
    fileprivate func shuffled(using random: inout SplitMix64) -> AdmissionPolicy {
        AdmissionPolicy(
            name: name, owner: owner, stage: stage, scope: scope, signers: signers,
            require: require.shuffled(using: &random), deny: deny.shuffled(using: &random), fileDigest: fileDigest,
            place: place)
    }
}
