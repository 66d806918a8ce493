public import Content

extension Digest {
    /// The tag of the list of referrers (distribution-spec "Referrers Tag Schema"): the encoded part is cut to 64
    /// characters.
    public var referrersTag: String { algorithm.rawValue + "-" + hex.prefix(64) }

    /// The tag of cosign's `sig`, `att` or `sbom` manifest; nothing is cut.
    public func cosignTag(_ suffix: String) -> String { algorithm.rawValue + "-" + hex + "." + suffix }
}
