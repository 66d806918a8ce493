import OCI
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct NotificationFormatTests {
    private typealias Bodies = NotificationBodies
    private let limits = NotificationLimits()

    private func read(_ format: NotificationFormat, _ body: [UInt8]) throws -> [EventReading] {
        try format.events(in: body, limits: limits)
    }

    private func read(_ format: NotificationFormat, _ body: JSONTree) throws -> [EventReading] {
        try read(format, body.canonicalBytes())
    }

    private var ledger: UnverifiedPush {
        UnverifiedPush(repository: "finance/ledger", tag: "1.0", digest: ExactString(Bodies.digest))
    }

    // MARK: Distribution

    @Test func readsAPushOfDistribution() throws {
        var push = ledger
        push.id = "320678d8-ca14-430f-8bb6-4ca139cd83f7"
        #expect(try read(.distribution, Bodies.envelope(Bodies.push())) == [.push(push)])
    }

    @Test func takesNoHostFromABody() throws {
        let forged = Bodies.push(url: "https://evil.example/v2/x/y/manifests/z", host: "evil.example")
        let readings = try read(.distribution, Bodies.envelope(forged))
        #expect(try readings == read(.distribution, Bodies.envelope(Bodies.push())))
        let harbor = try read(.harbor, Bodies.harbor(url: "evil.example/finance/ledger:1.0"))
        #expect(harbor == [.push(ledger)])
    }

    @Test(arguments: ["pull", "mount", "delete", "Push", "push ", "", "restore"])
    func ignoresOtherActions(_ action: String) throws {
        #expect(try read(.distribution, Bodies.envelope(Bodies.push(action: action))) == [.ignored(.otherAction)])
    }

    @Test(arguments: [
        "application/octet-stream", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.config.v1+json",
    ])
    func ignoresLayers(_ type: String) throws {
        let layer = Bodies.push(tag: nil, mediaType: type)
        #expect(try read(.distribution, Bodies.envelope(layer)) == [.ignored(.notAManifest)])
    }

    @Test func ignoresAPushWithoutATypeUnlessItHasATag() throws {
        let untagged = Bodies.push(tag: nil, mediaType: nil)
        #expect(try read(.distribution, Bodies.envelope(untagged)) == [.ignored(.notAManifest)])
        guard case .push = try #require(try read(.distribution, Bodies.envelope(Bodies.push(mediaType: nil))).first)
        else { return #expect(Bool(false), "a tag names a manifest") }
    }

    @Test func refusesMembersOfAnotherKindAndReadsTheOthers() throws {
        for body in [
            #"{"events":[{"action":1},E]}"#, #"{"events":[{"action":"push"},E]}"#, #"{"events":["push",E]}"#,
            #"{"events":[{"action":"push","target":{"repository":["a"]}},E]}"#,
            #"{"events":[{"action":"push","target":{"repository":"a","tag":7}},E]}"#,
            #"{"events":[{"action":"push","target":{"repository":"a","tag":"b","digest":{}}},E]}"#,
            #"{"events":[{"action":"push","id":1,"target":{"repository":"a","tag":"b"}},E]}"#,
            #"{"events":[{"action":"push","target":{"repository":"a","tag":"b","mediaType":null}},E]}"#,
        ] {
            let good = String(decoding: Bodies.push().canonicalBytes(), as: UTF8.self)
            let readings = try read(.distribution, Array(body.replacing("E", with: good, maxReplacements: 1).utf8))
            #expect(readings.first == .refused(.shape), "\(body)")
            #expect(readings.count == 2)
            guard case .push = readings.last else { return #expect(Bool(false), "\(body)") }
        }
    }

    @Test(arguments: [#"[]"#, #""push""#, #"{}"#, #"{"events":{}}"#, #"{"events":null}"#, #"{"Events":[]}"#])
    func refusesABodyThatIsNoEnvelope(_ body: String) {
        #expect(throws: NotificationBodyError.self) { try read(.distribution, Array(body.utf8)) }
    }

    @Test(arguments: [
        #"{"events":[],"events":[]}"#, #"{"events":[]"#, "", "\u{feff}{}", #"{"events":[]} {}"#,
        #"{"events":[{"action":"pull","action":"push"}]}"#,
    ])
    func refusesJSONWithTwoReadings(_ body: String) {
        #expect {
            try read(.distribution, Array(body.utf8))
        } throws: { error in
            guard case .json = error as? NotificationBodyError else { return false }
            return true
        }
    }

    @Test func refusesTenThousandEvents() {
        let body = (["events": .array(Array(repeating: Bodies.push(), count: 10_000))] as JSONTree).canonicalBytes()
        var wide = limits
        wide.bodyBytes = body.count
        #expect(throws: NotificationBodyError.tooManyEvents(10_000, limit: 256)) {
            try NotificationFormat.distribution.events(in: body, limits: wide)
        }
        #expect(throws: NotificationBodyError.self) { try read(.distribution, body) }
        let resources = JSONTree.array(Array(repeating: ["tag": "1"], count: 257))
        let harbor: JSONTree = [
            "type": "PUSH_ARTIFACT",
            "event_data": ["repository": ["repo_full_name": "a/b"], "resources": resources],
        ]
        #expect(throws: NotificationBodyError.tooManyEvents(257, limit: 256)) { try read(.harbor, harbor) }
    }

    @Test func refusesDeepNesting() {
        let body = #"{"events":"# + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}"
        #expect(throws: NotificationBodyError.self) { try read(.distribution, Array(body.utf8)) }
    }

    // MARK: Harbor

    @Test func readsBothFormatsOfHarbor() throws {
        #expect(try read(.harbor, Bodies.harbor()) == [.push(ledger)])
        var push = ledger
        push.id = "66e18103-09c1-41f6-982f-37df223f3eeb"
        #expect(try read(.harbor, Bodies.harborCloudEvent()) == [.push(push)])
    }

    @Test func readsAnArtifactWithoutATagByItsDigest() throws {
        var push = ledger
        push.tag = nil
        #expect(try read(.harbor, Bodies.harbor(tag: Bodies.digest)) == [.push(push)])
        #expect(try read(.harbor, Bodies.harbor(tag: "")) == [.push(push)])
    }

    @Test(arguments: [
        "PULL_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "harbor.artifact.pushed", "push_artifact",
    ])
    func ignoresOtherEventsOfHarbor(_ type: String) throws {
        #expect(try read(.harbor, Bodies.harbor(type: type)) == [.ignored(.otherAction)])
    }

    @Test(arguments: ["harbor.artifact.pulled", "harbor.tag.created", "PUSH_ARTIFACT"])
    func ignoresOtherCloudEvents(_ type: String) throws {
        #expect(try read(.harbor, Bodies.harborCloudEvent(type: type)) == [.ignored(.otherAction)])
    }

    @Test func refusesAHarborBodyOfTwoReadings() throws {
        guard case .object(var both) = Bodies.harborCloudEvent(), case .object(let own) = Bodies.harbor() else {
            return
        }
        both["event_data"] = own["event_data"]
        #expect(throws: NotificationBodyError.self) { try read(.harbor, .object(both)) }
        for version in ["0.3", "2.0", "1"] {
            both["event_data"] = nil
            both["specversion"] = .string(version)
            #expect(throws: NotificationBodyError.self) { try read(.harbor, .object(both)) }
        }
    }

    @Test(arguments: [
        #"{"type":"PUSH_ARTIFACT"}"#, #"{"type":"PUSH_ARTIFACT","event_data":{}}"#, #"{"type":7}"#, "[]",
        #"{"type":"PUSH_ARTIFACT","event_data":{"repository":{"repo_full_name":"a/b"}}}"#,
        #"{"type":"PUSH_ARTIFACT","event_data":{"resources":[],"repository":{"repo_full_name":7}}}"#,
        #"{"specversion":"1.0","type":"harbor.artifact.pushed","data":{"resources":[],"repository":{"repo_full_name":"a"}}}"#,
    ])
    func refusesABodyThatIsNotHarbors(_ body: String) {
        #expect(throws: NotificationBodyError.self) { try read(.harbor, Array(body.utf8)) }
    }

    // MARK: Any bytes

    /// Whatever is done to a body: nothing traps, and what passes is a path below the configured host, byte for byte.
    @Test(arguments: ["distribution", "harbor", "cloudevent", "mapped"])
    func makesNothingElseOfDamagedBodies(_ name: String) throws {
        let mapping = try NotificationMapping(
            repository: EventPath("/events/*/target/repository"), tag: EventPath("/events/*/target/tag"),
            digest: EventPath("/events/*/target/digest"), pushes: .everyEvent)
        let format: NotificationFormat =
            name == "distribution" ? .distribution : name == "mapped" ? .mapped(mapping) : .harbor
        let body: [UInt8] =
            switch name {
            case "harbor": Bodies.harbor().canonicalBytes()
            case "cloudevent": Bodies.harborCloudEvent().canonicalBytes()
            default: Bodies.envelope(Bodies.push(), Bodies.push(tag: "2.0"))
            }
        let registry = try Bodies.registry(format, repositories: ["**"])
        let splices = ["..", "/", ":", "@", "\u{0}", "\\u0000", "\"", "evil.example/", "\u{e9}", "\\", "*", "{}", "[]"]
        var random: UInt64 = 0x2545_f491_4f6c_dd1d
        func next(_ bound: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % UInt64(max(1, bound)))
        }
        var passed = 0
        for _ in 0..<4000 {
            var damaged = body
            for _ in 0...next(3) {
                let place = next(damaged.count)
                switch next(4) {
                case 0: damaged[place] = UInt8(truncatingIfNeeded: next(256))
                case 1: damaged.removeSubrange(place..<min(damaged.count, place + 1 + next(4)))
                case 2: damaged.insert(contentsOf: splices[next(splices.count)].utf8, at: place)
                default: damaged[place] ^= 1 << UInt8(next(8))
                }
                if damaged.isEmpty { damaged = body }
            }
            guard let readings = try? format.events(in: damaged, limits: limits) else { continue }
            for case .push(let push) in readings {
                guard let event = try? registry.checked(push) else { continue }
                passed += 1
                let text = "registry.example/" + event.repository + (event.tag.map { ":" + $0 } ?? "")
                let image = try ImageReference(parsing: text)
                #expect(image.registry == "registry.example")
                #expect(image.repository.utf8.elementsEqual(push.repository.utf8))
            }
        }
        #expect(passed > 100)
    }

    // MARK: Content types

    @Test func readsOnlyItsOwnTypes() {
        let harbor = NotificationFormat.harbor
        let distribution = NotificationFormat.distribution
        for version in ["v1", "v2"] {
            let type = "application/vnd.docker.distribution.events.\(version)+json"
            #expect(distribution.accepts(contentType: type))
            #expect(distribution.accepts(contentType: type + "; charset=utf-8"))
            #expect(!harbor.accepts(contentType: type))
        }
        #expect(harbor.accepts(contentType: "application/cloudevents+json; charset=UTF-8"))
        #expect(harbor.accepts(contentType: "Application/JSON"))
        #expect(harbor.accepts(contentType: nil))
        #expect(!distribution.accepts(contentType: "application/cloudevents+json"))
        #expect(!distribution.accepts(contentType: "application/x-www-form-urlencoded"))
        #expect(!harbor.accepts(contentType: "text/plain"))
    }
}
