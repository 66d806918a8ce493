import Landwaiter

// Changing what was signed or written, as somebody would who holds the bytes and no key.

func tree(_ bytes: [UInt8]) throws -> JSONTree {
    guard let tree = JSONTree(try JSONDocument(parsing: bytes).root) else { throw NotJSON() }
    return tree
}

func canonical(_ bytes: [UInt8]) throws -> [UInt8] { try tree(bytes).canonicalBytes() }

struct NotJSON: Error {}

extension JSONTree {
    /// An object with one member more, or another value of it.
    func adding(_ name: String, _ value: JSONTree) -> JSONTree {
        guard case .object(var members) = self else { return self }
        members[ExactString(name)] = value
        return .object(members)
    }

    var elements: [JSONTree] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

/// An envelope with its payload changed and its signatures kept.
func rewriting(_ envelope: [UInt8], _ change: ([UInt8]) throws -> [UInt8]) throws -> [UInt8] {
    let envelope = try tree(envelope)
    guard let encoded = envelope["payload"]?.text else { throw NotJSON() }
    let payload = try change(try Base64.decode(encoded))
    return envelope.adding("payload", .string(Base64.encode(payload))).canonicalBytes()
}

extension Scene {
    /// The configuration that an image's manifest names.
    func config(of image: Descriptor) throws -> Descriptor {
        let config = try tree(store.bytes(of: image))["config"]
        guard let digest = config?["digest"]?.text, case .integer(let size)? = config?["size"] else { throw NotJSON() }
        return Descriptor(mediaType: .ociConfiguration, digest: try Digest(digest), size: Int(size))
    }

    /// The layers that a manifest names.
    func layers(of manifest: Descriptor) throws -> [Digest] {
        try tree(store.bytes(of: manifest))["layers"]?.elements.compactMap { $0["digest"]?.text }.map { try Digest($0) }
            ?? []
    }
}
