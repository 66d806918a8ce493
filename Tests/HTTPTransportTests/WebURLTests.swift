import HTTPTransport
import Testing

@Suite struct WebURLTests {
    @Test(arguments: [
        ("HTTPS://Registry.Example:443/v2/", "https://registry.example/v2/"),
        ("http://registry.example:80", "http://registry.example/"),
        ("https://registry.example:5000/a?b=c#d", "https://registry.example:5000/a?b=c"),
        ("https://[2001:DB8:0::1]:5000/", "https://[2001:db8::1]:5000/"),
        ("https://a.example?x", "https://a.example/?x"),
        ("https://a.example/a b".replacing(" ", with: "|"), "https://a.example/a%7Cb"),
        ("https://a.example/\u{fc}", "https://a.example/%C3%BC"),
        ("https://a.example:/x", "https://a.example/x"),
    ])
    func hasOneSpelling(text: String, canonical: String) throws {
        #expect(try WebURL(parsing: text).description == canonical)
    }

    @Test(arguments: [
        "", "registry.example", "ftp://a.example/", "https:/a.example", "https://", "https://user@a.example/",
        "https://a.example@evil.example/", "https://a.example:99999/", "https://a.example:0/", "https://a.example:+1/",
        "https://a-.example/", "https://-a.example/", "https://a..example/", "https://a.example./", "https://127.1/",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://a.example/%zz",
        "https://a.example/a\r\nb", "https://a.example/a b", "https://a.example\\@evil.example/", "https://[::1/",
        "https://[fe80::1%25eth0]/", "https://a.\u{ff41}.example/",
    ])
    func refusesWhatCouldBeReadTwoWays(text: String) {
        #expect(throws: WebURLError.self) { try WebURL(parsing: text) }
    }

    @Test func refusesLongTexts() {
        let text = "https://a.example/" + String(repeating: "a", count: WebURL.longest)
        #expect(throws: WebURLError.tooLong(text.utf8.count)) { try WebURL(parsing: text) }
    }

    @Test(arguments: [
        ("/v2/x?n=1", "https://a.example/v2/x?n=1"), ("?last=b", "https://a.example/v2/one/two?last=b"),
        ("three", "https://a.example/v2/one/three"), ("../three", "https://a.example/v2/three"),
        ("/a/./b/../c", "https://a.example/a/c"), ("/../..", "https://a.example/"),
        ("//b.example/x", "https://b.example/x"), ("http://c.example/", "http://c.example/"),
        ("", "https://a.example/v2/one/two?q"),
        ("/a/..?x=/../y", "https://a.example/?x=/../y"),
    ])
    func resolvesReferences(reference: String, result: String) throws {
        let base = try WebURL(parsing: "https://a.example/v2/one/two?q")
        #expect(try base.resolving(reference).description == result)
    }

    @Test(arguments: ["javascript:alert(1)", "file:///etc/passwd", "//user@b.example/"])
    func resolvesToTheWebOnly(reference: String) throws {
        let base = try WebURL(parsing: "https://a.example/")
        #expect(throws: WebURLError.self) { try base.resolving(reference) }
    }

    @Test func keepsSecretsOutOfMessages() {
        do {
            _ = try WebURL(parsing: "https://a.example/ ?token=secret")
            Issue.record("taken")
        } catch {
            #expect(!error.message.contains("secret"))
        }
    }
}
