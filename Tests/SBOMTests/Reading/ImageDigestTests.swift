import SBOM
import Testing

struct ImageDigestTests {
    static let digest = "sha256:" + String(repeating: "0a", count: 32)
    static let other = "sha256:" + String(repeating: "0b", count: 32)

    private static func digests(_ members: String) throws -> [StatedText] {
        let text = Documents.cycloneDX(#""metadata":{"component":{"type":"container",\#(members)}}"#)
        return try #require(try inventory(text).subject).imageDigests
    }

    @Test func findsTheDigestWhereverToolsSayIt() throws {
        let hex = Self.digest.dropFirst(7)
        let cases = [
            (#""name":"app","version":"\#(Self.digest)""#, "version"),
            (#""name":"app","purl":"pkg:oci/app@sha256%3A\#(hex)?repository_url=registry.example/app@x""#, "purl"),
            (#""name":"app","purl":"pkg:oci/app@sha256%3a\#(hex)""#, "purl"),
            (#""name":"app","purl":"pkg:oci/app@\#(Self.digest)#a@b""#, "purl"),
            (#""name":"registry.example/app@\#(Self.digest)""#, "name"),
            (#""name":"app","hashes":[{"alg":"SHA-256","content":"\#(hex.uppercased())"}]"#, "hashes/0/content"),
        ]
        for (members, place) in cases {
            let expected = [Self.digest: DocumentPlace.pointer("/metadata/component/" + place)]
            #expect(Dictionary(uniqueKeysWithValues: try Self.digests(members).map { ($0.text, $0.place) }) == expected)
        }
    }

    @Test func givesAllThatDisagreeAndNoneTwice() throws {
        let members = #""name":"app@\#(Self.other)","version":"\#(Self.digest)","purl":"pkg:oci/app@\#(Self.digest)""#
        #expect(try Self.digests(members).map(\.text) == [Self.digest, Self.other])
    }

    @Test func takesNothingElseForADigest() throws {
        let hex = String(repeating: "0a", count: 32)
        for version in [
            "1.0", hex, "sha256:" + hex.dropLast(), "sha256:" + hex.uppercased(), "sha256:\(hex)0", "md5:" + hex,
            "sha256:", ":",
            "sha256:\(hex):", "SHA256:" + hex, "sha512:" + hex,
        ] {
            #expect(try Self.digests(#""name":"app","version":"\#(version)""#).isEmpty)
        }
        #expect(try Self.digests(#""name":"app","hashes":[{"alg":"SHA3-256","content":"\#(hex)"}]"#).isEmpty)
    }
}
