import Content
import OCI
import StrictEncoding

/// An image layout in memory, for writing what no honest tool writes as easily as what every tool does.
struct LayoutBuilder {
    /// Blobs by path.
    private(set) var blobs: [String: [UInt8]] = [:]
    /// Entries of index.json, in order, as JSON.
    var entries: [JSONTree] = []

    /// Stores bytes under their digest.
    @discardableResult
    mutating func store(_ bytes: [UInt8], as mediaType: MediaType) -> Descriptor {
        let content = VerifiedContent(namedByOwnDigest: bytes)
        blobs["blobs/\(content.digest.algorithm.rawValue)/\(content.digest.hex)"] = bytes
        return Descriptor(mediaType: mediaType, digest: content.digest, size: bytes.count)
    }

    /// Stores bytes under another digest than their own.
    mutating func replace(_ descriptor: Descriptor, with bytes: [UInt8]) {
        blobs["blobs/\(descriptor.digest.algorithm.rawValue)/\(descriptor.digest.hex)"] = bytes
    }

    mutating func remove(_ descriptor: Descriptor) {
        blobs["blobs/\(descriptor.digest.algorithm.rawValue)/\(descriptor.digest.hex)"] = nil
    }

    func bytes(of descriptor: Descriptor) -> [UInt8] {
        blobs["blobs/\(descriptor.digest.algorithm.rawValue)/\(descriptor.digest.hex)"] ?? []
    }

    mutating func list(_ descriptor: Descriptor, tag: String? = nil, annotations: [String: String] = [:]) {
        var all = annotations
        if let tag { all["org.opencontainers.image.ref.name"] = tag }
        entries.append(Self.entry(descriptor, annotations: all))
    }

    static func entry(_ descriptor: Descriptor, annotations: [String: String] = [:]) -> JSONTree {
        JSONTree(members: [
            "mediaType": .string(descriptor.mediaType.description),
            "digest": .string(descriptor.digest.description),
            "size": .integer(Int64(descriptor.size)),
            "artifactType": descriptor.artifactType.map { .string($0.description) },
            "annotations": annotations.isEmpty
                ? nil
                : .object(
                    Dictionary(uniqueKeysWithValues: annotations.map { (ExactString($0.key), .string($0.value)) })),
        ])
    }

    /// Everything that the directory holds.
    var files: [String: [UInt8]] {
        var files = blobs
        files["oci-layout"] = Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)
        files["index.json"] =
            JSONTree(members: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociIndex.description), "manifests": .array(entries),
            ]).canonicalBytes()
        return files
    }
}

extension LayoutBuilder {
    /// A tar of one file: small, valid, and the same at every run.
    static func tar(_ name: String, _ text: String) -> [UInt8] {
        let content = Array(text.utf8)
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ value: String, at offset: Int) {
            for (index, byte) in value.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(content.count, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        header[154] = 0
        header[155] = UInt8(ascii: " ")
        let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        return header + content + padding + [UInt8](repeating: 0, count: 1_024)
    }
}
