import Content
import Findings
import OCI
import StrictEncoding
import Testing

struct ImageWritingTests {
    private let layer = Descriptor(
        of: VerifiedContent(namedByOwnDigest: Array("abc".utf8)), mediaType: .sigstoreBundle03,
        annotations: ["b": "2", "a": "1"])

    private func read(_ bytes: [UInt8], declared: MediaType) throws -> ImageDocument {
        try ImageDocument(parsing: VerifiedContent(namedByOwnDigest: bytes), declared: declared)
    }

    @Test
    func writesArtifactThatItReads() throws {
        let subject = Descriptor(mediaType: .ociManifest, digest: layer.digest, size: 3)
        let bytes = ImageManifest.artifactBytes(
            artifactType: .sigstoreBundle03, layers: [layer], subject: subject, annotations: ["x": "y"])
        guard case .manifest(let manifest) = try read(bytes, declared: .ociManifest) else {
            Issue.record("expected a manifest")
            return
        }
        #expect(manifest.artifactType == .sigstoreBundle03)
        #expect(manifest.config == .emptyValue)
        #expect(manifest.layers == [layer])
        #expect(manifest.subject == subject)
        #expect(manifest.annotations == ["x": "y"])
    }

    /// RFC 8785: the digest of what we write is not left to chance.
    @Test
    func writesCanonically() {
        let digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        let empty = #"{"digest":"\#(digest)","mediaType":"application/vnd.oci.empty.v1+json","size":2}"#
        let bytes = ImageManifest.artifactBytes(artifactType: "a/b", layers: [.emptyValue])
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"artifactType":"a/b","config":\#(empty),"layers":[\#(empty)],"#
                + #""mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}"#)
    }

    @Test
    func writesImagesOfBothFamilies() throws {
        let oci = Descriptor(mediaType: .ociConfiguration, digest: layer.digest, size: 3)
        let docker = Descriptor(mediaType: .dockerConfiguration, digest: layer.digest, size: 3)
        #expect(try read(ImageManifest.imageBytes(config: oci, layers: []), declared: .ociManifest).artifactType == nil)
        _ = try read(ImageManifest.imageBytes(config: docker, layers: [layer]), declared: .dockerManifest)
    }

    @Test
    func writesIndexThatItReads() throws {
        var entry = layer
        entry.platform = Platform(os: "linux", architecture: "arm64", variant: "v8", osVersion: "1")
        entry.artifactType = "a/b"
        let bytes = ImageIndex.indexBytes(
            manifests: [entry, layer], artifactType: "c/d", subject: layer, annotations: ["x": "y"])
        guard case .index(let index) = try read(bytes, declared: .ociIndex) else {
            Issue.record("expected an index")
            return
        }
        #expect(index.manifests == [entry, layer])
        #expect(index.subject == layer)
        #expect(index.artifactType == "c/d")
        #expect(index.annotations == ["x": "y"])
        _ = try read(
            ImageIndex.indexBytes(manifests: [], mediaType: .dockerManifestList), declared: .dockerManifestList)
    }

    @Test
    func writesConfigurationThatItReads() throws {
        let platform = Platform(os: "linux", architecture: "arm64", variant: "v8", osVersion: "1")
        let bytes = ImageConfiguration.configurationBytes(
            platform: platform, user: "1000", labels: ["x": "y"], diffIDs: [layer.digest])
        let configuration = try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: bytes))
        #expect(configuration.platform == platform)
        #expect(configuration.user == "1000")
        #expect(configuration.labels == ["x": "y"])
        #expect(configuration.diffIDs == [layer.digest])
        let plain = ImageConfiguration.configurationBytes(platform: platform, diffIDs: [])
        #expect(try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: plain)).user == "")
        #expect(!String(decoding: plain, as: UTF8.self).contains("User"))
    }
}

struct OCIReasonsTests {
    @Test
    func namesAreDistinctAndWellFormed() {
        let names = ReasonTable.oci.codes.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.wholeMatch(of: /(image|artifact|limit)\.[a-z0-9]+(-[a-z0-9]+)*/) != nil)
        }
    }

    /// A contradiction rejects, absence is undecided, and neither can be a mere note.
    @Test(arguments: ReasonTable.oci.codes)
    func effectFollowsRank(code: ReasonCode) {
        switch code.rank {
        case .integrity, .scope: #expect(code.effect == .reject)
        case .unavailable: #expect(code.effect == .undecided)
        case .limit:
            #expect(code.effect == ([.limitImageBytes, .limitCandidates].contains(code) ? .undecided : .reject))
        default: Issue.record("\(code) has rank \(code.rank)")
        }
        #expect(!code.summary.isEmpty && !code.summary.hasSuffix("."))
        #expect(!code.mend.isEmpty && !code.mend.hasSuffix("."))
    }

    @Test(arguments: [
        (ImageFormatError.json(.manifest, .tooLarge(limit: 1)), ReasonCode.limitManifestBytes),
        (.json(.configuration, .tooLarge(limit: 1)), .limitConfigurationBytes),
        (.json(.layout, .tooLarge(limit: 1)), .imageMalformedLayout),
        (.json(.layout, .tooDeep(limit: 1, offset: 0)), .limitJSONDepth),
        (.json(.configuration, .unexpectedEnd), .imageMalformedConfiguration),
        (.embeddedData(place: "", problem: ""), .imageEmbeddedDataMismatch),
        (.twoTypes(members: []), .imageTwoTypes),
        (.typesDisagree(named: .ociIndex, stated: .ociManifest), .imageMediaTypeMismatch),
        (.contentDisagrees(.ociIndex), .imageMediaTypeMismatch),
        (.unknownMediaType("a/b"), .imageUnknownMediaType),
        (.schema1, .imageSchema1),
        (.layoutVersion("2"), .imageUnsupportedLayout),
    ])
    func everyErrorHasItsReason(error: ImageFormatError, code: ReasonCode) {
        #expect(error.code == code)
        #expect(!error.message.isEmpty)
    }

    @Test
    func escapesWhatItQuotes() {
        let text = DocumentText.manifest.with("artifactType", "\"\u{202E}\\u001b\"")
        let error = #expect(throws: ImageFormatError.self) { try text.document() }
        #expect(error?.message.unicodeScalars.contains { $0 == "\u{202E}" || $0 == "\u{1B}" } == false)
    }
}
