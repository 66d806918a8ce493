public import Content

extension Digest {
    /// Whether a name is one that only evidence bears.
    public static func isEvidenceTag(_ tag: String) -> Bool { PaperTag.matches(tag) }
}

/// A name that only evidence bears: `algorithm-hex`, or that with cosign's suffix.
enum PaperTag {
    static let suffixes = ["sig", "att", "sbom"]

    static func matches(_ tag: String) -> Bool {
        guard let dash = tag.utf8.firstIndex(of: UInt8(ascii: "-")) else { return false }
        let algorithm = tag.utf8[..<dash]
        guard Digest.Algorithm.registered.contains(where: { $0.rawValue.utf8.elementsEqual(algorithm) }) else {
            return false
        }
        let rest = tag.utf8[tag.utf8.index(after: dash)...]
        let hex = rest.prefix { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard hex.count == 64 || hex.count == 128 else { return false }
        let suffix = rest.dropFirst(hex.count)
        return suffix.isEmpty || suffixes.contains { suffix.elementsEqual(("." + $0).utf8) }
    }
}
