package import PKI
public import StrictEncoding

/// Which of Google's keys for Cloud Build one is, by its resource name in Google's key management. The keys themselves are
/// given by file.
///
/// Keys of a region, `builtByGCB`, sign the payload alone; those that came after sign as DSSE has it (slsa-verifier,
/// `verifiers/internal/gcb/keys`). Each is tried for signatures that state its name and for no others, so that a key of one
/// region never speaks for another.
public struct CloudBuildKey: Sendable, Hashable {
    /// `projects/verified-builder/locations/LOCATION/keyRings/attestor/cryptoKeys/NAME/cryptoKeyVersions/1`
    public let resourceName: ExactString
    /// Whether it signs payloads without their type.
    public let insecureSignsPayloadAlone: Bool

    /// A region's key, such as `us-west2`; `global` is one too.
    ///
    /// - Returns: nil for what cannot be the name of a location: lower-case letters, digits and dashes.
    public static func regional(_ location: String) -> CloudBuildKey? {
        let allowed = location.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard allowed, (1...63).contains(location.utf8.count) else { return nil }
        return CloudBuildKey(location, "builtByGCB", insecureSignsPayloadAlone: true)
    }

    /// Signs provenance 0.1.
    public static let provenanceSigner = CloudBuildKey("global", "provenanceSigner", insecureSignsPayloadAlone: false)
    /// Signs provenance 1.
    public static let googleHostedWorker = CloudBuildKey(
        "global", "google-hosted-worker", insecureSignsPayloadAlone: false)

    private init(_ location: String, _ name: String, insecureSignsPayloadAlone: Bool) {
        resourceName = ExactString(
            "projects/verified-builder/locations/\(location)/keyRings/attestor/cryptoKeys/\(name)/cryptoKeyVersions/1")
        self.insecureSignsPayloadAlone = insecureSignsPayloadAlone
    }
}

extension TrustedKey {
    /// A key of Google's, trusted for what it signs and in the way in which it signs.
    ///
    /// - Returns: nil for a key that is not ECDSA P-256, which all of them are.
    package init?(_ key: PublicKey, as role: CloudBuildKey) {
        guard key.kind == .ecdsaP256 else { return nil }
        self.init(
            key, schemes: [.ecdsaSHA256], keyIDs: [role.resourceName],
            insecureSignsPayloadAlone: role.insecureSignsPayloadAlone)
    }
}
