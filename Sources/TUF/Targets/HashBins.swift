import Content
import StrictEncoding

/// `succinct_roles` (TAP 15): 2^n delegated roles with one set of keys, each of which may speak of the paths whose hash
/// begins with its n bits.
struct HashBins: Sendable {
    let authority: RoleAuthority
    /// From 1 to 32.
    let bitLength: Int
    let namePrefix: String

    init(_ fields: MetadataFields, ring: [ExactString: TUFKey]) throws(MetadataFormatError) {
        authority = try RoleAuthority(fields, ring: ring)
        bitLength = try fields.integer("bit_length", from: 1)
        guard bitLength <= 32 else { throw .expected("an integer of at most 32", at: fields.at("bit_length")) }
        namePrefix = try fields.string("name_prefix")
        // Eight digits and a hyphen come behind it.
        guard (1...MetadataRole.longestName - 9).contains(namePrefix.utf8.count) else {
            throw .expected("a prefix of at most \(MetadataRole.longestName - 9) bytes", at: fields.at("name_prefix"))
        }
    }

    /// The one bin that may speak of this path. It is terminating: no other bin could know better.
    func delegation(for path: TargetPath) -> Delegation {
        // The first 32 bits of the hash, of which the first n number the bin.
        let bits = UInt64(path.hash.hex.prefix(8), radix: 16) ?? 0
        let bin = String(bits >> UInt64(32 - bitLength), radix: 16)
        let width = (bitLength + 3) / 4
        let number = String(repeating: "0", count: max(0, width - bin.utf8.count)) + bin
        return Delegation(
            role: .delegated(ExactString(namePrefix + "-" + number)), authority: authority, paths: .bin,
            isTerminating: true)
    }
}
