import AdmissionServer
import StrictEncoding
import Testing

/// Each bound of HTTP, passed over a real socket.
@Suite struct BoundsTests {
    private func server(
        _ surface: TestSurface = TestSurface(), _ change: (inout HTTPLimits) -> Void = { _ in }
    ) async throws -> TestServer {
        var limits = HTTPLimits()
        change(&limits)
        return try await TestServer(.open([surface.name], limits: limits), surfaces: [surface])
    }

    @Test func answersOverAConnectionThatIsKept() async throws {
        let surface = TestSurface()
        let server = try await server(surface)
        let client = try await server.client()
        for number in 0..<3 {
            let answer = try await client.request(Wire.post("/v1/kubernetes/validate", "{\"n\":\(number)}"))
            #expect(answer.status == 200)
            #expect(answer.text == "unauthenticated")
            #expect(answer.headers["date"] == "Thu, 28 May 2026 20:26:40 GMT")
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["connection"] == nil)
        }
        #expect(
            surface.asked.map { String(decoding: $0.body, as: UTF8.self) } == ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"])
    }

    @Test func answersPipelinedRequestsInTheirOrder() async throws {
        let surface = TestSurface { SurfaceResponse(body: $0.body) }
        let server = try await server(surface)
        let client = try await server.client()
        try await client.send((0..<200).map { Wire.post("/v1/kubernetes/validate", "\($0)") }.joined())
        for number in 0..<200 {
            let answer = try await client.answer()
            #expect(answer.text == "\(number)")
        }
    }

    @Test func refusesABodyThatSaysItIsTooLongBeforeItComes() async throws {
        let surface = TestSurface()
        let server = try await server(surface)
        let client = try await server.client()
        let answer = try await client.request(
            "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")
        #expect(answer.status == 413)
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.headers["connection"] == "close")
        #expect(answer.text.contains("\"code\":\"body-too-large\""))
        #expect(surface.asked.isEmpty)
    }

    @Test func refusesABodyInPiecesThatGrowsTooLong() async throws {
        let surface = TestSurface()
        let server = try await server(surface)
        let client = try await server.client()
        try await client.send("POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
        for _ in 0..<17 { try? await client.send(piece) }
        let answer = try await client.answer()
        #expect(answer.status == 413)
        #expect(surface.asked.isEmpty)
    }

    @Test func takesABodyOfExactlyTheLimit() async throws {
        let surface = TestSurface { SurfaceResponse(body: Array("\($0.body.count)".utf8)) }
        let server = try await server(surface)
        let client = try await server.client()
        let answer = try await client.request(
            Wire.post("/v1/kubernetes/validate", String(repeating: "x", count: 65536)))
        #expect(answer.text == "65536")
    }

    @Test func endsAConnectionThatSendsOnAfterARefusal() async throws {
        let server = try await server()
        let client = try await server.client()
        try await client.send("POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")
        let answer = try await client.answer()
        #expect(answer.status == 413)
        // What is on its way is read, so that the answer arrives; what goes on beyond that is not.
        let piece = [UInt8](repeating: 0x78, count: 64 << 10)
        for _ in 0..<8 { try? await client.send(piece) }
        #expect(await client.waitForEnd())
    }

    @Test func readsTheRestOfARefusedBodyAndThenEnds() async throws {
        let server = try await server()
        let client = try await server.client()
        let body = String(repeating: "x", count: 70_000)
        let answer = try await client.request(Wire.post("/v1/kubernetes/validate", body))
        #expect(answer.status == 413)
        #expect(await client.waitForEnd())
    }

    @Test func refusesHeadersThatAreTooLong() async throws {
        let server = try await server()
        for headers in [
            ["X-Long: " + String(repeating: "x", count: 13 << 10)],
            (0..<40).map { "X-\($0): " + String(repeating: "x", count: 1000) },
            (0..<80).map { "X-\($0): 1" },
        ] {
            let client = try await server.client()
            try await client.send(Wire.post("/v1/kubernetes/validate", "{}", headers: headers))
            let answer = try await client.answer()
            #expect(answer.status == 431)
            #expect(await client.waitForEnd())
        }
    }

    @Test func refusesATargetThatIsTooLong() async throws {
        let server = try await server()
        let client = try await server.client()
        let answer = try await client.request(Wire.get("/" + String(repeating: "x", count: 5000)))
        #expect(answer.status == 414)
    }

    @Test func endsHeadersThatComeByteByByte() async throws {
        let server = try await server { $0.secondsForHeaders = 1 }
        let client = try await server.client()
        let head = Array("POST /v1/kubernetes/validate HTTP/1.1\r\nHost: server.example\r\nX: ".utf8)
        let bytes = head + [UInt8](repeating: 0x78, count: 4_000)
        var sent = 0
        while sent < bytes.count, !client.isClosed {
            try? await client.send([bytes[sent]])
            sent += 1
            try await Task.sleep(for: .milliseconds(20))
        }
        // Ended while bytes still came, however slow the machine is.
        #expect(sent < bytes.count)
        #expect(client.text.contains("408"))
    }

    @Test func endsABodyThatComesByteByByte() async throws {
        let surface = TestSurface()
        let server = try await server(surface) { $0.secondsForBody = 1 }
        let client = try await server.client()
        try await client.send("POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n")
        for _ in 0..<400 {
            try? await client.send([0x78])
            if client.isClosed { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await client.waitForEnd())
        #expect(client.text.contains("408"))
        #expect(surface.asked.isEmpty)
        #expect(server.notices.of(.bound).contains { $0.message.contains("body-time") })
    }

    @Test func endsAConnectionThatSaysNothing() async throws {
        let server = try await server { $0.secondsForHeaders = 1 }
        let client = try await server.client()
        #expect(await client.waitForEnd())
        #expect(client.bytes.isEmpty)
    }

    @Test func endsAConnectionThatIsIdle() async throws {
        let server = try await server { $0.secondsIdle = 1 }
        let client = try await server.client()
        #expect(try await client.request(Wire.post()).status == 200)
        // Sooner than anything else would end it.
        #expect(await client.waitForEnd(.seconds(100)))
    }

    /// Between requests the time for headers does not count.
    @Test func leavesAConnectionItsIdleTime() async throws {
        let server = try await server {
            $0.secondsForHeaders = 3
            $0.secondsIdle = 3_600
        }
        let client = try await server.client()
        #expect(try await client.request(Wire.post()).status == 200)
        try await Task.sleep(for: .seconds(4))
        #expect(!client.isClosed)
        #expect(try await client.request(Wire.post()).status == 200)
    }

    @Test func answersInPlaceOfASurfaceThatDoesNot() async throws {
        let surface = TestSurface { _ in
            try? await Task.sleep(for: .seconds(60))
            return SurfaceResponse(body: [])
        }
        let server = try await server(surface) {
            $0.secondsForHeaders = 5
            $0.longestAnswer = .seconds(1)
        }
        let client = try await server.client()
        let answer = try await client.request(Wire.post())
        #expect(answer.status == 503)
        #expect(answer.text.contains("no-answer-in-time"))
        #expect(await client.waitForEnd())
        #expect(server.notices.of(.bound).contains { $0.message.contains("answer-time") })
        // What the surface still did was cancelled: the server ends at once.
        await server.terminate()
        try await server.end()
    }

    @Test func refusesConnectionsBeyondTheLimitAndTakesThemAgain() async throws {
        let server = try await server { $0.connections = 3 }
        var clients: [RawClient] = []
        for _ in 0..<3 {
            let client = try await server.client()
            #expect(try await client.request(Wire.post()).status == 200)
            clients.append(client)
        }
        let refused = try await server.client()
        #expect(await refused.waitForEnd())
        #expect(refused.bytes.isEmpty)
        await clients.removeLast().close()
        var isTaken = false
        for _ in 0..<200 where !isTaken {
            if let client = try? await server.client(), let answer = try? await client.request(Wire.post()) {
                isTaken = answer.status == 200
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(isTaken)
    }

    @Test func refusesConnectionsOfOneAddressBeyondItsLimit() async throws {
        let server = try await server { $0.connectionsPerPeer = 1 }
        let first = try await server.client()
        #expect(try await first.request(Wire.post()).status == 200)
        let second = try await server.client()
        #expect(await second.waitForEnd())
        #expect(server.notices.of(.bound).contains { $0.message.contains("connections-per-peer") })
    }

    @Test(arguments: [
        "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/kubernetes/validate HTTP/1.1\r\nHost : a\r\n\r\n",
        "nonsense\r\n\r\n",
    ])
    func refusesMessagesThatTwoReadersReadInTwoWays(message: String) async throws {
        let surface = TestSurface()
        let server = try await server(surface)
        let client = try await server.client()
        let answer = try await client.request(message)
        #expect(answer.status == 400)
        #expect(await client.waitForEnd())
        #expect(surface.asked.isEmpty)
    }

    @Test func staysReachableWhenClientsVanishInTheMiddle() async throws {
        let server = try await server()
        for _ in 0..<50 {
            let client = try await server.client()
            try await client.send("POST /v1/kub")
            await client.close()
        }
        #expect(try await server.client().request(Wire.post()).status == 200)
    }
}
