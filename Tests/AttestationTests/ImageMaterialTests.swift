import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@Suite struct ImageMaterialTests {
    static let hex = String(repeating: "ab", count: 32)
    static let other = String(repeating: "00", count: 32)
    static let long = String(repeating: "cd", count: 64)

    func image(_ uri: String, _ digests: [ExactString: ExactString] = [:]) -> Provenance.Material.Image? {
        Provenance.Material(uri: ExactString(uri), digests: digests).image
    }

    @Test(arguments: [
        // As BuildKit writes them
        ("pkg:docker/alpine@3.17?platform=linux%2Famd64", "docker.io/library/alpine"),
        ("pkg:docker/example/ledger@v1", "docker.io/example/ledger"),
        (
            "pkg:docker/registry.example/base/debian@12?platform=linux%2Famd64", "registry.example/base/debian"
        ),
        ("pkg:docker/localhost:5000/debian@12", "localhost:5000/debian"),
        ("pkg:docker/localhost%3A5000/debian@12", "localhost:5000/debian"),
        ("pkg:docker/localhost/debian@12", "localhost/debian"),
        ("pkg:docker/index.docker.io/library/alpine@3", "docker.io/library/alpine"),
        ("pkg:docker/docker.io/alpine@3", "docker.io/library/alpine"),
        // As the package-url types define them
        ("pkg:docker/customer/image@v1?repository_url=gcr.io", "gcr.io/customer/image"),
        ("pkg:oci/debian@v1?repository_url=docker.io/library/debian&arch=amd64", "docker.io/library/debian"),
        ("pkg:oci/static?repository_url=gcr.io%2Fdistroless%2Fstatic&tag=latest", "gcr.io/distroless/static"),
        // Spelled as loosely as package-url lets readers accept
        ("PKG:Docker/alpine@3.17", "docker.io/library/alpine"),
        ("pkg://docker/alpine@3.17", "docker.io/library/alpine"),
        ("pkg:docker/alpine@3.17#sub/path", "docker.io/library/alpine"),
        // References
        ("docker-image://docker.io/library/alpine:3.17", "docker.io/library/alpine"),
        ("docker-image://registry.example:5000/base/debian:12@sha256:\(hex)", "registry.example:5000/base/debian"),
        ("docker-image+blob://registry.example/base/debian@sha256:\(hex)", "registry.example/base/debian"),
        ("docker://alpine", "docker.io/library/alpine"),
        ("oci://registry.example/charts/ledger:1", "registry.example/charts/ledger"),
        // As Google Cloud Build writes them
        ("gcr.io/cloud-builders/docker@sha256:\(hex)", "gcr.io/cloud-builders/docker"),
        ("quay.io/containers/skopeo:v1.16.1@sha256:\(hex)", "quay.io/containers/skopeo"),
        ("bash@sha256:\(hex)", "docker.io/library/bash"),
    ])
    func namesTheRepository(uri: String, repository: String) {
        #expect(image(uri)?.repository == ExactString(repository))
    }

    /// Still an image, so no rule about all images overlooks it; but one of no known repository.
    @Test(arguments: [
        "pkg:docker/", "pkg:docker", "pkg:docker/%zz", "pkg:docker/a%2Fb", "pkg:docker/%ff", "pkg:oci/debian@v1",
        "pkg:oci/debian?repository_url=gcr.io/distroless/static", "pkg:docker/a?digest=x&digest=y",
        "pkg:docker/a?x=%", "oci-layout://alpine@sha256:\(hex)", "oci:/tmp/layout:tag", "docker-image://",
        "docker-image://a//b", "pkg:docker/registry.example/base/../evil@1", "docker-image://registry.example/./x",
        "pkg:docker/a?repository_url=",
    ])
    func keepsAnImageThatItCannotRead(uri: String) throws {
        #expect(try #require(image(uri)).repository == nil)
    }

    @Test(arguments: [
        "", "alpine", "https://github.com/example/ledger.git#refs/heads/main",
        "git+https://github.com/example/ledger@refs/heads/main", "https://example.com/x.tar.gz",
        "pkg:golang/example.com/x@v1", "pkg:deb/debian/curl@7", "pkg:dockerx/alpine", "pkg:github/example/docker",
        "dockerx://alpine",
    ])
    func takesNothingElseForAnImage(uri: String) {
        #expect(image(uri, ["sha256": ExactString(Self.hex)]) == nil)
    }

    @Test(arguments: [
        "pkg:docker/alpine@3.17", "pkg:docker/alpine@sha256:\(hex)", "pkg:docker/alpine@sha256%3A\(hex)",
        "pkg:docker/alpine@3.17?digest=sha256:\(hex)&platform=linux%2Famd64",
        "pkg:oci/debian@sha256%3A\(hex)?repository_url=docker.io/library/debian", "docker-image://alpine@sha256:\(hex)",
        "oci-layout://alpine@sha256:\(hex)",
    ])
    func readsADigestThatAllPlacesAgreeOn(uri: String) throws {
        let digest = try Digest("sha256:" + Self.hex)
        #expect(image(uri, ["sha256": ExactString(Self.hex)])?.digest == digest)
        #expect(image(uri, ["sha256": ExactString(Self.hex), "sha1": "x"])?.digest == digest)
        if uri.contains(Self.hex) { #expect(image(uri)?.digest == digest) }
    }

    @Test func readsDigestsOfEitherAlgorithm() throws {
        let long = try Digest("sha512:" + Self.long)
        #expect(image("pkg:docker/alpine@3", ["sha512": ExactString(Self.long)])?.digest == long)
        #expect(
            image("pkg:docker/alpine@3", ["sha512": ExactString(Self.long), "sha256": ExactString(Self.hex)])?.digest
                == (try Digest("sha256:" + Self.hex)))
    }

    @Test func keepsAnImageWithoutADigest() {
        #expect(
            image("pkg:docker/alpine@3.17") == .init(repository: "docker.io/library/alpine", digest: nil))
    }

    @Test(arguments: [
        "pkg:docker/alpine@sha256:\(other)", "pkg:docker/alpine@3.17?digest=sha256:\(other)",
        "pkg:docker/alpine@sha256:\(hex)?digest=sha256:\(other)", "docker-image://alpine@sha256:\(other)",
        "pkg:docker/alpine@sha256:\(hex.uppercased())", "pkg:docker/alpine@3?digest=latest",
        "pkg:docker/alpine@md5:00", "pkg:docker/alpine@3?digest=sha256:\(hex)&digest=sha256:\(other)",
        "pkg:docker/alpine@sha256:%zz",
    ])
    func statesNoDigestWherePlacesDisagree(uri: String) throws {
        #expect(try #require(image(uri, ["sha256": ExactString(Self.hex)])).digest == nil)
    }

    @Test(arguments: ["", "AB", hex.uppercased(), hex + "00"])
    func statesNoDigestWhereItIsMalformed(stated: String) throws {
        #expect(try #require(image("pkg:docker/alpine@3.17", ["sha256": ExactString(stated)])).digest == nil)
    }
}
