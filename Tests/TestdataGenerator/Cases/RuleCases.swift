import OCI
import StrictEncoding

/// Attestations with conditions, alternatives, keys with dates, denied digests and builders, levels.
func ruleCases(_ world: World) -> [Case] {
    attestationCases(world) + alternativeCases(world) + signerCases(world) + denialCases(world) + levelCases(world)
}

private let testResult = "https://in-toto.io/attestation/test-result/v0.1"

private func build(
    _ family: String, _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, policy: String,
    refused: [String] = [], _ edit: (inout LayoutBuilder, Descriptor, [Descriptor]) -> Void
) -> Case {
    var layout = LayoutBuilder()
    let (index, children) = World.index(in: &layout)
    layout.list(index, tag: "v1")
    edit(&layout, index, children)
    return Case(
        family: family, name: name, why: why, layout: layout,
        expect: .init(policy: "policies/\(policy).yaml", verdict: verdict, reason: reason, refused: refused))
}

/// A report that meets every condition of `policies/attestation.yaml`, with some members replaced; nil removes one.
private func report(_ changes: [ExactString: JSONTree?] = [:]) -> JSONTree {
    var members: [ExactString: JSONTree] = [
        "result": "PASSED", "labels": ["example.com/stage": "release"], "scanner": ["version": "2.14.0"],
        "summary": ["critical": 0, "coverage": 81],
        "suites": [["name": "unit", "status": "passed"], ["name": "load", "status": "skipped"]],
        "startedOn": "2026-11-20T09:00:00Z", "finishedOn": "2026-11-20T09:30:00Z",
    ]
    for (name, value) in changes { members[name] = value }
    return .object(members)
}

/// A number that is to be written as it is: canonical JSON would round it to a double.
private func number(_ literal: String) -> JSONTree { .string("number " + literal) }

private func attest(
    _ predicate: JSONTree, type: String = testResult, about subject: Descriptor, by key: String = "pipeline",
    _ world: World, in layout: inout LayoutBuilder
) {
    let statement = String(
        decoding: world.statement(about: [subject.digest], type: type, predicate: predicate), as: UTF8.self)
    let payload = statement.replacing(/"number ([0-9.]+)"/) { $0.output.1 }
    world.attach(bundle: world.bundle(Array(payload.utf8), by: key), type: type, to: subject, in: &layout)
}

private func attestationCases(_ world: World) -> [Case] {
    func one(
        _ name: String, _ why: String, _ reason: String?, refused: [String] = [], by key: String = "pipeline",
        type: String = testResult, _ changes: [ExactString: JSONTree?] = [:]
    ) -> Case {
        build(
            "attestation", name, why, reason == nil ? "admit" : "reject", reason, policy: "attestation",
            refused: refused
        ) { layout, index, _ in
            attest(report(changes), type: type, about: index, by: key, world, in: &layout)
        }
    }
    func latest(_ name: String, _ why: String, _ reason: String?, _ runs: [(String, JSONTree?)]) -> Case {
        build(
            "attestation", name, why, reason == nil ? "admit" : "reject", reason, policy: "attestation-latest"
        ) { layout, index, _ in
            for (result, finished) in runs {
                world.attest(
                    report(["result": .string(result), "finishedOn": finished]), type: testResult, about: index,
                    by: "pipeline", in: &layout)
            }
        }
    }
    return [
        one("every-condition", "A report that meets every condition.", nil),
        one(
            "decimals", "Numbers are compared as they are written: 80.50 is 80.5.", nil,
            ["summary": ["critical": 0, "coverage": number("80.50")]]),
        one("result_fail", "The tests failed.", "attestation.field-differs", ["result": "FAILED"]),
        one(
            "result-in-other-case_fail", "Texts are compared byte for byte.", "attestation.field-differs",
            ["result": "passed"]),
        one(
            "absent_fail", "A field that is not stated satisfies nothing.", "attestation.field-missing", ["result": nil]
        ),
        one("null_fail", "A field that is null is not stated.", "attestation.field-missing", ["result": .null]),
        one(
            "dotted-name_fail", "A name with dots is one name: the label lies elsewhere.", "attestation.field-missing",
            ["labels": ["example": ["com/stage": "release"]]]),
        one(
            "pattern_fail", "A version that no pattern covers.", "attestation.field-differs",
            ["scanner": ["version": "3.0"]]),
        one(
            "above-most_fail", "One critical finding where none is allowed.", "attestation.field-differs",
            ["summary": ["critical": 1, "coverage": 81]]),
        one(
            "below-least_fail", "Less coverage than is asked for, by less than a double can tell.",
            "attestation.field-differs",
            [
                "summary": [
                    "critical": 0, "coverage": number("80.499999999999999999999"),
                ]
            ]),
        one(
            "number-as-text_fail", "A text that looks like a number is no number.", "attestation.field-type",
            ["summary": ["critical": "0", "coverage": 81]]),
        one(
            "one-of-many_fail", "Every suite has to have passed, and one has not.", "attestation.field-differs",
            ["suites": [["status": "passed"], ["status": "failed"], ["status": "passed"]]]),
        one("none-of-many_fail", "There has to be at least one suite.", "attestation.field-missing", ["suites": []]),
        one(
            "too-early_fail", "Started before the instant that the rule names.", "attestation.field-differs",
            ["startedOn": "2025-12-31T23:59:59Z"]),
        one(
            "too-old_fail", "A time longer ago than the condition allows.", "attestation.field-differs",
            ["finishedOn": "2026-11-13T11:59:59Z"]),
        one(
            "waived_fail", "A field that must not be there.", "attestation.field-differs",
            ["waiver": "accepted by hand"]),
        one(
            "stranger_fail", "A good report that nobody signed who counts.", "attestation.none",
            refused: ["signature.no-key-matches"], by: "stranger"),
        one(
            "other-type_fail", "A good report of a type that only begins like the one that is asked for.",
            "attestation.none-of-type", type: testResult + ".1"),
        build(
            "attestation", "each-platform", "A report for each platform.", "admit", policy: "attestation"
        ) { layout, _, children in
            for child in children {
                world.attest(report(), type: testResult, about: child, by: "pipeline", in: &layout)
            }
        },
        build(
            "attestation", "one-platform-missing_fail", "A report for one platform of two.", "reject",
            "attestation.none", policy: "attestation"
        ) { layout, _, children in
            world.attest(report(), type: testResult, about: children[0], by: "pipeline", in: &layout)
        },
        latest(
            "latest", "The newest report counts, the older one is superseded.", nil,
            [("FAILED", "2026-11-19T10:00:00Z"), ("PASSED", "2026-11-20T10:00:00Z")]),
        latest(
            "latest-superseded_fail", "The newest report counts, and it says that the tests failed.",
            "attestation.field-differs", [("PASSED", "2026-11-19T10:00:00Z"), ("FAILED", "2026-11-20T10:00:00Z")]),
        latest(
            "latest-without-time_fail", "A report that does not say when it was made could be the newest.",
            "evidence.no-signed-time", [("PASSED", "2026-11-19T10:00:00Z"), ("PASSED", nil)]),
        latest(
            "latest-too-old_fail", "The newest report is too old.", "attestation.too-old",
            [("PASSED", "2026-11-13T11:59:59Z")]),
        latest(
            "latest-in-future_fail", "A report that was made after the decision.", "evidence.time-in-future",
            [("PASSED", "2026-11-20T12:00:01Z")]),
    ]
}

private func alternativeCases(_ world: World) -> [Case] {
    func one(
        _ name: String, _ why: String, _ reason: String?,
        _ edit: (inout LayoutBuilder, Descriptor) -> Void
    ) -> Case {
        build("any-of", name, why, reason == nil ? "admit" : "reject", reason, policy: "any-of") { layout, index, _ in
            edit(&layout, index)
        }
    }
    func built(_ layout: inout LayoutBuilder, _ index: Descriptor) {
        world.attest(Predicate.gitHub(), type: Predicate.provenance1, about: index, by: "pipeline", in: &layout)
    }
    func tested(_ layout: inout LayoutBuilder, _ index: Descriptor, _ result: String = "PASSED") {
        world.attest(
            report(["result": .string(result)]), type: testResult, about: index, by: "pipeline", in: &layout)
    }
    return [
        one("first", "Two people have signed, which is the first alternative.", nil) { layout, index in
            world.sign(index, by: "corporate", in: &layout)
            world.sign(index, by: "pipeline", in: &layout)
        },
        one("second", "Built by the pipeline and tested, which is the second alternative.", nil) { layout, index in
            built(&layout, index)
            tested(&layout, index)
        },
        one("half-of-each_fail", "Half of each alternative is none.", "rule.no-alternative-holds") { layout, index in
            world.sign(index, by: "corporate", in: &layout)
            built(&layout, index)
        },
        one("failed-tests_fail", "Built, but the tests failed.", "attestation.field-differs") { layout, index in
            built(&layout, index)
            tested(&layout, index, "FAILED")
        },
        one("none_fail", "Nothing at all.", "rule.no-alternative-holds") { _, _ in },
    ]
}

private func signerCases(_ world: World) -> [Case] {
    func one(_ name: String, _ why: String, _ reason: String?, policy: String, by keys: [String]) -> Case {
        build("signer", name, why, reason == nil ? "admit" : "reject", reason, policy: policy) { layout, index, _ in
            for key in keys { world.sign(index, by: key, in: &layout) }
        }
    }
    return [
        one(
            "valid", "Decided in the only second of the key's validity.", nil, policy: "signer-valid", by: ["corporate"]
        ),
        one(
            "expired_fail", "The key's validity ended before the decision.", "signer.key-expired",
            policy: "signer-expired", by: ["corporate"]),
        one(
            "not-yet-valid_fail", "The key's validity begins after the decision.", "signer.key-not-yet-valid",
            policy: "signer-not-yet-valid", by: ["corporate"]),
        one(
            "compromised_fail",
            "The key is compromised, and nothing proves that the signature was made before, although the decision was.",
            "signer.key-compromised", policy: "signer-compromised", by: ["corporate"]),
        one("rotation-old", "The old key of a rotation.", nil, policy: "signer-rotation", by: ["corporate"]),
        one("rotation-new", "The new key of a rotation.", nil, policy: "signer-rotation", by: ["pipeline"]),
        one(
            "rotation-and-another", "One key of a rotation and another signer are two.", nil,
            policy: "signer-rotation-and-another", by: ["pipeline", "p384"]),
        one(
            "rotation-counts-once_fail", "Two keys of a rotation are one signer.", "signature.too-few-signers",
            policy: "signer-rotation-and-another", by: ["corporate", "pipeline"]),
        one(
            "directory-two", "Two keys of a directory are two signers.", nil, policy: "signer-directory",
            by: ["ed25519", "p384"]),
        one(
            "directory-one_fail", "One key of a directory is one signer.", "signature.too-few-signers",
            policy: "signer-directory", by: ["ed25519"]),
    ]
}

private func denialCases(_ world: World) -> [Case] {
    func one(_ name: String, _ why: String, policy: String, isDenied: Bool) -> Case {
        build(
            "denial", name, why, isDenied ? "reject" : "admit", isDenied ? "policy.denied" : nil, policy: policy
        ) { layout, index, _ in world.sign(index, by: "corporate", in: &layout) }
    }
    func built(
        _ name: String, _ why: String, builder: String, by key: String, isDenied: Bool, refused: [String] = []
    ) -> Case {
        build(
            "denial", name, why, isDenied ? "reject" : "admit", isDenied ? "policy.denied" : nil,
            policy: "deny-builder", refused: refused
        ) { layout, index, _ in
            world.sign(index, by: "corporate", in: &layout)
            world.attest(
                Predicate.gitHub(builder: builder), type: Predicate.provenance1, about: index, by: key, in: &layout)
        }
    }
    return [
        one("digest_fail", "Signed, and denied by its digest.", policy: "deny-digest", isDenied: true),
        one(
            "digest-of-platform_fail", "Signed, and one of its platforms is denied by its digest.",
            policy: "deny-digest-of-platform", isDenied: true),
        build(
            "denial", "digest-of-another", "Another image is denied.", "admit", policy: "deny-digest"
        ) { layout, _, _ in
            let other = World.index(in: &layout, on: "other").index
            layout.entries = []
            layout.list(other, tag: "v1")
            world.sign(other, by: "corporate", in: &layout)
        },
        built(
            "builder_fail", "A trusted signer says that a denied builder built it.",
            builder: "https://desktop.example/anna", by: "pipeline", isDenied: true),
        built(
            "builder-of-another-name", "Built by another builder than the denied ones.",
            builder: "https://desktop.example.com/anna", by: "pipeline", isDenied: false),
        built(
            "builder-by-a-stranger", "A stranger says that a denied builder built it, which is nobody's word.",
            builder: "https://desktop.example/anna", by: "stranger", isDenied: false,
            refused: ["signature.no-key-matches"]),
    ]
}

private func levelCases(_ world: World) -> [Case] {
    func one(_ name: String, _ why: String, _ reason: String?, policy: String) -> Case {
        build("build-level", name, why, reason == nil ? "admit" : "reject", reason, policy: policy) {
            layout, index, _ in
            world.attest(Predicate.gitHub(), type: Predicate.provenance1, about: index, by: "pipeline", in: &layout)
        }
    }
    return [
        one("one", "Any builder's signed provenance is level 1.", nil, policy: "provenance-level-1"),
        one(
            "three_fail",
            "The builder could reach level 3, but a key that anybody may hold is none by which it signs.",
            "provenance.level-signer-differs", policy: "provenance-level-3"),
    ]
}
