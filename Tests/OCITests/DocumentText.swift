import Content
import OCI

/// A document as raw members, so that a test can write what no encoder would: members twice, wrong kinds, odd names.
struct DocumentText: Sendable {
    var members: [(name: String, json: String)]

    init(_ members: KeyValuePairs<String, String>) { self.members = members.map { ($0.key, $0.value) } }

    /// With this member instead of the one of that name, or with it at the end.
    func with(_ name: String, _ json: String) -> DocumentText {
        var copy = self
        if let index = members.firstIndex(where: { $0.name == name }) {
            copy.members[index].json = json
        } else {
            copy.members.append((name, json))
        }
        return copy
    }

    /// With one more member, whether there is one of that name or not.
    func adding(_ name: String, _ json: String) -> DocumentText {
        var copy = self
        copy.members.append((name, json))
        return copy
    }

    func without(_ name: String) -> DocumentText {
        var copy = self
        copy.members.removeAll { $0.name == name }
        return copy
    }

    var json: String { "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}" }
    var content: VerifiedContent { VerifiedContent(namedByOwnDigest: Array(json.utf8)) }

    func document(declared: MediaType? = nil) throws(ImageFormatError) -> ImageDocument {
        try ImageDocument(parsing: content, declared: declared)
    }

    func manifest() throws -> ImageManifest? {
        if case .manifest(let manifest) = try document() { manifest } else { nil }
    }

    func index() throws -> ImageIndex? {
        if case .index(let index) = try document() { index } else { nil }
    }

    func configuration() throws(ImageFormatError) -> ImageConfiguration {
        try ImageConfiguration(parsing: content)
    }
}

extension DocumentText {
    static let layerDigest = "sha256:" + String(repeating: "1", count: 64)
    static let configDigest = "sha256:" + String(repeating: "2", count: 64)
    static let childDigest = "sha256:" + String(repeating: "3", count: 64)

    static let layer = DocumentText([
        "mediaType": #""application/vnd.oci.image.layer.v1.tar+gzip""#, "digest": "\"\(layerDigest)\"", "size": "7",
    ])
    static let config = DocumentText([
        "mediaType": #""application/vnd.oci.image.config.v1+json""#, "digest": "\"\(configDigest)\"", "size": "8",
    ])
    static let entry = DocumentText([
        "mediaType": #""application/vnd.oci.image.manifest.v1+json""#, "digest": "\"\(childDigest)\"", "size": "9",
        "platform": #"{"os":"linux","architecture":"arm64","variant":"v8"}"#,
    ])
    static let manifest = DocumentText([
        "schemaVersion": "2", "mediaType": #""application/vnd.oci.image.manifest.v1+json""#, "config": config.json,
        "layers": "[\(layer.json)]",
    ])
    static let index = DocumentText([
        "schemaVersion": "2", "mediaType": #""application/vnd.oci.image.index.v1+json""#,
        "manifests": "[\(entry.json)]",
    ])
    static let configuration = DocumentText([
        "created": #""2026-01-02T03:04:05.678Z""#, "os": #""linux""#, "architecture": #""amd64""#,
        "config": #"{"User":"app","Labels":{"a":"b"},"Entrypoint":["/app"],"Cmd":null,"ExposedPorts":{"80/tcp":{}}}"#,
        "rootfs": #"{"type":"layers","diff_ids":["\#(layerDigest)"]}"#,
        "history": #"[{"created_by":"COPY"},{"created_by":"CMD","empty_layer":true}]"#,
    ])
}
