import HTTPTransport
import RegistrySimulator
import Testing

@Suite struct HTTPTransportTests {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: 1\r\nX-A: 2\r\n\r\nhi"

    func request(
        _ url: String, _ method: HTTPRequest.Method = .get, limit: Int = 1000, deadline: Duration = .seconds(3600),
        addresses: AddressPolicy = .any, body: [UInt8] = [], fields: HTTPFields = [:]
    ) throws -> HTTPRequest {
        HTTPRequest(
            method, try WebURL(parsing: url), fields: fields, body: body, limit: limit, deadline: deadline,
            addresses: addresses)
    }

    @Test func givesStatusFieldsAndBody() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let transport = try HTTPTransport()
        let response = try await transport.send(
            request(server.base + "/a%2Fb/c?x=%2B+%20&y=/?", fields: ["accept": "text/a", "accept": "text/b"]))
        #expect(response.status == 200)
        #expect(response.body == Array("hi".utf8))
        #expect(response.fields.all("x-a") == ["1", "2"])
        let sent = try #require(server.received.first)
        #expect(sent.hasPrefix("GET /a%2Fb/c?x=%2B+%20&y=/? HTTP/1.1\r\n"))
        #expect(sent.contains("accept: text/a\r\naccept: text/b\r\n"))
        await transport.shutdown()
    }

    @Test func sendsBodies() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let transport = try HTTPTransport()
        _ = try await transport.send(request(server.base, .put, body: Array("hello".utf8)))
        _ = try await transport.send(request(server.base, .post))
        #expect(server.received[0].hasSuffix("\r\n\r\nhello"))
        #expect(server.received[1].lowercased().contains("content-length: 0"))
        await transport.shutdown()
    }

    @Test func neverFollowsARedirect() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")]
        }
        let transport = try HTTPTransport()
        let response = try await transport.send(request(server.base))
        #expect(response.status == 307)
        #expect(server.received.count == 1)
        await transport.shutdown()
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    ])
    func endsAnEndlessBodyAtItsLimit(head: String) async throws {
        let server = try await ScriptedServer { _ in
            [.send(head), .sendForever("100\r\n" + String(repeating: "x", count: 256) + "\r\n")]
        }
        let transport = try HTTPTransport()
        let request = try request(server.base, limit: 5000)
        await #expect(throws: HTTPTransportError.tooLarge(request.url.origin, limit: 5000)) {
            try await transport.send(request)
        }
        await transport.shutdown()
    }

    @Test func takesABodyOfExactlyTheLimit() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let transport = try HTTPTransport()
        #expect(try await transport.send(request(server.base, limit: 2)).body.count == 2)
        let over = try request(server.base, limit: 1)
        await #expect(throws: HTTPTransportError.tooLarge(over.url.origin, limit: 1)) { try await transport.send(over) }
        await transport.shutdown()
    }

    @Test func endsASlowDripAtTheDeadline() async throws {
        let drip = (0..<100).flatMap { _ in [ScriptedServer.Step.send("x"), .pause(milliseconds: 50)] }
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")] + drip }
        let transport = try HTTPTransport()
        let started = ContinuousClock.now
        await #expect(throws: HTTPTransportError.timedOut(.milliseconds(300))) {
            try await transport.send(request(server.base, deadline: .milliseconds(300)))
        }
        #expect(ContinuousClock.now - started < .seconds(600))
        await transport.shutdown()
    }

    @Test func endsSilenceAtTheDeadline() async throws {
        let server = try await ScriptedServer { _ in [] }
        let transport = try HTTPTransport()
        await #expect(throws: HTTPTransportError.timedOut(.milliseconds(200))) {
            try await transport.send(request(server.base, deadline: .milliseconds(200)))
        }
        await transport.shutdown()
    }

    @Test func tellsABodyThatIsCutShort() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"), .close]
        }
        let transport = try HTTPTransport()
        await #expect { try await transport.send(request(server.base)) } throws: { error in
            if case HTTPTransportError.interrupted = error { true } else { false }
        }
        await transport.shutdown()
    }

    @Test func tellsAReset() async throws {
        let server = try await ScriptedServer { _ in [.reset] }
        let transport = try HTTPTransport()
        await #expect { try await transport.send(request(server.base)) } throws: { error in
            if case HTTPTransportError.interrupted = error { true } else { false }
        }
        await transport.shutdown()
    }

    @Test func tellsWhatIsNoHTTP() async throws {
        let server = try await ScriptedServer { _ in [.send("220 mail.example ready\r\n"), .close] }
        let transport = try HTTPTransport()
        await #expect { try await transport.send(request(server.base)) } throws: { error in
            if case HTTPTransportError.malformed = error { true } else { false }
        }
        await transport.shutdown()
    }

    @Test func endsEndlessFieldsBeforeMemoryDoes() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 200 OK\r\n"), .sendForever("x-filler: " + String(repeating: "y", count: 1000) + "\r\n")]
        }
        let transport = try HTTPTransport()
        await #expect { try await transport.send(request(server.base, deadline: .seconds(3600))) } throws: { error in
            if case HTTPTransportError.malformed = error { true } else { false }
        }
        await transport.shutdown()
    }

    @Test func tellsThatNobodyListens() async throws {
        let closed = try ClosedPort()
        let transport = try HTTPTransport()
        for host in ["127.0.0.1", "localhost"] {
            await #expect { try await transport.send(request("http://\(host):\(closed.number)")) } throws: { error in
                if case HTTPTransportError.unreachable = error { true } else { false }
            }
        }
        withExtendedLifetime(closed) {}
        await transport.shutdown()
    }

    @Test func endsWithItsTask() async throws {
        let server = try await ScriptedServer { _ in [] }
        let transport = try HTTPTransport()
        let request = try request(server.base)
        let task = Task { try await transport.send(request) }
        while server.received.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: HTTPTransportError.cancelled) { try await task.value }
        await transport.shutdown()
    }

    @Test func answersNobodyAfterShutdown() async throws {
        let transport = try HTTPTransport()
        await transport.shutdown()
        await #expect(throws: HTTPTransportError.cancelled) { try await transport.send(request("http://127.0.0.1:1")) }
    }

    @Test func handsOverPiecesAndKeepsRefusals() async throws {
        let server = try await ScriptedServer { [ok] request in
            request.contains("GET /no")
                ? [.send("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope")] : [.send(ok)]
        }
        let transport = try HTTPTransport()
        let pieces = Pieces()
        let found = try await transport.send(request(server.base + "/yes")) { await pieces.add($0) }
        #expect(found.body.isEmpty)
        #expect(await pieces.bytes == Array("hi".utf8))
        let refused = try await transport.send(request(server.base + "/no")) { await pieces.add($0) }
        #expect(refused.body == Array("nope".utf8))
        #expect(await pieces.bytes.count == 2)
        await transport.shutdown()
    }

    @Test func keepsTheBeginningOfARefusalWhateverTheLimit() async throws {
        let server = try await ScriptedServer { _ in
            [
                .send("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n"),
                .sendForever("100\r\n" + String(repeating: "x", count: 256) + "\r\n"),
            ]
        }
        let transport = try HTTPTransport()
        let response = try await transport.send(request(server.base, limit: 1))
        #expect(response.status == 404)
        #expect(response.body.count == transport.configuration.longestRefusal)
        await transport.shutdown()
    }

    @Test func neverSendsALineBreakInsideAField() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let transport = try HTTPTransport()
        await #expect(throws: HTTPTransportError.self) {
            try await transport.send(request(server.base, fields: ["accept": "a\r\nauthorization: stolen"]))
        }
        #expect(server.received.isEmpty)
        await transport.shutdown()
    }

    @Test func usesOneConnectionForRequestsInARow() async throws {
        let server = try await ScriptedServer { [ok] _ in [.send(ok)] }
        let transport = try HTTPTransport()
        for _ in 0..<5 { _ = try await transport.send(request(server.base)) }
        #expect(server.connections == 1)
        await transport.shutdown()
    }
}

private actor Pieces {
    var bytes: [UInt8] = []
    func add(_ piece: [UInt8]) { bytes += piece }
}
