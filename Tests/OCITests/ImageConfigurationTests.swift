import Content
import Findings
import OCI
import StrictEncoding
import Testing

struct ImageConfigurationTests {
    @Test
    func readsAllMembers() throws {
        let configuration = try DocumentText.configuration.with("variant", #""v3""#).with("os.version", #""1""#)
            .configuration()
        #expect(configuration.platform == Platform(os: "linux", architecture: "amd64", variant: "v3", osVersion: "1"))
        #expect(configuration.created == "2026-01-02T03:04:05.678Z")
        #expect(configuration.user == "app")
        #expect(configuration.labels == ["a": "b"])
        #expect(configuration.entrypoint == ["/app"])
        #expect(configuration.command == [])
        #expect(configuration.exposedPorts == ["80/tcp"])
        #expect(configuration.diffIDs.map(\.description) == [DocumentText.layerDigest])
        #expect(configuration.history.map(\.createdBy) == ["COPY", "CMD"])
        #expect(configuration.history.map(\.emptyLayer) == [false, true])
    }

    /// Docker's encoder writes `null` for what is not there.
    @Test(arguments: [
        "null", "{}",
        #"{"User":null,"Labels":null,"Entrypoint":null,"Cmd":null,"ExposedPorts":null,"Env":null,"Volumes":null}"#,
    ])
    func acceptsAbsence(config: String) throws {
        let configuration = try DocumentText.configuration.with("config", config).with("history", "null")
            .without("created").configuration()
        #expect(configuration.user == "")
        #expect(configuration.labels.isEmpty)
        #expect(configuration.history.isEmpty)
        #expect(configuration.created == nil)
        _ = try DocumentText.configuration.without("config").without("history").configuration()
    }

    @Test(arguments: [
        #"{"User":1234}"#, #"{"Labels":[]}"#, #"{"Labels":{"a":1}}"#, #"{"Labels":{"a":null}}"#, #"{"Entrypoint":"x"}"#,
        #"{"Entrypoint":[1]}"#, #"{"Cmd":{}}"#, #"{"Cmd":[null]}"#, #"{"ExposedPorts":["80/tcp"]}"#,
        #"{"ExposedPorts":{"80/tcp":null}}"#, #"{"Env":[7353]}"#, #"{"Env":["foo"]}"#, #"{"Env":["=x"]}"#,
        #"{"Env":["=x=y"]}"#,
        #"{"Env":{}}"#,
        #"{"Volumes":"/x"}"#, "{\"Wor\u{212A}ingDir\":\"/x\"}", #"{"Volumes":{"/x":1}}"#, #"{"WorkingDir":1}"#,
        #"{"StopSignal":9}"#,
        #"{"ArgsEscaped":"true"}"#, #"{"user":"root"}"#, #"{"User":"app","USER":"root"}"#, "[]", "\"\"",
    ])
    func rejectsConfig(json: String) {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.configuration.with("config", json).configuration()
        }
        #expect(error?.code == .imageMalformedConfiguration)
        #expect(error?.message.contains("at `config") == true)
    }

    @Test(arguments: [
        ("os", "123"), ("os", "null"), ("architecture", "[]"), ("variant", "7"), ("created", #""yesterday""#),
        ("created", "null"), ("author", "1"), ("rootfs", "null"), ("rootfs", "{}"), ("rootfs", #"{"type":"layers"}"#),
        ("rootfs", #"{"type":"other","diff_ids":[]}"#), ("rootfs", #"{"diff_ids":[]}"#),
        ("rootfs", #"{"type":"layers","diff_ids":null}"#), ("rootfs", #"{"type":"layers","diff_ids":[1]}"#),
        ("rootfs", #"{"type":"layers","diff_ids":[],"Diff_IDs":[]}"#),
        ("history", #""should be an array""#), ("history", "[1]"), ("history", #"[{"created_by":1}]"#),
        ("history", #"[{"empty_layer":"true"}]"#), ("history", #"[{"created":""}]"#), ("history", #"[{"author":1}]"#),
        ("history", #"[{"comment":1}]"#), ("history", #"[{"Empty_Layer":true}]"#), ("os.features", "{}"),
        ("Config", "{}"), ("OS", #""windows""#), ("Rootfs", "{}"),
    ])
    func rejectsMember(name: String, json: String) {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.configuration.with(name, json).configuration()
        }
        #expect(error?.code == .imageMalformedConfiguration)
    }

    @Test(arguments: ["os", "architecture", "rootfs"])
    func rejectsWithout(member: String) {
        #expect(
            throws: ImageFormatError.malformed(
                .configuration, place: "", expected: "member `\(member)`", found: "none")
        ) { try DocumentText.configuration.without(member).configuration() }
    }

    @Test
    func rejectsDuplicatesAndDepth() {
        let twice = #expect(throws: ImageFormatError.self) {
            try DocumentText.configuration.adding("os", #""linux""#).configuration()
        }
        #expect(twice?.code == .imageMalformedConfiguration)
        let deep = #expect(throws: ImageFormatError.self) {
            try ImageConfiguration(parsing: DocumentText.configuration.content, jsonDepth: 2)
        }
        #expect(deep?.code == .limitJSONDepth)
    }

    @Test
    func rejectsUnknownAlgorithmAmongDiffIDs() {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.configuration.with("rootfs", #"{"type":"layers","diff_ids":["md5:00"]}"#).configuration()
        }
        #expect(error?.code == .contentUnknownAlgorithm)
    }

    @Test
    func countsLayersAndDiffIDs() throws {
        let configuration = try DocumentText.configuration.configuration()
        let one = try #require(try DocumentText.manifest.manifest())
        let two = try #require(
            try DocumentText.manifest.with("layers", "[\(DocumentText.layer.json),\(DocumentText.layer.json)]")
                .manifest())
        let none = try #require(try DocumentText.manifest.with("layers", "[]").manifest())
        #expect(configuration.contradiction(with: one) == nil)
        #expect(configuration.contradiction(with: two) == .layerCount(manifest: 2, configuration: 1))
        #expect(configuration.contradiction(with: none) == .layerCount(manifest: 0, configuration: 1))
        #expect(configuration.contradiction(with: none)?.code == .imageConfigurationMismatch)
    }

    /// The first is what Docker calls its empty layer; tar pads to records of 20 blocks.
    @Test
    func leavesEmptyTarsOut() throws {
        let ids = [
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
            "sha256:84ff92691f909a05b224e1c56abb4864f01b4f8e3c854e4bb4c7baf1d3f6d652",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", DocumentText.layerDigest,
        ]
        let json = #"{"type":"layers","diff_ids":["\#(ids.joined(separator: "\",\""))"]}"#
        let configuration = try DocumentText.configuration.with("rootfs", json).configuration()
        #expect(configuration.nonEmptyDiffIDs.map(\.description) == [DocumentText.layerDigest])
    }
}

struct OCILayoutMarkerTests {
    @Test
    func readsWhatItWrites() throws {
        #expect(try OCILayoutMarker(parsing: OCILayoutMarker.fileBytes).version == "1.0.0")
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"imageLayoutVersion":1.0}"#, #"{"ImageLayoutVersion":"1.0.0"}"#,
        #"{"imageLayoutVersion":"1.0.0","ImageLayoutVersion":"2.0.0"}"#,
    ])
    func rejectsMalformed(json: String) {
        let error = #expect(throws: ImageFormatError.self) { try OCILayoutMarker(parsing: Array(json.utf8)) }
        #expect(error?.code == .imageMalformedLayout)
    }

    @Test(arguments: ["1.1.0", "1.0.0\u{301}", ""])
    func leavesOtherVersionsUndecided(version: String) {
        let error = #expect(throws: ImageFormatError.layoutVersion(version)) {
            try OCILayoutMarker(parsing: Array(#"{"imageLayoutVersion":"\#(version)"}"#.utf8))
        }
        #expect(error?.code.effect == .undecided)
    }
}
