import ArgumentParser
import Foundation
import Landwaiter
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

@testable import LandwaiterCommands

/// Commands that reach a registry, in process, against a simulated one.
@Suite struct RegistryCommandsTests {
    /// Runs a command with a registry that holds an image, and a key pair.
    private func withRegistry(
        _ configuration: RegistryFeatures = .init(),
        _ body: (SimulatedRegistry, _ image: String, _ key: String, Place) async throws -> Void
    ) async throws {
        let place = try Place()
        let key = place.path("own")
        #expect(try await run("key", "generate", "--insecure-no-passphrase", "--type", "ed25519", key) == 0)
        try await SimulatedRegistry.with(configuration) { registry in
            registry.contents.pushImage(in: "finance/ledger", tag: "v1")
            try await body(registry, registry.host + "/finance/ledger:v1", key, place)
        }
    }

    @Test(arguments: ["bundle", "cosign-tag"])
    func signsWhatItVerifies(_ format: String) async throws {
        try await withRegistry { registry, image, key, _ in
            let unsigned = try await run("verify", image, "--key", key + ".pub")
            #expect(unsigned == 1)
            #expect(try await run("sign", image, "--key", key + ".key", "--format", format) == 0)
            #expect(try await run("verify", image, "--key", key + ".pub") == 0)
            #expect(try await run("verify", "docker://" + image, "--key", key + ".pub") == 0)
            #expect(try await run("inspect", image) == 0)
        }
    }

    @Test func attestsInARegistryWithoutReferrers() async throws {
        let old = RegistryFeatures { $0.referrers = .none }
        try await withRegistry(old) { registry, image, key, place in
            let predicate = try place.write(#"{"result":"passed"}"#, to: "review.json")
            let type = "https://example.com/review/v1"
            #expect(
                try await run(
                    "attest", image, "--key", key + ".key", "--type", type, "--predicate", predicate) == 0)
            #expect(registry.contents.tags(in: "finance/ledger").keys.contains { $0.hasPrefix("sha256-") })
        }
    }

    @Test func judgesAnImageUnderItsOwnName() async throws {
        try await withRegistry { registry, image, key, _ in
            let record = try await VerifyCommand.decide([image, "--key", key + ".pub"])
            #expect(record.request.reference?.description == image)
            #expect(
                try await run("verify", image, "--key", key + ".pub", "--as", "registry.example/finance/ledger") == 64)
        }
    }

    @Test func keepsTheNameOfAMirroredImage() async throws {
        try await withRegistry { mirror, image, key, _ in
            let signed = try await run("sign", image, "--key", key + ".key")
            #expect(signed == 0)
            try await SimulatedRegistry.with { registry in
                let record = try await VerifyCommand.decide([
                    registry.host + "/finance/ledger:v1", "--key", key + ".pub", "--registry-mirror",
                    "\(registry.host)=\(mirror.host)",
                ])
                #expect(record.verdict == .admit)
                #expect(record.request.reference?.registry == registry.host)
            }
        }
    }

    /// Promise 3: what weakens a check stands in the record.
    @Test func recordsPlainHTTP() async throws {
        let record = try await VerifyCommand.decide([
            "registry.invalid:5000/finance/ledger:v1", "--key", Repository.path("testdata/keys/corporate.pub"),
            "--insecure-plain-http", "registry.invalid:5000",
        ])
        #expect(record.verdict == .undecided)
        #expect(record.insecure == ["plain HTTP to registry `registry.invalid:5000`"])
        let other = try await VerifyCommand.decide([
            "registry.invalid/finance/ledger:v1", "--key", Repository.path("testdata/keys/corporate.pub"),
            "--insecure-plain-http", "registry.invalid:5000",
        ])
        #expect(other.insecure == [])
    }

    @Test func leavesUndecidedWhatItCannotHave() async throws {
        try await withRegistry { registry, image, key, _ in
            let absent = try await run("verify", registry.host + "/finance/absent:v1", "--key", key + ".pub")
            #expect(absent == 2)
            #expect(try await run("verify", "127.0.0.1:1/finance/ledger:v1", "--key", key + ".pub") == 2)
            #expect(try await run("inspect", registry.host + "/finance/absent:v1") == 2)
        }
    }

    @Test func logsInWithTheNamedFile() async throws {
        let guarded = RegistryFeatures {
            $0.authentication = .basic(users: ["someone": "hunter2"])
        }
        try await withRegistry(guarded) { registry, image, key, place in
            let auth = Data("someone:hunter2".utf8).base64EncodedString()
            let file = try place.write(#"{"auths":{"\#(registry.host)":{"auth":"\#(auth)"}}}"#, to: "config.json")
            #expect(try await run("inspect", image, "--registry-config", file) == 0)
            #expect(try await run("verify", image, "--key", key + ".pub", "--registry-config", file) == 1)
            let empty = try place.write("{}", to: "empty.json")
            let record = try await VerifyCommand.decide([image, "--key", key + ".pub", "--registry-config", empty])
            #expect(record.verdict == .undecided)
            #expect(record.headline?.code == .registryUnauthorised)
            let absent = try await VerifyCommand.decide([
                image, "--key", key + ".pub", "--registry-config", place.path("absent.json"),
            ])
            #expect(absent.headline?.code == .registryCredentials)
        }
    }

    /// Evidence that was read before is not asked for again.
    @Test func keepsContentInACache() async throws {
        try await withRegistry { registry, image, key, place in
            let signed = try await run("sign", image, "--key", key + ".key")
            #expect(signed == 0)
            let words = ["verify", image, "--key", key + ".pub", "--cache-dir", place.path("cache")]
            #expect(try await status(words) == 0)
            let cold = registry.requests.count
            registry.forgetRequests()
            #expect(try await status(words) == 0)
            #expect(registry.requests.count < cold)
        }
    }

    @Test func reachesNoRegistryForImagesOnDisk() async throws {
        let record = try await VerifyCommand.decide([
            "oci:" + Repository.path("testdata/signature/none_fail/image") + ":v1", "--key",
            Repository.path("testdata/keys/corporate.pub"), "--registry-config", "/absent/file.json",
        ])
        #expect(record.verdict == .reject)
    }

    @Test(arguments: [
        ["--registry-cert", "c.pem"], ["--registry-key", "k.pem"], ["--insecure-plain-http", "a b"],
        ["--insecure-plain-http", "http://a.b"], ["--allow-registry-realm", "*.example"], ["--registry-mirror", "a.b"],
        ["--registry-timeout", "0s"],
    ])
    func rejectsOptionsThatMakeNoSense(_ options: [String]) async throws {
        #expect(try await status(["inspect", "registry.example/a/b"] + options) == 64)
    }

    @Test(arguments: [
        ["--registry-ca", "absent.pem"], ["--registry-cert", "absent.pem", "--registry-key", "absent.key"],
    ])
    func rejectsFilesThatAreNotThere(_ options: [String]) async throws {
        #expect(try await status(["inspect", "registry.example/a/b"] + options) == 65)
    }
}

@Suite struct RegistryDoctorCommandTests {
    @Test func examinesARegistry() async throws {
        try await SimulatedRegistry.with { registry in
            registry.contents.pushImage(in: "finance/ledger", tag: "v1")
            let host = try await run("registry", "doctor", registry.host)
            #expect(host == 0)
            #expect(try await run("registry", "doctor", registry.host + "/finance/ledger", "--output", "json") == 0)
            #expect(registry.requests.allSatisfy { $0.method == "GET" })
            #expect(try await run("registry", "doctor", registry.host + "/finance/ledger", "--write") == 0)
        }
        #expect(try await run("registry", "doctor", "127.0.0.1:1") == 2)
        #expect(try await run("registry", "doctor", "127.0.0.1:1", "--write") == 64)
    }

    @Test func answersAsItsSchemaSays() async throws {
        try await SimulatedRegistry.with { registry in
            let (host, _) = try RegistryDoctorCommand.parts(registry.host)
            let access = try RegistryOptions.parse([]).access()
            for (repository, writing) in [(nil, false), ("finance/ledger", true)] {
                let client = try access.client()
                let examination = await client.examine(
                    host, repository: repository, writing: writing, by: OperationDeadline(.seconds(180)))
                try ExplainedDecisionSchemaTests.expect(examination.json, "registry-doctor.schema.json")
                let text = RegistryTable.text(examination, isColourful: false)
                #expect(text.split(separator: "\n").count == examination.lines.count + 1)
            }
        }
    }

    @Test(
        arguments: [
            ("registry.example", "registry.example", nil), ("localhost:5000/a/b", "localhost:5000", "a/b"),
            ("docker.io/debian", "docker.io", "library/debian"), ("index.docker.io", "docker.io", nil),
            ("Registry.EXAMPLE/a", "registry.example", "a"), ("registry/a", "registry", "a"),
        ] as [(String, String, String?)])
    func readsHostAndRepository(_ text: String, _ host: String, _ repository: String?) throws {
        let parts = try RegistryDoctorCommand.parts(text)
        #expect(parts.0.description == host)
        #expect(parts.repository == repository)
    }

    @Test(arguments: ["", "/a", "registry.example/A", "registry.example/a:v1", "a b", "https://registry.example"])
    func rejectsWhatIsNoPlace(_ text: String) {
        #expect(throws: CommandFailure.self) { try RegistryDoctorCommand.parts(text) }
    }
}
