import Content
import OCI
import Testing

@testable import ImageStore

@Suite struct ImageLocationTests {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    private func parse(_ text: String) -> Result<ImageLocation, ImageLocationError> {
        Result { () throws(ImageLocationError) in try ImageLocation.parse(text) }
    }

    @Test func readsEveryForm() throws {
        let digest = try Digest(Self.digest)
        #expect(parse("oci:/a/b") == .success(.layout(path: "/a/b", selection: .only)))
        #expect(parse("oci:b:") == .success(.layout(path: "b", selection: .only)))
        #expect(parse("oci:b:v1") == .success(.layout(path: "b", selection: .tag("v1"))))
        #expect(parse("oci:b@\(digest)") == .success(.layout(path: "b", selection: .digest(digest))))
        #expect(parse("oci:b@c@\(digest)") == .success(.layout(path: "b@c", selection: .digest(digest))))
        #expect(parse("oci-archive:b.tar:v1") == .success(.archive(path: "b.tar", selection: .tag("v1"))))
        #expect(parse("oci-archive:b.tar@\(digest)") == .success(.archive(path: "b.tar", selection: .digest(digest))))
        #expect(parse("dir:/a:b@c") == .success(.directory(path: "/a:b@c")))
        #expect(parse("docker-archive:b.tar") == .success(.dockerArchive(path: "b.tar", reference: nil)))
        let reference = try ImageReference(parsing: "registry.example:5000/x:1")
        #expect(
            parse("docker-archive:b.tar:registry.example:5000/x:1")
                == .success(.dockerArchive(path: "b.tar", reference: reference)))
    }

    @Test func takesAWholeNameAsATag() {
        // image-spec puts no restriction on the names in index.json; skopeo cuts at the first colon too.
        #expect(
            parse("oci:b:registry.example/x:1") == .success(.layout(path: "b", selection: .tag("registry.example/x:1")))
        )
        #expect(parse("oci:user@host:v1") == .success(.layout(path: "user@host", selection: .tag("v1"))))
    }

    @Test func refusesAMalformedDigestRatherThanTakeItForATag() {
        for text in [
            "oci:b@sha256:abc", "oci:b@sha256:../../etc/passwd", "oci:b@sha256:" + String(repeating: "AB", count: 32),
        ] {
            guard case .failure(.digest(.notADigest)) = parse(text) else {
                Issue.record("\(text)")
                continue
            }
        }
        let unknown = "oci:b@blake3:" + String(repeating: "ab", count: 32)
        #expect(parse(unknown) == .failure(.digest(.unknownAlgorithm("blake3"))))
    }

    @Test func refusesTagAndDigestAndPositions() {
        #expect(parse("oci:b:v1@\(Self.digest)") == .failure(.tagAndDigest("v1@" + Self.digest)))
        #expect(parse("oci:b:@0") == .failure(.position("@0")))
    }

    @Test(arguments: [
        "oci:", "oci::v1", "oci:@\(digest)", "oci-archive:", "dir:", "docker-archive:", "docker-archive::x",
    ])
    func refusesAMissingPath(_ text: String) {
        guard case .failure(.missingPath) = parse(text) else {
            Issue.record("\(parse(text))")
            return
        }
    }

    @Test(arguments: ["registry.example/x:1", "debian", "docker://debian:12", "localhost:5000/x"])
    func saysHowToReachARegistry(_ text: String) throws {
        guard case .failure(let error) = parse(text), case .registry = error else {
            Issue.record("\(parse(text))")
            return
        }
        #expect(error.message.contains("skopeo copy docker://"))
    }

    @Test(arguments: ["containers-storage:x", "docker-daemon:x:1", "OCI:b", "./layout", "/a/b:v1", "", "oci", "b\u{0}"])
    func refusesOtherTransports(_ text: String) {
        switch parse(text) {
        case .failure(let error): #expect(!error.message.isEmpty)
        case .success(let location): Issue.record("\(location)")
        }
    }

    @Test func namesTheTransportsWhereNoneIsKnown() throws {
        guard case .failure(let error) = parse("docker-daemon:x:1") else { return #expect(Bool(false)) }
        #expect(error == .unknownTransport("docker-daemon"))
        for transport in ["oci:DIR", "oci-archive:FILE", "dir:DIR", "docker-archive:FILE"] {
            #expect(error.message.contains(transport))
        }
    }

    @Test func refusesADigestInADockerReference() {
        let text = "x@" + Self.digest
        #expect(parse("docker-archive:b.tar:" + text) == .failure(.referenceWithDigest(text)))
    }

    @Test func writesToLayoutsOnly() throws {
        _ = try ImageLocation.parse("oci:b").sink()
        for text in ["oci-archive:b", "dir:b", "docker-archive:b"] {
            let location = try ImageLocation.parse(text)
            #expect(throws: ContentSourceError.self) { try location.sink() }
            #expect(location.source().transport == location.transport)
        }
    }
}
