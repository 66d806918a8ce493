public import Content
public import StrictEncoding

/// Makes in-toto statements (in-toto attestation framework, "Statement layer specification" v1) to be signed.
public enum StatementMaking {
    /// The predicate type of an image signature as cosign 3 makes it.
    public static let imageSignatureType = "https://sigstore.dev/cosign/sign/v1"

    /// The bytes of a statement v1 about one image.
    ///
    /// - Parameter predicate: nil leaves the member out, as an image signature does.
    public static func statement(
        subjectName: String?, digest: Digest, predicateType: String, predicate: JSONTree?
    ) -> [UInt8] {
        JSONTree(members: [
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                JSONTree(members: [
                    "name": subjectName.map(JSONTree.string),
                    "digest": .object([ExactString(digest.algorithm.rawValue): .string(digest.hex)]),
                ])
            ],
            "predicateType": .string(predicateType),
            "predicate": predicate,
        ]).canonicalBytes()
    }
}
