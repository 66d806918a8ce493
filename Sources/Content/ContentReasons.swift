public import Findings

extension ReasonCode {
    public static let contentWrongDigest = ReasonCode(
        "content.digest-mismatch", .reject, .integrity,
        summary: "bytes do not have the digest by which they were named",
        mend: "copy the image again from where it was built; if it persists, treat the store as tampered with")
    public static let contentWrongSize = ReasonCode(
        "content.size-mismatch", .reject, .integrity,
        summary: "bytes do not have the size that their descriptor states",
        mend: "copy the image again from where it was built; if it persists, treat the store as tampered with")
    public static let contentUnknownAlgorithm = ReasonCode(
        "content.unknown-digest-algorithm", .reject, .integrity,
        summary: "a digest names an algorithm that is not sha256 or sha512",
        mend: "rebuild the image with a tool that writes sha256 digests")
    public static let contentMalformedDigest = ReasonCode(
        "content.malformed-digest", .reject, .integrity,
        summary: "a digest is not `algorithm:hex` in lower case and of the right length",
        mend: "rebuild the image with a tool that writes well-formed digests")
}

extension ReasonTable {
    public static let content = ReasonTable(
        "Content", [.contentWrongDigest, .contentWrongSize, .contentUnknownAlgorithm, .contentMalformedDigest])
}

extension ContentError {
    public var code: ReasonCode {
        switch self {
        case .wrongSize: .contentWrongSize
        case .wrongDigest: .contentWrongDigest
        }
    }
}

extension DigestError {
    public var code: ReasonCode {
        switch self {
        case .notADigest: .contentMalformedDigest
        case .unknownAlgorithm: .contentUnknownAlgorithm
        }
    }
}
