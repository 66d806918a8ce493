import Content
import OCI
import RegistrySimulator
import Testing

/// skopeo is a client that we did not write: what it can push and read is a registry.
@Suite(.enabled(if: Tool.path("skopeo") != nil))
struct SimulatedRegistryTests {
    @Test func skopeoReadsBackWhatItPushed() async throws {
        try await SimulatedRegistry.with { registry in
            try await roundTrip(registry.host, ["--dest-tls-verify=false"], ["--tls-verify=false"])
            #expect(registry.contents.tags(in: "library/copy").keys.sorted() == ["v1"])
            #expect(registry.count(RequestPattern(method: "PUT", containing: "/manifests/")) == 1)
            #expect(registry.requests.allSatisfy { !$0.hasAuthorization })
        }
    }

    @Test func skopeoTrustsItsCertificateByTheAuthority() async throws {
        let certificates = try await TestCertificates.make()
        let trust = try authorityOnly(certificates)
        try await SimulatedRegistry.with(RegistryFeatures { $0.tls = certificates.tls() }) { registry in
            try await roundTrip(registry.host, ["--dest-cert-dir", trust.path], ["--cert-dir", trust.path])
            let untrusting = try await Tool.run("skopeo", ["inspect", "docker://\(registry.host)/library/copy:v1"])
            #expect(untrusting.status != 0)
            #expect(untrusting.text.contains("certificate"))
        }
    }

    @Test func skopeoNeedsThePassword() async throws {
        let configuration = RegistryFeatures {
            $0.authentication = .basic(users: ["writer": "secret", "reader": "secret"], readers: ["reader"])
        }
        try await SimulatedRegistry.with(configuration) { registry in
            try await roundTrip(
                registry.host, ["--dest-tls-verify=false", "--dest-creds", "writer:secret"],
                ["--tls-verify=false", "--creds", "reader:secret"])
            for credentials in [["--no-creds"], ["--creds", "writer:wrong"]] {
                let refused = try await Tool.run(
                    "skopeo",
                    ["inspect", "--tls-verify=false"] + credentials + ["docker://\(registry.host)/library/copy:v1"])
                #expect(refused.status != 0)
            }
        }
    }

    @Test func skopeoGetsATokenForWhatItDoes() async throws {
        let tokens = TokenService { $0.users = ["writer": "secret"] }
        let configuration = RegistryFeatures {
            $0.authentication = .bearer(tokens)
            $0.tokenService = tokens
        }
        try await SimulatedRegistry.with(configuration) { registry in
            try await roundTrip(
                registry.host, ["--dest-tls-verify=false", "--dest-creds", "writer:secret"],
                ["--tls-verify=false", "--no-creds"])
            #expect(registry.count(RequestPattern(prefix: "/token")) > 0)
            #expect(!tokens.issued.isEmpty)
            let image = try TemporaryDirectory()
            let anonymousPush = try await Tool.run(
                "skopeo",
                ["--insecure-policy", "copy", "--dest-tls-verify=false", "--dest-no-creds"]
                    + [try writeImage(image), "docker://\(registry.host)/library/copy:v2"])
            #expect(anonymousPush.status != 0)
        }
    }

    @Test func redirectedBlobsComeFromTheOtherHost() async throws {
        let contents = RegistryContents()
        try await SimulatedRegistry.with(holding: contents) { storage in
            let configuration = RegistryFeatures { $0.blobRedirect = storage.url }
            try await SimulatedRegistry.with(configuration, holding: contents) { registry in
                contents.pushImage(in: "library/app", tag: "v1")
                let copy = try TemporaryDirectory()
                try await Tool.succeed(
                    "skopeo",
                    ["--insecure-policy", "copy", "--src-tls-verify=false"]
                        + ["docker://\(registry.host)/library/app:v1", "dir:\(copy.path)"])
                #expect(storage.count(.containing("/blobs/")) == 2)
                #expect(storage.count(.containing("/manifests/")) == 0)
            }
        }
    }
}

/// Copies an image there with skopeo and back, and compares.
func roundTrip(_ host: String, _ writing: [String], _ reading: [String]) async throws {
    let (source, copy) = (try TemporaryDirectory(), try TemporaryDirectory())
    let image = try writeImage(source)
    try await Tool.succeed(
        "skopeo",
        ["--insecure-policy", "copy", "--preserve-digests"] + writing + [image, "docker://\(host)/library/copy:v1"])
    let raw = try await Tool.succeed(
        "skopeo", ["inspect", "--raw"] + reading + ["docker://\(host)/library/copy:v1"])
    #expect(raw == (try source.read("manifest.json")))
    let flags = reading.map { $0 == "--no-creds" || $0 == "--creds" ? "--src-" + $0.dropFirst(2) : $0 }
        .map { $0.replacing("--tls-", with: "--src-tls-").replacing("--cert-", with: "--src-cert-") }
    try await Tool.succeed(
        "skopeo", ["--insecure-policy", "copy"] + flags + ["docker://\(host)/library/copy:v1", "dir:\(copy.path)"])
    #expect(try copy.read("manifest.json") == (try source.read("manifest.json")))
}

/// A `dir:` image, as skopeo names it.
func writeImage(_ directory: TemporaryDirectory) throws -> String {
    let contents = RegistryContents()
    let manifest = contents.pushImage(in: "library/app")
    for (name, digest) in [("manifest.json", manifest.digest.description)] {
        try directory.write(text(contents.manifest(digest, in: "library/app")), to: name)
    }
    try directory.write("Directory Transport Version: 1.1\n", to: "version")
    for blob in contents.blobs(in: "library/app") {
        let digest = try Digest(blob)
        try directory.write(text(contents.blob(digest, in: "library/app")), to: digest.hex)
    }
    return "dir:\(directory.path)"
}

private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

/// skopeo takes every `.crt` of a directory.
func authorityOnly(_ certificates: TestCertificates) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write(certificates.authority, to: "ca.crt")
    return directory
}
