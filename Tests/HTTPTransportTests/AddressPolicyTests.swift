import HTTPTransport
import Testing

@Suite struct AddressPolicyTests {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

    @Test(arguments: [
        ("127.0.0.1", NetworkAddress.Kind.loopback), ("127.255.0.9", .loopback), ("10.1.2.3", .private),
        ("172.16.0.1", .private), ("172.31.255.255", .private), ("172.32.0.1", .global), ("192.168.1.1", .private),
        ("169.254.169.254", .linkLocal), ("100.64.0.1", .shared), ("100.100.100.200", .shared),
        ("100.128.0.1", .global), ("168.63.129.16", .metadata), ("0.0.0.0", .unspecified), ("224.0.0.1", .multicast),
        ("255.255.255.255", .reserved), ("192.0.2.1", .reserved), ("198.18.0.1", .reserved), ("8.8.8.8", .global),
        ("::1", .loopback), ("::", .unspecified), ("::7f00:1", .reserved), ("::ffff:127.0.0.1", .loopback),
        ("::ffff:169.254.169.254", .linkLocal), ("::ffff:8.8.8.8", .global), ("64:ff9b::10.0.0.1", .private),
        ("fe80::1", .linkLocal), ("fec0::1", .private), ("fd00:ec2::254", .private), ("fc00::1", .private),
        ("ff02::1", .multicast), ("2002:7f00:1::", .reserved), ("2001:0:1::1", .reserved), ("2001:db8::1", .reserved),
        ("2606:4700::1", .global), ("2001:4860::1", .global), ("4000::1", .reserved),
    ])
    func knowsWhatAnAddressIsFor(text: String, kind: NetworkAddress.Kind) throws {
        #expect(try #require(NetworkAddress(text)).kind == kind)
    }

    @Test(arguments: ["127.1", "0x7f.0.0.1", "2130706433", "010.0.0.1", "1.2.3.4.5", "fe80::1%eth0", "", "::1::"])
    func readsNoOtherNotation(text: String) { #expect(NetworkAddress(text) == nil) }

    func send(_ url: String, names: [String: [String]], _ policy: AddressPolicy, plain: Set<String> = []) async throws {
        var configuration = HTTPConfiguration()
        configuration.lookup = .table(names)
        configuration.insecurePlainHTTP = plain
        let transport = try HTTPTransport(configuration)
        defer { Task { await transport.shutdown() } }
        _ = try await transport.send(
            HTTPRequest(.get, try WebURL(parsing: url), limit: 10, deadline: .seconds(3600), addresses: policy))
    }

    func refusal(_ url: String, names: [String: [String]] = [:], _ policy: AddressPolicy = .global) async
        -> NetworkAddress.Kind?
    {
        do {
            try await send(url, names: names, policy)
            return nil
        } catch HTTPTransportError.refusedAddress(_, _, let kind) {
            return kind
        } catch {
            return nil
        }
    }

    @Test func refusesNamesAndNumbersOfAddressesThatAreNotTheInternets() async {
        #expect(await refusal("https://169.254.169.254/latest/meta-data") == .linkLocal)
        #expect(await refusal("https://[::ffff:10.0.0.1]/") == .private)
        #expect(await refusal("https://rebind.example/", names: ["rebind.example": ["127.0.0.1"]]) == .loopback)
        #expect(await refusal("https://meta.example/", names: ["meta.example": ["fd00:ec2::254"]]) == .private)
    }

    @Test func refusesANameThatHasOneBadAddressAmongGoodOnes() async {
        #expect(
            await refusal("https://mixed.example/", names: ["mixed.example": ["8.8.8.8", "10.0.0.1"]]) == .private)
    }

    @Test func connectsToTheAddressThatWasChecked() async throws {
        // The name exists in the test's table only: whoever looked it up again would not find it.
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        try await send(
            "http://pinned.invalid:\(server.port)/", names: ["pinned.invalid": ["127.0.0.1"]], .loopback,
            plain: ["pinned.invalid"])
        #expect(server.received.count == 1)
        #expect(server.received[0].lowercased().contains("host: pinned.invalid"))
    }

    @Test func triesTheNextAddressWhereNoConnectionComesAbout() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        try await send(
            "http://pinned.invalid:\(server.port)/", names: ["pinned.invalid": ["127.0.0.9", "127.0.0.1"]], .loopback,
            plain: ["pinned.invalid"])
        #expect(server.received.count == 1)
    }

    @Test func speaksPlainHTTPToLoopbackOnly() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        try await send("http://127.0.0.1:\(server.port)/", names: [:], .any)
        let local = "http://localhost:\(server.port)/"
        try await send(local, names: ["localhost": ["127.0.0.1"]], .any)
        #expect(await refusal(local, names: ["localhost": ["10.0.0.1"]], .any) == .private)
        let elsewhere = try WebURL(parsing: "http://registry.example/")
        await #expect(throws: HTTPTransportError.refusedPlainHTTP(elsewhere.origin)) {
            try await send(elsewhere.description, names: [:], .any)
        }
        await #expect(throws: HTTPTransportError.refusedPlainHTTP(try WebURL(parsing: "http://10.0.0.1").origin)) {
            try await send("http://10.0.0.1/", names: [:], .any)
        }
    }

    @Test func allowsPlainHTTPByHostOrByHostAndPort() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let names = ["a.invalid": ["127.0.0.1"]]
        for plain in ["a.invalid", "a.invalid:\(server.port)"] {
            try await send("http://a.invalid:\(server.port)/", names: names, .loopback, plain: [plain])
        }
        await #expect(throws: HTTPTransportError.self) {
            try await send("http://a.invalid:\(server.port)/", names: names, .loopback, plain: ["a.invalid:1"])
        }
    }
}
