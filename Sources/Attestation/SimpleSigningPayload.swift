public import Content
import Findings
public import StrictEncoding

/// What a cosign image signature in the simple signing form says: this manifest digest, under this name.
///
/// Read as strictly as containers/image does: exactly the members that the format has. A member that one reader knows
/// and another ignores is how two verifiers come to two opinions. Only the content of `optional` is free.
public struct SimpleSigningPayload: Sendable, Hashable {
    /// `critical.identity.docker-reference`: the name under which the image was signed. May be empty.
    public let dockerReference: ExactString
    /// `critical.image.docker-manifest-digest`: the manifest or index that was signed.
    public let manifestDigest: Digest

    /// `critical.type` of a cosign signature. `atomic container signature` is that of OpenPGP simple signing: the same
    /// form, meant for another kind of key, so it is refused here, as containers/image refuses it.
    public static let type: ExactString = "cosign container image signature"

    /// The media type of a layer that holds one.
    public static let mediaType: MediaType = "application/vnd.dev.cosign.simplesigning.v1+json"

    /// Parses signed bytes.
    ///
    /// - Throws: `SimpleSigningError`: the family `simple-signing`, or a limit.
    public init(parsing payload: [UInt8], limits: JSONLimits = Self.limits) throws(SimpleSigningError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: payload, limits: limits)
        } catch {
            throw .json(error)
        }
        let root = try Self.members(of: document.root, at: "", required: ["critical"], other: ["optional"])
        let critical = try Self.members(
            of: root["critical"], at: "critical", required: ["type", "image", "identity"])
        let image = try Self.members(
            of: critical["image"], at: "critical.image", required: ["docker-manifest-digest"])
        let identity = try Self.members(
            of: critical["identity"], at: "critical.identity", required: ["docker-reference"])

        let type = try Self.text(critical["type"], at: "critical.type")
        guard type == Self.type else { throw .otherType(type) }
        let digest = try Self.text(image["docker-manifest-digest"], at: "critical.image.docker-manifest-digest")
        do {
            manifestDigest = try Digest(digest.value)
        } catch {
            throw .digest(error)
        }
        dockerReference = try Self.text(identity["docker-reference"], at: "critical.identity.docker-reference")
    }

    /// 1 MiB: a payload is a few hundred bytes; what a signer adds under `optional` is annotations.
    public static let limits = JSONLimits(bytes: 1 << 20, depth: 128)
}

extension SimpleSigningPayload {
    /// An object that has exactly these members.
    private static func members(
        of value: JSONValue?, at path: String, required: [String], other: [String] = []
    ) throws(SimpleSigningError) -> JSONObject {
        guard let object = value?.object else { throw .malformed(path) }
        for (name, _) in object where !(required + other).contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            throw .unknownMember(path.isEmpty ? name : path + "." + name)
        }
        for name in required where object[name] == nil {
            throw .malformed(path.isEmpty ? name : path + "." + name)
        }
        return object
    }

    private static func text(_ value: JSONValue?, at path: String) throws(SimpleSigningError) -> ExactString {
        guard let text = value?.exact else { throw .malformed(path) }
        return text
    }
}

/// Why signed bytes are no acceptable simple signing payload.
public enum SimpleSigningError: Error, Equatable, Sendable {
    case json(JSONError)
    /// The member at this path is not there or of another kind; the empty path is the whole.
    case malformed(String)
    case unknownMember(String)
    case otherType(ExactString)
    case digest(DigestError)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "simple signing payload: \(error.message)"
        case .malformed(""): "expected a simple signing payload as a JSON object, found another value"
        case .malformed(let path): "expected a simple signing payload with `\(path)`, found none of the right kind"
        case .unknownMember(let path):
            "expected only known members in a simple signing payload, found \(Finding.quoted(path))"
        case .otherType(let type):
            "expected type `\(SimpleSigningPayload.type)`, found \(Finding.quoted(type.value))"
        case .digest(let error): "simple signing payload: \(error.message)"
        }
    }
}
