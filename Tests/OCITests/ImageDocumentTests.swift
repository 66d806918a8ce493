import Content
import Findings
import OCI
import StrictEncoding
import Testing

struct ImageDocumentTests {
    @Test
    func readsManifest() throws {
        let text = DocumentText.manifest
            .with("artifactType", #""application/x""#).with("subject", DocumentText.entry.json)
            .with("annotations", #"{"a":"b"}"#).with("unheardOf", "[1]")
        let manifest = try #require(try text.manifest())
        #expect(manifest.content.bytes == Array(text.json.utf8))
        #expect(manifest.mediaType == .ociManifest)
        #expect(manifest.artifactType == "application/x")
        #expect(
            manifest.config
                == Descriptor(
                    mediaType: .ociConfiguration, digest: try Digest(DocumentText.configDigest), size: 8))
        #expect(manifest.layers.map(\.digest.description) == [DocumentText.layerDigest])
        #expect(manifest.subject?.digest.description == DocumentText.childDigest)
        // Only an index's entries have a platform.
        #expect(manifest.subject?.platform == nil)
        #expect(manifest.annotations == ["a": "b"])
        let document = try text.document(declared: .ociManifest)
        #expect(document.digest == manifest.content.digest)
        #expect(document.artifactType == "application/x")
        #expect(document.subject == manifest.subject)
        #expect(document.annotations == ["a": "b"])
    }

    @Test
    func readsIndex() throws {
        let text = DocumentText.index
            .with("artifactType", #""application/x""#).with("subject", DocumentText.layer.json)
            .with("annotations", #"{"a":"b"}"#)
        let index = try #require(try text.index())
        #expect(index.mediaType == .ociIndex)
        #expect(index.manifests.map(\.platform) == [Platform(os: "linux", architecture: "arm64", variant: "v8")])
        let document = try text.document(declared: .ociIndex)
        #expect(document.mediaType == .ociIndex)
        #expect(document.artifactType == "application/x")
        #expect(document.subject?.digest.description == DocumentText.layerDigest)
        #expect(document.annotations == ["a": "b"])
    }

    @Test
    func readsDockerSchema2() throws {
        let manifest = DocumentText.manifest.with("mediaType", "\"\(MediaType.dockerManifest)\"")
        #expect(try manifest.document(declared: .dockerManifest).mediaType == .dockerManifest)
        let list = DocumentText.index.with("mediaType", "\"\(MediaType.dockerManifestList)\"")
        #expect(try list.document().mediaType == .dockerManifestList)
    }

    /// OCI lets a document leave its type to whoever names it.
    @Test
    func takesTheDeclaredTypeForMissing() throws {
        let manifest = DocumentText.manifest.without("mediaType")
        let index = DocumentText.index.without("mediaType")
        #expect(try manifest.document(declared: .ociManifest).mediaType == .ociManifest)
        #expect(try manifest.document().mediaType == .ociManifest)
        #expect(try index.document(declared: .ociIndex).mediaType == .ociIndex)
        #expect(try index.document().mediaType == .ociIndex)
    }

    @Test(arguments: [MediaType.dockerManifest, .dockerManifestList])
    func rejectsDockerDocumentWithoutType(declared: MediaType) {
        let text = (declared.isIndex ? DocumentText.index : .manifest).without("mediaType")
        #expect(throws: ImageFormatError.malformed(.manifest, place: "", expected: "member `mediaType`", found: "none"))
        {
            try text.document(declared: declared)
        }
    }

    @Test
    func acceptsArtifactWithoutLayers() throws {
        #expect(try DocumentText.manifest.with("layers", "[]").manifest()?.layers == [])
    }
}

/// CVE-2021-41190: one document, two readers, two images.
struct TwoTypesTests {
    @Test(arguments: ["[]", "null", "[{}]", "{}", "0"], [nil, MediaType.ociManifest, .ociIndex, .dockerManifest])
    func rejectsManifestThatIsAlsoIndex(manifests: String, declared: MediaType?) {
        for text in [DocumentText.manifest, .manifest.without("layers"), .manifest.without("config")] {
            let error = #expect(throws: ImageFormatError.self) {
                try text.with("manifests", manifests).document(declared: declared)
            }
            #expect(error?.code == .imageTwoTypes)
        }
    }

    @Test(arguments: ["config", "layers"], ["null", "[]", "{}"])
    func rejectsIndexThatIsAlsoManifest(member: String, json: String) {
        for text in [DocumentText.index, .index.without("mediaType")] {
            #expect(throws: ImageFormatError.twoTypes(members: [member, "manifests"])) {
                try text.with(member, json).document(declared: .ociIndex)
            }
        }
    }

    @Test
    func rejectsSchema1InDisguise() {
        #expect(throws: ImageFormatError.twoTypes(members: ["config", "layers", "fsLayers"])) {
            try DocumentText.manifest.with("fsLayers", "[]").document()
        }
        #expect(throws: ImageFormatError.twoTypes(members: ["manifests", "fsLayers"])) {
            try DocumentText.index.with("fsLayers", "null").document()
        }
    }

    /// To readers in Go `Manifests` is `manifests`; so are spellings with the long s and the Kelvin sign.
    @Test(arguments: [
        "Manifests", "MANIFESTS", "manife\u{17F}ts", "Layers", "Config", "MediaType", "fslayers", "schemaversion",
    ])
    func rejectsNamesThatDifferByCase(name: String) {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.manifest.adding(name, "[]").document()
        }
        #expect(error?.code == .imageMalformedManifest)
        #expect(error?.message.contains("ignore case") == true)
    }

    @Test(arguments: ["Digest", "SIZE", "mediatype", "urlſ", "Platform"])
    func rejectsDescriptorNamesThatDifferByCase(name: String) {
        let layer = DocumentText.layer.adding(name, "null")
        #expect(throws: ImageFormatError.self) {
            try DocumentText.manifest.with("layers", "[\(layer.json)]").document()
        }
        #expect(throws: ImageFormatError.self) {
            try DocumentText.index.with("manifests", "[\(layer.json)]").document()
        }
    }

    @Test
    func rejectsDuplicateMembers() {
        let text = DocumentText.manifest.adding("layers", "[]")
        let error = #expect(throws: ImageFormatError.self) { try text.document() }
        #expect(error?.code == .imageMalformedManifest)
        #expect(error?.message.contains("`layers` again") == true)
    }

    @Test
    func rejectsTypeOtherThanNamed() {
        for (text, declared) in [
            (DocumentText.manifest, MediaType.ociIndex), (.manifest, .dockerManifest), (.index, .ociManifest),
            (.index, "application/json"),
        ] {
            let stated: MediaType = text.members[2].name == "config" ? .ociManifest : .ociIndex
            #expect(throws: ImageFormatError.typesDisagree(named: declared, stated: stated)) {
                try text.document(declared: declared)
            }
        }
    }

    @Test
    func rejectsTypeOtherThanContent() {
        let index = DocumentText.manifest.with("mediaType", "\"\(MediaType.ociIndex)\"")
        #expect(throws: ImageFormatError.contentDisagrees(.ociIndex)) { try index.document(declared: .ociIndex) }
        let manifest = DocumentText.index.with("mediaType", "\"\(MediaType.dockerManifest)\"")
        #expect(throws: ImageFormatError.contentDisagrees(.dockerManifest)) { try manifest.document() }
        #expect(throws: ImageFormatError.contentDisagrees(.ociManifest)) {
            try DocumentText.index.without("mediaType").document(declared: .ociManifest)
        }
        #expect(throws: ImageFormatError.contentDisagrees(.ociIndex)) {
            try DocumentText.manifest.without("mediaType").document(declared: .ociIndex)
        }
    }

    @Test(arguments: [
        "application/vnd.oci.image.config.v1+json", "text/plain", "application/VND.oci.image.index.v1+json",
    ])
    func rejectsUnknownType(type: String) {
        let stated = DocumentText.manifest.with("mediaType", "\"\(type)\"")
        #expect(throws: ImageFormatError.unknownMediaType(MediaType(type))) { try stated.document() }
        let declared = DocumentText.manifest.without("mediaType")
        #expect(throws: ImageFormatError.unknownMediaType(MediaType(type))) {
            try declared.document(declared: MediaType(type))
        }
    }

    @Test
    func rejectsSchema1() {
        let plain = DocumentText(["schemaVersion": "1", "name": #""x""#, "fsLayers": "[]", "history": "[]"])
        #expect(throws: ImageFormatError.schema1) { try plain.document() }
        #expect(throws: ImageFormatError.schema1) { try plain.with("schemaVersion", "2").document() }
        #expect(throws: ImageFormatError.schema1) { try plain.without("fsLayers").document() }
        for type in [MediaType.dockerSchema1, .dockerSchema1Signed] {
            #expect(throws: ImageFormatError.schema1) {
                try DocumentText.manifest.without("mediaType").document(declared: type)
            }
            #expect(throws: ImageFormatError.schema1) {
                try DocumentText.manifest.with("mediaType", "\"\(type)\"").document()
            }
        }
    }

    @Test
    func rejectsWhatIsNeither() {
        let empty = DocumentText(["schemaVersion": "2"])
        #expect(throws: ImageFormatError.self) { try empty.document() }
        #expect(throws: ImageFormatError.self) { try empty.document(declared: .ociIndex) }
        #expect(throws: ImageFormatError.self) { try empty.document(declared: .ociManifest) }
    }
}

struct MalformedManifestTests {
    @Test(arguments: ["1.0", "2.0", "2e0", "3", "0", "-2", "\"2\"", "null", "[2]", "99999999999999999999"])
    func rejectsOtherSchemaVersion(json: String) {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.manifest.with("schemaVersion", json).document()
        }
        guard case .malformed(.manifest, "schemaVersion", "2", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["schemaVersion", "config", "layers"])
    func rejectsManifestWithout(member: String) {
        #expect(throws: ImageFormatError.malformed(.manifest, place: "", expected: "member `\(member)`", found: "none"))
        {
            try DocumentText.manifest.without(member).document()
        }
    }

    @Test(arguments: ["schemaVersion", "manifests"])
    func rejectsIndexWithout(member: String) {
        #expect(throws: ImageFormatError.malformed(.manifest, place: "", expected: "member `\(member)`", found: "none"))
        {
            try DocumentText.index.without(member).document()
        }
    }

    @Test(arguments: [
        ("mediaType", "7", "a media type"), ("mediaType", "null", "a string"),
        ("artifactType", #""x""#, "a media type"),
        ("config", "null", "an object"), ("config", "[]", "an object"), ("layers", "null", "an array"),
        ("layers", "{}", "an array"), ("layers", "[null]", "an object"), ("subject", #"".nope""#, "an object"),
        ("subject", "null", "an object"), ("annotations", "[]", "an object"), ("annotations", "null", "an object"),
        ("annotations", #"{"a":1}"#, "a string"), ("annotations", #"{"a":null}"#, "a string"),
    ])
    func namesThePlace(member: String, json: String, expected: String) {
        let error = #expect(throws: ImageFormatError.self) {
            try DocumentText.manifest.with(member, json).document()
        }
        #expect(error?.code == .imageMalformedManifest)
        #expect(error?.message.contains("at `\(member)") == true)
    }

    @Test(arguments: ["", "[]", "null", "\"x\"", "{", "{}x", "\u{FEFF}{}", "{\"a\":1,}"])
    func rejectsWhatIsNoObject(json: String) {
        let content = VerifiedContent(namedByOwnDigest: Array(json.utf8))
        let error = #expect(throws: ImageFormatError.self) {
            try ImageDocument(parsing: content, declared: .ociManifest)
        }
        #expect(error?.code == .imageMalformedManifest)
    }

    @Test
    func rejectsDeepNesting() throws {
        let deep = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
        let content = DocumentText.manifest.with("x", deep).content
        _ = try ImageDocument(parsing: content, declared: nil, jsonDepth: 21)
        let error = #expect(throws: ImageFormatError.self) {
            try ImageDocument(parsing: content, declared: nil, jsonDepth: 20)
        }
        #expect(error?.code == .limitJSONDepth)
    }

    /// Each name that no specification knows is compared with the known ones once.
    @Test(.timeLimit(.minutes(1)))
    func readsManyUnknownMembersInTime() throws {
        let many = (0..<100_000).map { "\"x\($0)\":0" }.joined(separator: ",")
        let json = String(DocumentText.manifest.json.dropLast()) + "," + many + "}"
        _ = try ImageDocument(parsing: VerifiedContent(namedByOwnDigest: Array(json.utf8)), declared: nil)
    }
}
