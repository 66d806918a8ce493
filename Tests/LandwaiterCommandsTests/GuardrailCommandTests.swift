import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// `--guardrails`, `break-glass` and `policy exceptions`.
@Suite struct GuardrailCommandTests {
    private static func policy(_ namespaces: String = "[apps]") -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: signed, owner: tests}
        spec:
          enforcement: {stage: enforce}
          scope: {namespaces: \(namespaces), images: ["**"]}
          signers: {alice: {key: {file: alice.pub}}}
          require:
            - {id: signed, on: image, signature: {by: {atLeast: 1, of: [alice]}}}

        """
    }

    private static let guardrail = """
        apiVersion: landwaiter.dev/v1
        kind: Guardrail
        metadata: {name: organisation, owner: security}
        spec:
          scope: {namespaces: ["**"], images: ["**"]}
          signers:
            alice: {key: {file: alice.pub}}
            bob: {key: {file: bob.pub}}
          delegate: [{team: payments, namespaces: [apps], lowestStage: warn}]
          exceptions: {from: [exceptions], mayWaive: [{policy: payments/signed, rule: signed}], longest: 30d}
          breakGlass: {approvers: {atLeast: 2, of: [alice, bob]}, longest: 4h}

        """

    /// A directory with an unsigned image, two keys, a policy and a guardrail.
    private struct Stage {
        let image: String
        let policy: String
        let guardrail: String
        let directory: Place

        init() async throws {
            directory = try Place()
            image = try directory.copy("signature/none_fail")
            for name in ["alice", "bob"] {
                #expect(
                    try await run(
                        "key", "generate", "--insecure-no-passphrase", "--type", "ed25519", directory.path(name)) == 0)
            }
            policy = try directory.write(GuardrailCommandTests.policy(), to: "policy.yaml")
            guardrail = try directory.write(GuardrailCommandTests.guardrail, to: "guardrail.yaml")
        }

        var verify: [String] {
            [
                "verify", image, "--policy", "payments=" + policy, "--guardrails", guardrail, "--namespace", "apps",
                "--as", "registry.example/apps/ledger:v1",
            ]
        }
    }

    @Test func twoApproversBreakTheGlass() async throws {
        let stage = try await Stage()
        let place = stage.directory
        #expect(try await status(stage.verify) == 1)
        let record = try await VerifyCommand.decide(Array(stage.verify.dropFirst()))
        let digest = try #require(record.imageDigest?.description)
        let create = [
            "break-glass", "create", "--image", digest, "--namespace", "apps", "--for", "4h", "--reason", "it burns",
            "--ticket", "INC-1", "--key", place.path("alice.key"), "--output", place.path("pass.json"),
        ]
        #expect(try await status(create) == 0)
        #expect(try await status(create) == 65, "an existing file is never overwritten")
        #expect(try await run("break-glass", "show", place.path("pass.json")) == 0)
        #expect(try await status(stage.verify + ["--break-glass", place.path("pass.json")]) == 1)
        let again = try await run(
            "break-glass", "approve", place.path("pass.json"), "--key", place.path("alice.key"), "--output",
            place.path("again.json"))
        #expect(again == 64, "two approvers are two keys")
        #expect(
            try await run(
                "break-glass", "approve", place.path("pass.json"), "--key", place.path("bob.key"), "--output",
                place.path("approved.json")) == 0)
        #expect(try await status(stage.verify + ["--break-glass", place.path("approved.json")]) == 0)
        let admitted = try await VerifyCommand.decide(
            Array(stage.verify.dropFirst()) + ["--break-glass", place.path("approved.json")])
        #expect(admitted.breakGlass?.approvers == ["alice", "bob"])
        let other = Array(stage.verify.dropFirst()).map { $0 == "apps" ? "shop" : $0 }
        let elsewhere = try await VerifyCommand.decide(other + ["--break-glass", place.path("approved.json")])
        #expect(elsewhere.verdict == .reject)
    }

    @Test(arguments: [
        "", "{}",
        "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"sig\":\"AA==\"}]}",
    ])
    func refusesFilesThatAreNoPass(_ text: String) async throws {
        let stage = try await Stage()
        let file = try stage.directory.write(text, to: "pass.json")
        #expect(try await run("break-glass", "show", file) == 65)
        #expect(
            try await run(
                "break-glass", "approve", file, "--key", stage.directory.path("bob.key"), "--output",
                stage.directory.path("out.json")) == 65)
        // A pass that is none decides nothing, and is no reason to leave the image unjudged.
        #expect(try await status(stage.verify + ["--break-glass", file]) == 1)
        #expect(try await status(stage.verify + ["--break-glass", stage.directory.path("absent.json")]) == 65)
    }

    @Test func refusesAPassThatSaysNothing() async throws {
        let stage = try await Stage()
        func create(_ changes: (String, String)) async throws -> Int32 {
            let words = [
                "break-glass", "create", "--image", "sha256:" + String(repeating: "a", count: 64), "--namespace",
                "apps",
                "--for", "4h", "--reason", "it burns", "--key", stage.directory.path("alice.key"), "--output",
                stage.directory.path("pass.json"),
            ]
            let position = try #require(words.firstIndex(of: changes.0))
            var changed = words
            changed[position + 1] = changes.1
            return try await status(changed)
        }
        #expect(try await create(("--reason", "")) == 64)
        #expect(try await create(("--namespace", "")) == 64)
        #expect(try await create(("--for", "forever")) == 64)
        #expect(try await create(("--for", "0h")) == 64)
        #expect(try await create(("--image", "latest")) == 64)
    }

    // MARK: Guardrails

    @Test func aPolicyThatOverstepsIsBadData() async throws {
        let stage = try await Stage()
        let wide = try stage.directory.write(Self.policy("[apps, shop]"), to: "wide/policy.yaml")
        for name in ["alice.pub", "bob.pub"] {
            let key = try String(contentsOf: stage.directory.url.appendingPathComponent(name), encoding: .utf8)
            _ = try stage.directory.write(key, to: "wide/" + name)
        }
        #expect(try await run("policy", "check", "payments=" + wide) == 0)
        #expect(try await run("policy", "check", "payments=" + wide, "--guardrails", stage.guardrail) == 65)
        #expect(try await run("policy", "check", "platform=" + stage.policy, "--guardrails", stage.guardrail) == 65)
        #expect(try await run("policy", "check", "payments=" + stage.policy, "--guardrails", stage.guardrail) == 0)
    }

    @Test func guardrailsComeByTheirOwnOptionOnly() async throws {
        let stage = try await Stage()
        #expect(try await run("policy", "check", "guardrails=" + stage.guardrail) == 65)
        #expect(try await run("policy", "check", "--guardrails", stage.guardrail) == 0)
        #expect(try await run("policy", "check", "--guardrails", stage.policy) == 65)
        #expect(
            try await run(
                "verify", stage.image, "--key", stage.directory.path("alice.pub"), "--guardrails", stage.guardrail)
                == 64)
    }

    @Test func testsNameTheirSources() async throws {
        let stage = try await Stage()
        func test(_ sources: String, expect: String) throws -> String {
            try stage.directory.write(
                """
                apiVersion: landwaiter.dev/v1
                kind: PolicyTest
                metadata: {name: t}
                spec:
                  \(sources)
                  cases:
                    - {name: c, image: "oci:image:v1", as: registry.example/apps/ledger:v1, namespace: apps, at: 2026-11-20T12:00:00Z, expect: \(expect)}

                """, to: "test.yaml")
        }
        _ = try stage.directory.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: Exception
            metadata: {name: e, owner: tests}
            spec:
              waives: {policy: payments/signed, rule: signed}
              scope: {namespaces: [apps], images: ["registry.example/apps/ledger@\(try await digest(stage))"]}
              from: 2026-11-20T00:00:00Z
              expires: 2026-11-21T00:00:00Z

            """, to: "e/exception.yaml")
        let named = try test(
            "policies: [{source: payments, path: policy.yaml}, {source: exceptions, path: e}]\n  guardrails: [guardrail.yaml]",
            expect: "{verdict: admit}")
        #expect(try await run("policy", "test", named) == 0)
        let unnamed = try test("policies: [policy.yaml]\n  guardrails: [guardrail.yaml]", expect: "{verdict: admit}")
        #expect(try await run("policy", "test", unnamed) == 65, "the source `local` is delegated nothing")
        let without = try test(
            "policies: [{source: payments, path: policy.yaml}, {source: exceptions, path: e}]",
            expect: "{verdict: reject, reasons: [signature.none, exception.no-guardrail]}")
        #expect(try await run("policy", "test", without) == 0)
        #expect(try await run("policy", "test", without, "--guardrails", stage.guardrail) == 1)
    }

    private func digest(_ stage: Stage) async throws -> String {
        try #require(
            try await VerifyCommand.decide(Array(stage.verify.dropFirst())).imageDigest?.description)
    }

    // MARK: Exceptions

    @Test func listsExceptionsWithWhatIsLeft() throws {
        let text = { (name: String, rule: String, expires: String) in
            """
            apiVersion: landwaiter.dev/v1
            kind: Exception
            metadata: {name: \(name), owner: payments-platform}
            spec:
              waives: {policy: payments/finance, rule: \(rule)}
              scope: {namespaces: [finance], images: ["registry.example/a@sha256:\(String(repeating: "a", count: 64))"]}
              from: 2026-11-20T00:00:00Z
              expires: \(expires)
              ticket: FIN-\(rule.utf8.count)

            """
        }
        let texts = [
            text("a", "built", "2026-11-22T12:00:00Z"), text("b", "built", "2026-12-01T00:00:00Z"),
            text("c", "based", "2026-12-15T00:00:00Z"),
        ]
        let bytes = Array(texts.joined(separator: "---\n").utf8)
        let set = try PolicySet.load([
            PolicySource(name: "exceptions", files: [PolicyFile(path: "e.yaml", bytes: bytes)]) { _ in
                .failure(KeyFileError("none"))
            }
        ])
        let instant = try #require(Instant(rfc3339: "2026-11-30T00:00:00Z"))
        let statuses = set.exceptionStatuses(at: instant)
        let shown = PolicyExceptionsCommand.text(statuses)
        #expect(shown.contains("exceptions/a  EXPIRED  until 2026-11-22T12:00:00Z"))
        #expect(shown.contains("exceptions/b  1 day left  until 2026-12-01T00:00:00Z"))
        #expect(shown.contains("exceptions/c  15 days left  until 2026-12-15T00:00:00Z"))
        #expect(shown.contains("waives  payments/finance#built"))
        #expect(shown.contains("payments-platform, FIN-5"))
        #expect(shown.contains("exception.no-guardrail"))
        #expect(shown.hasSuffix("3 exceptions, 1 expired\n"))
        let json = PolicyExceptionsCommand.json(statuses, at: instant)
        guard case .array(let list)? = json["exceptions"] else { throw NotThere() }
        #expect(list.map { $0["state"] } == ["expired", "active", "active"])
        #expect(list.map { $0["daysLeft"] } == [.null, 1, 15])
        #expect(list.map { $0["problems"] }.first == ["exception.no-guardrail", "exception.unknown-rule"])
        #expect(json["at"] == "2026-11-30T00:00:00Z")
    }

    private struct NotThere: Error {}

    @Test func listingExceptionsExitsZero() async throws {
        let place = try Place()
        let file = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: Exception
            metadata: {name: a}
            spec:
              waives: {policy: payments/finance, rule: built}
              scope: {namespaces: [finance], images: ["registry.example/a@sha256:\(String(repeating: "a", count: 64))"]}
              from: 2020-11-20T00:00:00Z
              expires: 2020-11-22T00:00:00Z

            """, to: "e.yaml")
        #expect(try await run("policy", "exceptions", file) == 0)
        #expect(
            try await run(
                "policy", "exceptions", file, "--at", "2020-11-21T00:00:00Z", "--within", "7d", "--output", "json")
                == 0)
        #expect(try await run("policy", "exceptions", file, "--within", "soon") == 64)
    }
}
