import SBOM
import StrictEncoding
import Testing

struct PackageURLTests {
    @Test func takesAPackageURLApart() throws {
        let url = try PackageURL("pkg:deb/debian/attr@1:2.4.47-2%2Bb1?distro=sid&arch=amd64#usr/./share/../doc/")
        #expect(url.type == "deb" && url.namespace == "debian" && url.name == "attr")
        #expect(url.version == "1:2.4.47-2+b1" && url.subpath == "usr/share/doc")
        #expect(url.qualifiers.map(\.key) == ["arch", "distro"] && url.qualifier("arch") == "amd64")
        #expect(url.qualifier("ARCH") == nil)
        #expect(url.description == "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=sid#usr/share/doc")
        #expect(url.package == "pkg:deb/debian/attr")
    }

    @Test(arguments: [
        ("pkg:PyPI/Django_Rest@1.0RC1", "pkg:pypi/django-rest@1.0rc1"),
        ("pkg:GitHub/Package-URL/Purl-Spec@244FD", "pkg:github/package-url/purl-spec@244FD"),
        ("pkg:golang/github.com/BurntSushi/toml@v1.0.0", "pkg:golang/github.com/burntsushi/toml@v1.0.0"),
        ("pkg:pub/Foo-Bar@1", "pkg:pub/foo_bar@1"),
        ("pkg:cpan/drolsky/DateTime", "pkg:cpan/DROLSKY/DateTime"),
        ("pkg:oci/Debian@SHA256:ABCD", "pkg:oci/debian@sha256:abcd"),
        ("pkg:otp/SSH#Src/A", "pkg:otp/ssh#src/a"),
        ("pkg:rpm/Fedora/Curl@1", "pkg:rpm/fedora/Curl@1"),
        (
            "pkg:mlflow/Model@1?repository_url=x.Databricks.com/a",
            "pkg:mlflow/model@1?repository_url=x.Databricks.com%2Fa"
        ),
        (
            "pkg:mlflow/Model@1?repository_url=https://example.net/databricks.com",
            "pkg:mlflow/Model@1?repository_url=https:%2F%2Fexample.net%2Fdatabricks.com"
        ),
        ("pkg:git/codeberg.org/Forgejo/forgejo@a7", "pkg:git/codeberg.org/Forgejo/forgejo@a7"),
        ("pkg:npm/@angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
        ("pkg:npm/@babel/core", "pkg:npm/%40babel/core"),
        ("PKG:///maven/a/b/", "pkg:maven/a/b"),
        ("pkg:generic/a%2fb@%C3%A9%20x?k=&l=~", "pkg:generic/a%2Fb@%C3%A9%20x?l=~"),
        ("pkg:unheard-of/Any/Thing@1", "pkg:unheard-of/Any/Thing@1"),
    ])
    func canonicalFormFollowsTheType(_ text: String, _ canonical: String) throws {
        let url = try PackageURL(text)
        #expect(url.description == canonical)
        #expect(try PackageURL(canonical) == url)
    }

    @Test(
        arguments: [
            ("npm/foo", .scheme), ("pk:npm/foo", .scheme), ("pkg:", .name), ("pkg:/@/a", .type("@")),
            ("pkg:1a/b", .type("1a")),
            ("pkg:n%70m/b", .type("n%70m")), ("pkg:npm", .name), ("pkg:npm/", .name), ("pkg:npm/@1", .name),
            ("pkg:npm/a/@1", .name), ("pkg:npm/a%2", .percentEncoding(.name)),
            ("pkg:npm/a@%zz", .percentEncoding(.version)),
            ("pkg:npm/%ff", .invalidUTF8(.name)), ("pkg:npm/a\u{0}", .controlCharacter),
            ("pkg:npm/a\nb", .controlCharacter),
            ("pkg:generic/a%2Fb/c", .slashInSegment(.namespace)), ("pkg:npm/a#b%2Fc", .slashInSegment(.subpath)),
            ("pkg:npm/a?b%20c=d", .qualifierKey("b%20c")), ("pkg:npm/a?1=d", .qualifierKey("1")),
            ("pkg:npm/a?k=1&K=2", .duplicateQualifier("k")), ("pkg:npm/a?=d", .qualifierKey("")),
            ("pkg:npm/evil?x=a?b=c", .secondSeparator("?")), ("pkg:npm/evil#a#b", .secondSeparator("#")),
            ("pkg:cargo/x/y", .departure(.namespaceProhibited(type: "cargo"))),
            ("pkg:golang/stdlib", .departure(.namespaceRequired(type: "golang"))),
            ("pkg:julia/Dates", .departure(.qualifierRequired(type: "julia", key: "uuid"))),
            ("pkg:cocoapods/.a", .departure(.notPermitted(type: "cocoapods", component: .name))),
            ("pkg:swid/a/b/c/d?tag_id=1", .departure(.notPermitted(type: "swid", component: .namespace))),
        ] as [(String, PackageURLError)])
    func refusesWhatIsNone(_ text: String, _ error: PackageURLError) {
        #expect(throws: error) { try PackageURL(text) }
        #expect(!error.message.isEmpty)
    }

    @Test func refusesATextThatIsTooLong() throws {
        let fitting = "pkg:npm/" + String(repeating: "a", count: PackageURL.longest - 8)
        #expect(try PackageURL(fitting).name.utf8.count == PackageURL.longest - 8)
        #expect(throws: PackageURLError.tooLong(PackageURL.longest + 1)) { try PackageURL(fitting + "a") }
        // Short as it is given, too long as it has to be written.
        #expect(throws: PackageURLError.self) {
            try PackageURL(type: "npm", name: String(repeating: "é", count: PackageURL.longest / 4))
        }
    }

    @Test func recordsDeparturesOnlyWhenAsked() throws {
        let url = try PackageURL("pkg:golang/stdlib@1.22.3", typeDefinition: .recorded)
        #expect(url.departures == [.namespaceRequired(type: "golang")] && url.name == "stdlib")
        #expect(try PackageURL("pkg:golang/a/b").departures.isEmpty)
    }

    @Test func buildsOfPartsAsItReads() throws {
        let url = try PackageURL(
            type: "NPM", namespace: "/@angular/", name: "/core/", version: "",
            qualifiers: ["b": "2", "a": "1 1", "c": ""],
            subpath: "/x//y/")
        #expect(url.description == "pkg:npm/%40angular/core?a=1%201&b=2#x/y")
    }

    @Test func coversEveryVersionWhenItNamesNone() throws {
        let bare = try PackageURL("pkg:apk/wolfi/bash")
        let pinned = try PackageURL("pkg:apk/wolfi/bash@1.0?arch=x86_64")
        #expect(bare.covers(pinned) && !pinned.covers(bare))
        #expect(try PackageURL("pkg:apk/wolfi/bash@1.0").covers(pinned))
        #expect(try !PackageURL("pkg:apk/wolfi/bash@1").covers(pinned))
        #expect(try !PackageURL("pkg:apk/wolfi/bas").covers(pinned))
        #expect(try !PackageURL("pkg:apk/wolfi/bash?arch=arm64").covers(pinned))
        #expect(try !PackageURL("pkg:apk/wolfi/bash#a").covers(pinned))
    }

    @Test func canonicalFormReadsBackWhateverTheParts() throws {
        var random = LawGenerator(seed: 7)
        let pieces = [
            "a", "B", "/", "@", "?", "#", "%", "&", "=", ":", "é", " ", "+", ".", "..", "_", "\u{1F600}", "e\u{301}",
        ]
        var count = 0
        for _ in 0..<2_000 {
            let built = try? PackageURL(
                type: random.pick(["npm", "pypi", "git", "maven", "pub", "generic", "zz"]),
                namespace: random.text(of: pieces, count: 0...4), name: random.text(of: pieces, count: 1...5),
                version: random.text(of: pieces, count: 0...4),
                qualifiers: ["k": random.text(of: pieces, count: 0...4), "l": random.text(of: pieces, count: 0...4)],
                subpath: random.text(of: pieces, count: 0...4), typeDefinition: .recorded)
            guard let built else { continue }
            count += 1
            let read = try PackageURL(built.description, typeDefinition: .recorded)
            #expect(read == built && read.name.utf8.elementsEqual(built.name.utf8), "\(built)")
            #expect(read.namespace == built.namespace && read.subpath == built.subpath && read.version == built.version)
        }
        #expect(count > 1_000)
    }

    @Test func survivesMutations() {
        var random = LawGenerator(seed: 11)
        let seed = Array("pkg:maven/org.apache/log4j@2.17.1?type=jar&repository_url=https:%2F%2Fa%20b#META-INF/x".utf8)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(random.pick(Array("/@?#%&=: *".utf8)), at: at)
                }
            }
            guard let url = try? PackageURL(String(decoding: bytes, as: UTF8.self), typeDefinition: .recorded) else {
                continue
            }
            #expect((try? PackageURL(url.description, typeDefinition: .recorded)) == url)
        }
    }
}
