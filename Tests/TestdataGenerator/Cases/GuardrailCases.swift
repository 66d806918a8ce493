import Content
import OCI
import StrictEncoding

/// Guardrails, exceptions and break-glass: one image that the team's policy judges, under guardrails that each case
/// chooses. Policies and guardrails are in testdata/policies; exceptions and passes name the image's digest, so they lie
/// with their case.
func guardrailCases(_ world: World) -> [Case] {
    GuardedCases(world: world).guardrails + GuardedCases(world: world).exceptions + GuardedCases(world: world).passes
}

private struct GuardedCases {
    let world: World

    private func expectation(
        _ reason: String?, notes: [String] = [], guardrails: [String] = ["guardrail"], policy: String = "guarded",
        more: [String] = []
    ) -> Case.Expectation {
        var expect = Case.Expectation(verdict: reason == nil ? "admit" : "reject", reason: reason)
        expect.policy = nil
        expect.policies = ["payments=../../policies/\(policy).yaml"] + more
        expect.guardrails = guardrails.map { "../../policies/\($0).yaml" }
        expect.notes = notes
        return expect
    }

    private func image(
        _ family: String, _ name: String, _ why: String, _ expect: Case.Expectation, signers: [String] = [],
        builder: String? = nil, files: (Digest) -> [String: [UInt8]] = { _ in [:] }
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        for signer in signers { world.sign(index, by: signer, in: &layout) }
        if let builder {
            world.attest(
                Predicate.buildKit(builder: builder, materials: []), type: Predicate.provenance1, about: index,
                by: "corporate", in: &layout)
        }
        return Case(
            family: family, name: name, why: why, files: files(index.digest), layout: layout, expect: expect)
    }

    // MARK: Guardrails

    var guardrails: [Case] {
        func guarded(
            _ name: String, _ why: String, _ expect: Case.Expectation, signers: [String] = ["corporate"],
            builder: String? = nil
        ) -> Case {
            image("guardrail", name, why, expect, signers: signers, builder: builder)
        }
        func change(_ expect: Case.Expectation, _ change: (inout Case.Expectation) -> Void) -> Case.Expectation {
            var changed = expect
            change(&changed)
            return changed
        }
        return [
            guarded(
                "admitted",
                "The guardrail denies nothing here, and the team that it delegates the namespace to admits.",
                expectation(nil)),
            guarded(
                "denied-tag_fail", "The team's policy holds; the guardrail denies the tag.",
                change(expectation("policy.denied")) { $0.reference = "registry.example/apps/ledger:latest" }),
            guarded(
                "required", "What the guardrail requires holds as well as the policy.",
                expectation(nil, guardrails: ["guardrail", "guardrail-requires"]), signers: ["corporate", "pipeline"]),
            guarded(
                "required_fail", "The team's policy holds; what the guardrail requires does not.",
                expectation("signature.no-allowed-signer", guardrails: ["guardrail", "guardrail-requires"])),
            guarded(
                "alone_fail", "The guardrail holds; no policy speaks for the namespace, and no guardrail suffices.",
                change(expectation("policy.none-matches")) { $0.namespace = "elsewhere" }),
            guarded(
                "without-namespace_fail",
                "A request without a namespace meets the guardrail of another namespace: nobody escapes by not saying where.",
                change(expectation("policy.denied", guardrails: ["guardrail-elsewhere"], policy: "guarded-everywhere"))
                {
                    $0.namespace = nil
                }),
            guarded(
                "of-another-namespace", "The same guardrail, and a request that states another namespace.",
                expectation(nil, guardrails: ["guardrail-elsewhere"], policy: "guarded-everywhere")),
            guarded(
                "without-namespace-not-delegated_fail",
                "The namespace is delegated, everything is not: for a request without one the team may not speak.",
                change(
                    expectation(
                        "policy.none-matches", notes: ["policy.not-delegated"], guardrails: ["guardrail-apps"],
                        policy: "guarded-everywhere")
                ) { $0.namespace = nil }),
            guarded(
                "delegated-namespace", "The namespace is delegated.",
                expectation(nil, guardrails: ["guardrail-apps"], policy: "guarded-everywhere")),
            guarded(
                "denied-builder_fail",
                "Signed, and with provenance that no rule asks about: its builder is one that the guardrail denies.",
                expectation("policy.denied", guardrails: ["guardrail", "guardrail-desktop"]),
                builder: "https://desktop.example/builder"),
            guarded(
                "other-builder", "The same with another builder.",
                expectation(nil, guardrails: ["guardrail", "guardrail-desktop"]), builder: World.builder),
            guarded(
                "denied-key_fail", "Signed with a key that the policy trusts and the guardrail denies.",
                expectation("policy.denied-signer", guardrails: ["guardrail", "guardrail-stolen-key"])),
            guarded(
                "denied-key-and-another",
                "Signed with the stolen key, and with another that suffices: whoever holds a stolen key has nothing rejected.",
                expectation(nil, guardrails: ["guardrail", "guardrail-stolen-key"], policy: "guarded-either"),
                signers: ["corporate", "pipeline"]),
        ]
    }

    // MARK: Exceptions

    private struct Waiver {
        var name = "app-7"
        var owner: String? = "apps"
        var rule = "signed"
        var namespace = "apps"
        var image: Digest?
        var from = "2026-11-20T00:00:00Z"
        var expires = "2026-12-10T00:00:00Z"
        var ticket: String? = "APP-7"

        func text(_ digest: Digest) -> [UInt8] {
            Array(
                """
                apiVersion: landwaiter.dev/v1
                kind: Exception
                metadata: {name: \(name)\(owner.map { ", owner: \($0)" } ?? "")}
                spec:
                  waives: {policy: payments/guarded, rule: \(rule)}
                  scope: {namespaces: [\(namespace)], images: ["registry.example/apps/ledger@\(image ?? digest)"]}
                  from: \(from)
                  expires: \(expires)
                  reason: the signing service moves
                \(ticket.map { "  ticket: \($0)\n" } ?? "")
                """.utf8)
        }
    }

    var exceptions: [Case] {
        func excepted(
            _ name: String, _ why: String, _ reason: String? = "signature.none", notes: [String],
            guardrails: [String] = ["guardrail"], policy: String = "guarded", source: String = "exceptions",
            _ change: (inout Waiver) -> Void = { _ in }
        ) -> Case {
            var waiver = Waiver()
            change(&waiver)
            return image(
                "exception", name, why,
                expectation(
                    reason, notes: notes, guardrails: guardrails, policy: policy,
                    more: ["\(source)=exceptions"])
            ) { ["exceptions/waiver.yaml": waiver.text($0)] }
        }
        return [
            excepted("used", "Not signed, and an exception says until when.", nil, notes: ["exception.used"]),
            excepted("expired_fail", "It expired this very second.", notes: ["exception.expired"]) {
                $0.from = "2026-11-19T00:00:00Z"
                $0.expires = World.clock
            },
            excepted("not-yet-valid_fail", "It begins in a second.", notes: ["exception.not-yet-valid"]) {
                $0.from = "2026-11-20T12:00:01Z"
            },
            excepted("longest", "As long as the guardrail allows.", nil, notes: ["exception.used"]) {
                $0.expires = "2026-12-20T00:00:00Z"
            },
            excepted("too-long_fail", "A second longer than the guardrail allows.", notes: ["exception.too-long"]) {
                $0.expires = "2026-12-20T00:00:01Z"
            },
            excepted(
                "wrong-source_fail", "From a source whose exceptions the guardrail does not honour.",
                notes: ["exception.wrong-source"], source: "waivers"),
            excepted(
                "not-waivable_fail", "Another guardrail does not list the rule.", notes: ["exception.not-waivable"],
                guardrails: ["guardrail", "guardrail-other-rule"]),
            excepted(
                "not-permitted_fail", "Another guardrail that matches permits no exceptions.",
                notes: ["exception.not-permitted"], guardrails: ["guardrail", "guardrail-apps"]),
            excepted(
                "no-guardrail_fail", "Without a guardrail no exception has effect.", notes: ["exception.no-guardrail"],
                guardrails: []),
            excepted("other-namespace_fail", "For another namespace.", notes: ["exception.other-namespace"]) {
                $0.namespace = "shop"
            },
            excepted("other-digest_fail", "For another digest.", notes: ["exception.other-image"]) {
                $0.image = Digest(of: Array("another".utf8))
            },
            excepted(
                "missing-field_fail", "Without the ticket that the guardrail demands.",
                notes: ["exception.missing-field"]
            ) { $0.ticket = nil },
            excepted(
                "unknown-rule_fail", "For a rule that the policy does not have.", notes: ["exception.unknown-rule"]
            ) {
                $0.rule = "singed"
            },
            excepted(
                "denial_fail", "A denial of the policy is never waived.", "policy.denied",
                notes: ["exception.not-waivable", "exception.used"], policy: "guarded-denying"),
        ].map { item in
            guard item.name == "denial_fail" else { return item }
            var item = item
            // One exception for the denial, and one for what is merely missing.
            item.files["exceptions/other.yaml"] = {
                var waiver = Waiver()
                (waiver.name, waiver.rule) = ("app-8", "no-ledger")
                var layout = LayoutBuilder()
                return waiver.text(World.index(in: &layout).index.digest)
            }()
            return item
        }
    }

    // MARK: Break-glass

    var passes: [Case] {
        func broken(
            _ name: String, _ why: String, _ reason: String? = "signature.none", notes: [String],
            by keys: [String] = ["p384", "p521"], guardrails: [String] = ["guardrail"], image other: Digest? = nil,
            namespace: String = "apps", notBefore: String = "2026-11-20T10:00:00Z",
            expires: String = "2026-11-20T14:00:00Z", reference: String? = nil
        ) -> Case {
            var expect = expectation(reason, notes: notes, guardrails: guardrails)
            expect.breakGlass = "pass.json"
            if let reference { expect.reference = reference }
            return image("break-glass", name, why, expect) { digest in
                let payload: JSONTree = [
                    "schemaVersion": 1, "id": "bg-1", "image": .string((other ?? digest).description),
                    "namespace": .string(namespace), "notBefore": .string(notBefore), "expires": .string(expires),
                    "reason": "payments are down", "ticket": "INC-77",
                ]
                return [
                    "pass.json": world.envelope(
                        payload.canonicalBytes(), by: keys, type: "application/vnd.landwaiter.break-glass.v1+json")
                ]
            }
        }
        return [
            broken("used", "Not signed, and two approvers let it in for four hours.", nil, notes: ["break-glass.used"]),
            broken(
                "one-approver_fail", "One approver alone.", notes: ["break-glass.too-few-approvers"], by: ["p384"]),
            broken(
                "one-approver-twice_fail", "One approver, with two signatures.",
                notes: ["break-glass.too-few-approvers"], by: ["p384", "p384"]),
            broken(
                "stranger_fail", "Nobody whom the guardrail names.", notes: ["break-glass.not-approved"],
                by: ["stranger", "corporate"]),
            broken(
                "expired_fail", "It expired this very second.", notes: ["break-glass.expired"], expires: World.clock),
            broken(
                "not-yet-valid_fail", "It begins in a second.", notes: ["break-glass.not-yet-valid"],
                notBefore: "2026-11-20T12:00:01Z"),
            broken(
                "too-long_fail", "A second longer than the guardrail allows.", notes: ["break-glass.too-long"],
                expires: "2026-11-20T14:00:01Z"),
            broken(
                "other-digest_fail", "For another digest.", notes: ["break-glass.other-image"],
                image: Digest(of: Array("another".utf8))),
            broken(
                "other-namespace_fail", "For another namespace.", notes: ["break-glass.other-namespace"],
                namespace: "shop"),
            broken(
                "no-guardrail_fail", "Without a guardrail there are no approvers.", notes: ["break-glass.no-guardrail"],
                guardrails: []),
            broken(
                "not-permitted_fail", "Another guardrail that matches permits no break-glass.",
                notes: ["break-glass.not-permitted"], guardrails: ["guardrail", "guardrail-apps"]),
            broken(
                "guardrail-denies_fail", "The pass waives the policy's rule, and never what the guardrail denies.",
                "policy.denied", notes: ["break-glass.used"], reference: "registry.example/apps/ledger:latest"),
        ]
    }
}
