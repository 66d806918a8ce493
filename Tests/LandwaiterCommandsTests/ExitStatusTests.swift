import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// README "Exit status".
@Suite struct ExitStatusTests {
    private func verify(_ item: String, _ more: String...) async throws -> Int32 {
        try await status(
            [
                "verify", "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy",
                Repository.path("policies/finance"), "--namespace", "finance", "--as",
                "registry.example/finance/ledger:v1.4.0", "--base",
                "oci:" + Repository.path("testdata/bases/debian") + ":v12",
                "--at", "2026-11-20T12:00:00Z",
            ] + Repository.trust(item) + more)
    }

    @Test func followsTheVerdict() async throws {
        #expect(try await verify("finance/admitted") == 0)
        #expect(try await verify("finance/unsigned_fail") == 1)
        #expect(try await verify("image/missing-tag_fail") == 2)
        #expect(try await verify("nowhere") == 2)
    }

    @Test func anArchiveWithoutAManifestIsRejected() async throws {
        let place = try Place()
        #expect(
            try await run(
                "verify", "docker-archive:" + place.path("none.tar"), "--key",
                Repository.path("testdata/keys/corporate.pub"))
                == 2)
    }

    @Test func wrongUsageIs64() async throws {
        #expect(try await run("verify") == 64)
        #expect(try await run("verify", "oci:x") == 64, "neither policy nor key")
        let key = Repository.path("testdata/keys/corporate.pub")
        #expect(try await run("verify", "docker-daemon:x:v1", "--key", key) == 64, "no transport")
        #expect(try await verify("finance/admitted", "--key", Repository.path("testdata/keys/corporate.pub")) == 64)
        #expect(try await verify("finance/admitted", "--limit", "everything=1") == 64)
        #expect(try await verify("finance/admitted", "--limit", "candidates=0") == 64)
        #expect(try await run("verify", "oci:x", "--key", "k", "--at", "yesterday") == 65, "the key is read first")
        #expect(try await verify("finance/admitted", "--at", "yesterday") == 64)
        #expect(try await run("explain", "no.such-code") == 64)
        #expect(try await run("no-such-command") == 64)
    }

    @Test func badDataIs65() async throws {
        let place = try Place()
        let policy = try place.write("apiVersion: landwaiter.dev/v1\nkind: AdmissionPolicy\nspecs: {}\n", to: "p.yaml")
        #expect(try await run("verify", "oci:x", "--policy", policy) == 65)
        #expect(try await run("verify", "oci:x", "--policy", place.path("none.yaml")) == 65)
        #expect(try await run("policy", "check", policy) == 65)
        #expect(try await run("policy", "check", place.url.path) == 65)
        #expect(try await run("policy", "test", Repository.path("testdata/policies")) == 65, "no tests in there")
        #expect(try await run("verify", "oci:x", "--key", policy) == 65, "no key")
        #expect(try await verify("finance/admitted", "--evidence", place.path("none.json")) == 65)
        #expect(
            try await run("key", "show", Repository.path("testdata/keys/corporate.test-key")) == 65, "a private key")
    }

    @Test func trustedRootsAreReadStrictly() async throws {
        let place = try Place()
        let key = try PublicKey(
            pem: LocalFile.read(Repository.path("testdata/keys/corporate.pub"), limit: 10_000))
        let log = """
            {"baseUrl": "https://log.example", "hashAlgorithm": "SHA2_256", "publicKey": {
            "rawBytes": "\(Base64.encode(key.subjectPublicKeyInfo))", "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": "2026-01-01T00:00:00Z"}}}
            """
        let type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
        let root = try place.write(#"{"mediaType": "\#(type)", "tlogs": [\#(log)]}"#, to: "root.json")
        let empty = try place.write(#"{"mediaType": "\#(type)"}"#, to: "empty.json")
        #expect(try await verify("finance/admitted", "--trusted-root", root) == 0)
        let other = try place.write(#"{"mediaType": "\#(type)", "tlogs": [\#(log)]}"#, to: "other.json")
        #expect(
            try await verify("finance/admitted", "--trusted-root", other + "=github-private", "--trusted-root", root)
                == 0)
        #expect(try await verify("finance/unsigned_fail", "--trusted-root", root) == 1)
        for file in [empty, place.path("none.json")] {
            #expect(try await verify("finance/admitted", "--trusted-root", file) == 65)
        }
        #expect(try await verify("finance/admitted", "--trusted-root", root + "=lax") == 64, "no profile")
        #expect(
            try await verify("finance/admitted", "--trusted-root", root + "=github-private", "--trusted-root", root)
                == 64, "two of one name")
    }

    @Test func aProfileOfATrustedRootIsCounted() async throws {
        let words = [
            "oci:" + Repository.path("testdata/finance/admitted/image") + ":v1", "--key",
            Repository.path("testdata/keys/corporate.pub"), "--at", "2026-11-20T12:00:00Z",
        ]
        let plain = try await VerifyCommand.decide(words)
        let place = try Place()
        let root = try place.write(
            #"{"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.1+json", "tlogs": ["#
                + #"{"hashAlgorithm": "SHA2_256", "publicKey": {"rawBytes": ""#
                + Base64.encode(
                    try PublicKey(pem: LocalFile.read(Repository.path("testdata/keys/corporate.pub"), limit: 10_000))
                        .subjectPublicKeyInfo)
                + #"", "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": {"start": "2026-01-01T00:00:00Z"}}}]}"#,
            to: "root.json")
        var digests = [plain.trustDigest]
        for option in [root, root + "=public-good", root + "=github-private"] {
            digests.append(try await VerifyCommand.decide(words + ["--trusted-root", option]).trustDigest)
        }
        #expect(digests[1] == digests[2])
        #expect(Set(digests).count == 3)
    }

    @Test func explainAndInspectAndCheckExitZero() async throws {
        #expect(try await run("explain", "signature.none") == 0)
        #expect(try await run("explain", "provenance") == 0)
        #expect(try await run("inspect", "oci:" + Repository.path("testdata/finance/unsigned_fail/image") + ":v1") == 0)
        #expect(try await run("policy", "check", Repository.path("policies/finance")) == 0)
        #expect(try await run("policy", "test", "--quiet", Repository.path("policies")) == 0)
    }

    @Test func aStageBelowEnforceIsHonouredOnlyWhenAsked() async throws {
        let place = try Place()
        _ = try place.write(
            String(
                decoding: try LocalFile.read(Repository.path("testdata/keys/corporate.pub"), limit: 10_000),
                as: UTF8.self),
            to: "key.pub")
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: staged, owner: tests}
            spec:
              enforcement: {stage: STAGE}
              scope: {namespaces: ["**"], images: ["**"]}
              signers: {corporate: {key: {file: key.pub}}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate]}}}
            """
        let image = "oci:" + Repository.path("testdata/signature/none_fail/image") + ":v1"
        for (stage, expected) in [("observe", 0), ("warn", 0), ("enforce", 1)] {
            let policy = try place.write(text.replacing("STAGE", with: stage), to: "\(stage).yaml")
            #expect(try await run("verify", image, "--policy", policy) == 1, "\(stage): the status follows the verdict")
            #expect(try await run("verify", image, "--policy", policy, "--honour-stage") == Int32(expected), "\(stage)")
        }
        // What could not be had is staged like what is rejected, unless it may be denied: denials never are.
        let missing = "oci:" + Repository.path("testdata/image/missing-tag_fail/image") + ":v1"
        for (stage, expected) in [("observe", 0), ("warn", 0), ("enforce", 2)] {
            let policy = place.path("\(stage).yaml")
            #expect(try await run("verify", missing, "--policy", policy) == 2, "\(stage)")
            let honoured = try await run("verify", missing, "--policy", policy, "--honour-stage")
            #expect(honoured == Int32(expected), "\(stage)")
        }
        let denying = try place.write(
            text.replacing("STAGE", with: "warn")
                + "\n  deny:\n    - {id: withdrawn, digest: {in: [\"sha256:\(String(repeating: "a", count: 64))\"]}}\n",
            to: "denying.yaml")
        #expect(try await run("verify", missing, "--policy", denying, "--honour-stage") == 2)
    }

    @Test func aPolicyTestThatFailsIsOne() async throws {
        let place = try Place()
        let test = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: PolicyTest
            metadata: {name: wrong}
            spec:
              policies: ["\(Repository.path("policies/finance/policy.yaml"))"]
              cases:
                - name: says the wrong thing
                  image: "oci:\(Repository.path("testdata/finance/unsigned_fail/image")):v1"
                  as: registry.example/finance/ledger:v1.4.0
                  namespace: finance
                  at: "2026-11-20T12:00:00Z"
                  expect: {verdict: admit}
            """, to: "tests.yaml")
        #expect(try await run("policy", "test", test) == 1)
    }

    @Test func incompleteCoverageIsOneOnlyWhereItIsRequired() async throws {
        let place = try Place()
        _ = try place.write(
            try String(contentsOf: Repository.url("policies/finance/keys/corporate.pub"), encoding: .utf8),
            to: "keys/corporate.pub")
        _ = try place.write(
            try String(contentsOf: Repository.url("policies/finance/policy.yaml"), encoding: .utf8), to: "policy.yaml")
        let test = try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: PolicyTest
            metadata: {name: half}
            spec:
              policies: [policy.yaml]
              cases:
                - name: nobody signed
                  image: "oci:\(Repository.path("testdata/finance/unsigned_fail/image")):v1"
                  as: registry.example/finance/ledger:v1.4.0
                  namespace: finance
                  at: "2026-11-20T12:00:00Z"
                  base: ["oci:\(Repository.path("testdata/bases/debian")):v12"]
                  expect: {verdict: reject, reasons: [signature.none], rules: [corporate-signature]}
            """, to: "tests.yaml")
        #expect(try await run("policy", "test", test, "--coverage") == 0)
        #expect(try await run("policy", "test", test, "--coverage", "--output", "json") == 0)
        #expect(try await run("policy", "test", test, "--require-coverage") == 1)
        #expect(try await run("policy", "test", Repository.path("policies/finance"), "--require-coverage") == 0)
    }

    @Test func aWarningIsNoErrorUnlessStrict() async throws {
        let place = try Place()
        _ = try place.write(
            try String(contentsOf: Repository.url("policies/finance/keys/corporate.pub"), encoding: .utf8),
            to: "keys/corporate.pub")
        let text = try String(contentsOf: Repository.url("policies/finance/policy.yaml"), encoding: .utf8)
        _ = try place.write(text, to: "policy.yaml")
        #expect(try await run("policy", "check", place.url.path) == 0)
        #expect(try await run("policy", "check", place.url.path, "--strict") == 65, "no test")
        #expect(try await run("policy", "check", place.url.path, "--strict", "--output", "json") == 65)
        #expect(try await run("policy", "check", place.url.path, "--at", "yesterday") == 64)
        #expect(try await run("policy", "check", Repository.path("policies/finance"), "--strict") == 0)
        #expect(try await run("explain", "lint.no-test") == 0)
    }

    @Test func explainingFollowsTheVerdict() async throws {
        #expect(try await verify("finance/admitted", "--explain") == 0)
        #expect(try await verify("finance/unsigned_fail", "--explain", "--output", "json") == 1)
        #expect(try await verify("image/missing-tag_fail", "--explain") == 2)
    }
}
