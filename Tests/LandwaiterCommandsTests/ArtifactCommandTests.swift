import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// `verify --artifact`, as a user types it.
@Suite struct ArtifactCommandTests {
    private static let bytes = Array("the release\n".utf8)

    /// A file, the key that signed it, and a bundle that is not beside the file yet.
    private struct Release {
        let place: Place
        let file: String
        let key: String
        let bundle: [UInt8]

        init(kind: PublicKey.Kind = .ecdsaP256) throws {
            place = try Place()
            let secret = try PrivateKey.generate(kind)
            file = try place.write(String(decoding: bytes, as: UTF8.self), to: "ledger.tgz")
            key = try place.write(secret.publicKey.pem, to: "release.pub")
            let json: JSONTree = [
                "mediaType": .string(SigstoreBundle03.mediaType),
                "verificationMaterial": [
                    "publicKey": ["hint": .string(SigstoreBundle03.hint(for: secret.publicKey))]
                ],
                "messageSignature": [
                    "messageDigest": [
                        "algorithm": "SHA2_256",
                        "digest": .string(Base64.encode(try Hex.decode(Digest(of: bytes).hex))),
                    ],
                    "signature": .string(Base64.encode(try secret.sign(bytes))),
                ],
            ]
            bundle = json.canonicalBytes()
        }

        func bundle(named name: String) throws -> String {
            try place.write(String(decoding: bundle, as: UTF8.self), to: name)
        }
    }

    @Test(arguments: [PublicKey.Kind.ecdsaP256, .ed25519, .rsa(bits: 2_048)])
    func verifiesAFileWithAKeyAlone(_ kind: PublicKey.Kind) async throws {
        let release = try Release(kind: kind)
        let bundle = try release.bundle(named: "signature.json")
        #expect(
            try await run("verify", "--artifact", release.file, "--evidence", bundle, "--key", release.key) == 0)
        #expect(
            try await run(
                "verify", "--artifact", release.file, "--evidence", bundle, "--key", release.key, "--output", "json",
                "--explain", "--at", "2026-11-20T12:00:00Z") == 0)
        let other = try release.place.write("another release\n", to: "other.tgz")
        #expect(try await run("verify", "--artifact", other, "--evidence", bundle, "--key", release.key) == 1)
    }

    /// What tools write beside a file is found without being named.
    @Test(arguments: [".sigstore.json", ".sigstore", ".intoto.jsonl", ".bundle"])
    func readsTheEvidenceBesideTheFile(_ suffix: String) async throws {
        let release = try Release()
        #expect(try await run("verify", "--artifact", release.file, "--key", release.key) == 1)
        _ = try release.bundle(named: "ledger.tgz" + suffix)
        #expect(try await run("verify", "--artifact", release.file, "--key", release.key) == 0)
        // What the caller names takes the place of what lies there.
        let other = try release.place.write("{}", to: "other.json")
        #expect(try await run("verify", "--artifact", release.file, "--evidence", other, "--key", release.key) == 1)
    }

    @Test func anotherSuffixIsNotRead() async throws {
        let release = try Release()
        _ = try release.bundle(named: "ledger.tgz.json")
        _ = try release.bundle(named: "ledger.tgz.bundle/evidence.json")
        #expect(try await run("verify", "--artifact", release.file, "--key", release.key) == 1)
    }

    @Test func verifiesADigest() async throws {
        let release = try Release()
        let bundle = try release.bundle(named: "signature.json")
        let digest = Digest(of: Self.bytes).description
        let record = try await VerifyCommand.decide(
            ["--artifact", digest, "--evidence", bundle, "--key", release.key])
        #expect(record.verdict == .admit)
        #expect(record.artifact?.size == nil)
        #expect(record.json["request"]?["transport"] == "digest")
        let other = Digest(of: Array("another".utf8)).description
        #expect(try await run("verify", "--artifact", other, "--evidence", bundle, "--key", release.key) == 1)
    }

    /// A file that is called like a digest is that file, not the digest's.
    @Test func aPathThatIsThereWinsOverADigest() async throws {
        let release = try Release()
        let bundle = try release.bundle(named: "signature.json")
        let name = Digest(of: Self.bytes).description
        _ = try release.place.write("another release\n", to: name)
        let (requested, _) = try SubjectOptions.artifact(name, relativeTo: release.place.url.path)
        guard case .file = requested else {
            Issue.record("expected a file")
            return
        }
        #expect(
            try await run(
                "verify", "--artifact", release.place.path(name), "--evidence", bundle, "--key", release.key) == 1)
    }

    @Test(arguments: [
        "sha256:", "sha256:abc", "sha512:\(String(repeating: "a", count: 64))",
        "sha384:\(String(repeating: "A", count: 96))",
    ])
    func refusesWhatIsNeitherFileNorDigest(_ text: String) async throws {
        let release = try Release()
        #expect(try await run("verify", "--artifact", text, "--key", release.key) == 64)
    }

    @Test func refusesBothImageAndFileAndNeither() async throws {
        let release = try Release()
        #expect(
            try await run("verify", "oci:image:v1", "--artifact", release.file, "--key", release.key)
                == 64)
        #expect(try await run("verify", "--key", release.key) == 64)
        #expect(
            try await run("verify", "--artifact", release.file, "--base", "oci:base:v1", "--key", release.key)
                == 64)
    }

    @Test func whatCannotBeReadIsUndecided() async throws {
        let release = try Release()
        let absent = release.place.path("absent.tgz")
        #expect(try await run("verify", "--artifact", absent, "--key", release.key) == 2)
        let record = try await VerifyCommand.decide(["--artifact", absent, "--key", release.key])
        #expect(record.codes == ["artifact.unreadable"])
        #expect(!String(decoding: record.canonicalBytes, as: UTF8.self).contains("absent.tgz"))
        let directory = release.place.url.path
        #expect(
            try await VerifyCommand.decide(["--artifact", directory, "--key", release.key]).codes
                == ["artifact.unreadable"])
    }

    @Test func limitsTheFileAtAndBeyond() async throws {
        let release = try Release()
        _ = try release.bundle(named: "ledger.tgz.sigstore.json")
        func limited(to count: Int) async throws -> AdmissionRecord {
            try await VerifyCommand.decide(
                ["--artifact", release.file, "--key", release.key, "--limit", "artifact-bytes=\(count)"])
        }
        #expect(try await limited(to: Self.bytes.count).verdict == .admit)
        #expect(try await limited(to: Self.bytes.count - 1).codes == ["limit.artifact-bytes"])
    }

    /// A file is hashed piece by piece; at the seams too nothing is lost or read twice.
    @Test(arguments: [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
    func hashesFilesOfAnySize(_ count: Int) async throws {
        let place = try Place()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try Data(bytes).write(to: place.url.appendingPathComponent("file"))
        let key = try place.write(try PrivateKey.generate(.ecdsaP256).publicKey.pem, to: "release.pub")
        let record = try await VerifyCommand.decide(["--artifact", place.path("file"), "--key", key])
        #expect(record.artifact?.digests == Digest.Algorithm.allCases.map { Digest(of: bytes, using: $0) })
        #expect(record.artifact?.size == count)
    }

    /// Tests of policies judge files as the command does.
    @Test func policyTestsJudgeFiles() async throws {
        let release = try Release()
        _ = try release.bundle(named: "ledger.tgz.sigstore.json")
        _ = try release.place.write("another release\n", to: "other.tgz")
        _ = try release.place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: releases, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["registry.example/ledger"]}
              signers: {release: {key: {file: release.pub}}}
              require: [{id: signed, on: image, signature: {by: {atLeast: 1, of: [release]}}}]

            """, to: "policy.yaml")
        func test(_ artifact: String, _ more: String, _ expected: String) async throws -> Int32 {
            let test = try release.place.write(
                """
                apiVersion: landwaiter.dev/v1
                kind: PolicyTest
                metadata: {name: releases}
                spec:
                  policies: [policy.yaml]
                  cases:
                    - name: a release
                      artifact: \(artifact)
                      as: registry.example/ledger:1.4.0
                      at: 2026-11-20T12:00:00Z
                      \(more)
                      expect: {verdict: \(expected)}

                """, to: "test.yaml")
            return try await run("policy", "test", test)
        }
        #expect(try await test("ledger.tgz", "namespace: apps", "admit") == 0)
        #expect(try await test("other.tgz", "namespace: apps", "admit") == 1)
        #expect(try await test("other.tgz", "namespace: apps", "reject, reasons: [signature.none]") == 0)
        let evidence = "evidenceFiles: [ledger.tgz.sigstore.json]"
        #expect(try await test("\(Digest(of: Self.bytes))", evidence, "admit") == 0)
        #expect(try await test("other.tgz", evidence, "reject, reasons: [signature.none]") == 0)
    }

    @Test func theReportNamesTheFile() async throws {
        let release = try Release()
        let arguments = ["--artifact", release.file, "--key", release.key, "--at", "2026-11-20T12:00:00Z"]
        let rejected = TextReport.text(try await VerifyCommand.decide(arguments), style: .plain)
        #expect(rejected.hasPrefix("REJECT \(Digest(of: Self.bytes))\n"))
        #expect(rejected.contains("nothing was given that could be evidence about the file"))
        #expect(!rejected.contains("lies with the image"))
        _ = try release.bundle(named: "ledger.tgz.sigstore.json")
        let admitted = TextReport.text(
            try await VerifyCommand.decide(arguments + ["--as", "registry.example/ledger:1.4.0"]), style: .plain)
        #expect(
            admitted.hasPrefix("ADMIT registry.example/ledger:1.4.0\n  \(Digest(of: Self.bytes))\n"), "\(admitted)")
    }
}

extension AdmissionRecord {
    fileprivate var codes: [String] { Set(findings.map(\.code.name)).sorted() }
}
