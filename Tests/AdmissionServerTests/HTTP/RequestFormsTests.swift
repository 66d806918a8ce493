import AdmissionServer
import Testing

/// Paths, queries, methods and times as requests state them.
@Suite struct RequestFormsTests {
    private func server(_ surface: TestSurface) async throws -> TestServer {
        try await TestServer(.open([surface.name]), surfaces: [surface])
    }

    private var api: TestSurface {
        TestSurface(
            .api,
            routes: [
                SurfaceRoute("GET", "/v1/verdicts"), SurfaceRoute("GET", "/v1/verdicts/{id}"),
                SurfaceRoute("POST", "/v1/verify", bodyByteLimit: 100),
            ])
    }

    @Test func decodesParametersAndQueriesOnce() async throws {
        let surface = api
        let server = try await server(surface)
        let client = try await server.client()
        _ = try await client.request(Wire.get("/v1/verdicts/a%2Fb%2525?image=r%C3%A9g+x%26&empty="))
        let asked = try #require(surface.asked.first)
        #expect(asked.parameters == ["id": "a/b%25"])
        #expect(asked.query == ["image": "rég+x&", "empty": ""])
        #expect(asked.path == "/v1/verdicts/a%2Fb%2525")
    }

    @Test(arguments: [
        "/v1/verdicts?a=1&a=2", "/v1/verdicts?a=%", "/v1/verdicts?a=%4", "/v1/verdicts?a=%GG", "/v1/verdicts?a=%00",
        "/v1/verdicts/%ff", "/v1/verdicts?a=%c0%80", "v1/verdicts", "*",
        "/v1/verdicts#x",
    ])
    func refusesTargetsThatTwoReadersReadInTwoWays(target: String) async throws {
        let surface = api
        let server = try await server(surface)
        let answer = try await server.client().request(Wire.get(target))
        #expect(answer.status == 400)
        #expect(surface.asked.isEmpty)
    }

    @Test func findsRoutesByTheirWholePath() async throws {
        let surface = api
        let server = try await server(surface)
        let client = try await server.client()
        for path in [
            "/", "/v1", "/v1/verdicts/", "/v1/verdicts/a/b", "//v1/verdicts", "/v1/./verdicts", "/V1/verdicts",
        ] {
            #expect(try await client.request(Wire.get(path)).status == 404, "\(path)")
        }
        let other = try await client.request(Wire.get("/v1/verify"))
        #expect(other.status == 405)
        #expect(other.headers["allow"] == "POST")
        #expect(surface.asked.isEmpty)
        #expect(try await client.request(Wire.get("/v1/verdicts")).status == 200)
    }

    @Test func leavesASurfaceLessTimeThanTheCallerWaits() async throws {
        let surface = TestSurface()
        let server = try await server(surface)
        let client = try await server.client()
        let cases: [(String, Duration)] = [
            ("?timeout=10s", .milliseconds(9500)), ("?timeout=1m30s", .milliseconds(29500)),
            ("?timeout=2s", .milliseconds(1500)),
            ("?timeout=600ms", .milliseconds(300)), ("?timeout=1.5s", .seconds(1)), ("", .milliseconds(9500)),
            // What can't be read is as if nothing was said: an answer is better than none.
            ("?timeout=soon", .milliseconds(9500)), ("?timeout=-5s", .milliseconds(9500)),
            ("?timeout=0s", .milliseconds(9500)),
            ("?timeout=99999999999999999999h", .milliseconds(29500)),
        ]
        for (query, expected) in cases {
            // What passes before the surface is asked is taken off; on a busy machine one of many has to be quick.
            var isWhole = false
            for _ in 0..<50 where !isWhole {
                _ = try await client.request(Wire.post("/v1/kubernetes/validate" + query))
                let asked = try #require(surface.asked.last)
                #expect(asked.timeout <= expected, "\(query)")
                #expect(asked.query["timeout"] == nil)
                isWhole = asked.timeout > expected - .milliseconds(250)
            }
            #expect(isWhole, "\(query)")
        }
    }

    @Test func tellsAClientThatWaitsToGoOn() async throws {
        let surface = TestSurface { SurfaceResponse(body: $0.body) }
        let server = try await server(surface)
        let client = try await server.client()
        try await client.send(
            "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await client.answer().status == 100)
        try await client.send("{}")
        #expect(try await client.answer().text == "{}")
    }

    @Test func endsTheConnectionWhenTheClientWantsIt() async throws {
        let server = try await server(TestSurface())
        for value in ["close", "Close", "keep-alive, CLOSE"] {
            let client = try await server.client()
            #expect(try await client.request(Wire.post(headers: ["Connection: \(value)"])).status == 200)
            #expect(await client.waitForEnd())
        }
    }

    @Test func endsTheConnectionOfAnEarlierClientUnlessItAsksAndIsTold() async throws {
        let server = try await server(TestSurface())
        func earlier(_ headers: [String]) -> String {
            Wire.post(headers: headers).replacing("HTTP/1.1\r\n", with: "HTTP/1.0\r\n", maxReplacements: 1)
        }
        let ended = try await server.client()
        let answer = try await ended.request(earlier([]))
        #expect(answer.status == 200)
        #expect(await ended.waitForEnd())

        let kept = try await server.client()
        for _ in 0..<2 {
            let answer = try await kept.request(earlier(["Connection: Keep-Alive"]))
            #expect(answer.status == 200)
            #expect(answer.headers["connection"] == "keep-alive")
        }
        #expect(try await kept.request(earlier([])).status == 200)
        #expect(await kept.waitForEnd())
    }
}
