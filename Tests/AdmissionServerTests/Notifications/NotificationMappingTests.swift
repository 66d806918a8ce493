import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct NotificationMappingTests {
    private func events(_ mapping: NotificationMapping, _ body: String) throws -> [EventReading] {
        try NotificationFormat.mapped(mapping).events(in: Array(body.utf8), limits: NotificationLimits())
    }

    /// One repository, a list of tags.
    private func quay() throws -> NotificationMapping {
        try NotificationMapping(
            repository: EventPath("/repository"), tag: EventPath("/updated_tags/*"), digest: nil, pushes: .everyEvent)
    }

    /// One of each, and an action.
    private func azure() throws -> NotificationMapping {
        try NotificationMapping(
            repository: EventPath("/target/repository"), tag: EventPath("/target/tag"),
            digest: EventPath("/target/digest"), id: EventPath("/id"),
            pushes: .action(EventPath("/action"), isOneOf: ["push"]))
    }

    @Test func readsOneEventForEachElement() throws {
        let readings = try events(
            quay(), #"{"repository":"a/b","updated_tags":["1","2"],"docker_url":"evil.example/x"}"#)
        #expect(
            readings == [
                .push(UnverifiedPush(repository: "a/b", tag: "1")), .push(UnverifiedPush(repository: "a/b", tag: "2")),
            ])
        #expect(try events(quay(), #"{"repository":"a/b","updated_tags":[]}"#) == [])
    }

    /// What lies outside of the list is looked for once, not once for each entry: a megabyte of other members would be read
    /// hundreds of times.
    @Test func membersBesideTheListAreReadOnce() throws {
        let others = (0..<60_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        let mapping = try quay()
        func time(_ tags: Int) throws -> Duration {
            let list = (0..<tags).map { "\"\($0)\"" }.joined(separator: ",")
            let body = "{\(others),\"repository\":\"a/b\",\"updated_tags\":[\(list)]}"
            var readings: [EventReading] = []
            let times = try (0..<3).map { _ in
                try ContinuousClock().measure { readings = try events(mapping, body) }
            }
            #expect(readings.count == tags)
            #expect(readings.last == .push(UnverifiedPush(repository: "a/b", tag: ExactString("\(tags - 1)"))))
            return try #require(times.min())
        }
        // As long as for one, which is the time that reading the body takes; read for each entry it is dozens of times that.
        #expect(try time(256) < time(1) * 8)
    }

    @Test func valuesOfTheOuterListGoWithTheirInnerOnes() throws {
        let mapping = try NotificationMapping(
            repository: EventPath("/a/*/repository"), tag: EventPath("/a/*/tags/*/name"), digest: nil,
            id: EventPath("/id"), pushes: .everyEvent)
        let body =
            #"{"id":"1","a":[{"repository":"x","tags":[{"name":"1"},{"name":"2"}]},{"repository":"y","tags":[{"name":"1"}]}]}"#
        #expect(
            try events(mapping, body) == [
                .push(UnverifiedPush(repository: "x", tag: "1", id: "1")),
                .push(UnverifiedPush(repository: "x", tag: "2", id: "1")),
                .push(UnverifiedPush(repository: "y", tag: "1", id: "1")),
            ])
    }

    @Test func countsOnlyConfiguredActionsAsPushes() throws {
        func body(_ action: String) -> String {
            #"{"id":"1","action":\#(action),"target":{"repository":"a/b","tag":"1","digest":"sha256:x"}}"#
        }
        #expect(
            try events(azure(), body(#""push""#)) == [
                .push(UnverifiedPush(repository: "a/b", tag: "1", digest: "sha256:x", id: "1"))
            ])
        #expect(try events(azure(), body(#""delete""#)) == [.ignored(.otherAction)])
        #expect(try events(azure(), body(#""Push""#)) == [.ignored(.otherAction)])
        #expect(try events(azure(), body("null")) == [.refused(.shape)])
        #expect(try events(azure(), body("7")) == [.refused(.shape)])
        #expect(try events(azure(), #"{"target":{"repository":"a/b","tag":"1"}}"#) == [.refused(.shape)])
    }

    @Test func joinsMembersOfTheSameElement() throws {
        let mapping = try NotificationMapping(
            repository: EventPath("/events/*/target/repository"), tag: EventPath("/events/*/target/tags/*"),
            digest: nil,
            id: EventPath("/delivery"), pushes: .action(EventPath("/events/*/action"), isOneOf: ["push"]))
        let readings = try events(
            mapping,
            #"""
            {"delivery":"d","events":[
              {"action":"push","target":{"repository":"a/one","tags":["1","2"]}},
              {"action":"pull","target":{"repository":"a/two","tags":["3"]}},
              {"action":"push","target":{"repository":"a/three","tags":[]}}]}
            """#)
        #expect(
            readings == [
                .push(UnverifiedPush(repository: "a/one", tag: "1", id: "d")),
                .push(UnverifiedPush(repository: "a/one", tag: "2", id: "d")), .ignored(.otherAction),
            ])
    }

    @Test func takesAPrefixAwayAndRefusesARepositoryWithoutIt() throws {
        let mapping = try NotificationMapping(
            repository: EventPath("/name"), repositoryPrefix: "eu.registry.example/", tag: EventPath("/tag"),
            digest: nil, pushes: .everyEvent)
        #expect(
            try events(mapping, #"{"name":"eu.registry.example/a/b","tag":"1"}"#) == [
                .push(UnverifiedPush(repository: "a/b", tag: "1"))
            ])
        #expect(try events(mapping, #"{"name":"us.registry.example/a/b","tag":"1"}"#) == [.refused(.shape)])
    }

    @Test func readsNullAsAbsentAndRefusesOtherKinds() throws {
        #expect(
            try events(azure(), #"{"action":"push","target":{"repository":"a/b","tag":null,"digest":"sha256:x"}}"#) == [
                .push(UnverifiedPush(repository: "a/b", digest: "sha256:x"))
            ])
        for target in [#"{"repository":7,"tag":"1"}"#, #"{"repository":"a","tag":1}"#, #"{"tag":"1"}"#, "[]"] {
            #expect(try events(azure(), #"{"action":"push","target":\#(target)}"#) == [.refused(.shape)], "\(target)")
        }
    }

    @Test(arguments: [
        #"{"repository":"a"}"#, #"{"repository":"a","updated_tags":"1"}"#, #"{"updated_tags":{"0":"1"}}"#, "[]",
    ])
    func refusesABodyWhereAStarStandsForNoList(_ body: String) {
        #expect(throws: NotificationBodyError.self) { try events(quay(), body) }
    }

    @Test func boundsWhatStarsMultiplyTo() throws {
        let mapping = try NotificationMapping(
            repository: EventPath("/a/*/r"), tag: EventPath("/a/*/b/*"), digest: nil, pushes: .everyEvent)
        let inner = #"{"r":"x","b":[\#(Array(repeating: #""1""#, count: 200).joined(separator: ","))]}"#
        #expect(throws: NotificationBodyError.tooManyEvents(400, limit: 256)) {
            try events(mapping, #"{"a":[\#(inner),\#(inner)]}"#)
        }
    }

    @Test func readsPointersAsRFC6901Does() throws {
        let body = #"{"":"empty","a/b":"slash","m~n":"tilde","list":["zero","one"],"~1":"both","t":"1"}"#
        for (path, wanted) in [
            ("/", "empty"), ("/a~1b", "slash"), ("/m~0n", "tilde"), ("/list/1", "one"), ("/~01", "both"),
        ] {
            let mapping = try NotificationMapping(
                repository: EventPath(path), tag: EventPath("/t"), digest: nil, pushes: .everyEvent)
            #expect(
                try events(mapping, body) == [.push(UnverifiedPush(repository: ExactString(wanted), tag: "1"))],
                "\(path)")
        }
        for path in ["/list/01", "/list/-1", "/list/2", "/list/-", "/list/999999999999", "/List", "/list/1e0"] {
            let mapping = try NotificationMapping(
                repository: EventPath(path), tag: EventPath("/t"), digest: nil, pushes: .everyEvent)
            #expect(try events(mapping, body) == [.refused(.shape)], "\(path)")
        }
    }

    @Test(arguments: ["", "a", "a/b", "/a~", "/a~2", "/" + String(repeating: "/", count: 16)])
    func refusesWhatIsNoPath(_ text: String) {
        #expect(throws: NotificationMappingError.notAPath(text)) { try EventPath(text) }
    }

    @Test func refusesMappingsThatDoNotSayWhatBelongsTogether() throws {
        #expect(throws: NotificationMappingError.tooManyStars("/*/*/*")) { try EventPath("/*/*/*") }
        #expect(throws: NotificationMappingError.namesNothing) {
            try NotificationMapping(repository: EventPath("/r"), tag: nil, digest: nil, pushes: .everyEvent)
        }
        for actions: [ExactString] in [[], [""]] {
            #expect(throws: NotificationMappingError.noActions) {
                try NotificationMapping(
                    repository: EventPath("/r"), tag: EventPath("/t"), digest: nil,
                    pushes: .action(EventPath("/a"), isOneOf: actions))
            }
        }
        #expect(throws: NotificationMappingError.self) {
            try NotificationMapping(
                repository: EventPath("/a/*/r"), tag: EventPath("/b/*/t"), digest: nil, pushes: .everyEvent)
        }
        #expect(throws: NotificationMappingError.self) {
            try NotificationMapping(
                repository: EventPath("/a/*/r"), tag: EventPath("/a/*/t/*"), digest: EventPath("/a/*/d/*"),
                pushes: .everyEvent)
        }
    }
}
