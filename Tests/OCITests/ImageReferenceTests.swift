import Content
import Findings
import OCI
import Testing

private let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct ImageReferenceTests {
    @Test(arguments: [
        // As docker reads them.
        ("debian", "docker.io/library/debian"),
        ("debian:12", "docker.io/library/debian:12"),
        ("example/app", "docker.io/example/app"),
        ("docker.io/debian", "docker.io/library/debian"),
        ("index.docker.io/debian", "docker.io/library/debian"),
        ("index.docker.io/example/app", "docker.io/example/app"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("registry.example", "docker.io/library/registry.example"),
        ("localhost/app", "localhost/app"),
        ("localhost:5000/app", "localhost:5000/app"),
        ("a.b/c", "a.b/c"),
        ("a:1/c", "a:1/c"),
        // Tag and digest are both kept.
        ("registry.example/finance/ledger:4.2@\(digest)", "registry.example/finance/ledger:4.2@\(digest)"),
        ("registry.example/finance/ledger@\(digest)", "registry.example/finance/ledger@\(digest)"),
        ("registry.example:5000/ledger:V_1.0-rc", "registry.example:5000/ledger:V_1.0-rc"),
        ("docker://registry.example/ledger", "registry.example/ledger"),
        // One spelling for a host.
        ("Registry.EXAMPLE/app", "registry.example/app"),
        ("DOCKER.io/debian", "docker.io/library/debian"),
        ("LocalHost/app", "localhost/app"),
        ("[::1]:5000/x", "[::1]:5000/x"),
        ("[::1]/x", "[::1]/x"),
        ("[2001:DB8:0:0:1:0:0:1]/x", "[2001:db8::1:0:0:1]/x"),
        ("[2001:0db8:0000:0000:0000:0000:0000:0001]/x", "[2001:db8::1]/x"),
        ("[0:0:0:0:0:0:0:0]/x", "[::]/x"),
        ("[1::]/x", "[1::]/x"),
        ("[1:2:3:4:5:6:7:8]/x", "[1:2:3:4:5:6:7:8]/x"),
        ("[1:0:3:4:5:6:7:8]/x", "[1:0:3:4:5:6:7:8]/x"),
        ("[1:2:3:4:5:6:7::]/x", "[1:2:3:4:5:6:7:0]/x"),
        ("192.0.2.1:80/x", "192.0.2.1:80/x"),
        // Separators.
        ("a.b/c_d/e__f/g-h/i---j/k.l", "a.b/c_d/e__f/g-h/i---j/k.l"),
        ("a.b/0", "a.b/0"),
        ("r--x.example/app", "r--x.example/app"),
    ])
    func readsCanonically(text: String, canonical: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.description == canonical)
        #expect(try ImageReference(parsing: canonical) == reference)
    }

    /// Every short text over the letters that mean something: either refused, or its canonical form reads the same.
    @Test(arguments: ["", "[::", "[1:", "a.b", "a.b/", "a/", "a:"])
    func readsBackWhatItWrites(prefix: String) throws {
        var words = [""]
        for _ in 1...4 {
            words = words.flatMap { word in "a0A.:/[]@_-".map { word + String($0) } }
            for word in words {
                guard let reference = try? ImageReference(parsing: prefix + word) else { continue }
                let again = try ImageReference(parsing: reference.description)
                #expect(again == reference && again.description == reference.description, "\(prefix + word)")
            }
        }
    }

    @Test
    func takesApart() throws {
        let reference = try ImageReference(parsing: "registry.example:5000/finance/ledger:4.2@\(digest)")
        #expect(reference.registry == "registry.example:5000")
        #expect(reference.repository == "finance/ledger")
        #expect(reference.tag == "4.2")
        #expect(reference.digest == (try Digest(digest)))
        #expect(reference.name == "registry.example:5000/finance/ledger")
    }

    @Test
    func asksForLatestOnlyWhereNothingElseIsNamed() throws {
        #expect(try ImageReference(parsing: "debian").effectiveTag == "latest")
        #expect(try ImageReference(parsing: "debian").tag == nil)
        #expect(try ImageReference(parsing: "debian:12").effectiveTag == "12")
        #expect(try ImageReference(parsing: "debian@\(digest)").effectiveTag == nil)
        #expect(try ImageReference(parsing: "debian:12@\(digest)").effectiveTag == "12")
    }

    /// `starts(with: "localhost")` and its like have let other hosts pass for one's own.
    @Test
    func takesHostsWhole() throws {
        #expect(try ImageReference(parsing: "localhost.evil.example/app").registry == "localhost.evil.example")
        #expect(try ImageReference(parsing: "localhostevil/app").registry == "docker.io")
        #expect(try ImageReference(parsing: "docker.io.evil.example/debian").name == "docker.io.evil.example/debian")
        #expect(try ImageReference(parsing: "evil.example/docker.io/debian").registry == "evil.example")
    }

    @Test(arguments: [
        "[::1/x", "[::1]x/y", "[::1]55/y", "[00001::]/x", "[:1]/x", "[1:2:3]/x", "[1::2::3]/x", "[1:2:3:4:5:6:7:8:9]/x",
        "[12345::]/x", "[]/x",
        "[g::]/x", "[::ffff:192.0.2.1]/x", "[fe80::1%eth0]/x", "[1:2:3:4:5:6:7:8::]/x", "[::1:]/x", "[1:]/x",
        "[:::]/x",
    ])
    func rejectsMalformedAddresses(text: String) {
        #expect(throws: ImageReferenceError.self) { try ImageReference(parsing: text) }
        #expect((try? ImageReference(parsing: text)) == nil)
    }

    @Test(arguments: [
        "a.b:/x", "a.b:0/x", "a.b:00443/x", "a.b:65536/x", "a.b:99999999999999999999/x", "a.b:5e3/x", "a.b:+5/x",
        "a.b:50:50/x", "-a.b/x", "a-.b/x", "a..b/x", ".a/x", "a./x", "a_b.c/x", "ä.b/x", "a.b\u{301}/x", "a b.c/x",
        "user:pass@a.b/x".replacing("@", with: "%40"), ":5000/x", "https://a.b/x",
    ])
    func rejectsMalformedRegistries(text: String) {
        let first = text.utf8.prefix { $0 != UInt8(ascii: "/") }
        #expect(throws: ImageReferenceError.registry(String(Substring(first)))) { try ImageReference(parsing: text) }
    }

    @Test(arguments: [
        ("a.b/", ""), ("a.b//x", "/x"), ("a.b/x/", "x/"), ("a.b/x//y", "x//y"), ("a.b/_x", "_x"), ("a.b/x_", "x_"),
        ("a.b/x.-y", "x.-y"), ("a.b/x___y", "x___y"), ("a.b/x..y", "x..y"), ("a.b/x._y", "x._y"),
        ("a.b/-x", "-x"), ("a.b/x-", "x-"), ("a.b/../x", "../x"), ("a.b/é", "é"), ("a.b/e\u{301}", "e\u{301}"),
        ("a.b/x y", "x y"), ("a.b/x\n", "x\n"), ("a.b/x\0", "x\0"), ("a.b/ſ", "ſ"), ("a.b/x%2fy", "x%2fy"),
        ("a.b/x?y", "x?y"), ("/x", "/x"), ("./x", nil), ("-x", "-x"), (" debian", " debian"), ("_/x", "_/x"),
        ("é/x", "é/x"), ("debian/", "debian/"),
    ])
    func rejectsMalformedRepositories(text: String, repository: String?) {
        let wanted = repository.map(ImageReferenceError.repository) ?? .registry(".")
        #expect(throws: wanted) { try ImageReference(parsing: text) }
    }

    /// Every short text over the letters that mean something, against the grammar as distribution/reference writes it.
    @Test
    func acceptsWhatTheGrammarOfRepositoriesDoes() {
        func isComponent(_ text: Substring) -> Bool {
            let separators = text.split { $0 == "a" || $0 == "0" }
            return !text.isEmpty && "a0".contains(text.first ?? ".") && "a0".contains(text.last ?? ".")
                && separators.allSatisfy { [".", "_", "__"].contains($0) || $0.allSatisfy { $0 == "-" } }
        }
        for word in words(over: "a0._-/", upTo: 5) {
            let isGood = word.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isComponent)
            #expect(((try? ImageReference(parsing: "r.example/" + word)) != nil) == isGood, "\(word)")
        }
    }

    @Test
    func acceptsWhatTheGrammarOfHostsDoes() {
        for word in words(over: "aZ.-", upTo: 6) {
            let isGood = word.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.first != "-" && part.last != "-"
            }
            #expect(RegistryHost(parsing: word)?.host == (isGood ? word.lowercased() : nil), "\(word)")
        }
    }

    private func words(over letters: String, upTo length: Int) -> [String] {
        var all: [String] = []
        var last = [""]
        for _ in 1...length {
            last = last.flatMap { word in letters.map { word + String($0) } }
            all += last
        }
        return all
    }

    @Test(arguments: ["debian", "debian:12", "registry.example:5000/finance/ledger:4.2@\(digest)"])
    func isPinnedAsIfItWereWrittenSo(text: String) throws {
        let other = Digest(of: [1])
        let reference = try ImageReference(parsing: text)
        let tag = reference.tag.map { ":" + $0 } ?? ""
        #expect(reference.pinned(to: other) == (try ImageReference(parsing: "\(reference.name)\(tag)@\(other)")))
    }

    @Test
    func rejectsUpperCase() {
        #expect(throws: ImageReferenceError.upperCaseRepository("Ledger")) { try ImageReference(parsing: "a.b/Ledger") }
        #expect(throws: ImageReferenceError.upperCaseRepository("Debian")) { try ImageReference(parsing: "Debian") }
        // To docker a host; in lower case a repository of docker.io.
        #expect(throws: ImageReferenceError.upperCaseFirstComponent("Example")) {
            try ImageReference(parsing: "Example/app")
        }
    }

    @Test(arguments: [
        "", ".x", "-x", "a/b".replacing("/", with: "+"), "é", "a b", String(repeating: "a", count: 129), "x\n", "1:2",
    ])
    func rejectsMalformedTags(tag: String) {
        #expect(throws: ImageReferenceError.tag(tag)) { try ImageReference(parsing: "a.b/x:" + tag) }
    }

    @Test
    func acceptsTheLongestTag() throws {
        let tag = String(repeating: "a", count: 128)
        #expect(try ImageReference(parsing: "a.b/x:" + tag).tag == tag)
    }

    @Test
    func limitsNames() throws {
        let path = String(repeating: "a", count: 251)
        #expect(try ImageReference(parsing: "a.b/" + path).name.utf8.count == 255)
        #expect(throws: ImageReferenceError.nameTooLong(256)) { try ImageReference(parsing: "a.b/a" + path) }
        // docker.io/library/ counts.
        #expect(throws: ImageReferenceError.nameTooLong(269)) { try ImageReference(parsing: path) }
    }

    @Test
    func rejectsMalformedDigests() {
        let upper = digest.replacing("ba78", with: "BA78")
        #expect(throws: ImageReferenceError.digest(.notADigest(upper))) { try ImageReference(parsing: "x@" + upper) }
        #expect(throws: ImageReferenceError.digest(.notADigest(""))) { try ImageReference(parsing: "x@") }
        #expect(throws: ImageReferenceError.digest(.unknownAlgorithm("md5"))) { try ImageReference(parsing: "x@md5:0") }
        #expect(throws: ImageReferenceError.digest(.notADigest(digest + "@" + digest))) {
            try ImageReference(parsing: "x@\(digest)@\(digest)")
        }
        #expect(throws: ImageReferenceError.repository("")) { try ImageReference(parsing: "@" + digest) }
    }

    @Test
    func rejectsWhatNamesNoImage() {
        #expect(throws: ImageReferenceError.empty) { try ImageReference(parsing: "") }
        #expect(throws: ImageReferenceError.empty) { try ImageReference(parsing: "docker://") }
        let identifier = String(digest.dropFirst(7))
        #expect(throws: ImageReferenceError.imageIdentifier(identifier)) { try ImageReference(parsing: identifier) }
        #expect(throws: ImageReferenceError.registry("DOCKER:")) { try ImageReference(parsing: "DOCKER://a.b/x") }
    }

    @Test
    func namesReasons() {
        #expect(ImageReferenceError.digest(.unknownAlgorithm("md5")).code == .contentUnknownAlgorithm)
        #expect(ImageReferenceError.tag("\u{1B}").code == .imageMalformedReference)
        #expect(!ImageReferenceError.tag("\u{1B}").message.contains("\u{1B}"))
    }
}
