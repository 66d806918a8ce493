import Content
import Findings
import OCI
import StrictEncoding
import Testing

struct DescriptorTests {
    private func layer(_ layer: DocumentText) throws -> Descriptor? {
        try DocumentText.manifest.with("layers", "[\(layer.json)]").manifest()?.layers.first
    }

    private func error(_ layer: DocumentText) -> ImageFormatError? {
        do { _ = try self.layer(layer) } catch { return error as? ImageFormatError }
        return nil
    }

    @Test
    func readsAllMembers() throws {
        let text = DocumentText.layer.with("artifactType", #""text/x""#).with("annotations", #"{"a":"b"}"#)
            .with("urls", #"["https://registry.example/x"]"#).with("size", "9007199254740991")
        #expect(
            try layer(text)
                == Descriptor(
                    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: Digest(DocumentText.layerDigest),
                    size: 9_007_199_254_740_991, artifactType: "text/x", annotations: ["a": "b"]))
        #expect(try layer(.layer.with("size", "0"))?.size == 0)
    }

    @Test(arguments: [
        "-1", "1.0", "1e3", "\"7\"", "null", "9007199254740992", "9223372036854775808", "99999999999999999999999", "[]",
    ])
    func rejectsSize(json: String) {
        let error = error(.layer.with("size", json))
        guard case .malformed(.manifest, "layers[0].size", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["mediaType", "digest", "size"])
    func rejectsWithout(member: String) {
        #expect(
            error(.layer.without(member))
                == .malformed(
                    .manifest, place: "layers[0]", expected: "member `\(member)`", found: "none"))
    }

    @Test(arguments: [
        "", "application", "application/", "/json", "a/b/c", ".a/b", "a/.b", "a/b;c=d", "a/b c", "a/é", "a/b\\n",
        String(repeating: "a", count: 128) + "/b", "a/" + String(repeating: "b", count: 128),
    ])
    func rejectsMediaType(type: String) {
        for member in ["mediaType", "artifactType"] {
            let error = error(.layer.with(member, "\"\(type)\""))
            guard case .malformed(.manifest, "layers[0].\(member)", _, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test
    func acceptsTheLongestMediaType() throws {
        let type = String(repeating: "a", count: 127) + "/" + String(repeating: "b", count: 127)
        #expect(try layer(.layer.with("mediaType", "\"\(type)\""))?.mediaType.description == type)
    }

    /// The reason tells an algorithm that isn't known from a digest that is wrong.
    @Test(arguments: [
        ("sha256+b64:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b", true), ("md5:0", true),
        ("sha256:0", false), ("", false), (DocumentText.layerDigest.uppercased(), true),
        (DocumentText.layerDigest.replacing("1111", with: "AAAA"), false),
    ])
    func rejectsDigest(text: String, unknown: Bool) {
        let error = error(.layer.with("digest", "\"\(text)\""))
        #expect(error?.code == (unknown ? .contentUnknownAlgorithm : .contentMalformedDigest))
        #expect(error?.message.contains("at `layers[0].digest`") == true)
    }

    @Test(arguments: [#"["value"]"#, #"["1a:b"]"#, #"[":b"]"#, #"["/a:b"]"#, "[1]", "null", "{}", #"["é:x"]"#])
    func rejectsURLs(json: String) {
        #expect(error(.layer.with("urls", json))?.code == .imageMalformedManifest)
    }

    /// The content of a descriptor that carries it must be the content that it names.
    @Test
    func comparesEmbeddedData() throws {
        let abc = DocumentText.layer.with("digest", "\"\(Digest(of: Array("abc".utf8)))\"").with("size", "3")
        let plain = try #require(try layer(abc))
        #expect(try layer(abc.with("data", #""YWJj""#)) == plain)
        for data in ["YWJk", "YWJjZA==", "", "YWJj\\n", "YWJ", "YWJj====", "YW-j"] {
            #expect(error(abc.with("data", "\"\(data)\""))?.code == .imageEmbeddedDataMismatch)
        }
        #expect(error(abc.with("data", "null"))?.code == .imageEmbeddedDataMismatch)
        #expect(error(abc.with("data", #""YWJj""#).with("size", "4"))?.code == .imageEmbeddedDataMismatch)
    }

    @Test(arguments: [
        "null", "[]", "{}", #"{"os":"linux"}"#, #"{"architecture":"arm"}"#, #"{"os":1,"architecture":"arm"}"#,
        #"{"os":"linux","architecture":"arm","variant":7}"#, #"{"os":"linux","architecture":"arm","os.version":7}"#,
        #"{"os":"linux","architecture":"arm","os.features":"x"}"#, #"{"os":"linux","architecture":"arm","OS":"x"}"#,
        // Would be written like another platform.
        #"{"os":"linux","architecture":"arm/v7"}"#, #"{"os":"linux/arm","architecture":"v7"}"#,
        #"{"os":"linux","architecture":"arm","variant":"v7/x"}"#, #"{"os":"linux\n","architecture":"arm"}"#,
    ])
    func rejectsPlatform(json: String) {
        let text = DocumentText.index.with("manifests", "[\(DocumentText.entry.with("platform", json).json)]")
        let error = #expect(throws: ImageFormatError.self) { try text.document() }
        #expect(error?.code == .imageMalformedManifest)
        #expect(error?.message.contains("manifests[0].platform") == true)
    }

    @Test
    func readsPlatform() throws {
        let entry = DocumentText.entry.with(
            "platform", #"{"os":"windows","architecture":"amd64","os.version":"10.0.1","os.features":["win32k"]}"#)
        let index = try #require(try DocumentText.index.with("manifests", "[\(entry.json)]").index())
        #expect(index.manifests[0].platform == Platform(os: "windows", architecture: "amd64", osVersion: "10.0.1"))
        let without = try DocumentText.index.with("manifests", "[\(DocumentText.entry.without("platform").json)]")
            .index()
        #expect(without?.manifests[0].platform == nil)
    }
}

struct PlatformTests {
    @Test
    func writesItself() {
        #expect(Platform(os: "linux", architecture: "arm", variant: "v7").description == "linux/arm/v7")
        #expect(Platform(os: "linux", architecture: "amd64").description == "linux/amd64")
    }

    @Test
    func knowsUnknown() {
        #expect(Platform(os: "unknown", architecture: "unknown").isUnknown)
        #expect(!Platform(os: "unknown", architecture: "amd64").isUnknown)
        #expect(!Platform(os: "linux", architecture: "unknown").isUnknown)
    }

    /// Two that differ only in the version of the operating system still have an order.
    @Test
    func ordersTotally() {
        let sorted = [
            Platform(os: "linux", architecture: "amd64"), Platform(os: "linux", architecture: "amd64", osVersion: "1"),
            Platform(os: "linux", architecture: "amd64", variant: "v2"), Platform(os: "linux", architecture: "arm"),
            Platform(os: "windows", architecture: "amd64", osVersion: "1"),
            Platform(os: "windows", architecture: "amd64", osVersion: "2"),
        ]
        for (earlier, later) in zip(sorted, sorted.dropFirst()) {
            #expect(earlier < later)
            #expect(!(later < earlier))
        }
    }
}

struct AnnotationsTests {
    @Test
    func comparesNamesAsBytes() throws {
        let json = "{\"\u{E9}\":\"1\",\"e\u{301}\":\"2\",\"\u{212A}\":\"3\"}"
        let annotations = try #require(try DocumentText.manifest.with("annotations", json).manifest()?.annotations)
        #expect(annotations.count == 3)
        #expect(annotations["\u{E9}"] == "1")
        #expect(annotations["e\u{301}"] == "2")
        #expect(annotations["K"] == nil)
        #expect(annotations.has("\u{212A}", "3"))
        #expect(!annotations.has("K", "3"))
        #expect(!annotations.has("\u{212A}", "4"))
    }

    @Test
    func comparesTextsAsBytes() {
        let composed: Annotations = ["a": "\u{E9}"]
        let decomposed: Annotations = ["a": "e\u{301}"]
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(!composed.has("a", "e\u{301}"))
    }

    @Test
    func iteratesInOrder() {
        let annotations: Annotations = ["b": "2", "a": "1", "B": "3"]
        #expect(annotations.map(\.name) == ["B", "a", "b"])
        #expect(annotations.map(\.text) == ["3", "1", "2"])
        #expect(Annotations().isEmpty)
    }
}
