import Testing

@testable import HTTPTransport

@Suite struct ProxySettingsTests {
    func proxy(_ environment: [String: String], _ url: String) throws -> String? {
        try ProxySettings(environment: environment).proxy(for: try WebURL(parsing: url))?.description
    }

    @Test func choosesByScheme() throws {
        let both = ["HTTPS_PROXY": "http://s.example:3128", "HTTP_PROXY": "p.example:8080"]
        #expect(try proxy(both, "https://a.example") == "http://s.example:3128")
        #expect(try proxy(both, "http://a.example") == "http://p.example:8080")
        #expect(try proxy([:], "https://a.example") == nil)
        #expect(try proxy(["ALL_PROXY": "socks5://p.example"], "https://a.example") == "socks5://p.example:1080")
    }

    @Test func prefersLowerCaseAndTakesEmptyForNone() throws {
        #expect(
            try proxy(["HTTPS_PROXY": "u.example:1", "https_proxy": "l.example:2"], "https://a.example")
                == "http://l.example:2")
        #expect(try proxy(["HTTPS_PROXY": ""], "https://a.example") == nil)
    }

    @Test func believesNoProxyThatAClientOfACGIProgramSent() throws {
        let environment = ["HTTP_PROXY": "evil.example:1", "REQUEST_METHOD": "GET"]
        #expect(try proxy(environment, "http://a.example") == nil)
        #expect(try proxy(["http_proxy": "p.example:1", "REQUEST_METHOD": "GET"], "http://a.example") != nil)
    }

    @Test(arguments: [
        ("example.com", "https://example.com", true), ("example.com", "https://a.example.com", true),
        (".example", "https://example", false), ("wn.example", "https://town.example", false),
        (".example.com", "https://example.com", false),
        (".example.com", "https://a.example.com", true), ("*.example.com", "https://a.example.com", true),
        ("*.example.com", "https://example.com", false), ("EXAMPLE.com", "https://example.com", true),
        ("example.com:5000", "https://example.com:5000", true), ("example.com:5000", "https://example.com", false),
        ("10.0.0.0/8", "https://10.9.8.7", true), ("10.0.0.0/8", "https://172.16.0.1", false),
        ("10.0.0.0/9", "https://10.128.0.1", false), ("10.1.2.3", "https://10.1.2.3", true),
        ("10.1.2.3:443", "https://10.1.2.3", true), ("fd00::/8", "https://[fd12::1]", true),
        ("[fd12::1]:443", "https://[fd12::1]", true), ("fd12::1", "https://[fd12::1]", true),
        ("*", "https://example.com", true), ("a.example, example.com ,b", "https://example.com", true),
        ("0.0.0", "https://10.0.0.0", false), ("", "https://example.com", false), (",,", "https://example.com", false),
        ("com", "https://example.com", true), ("example.com", "https://example.com.evil.example", false),
    ])
    func exceptsHosts(rules: String, url: String, excepted: Bool) throws {
        #expect((try proxy(["HTTPS_PROXY": "p.example:1", "NO_PROXY": rules], url) == nil) == excepted)
    }

    @Test(arguments: ["https://localhost:5000", "https://127.0.0.1", "https://[::1]:5000", "https://a.localhost"])
    func goesToLoopbackWithout(url: String) throws {
        #expect(try proxy(["HTTPS_PROXY": "p.example:1"], url) == nil)
    }

    @Test func readsUserAndPassword() throws {
        let proxy = try WebProxy(parsing: "http://user%40x:p%3Ass@p.example:3128/")
        #expect(proxy.user == "user@x")
        #expect(proxy.password == "p:ss")
        #expect(proxy.description == "http://p.example:3128")
        #expect(try WebProxy(parsing: "p.example").port == 80)
        #expect(try WebProxy(parsing: "http://[::1]:3128").port == 3128)
    }

    @Test(arguments: [
        ("https://p.example:1", ProxyError.scheme), ("ftp://p.example", .scheme), ("http://p.example/path", .host),
        ("http://", .host), ("socks5://u:p@p.example", .user), ("http://%zz@p.example", .user),
    ])
    func refusesProxiesThatCannotBeUsed(text: String, error: ProxyError) {
        #expect(throws: error) { try WebProxy(parsing: text) }
    }

    @Test func tunnelsThroughAProxy() async throws {
        let server = try await ScriptedServer { request in
            request.hasPrefix("CONNECT ")
                ? [.send("HTTP/1.1 200 OK\r\n\r\n")]
                : [.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")]
        }
        var configuration = HTTPConfiguration()
        configuration.insecurePlainHTTP = ["a.invalid"]
        configuration.proxies = try ProxySettings(
            environment: ["http_proxy": "http://user:secret@127.0.0.1:\(server.port)"])
        let transport = try HTTPTransport(configuration)
        let response = try await transport.send(
            HTTPRequest(
                .get, try WebURL(parsing: "http://a.invalid/x"), limit: 10, deadline: .seconds(3600), addresses: .global
            ))
        #expect(response.body == Array("hi".utf8))
        #expect(server.received[0].hasPrefix("CONNECT a.invalid:80 HTTP/1.1"))
        #expect(server.received[0].lowercased().contains("proxy-authorization: basic dxnlcjpzzwnyzxq="))
        #expect(!server.received[1].lowercased().contains("proxy-authorization"))
        await transport.shutdown()
    }

    @Test func asksNoProxyForAddressesThatAreRefused() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\n\r\n")] }
        var configuration = HTTPConfiguration()
        configuration.proxies = try ProxySettings(environment: ["https_proxy": "127.0.0.1:\(server.port)"])
        let transport = try HTTPTransport(configuration)
        let url = try WebURL(parsing: "https://169.254.169.254/")
        await #expect {
            try await transport.send(HTTPRequest(.get, url, limit: 10, deadline: .seconds(3600), addresses: .global))
        } throws: { error in
            if case HTTPTransportError.refusedAddress(_, _, .linkLocal) = error { true } else { false }
        }
        #expect(server.received.isEmpty)
        await transport.shutdown()
    }

    @Test func tellsThatAProxyRefused() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")] }
        var configuration = HTTPConfiguration()
        configuration.proxies = try ProxySettings(environment: ["https_proxy": "127.0.0.1:\(server.port)"])
        let transport = try HTTPTransport(configuration)
        await #expect {
            try await transport.send(
                HTTPRequest(
                    .get, try WebURL(parsing: "https://a.invalid/"), limit: 10, deadline: .seconds(3600),
                    addresses: .any))
        } throws: { error in
            if case HTTPTransportError.unreachable = error { true } else { false }
        }
        await transport.shutdown()
    }
}
