public import Content
import StrictEncoding

/// Makes the payload of a cosign image signature: the `critical` and `optional` of containers/image's atomic container
/// signature (`docs/containers-signature.5.md`), as JSON.
public enum SimpleSigning {
    /// What goes into `critical.type`.
    public static let type = "cosign container image signature"

    /// The bytes to be signed and stored, for an image that is named `dockerReference` and has the given manifest.
    public static func payload(dockerReference: String, manifestDigest: Digest) -> [UInt8] {
        let payload: JSONTree = [
            "critical": [
                "identity": ["docker-reference": .string(dockerReference)],
                "image": ["docker-manifest-digest": .string(manifestDigest.description)],
                "type": .string(type),
            ],
            "optional": .null,
        ]
        return payload.canonicalBytes()
    }
}
