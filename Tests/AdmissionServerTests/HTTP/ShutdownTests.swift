import AdmissionServer
import Testing

/// What happens to requests when the server is told to go.
@Suite struct ShutdownTests {
    @Test func finishesWhatIsUnderWayAndRefusesNothingBefore() async throws {
        let surface = TestSurface { _ in
            try? await Task.sleep(for: .milliseconds(20))
            return SurfaceResponse(body: [0x78])
        }
        var configuration = AdmissionServerConfiguration.open()
        configuration.shutdown.lameDuck = .milliseconds(400)
        let server = try await TestServer(configuration, surfaces: [surface])
        let broken = Kept([String]())
        let answered = Kept(0)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for worker in 0..<6 {
                tasks.addTask {
                    var kept: RawClient?
                    // Until no connection is taken any more: that is no failure, an answer that is cut off is.
                    while true {
                        let client: RawClient
                        if let kept {
                            client = kept
                        } else {
                            guard let new = try? await server.client() else { return }
                            client = new
                        }
                        guard (try? await client.send(Wire.post())) != nil else { return }
                        do {
                            let answer = try await client.answer()
                            answered.update { $0 += 1 }
                            if answer.status != 200 { broken.update { $0.append("status \(answer.status)") } }
                            kept = answer.headers["connection"] == "close" || worker % 2 == 0 ? nil : client
                        } catch RawClient.Failure.noAnswer(let part) {
                            // A connection that was refused, or closed while it was idle, has no answer at all.
                            if !part.isEmpty { broken.update { $0.append("cut off: \(part)") } }
                            return
                        }
                    }
                }
            }
            tasks.addTask {
                let end = ContinuousClock.now.advanced(by: .seconds(10))
                while answered.update({ $0 }) < 30, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(5))
                }
                await server.terminate()
                try await server.end()
            }
            try await tasks.waitForAll()
        }
        #expect(broken.update { $0 } == [])
        #expect(surface.asked.count == answered.update { $0 })
        #expect(server.notices.of(.stopped).first?.message == "all requests were finished")
    }

    @Test func turnsUnreadyFirstAndStillAnswers() async throws {
        var configuration = AdmissionServerConfiguration.open([.kubernetesValidate, .health])
        configuration.shutdown.lameDuck = .seconds(60)
        let server = try await TestServer(configuration, surfaces: [TestSurface()])
        #expect(try await server.client().request(Wire.get("/readyz")).status == 200)
        await server.terminate()
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        var ready: RawAnswer?
        while ContinuousClock.now < end, ready?.status != 503 {
            ready = try? await server.client().request(Wire.get("/readyz"))
        }
        #expect(ready?.status == 503)
        #expect(ready?.text.contains("the server is shutting down") == true)
        let answer = try await server.client().request(Wire.post())
        #expect(answer.status == 200)
        // So that clients take their next request elsewhere.
        #expect(answer.headers["connection"] == "close")
        // Who can't wait for the end of it cuts the server off.
        server.cancel()
        try await server.end()
    }

    @Test func waitsForALongRequestAndForNoLongerThanItsTime() async throws {
        for (work, isFinished) in [(Duration.milliseconds(400), true), (.seconds(30), false)] {
            let surface = TestSurface { _ in
                try? await Task.sleep(for: work)
                return SurfaceResponse(body: [0x78])
            }
            var configuration = AdmissionServerConfiguration.open()
            configuration.shutdown.drain = isFinished ? .seconds(20) : .milliseconds(500)
            let server = try await TestServer(configuration, surfaces: [surface])
            let client = try await server.client()
            try await client.send(Wire.post())
            #expect(await client.wait { !surface.asked.isEmpty })
            let start = ContinuousClock.now
            await server.terminate()
            let answer = try? await client.answer()
            #expect((answer?.status == 200) == isFinished)
            try await server.end()
            #expect(start.duration(to: .now) < .seconds(15))
        }
    }

    @Test func closesIdleConnectionsAtOnce() async throws {
        let server = try await TestServer(.open(), surfaces: [TestSurface()])
        let client = try await server.client()
        #expect(try await client.request(Wire.post()).status == 200)
        await server.terminate()
        #expect(await client.waitForEnd())
        try await server.end()
    }
}
