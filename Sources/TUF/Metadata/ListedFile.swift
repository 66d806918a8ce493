import Content
import StrictEncoding

/// What one metadata file says of another (sections 4.4 and 4.6): its version and, where stated, length and hashes.
public struct ListedFile: Sendable, Hashable {
    /// The version that the file must have.
    public let version: Int
    /// Bytes that the file must have.
    public let length: Int?
    let hashes: StatedHashes?

    init(_ fields: MetadataFields) throws(MetadataFormatError) {
        version = try fields.integer("version", from: 1)
        length = fields.object["length"] == nil ? nil : try fields.integer("length", from: 0)
        hashes = fields.object["hashes"] == nil ? nil : try StatedHashes(fields.fields("hashes"))
    }

    /// The files of a member `meta`.
    static func list(_ fields: MetadataFields) throws(MetadataFormatError) -> [ExactString: ListedFile] {
        let meta = try fields.fields("meta")
        var files: [ExactString: ListedFile] = [:]
        files.reserveCapacity(meta.object.count)
        for (name, value) in meta.object {
            files[ExactString(name)] = try ListedFile(MetadataFields(value, at: meta.at(name)))
        }
        return files
    }
}

/// Hashes by the name of their function. Those of functions that this client computes all have to match, and there has
/// to be one of them, or nothing matches.
struct StatedHashes: Sendable, Hashable {
    /// In the order of preference: SHA-256 first.
    let digests: [Digest]

    init(_ fields: MetadataFields) throws(MetadataFormatError) {
        var digests: [Digest] = []
        for algorithm in Digest.Algorithm.allCases where fields.object[algorithm.rawValue] != nil {
            let hex = try fields.string(algorithm.rawValue)
            guard let digest = try? Digest(algorithm: algorithm.rawValue, hex: hex) else {
                throw .expected("a hash in lower-case hexadecimal", at: fields.at(algorithm.rawValue))
            }
            digests.append(digest)
        }
        self.digests = digests
    }

    /// The first digest that the bytes do not have.
    func mismatch(with bytes: [UInt8]) -> Digest? {
        digests.first { Digest(of: bytes, using: $0.algorithm) != $0 }
    }
}
