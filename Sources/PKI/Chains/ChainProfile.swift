import StrictEncoding

/// What a leaf has to be for, and how its path is judged besides RFC 5280's own rules.
public struct ChainProfile: Sendable {
    /// What the extended key usage of the leaf has to say (RFC 5280 section 4.2.1.12). Object identifiers in dotted form.
    ///
    /// Where an authority below the anchor has that extension, it has to allow the same: an authority for web servers does
    /// not vouch for signers of code.
    public enum Purpose: Sendable, Hashable {
        /// The extension has to be there and to name this usage; "any usage" is not enough.
        case required(String)
        /// The extension, if it is there, has to name this usage or any.
        case ifStated(String)
        /// The extension has to be critical and to name this usage alone, RFC 3161 section 2.3.
        case soleAndCritical(String)
        /// Nothing is asked.
        case notAsked
    }

    /// What the names of the leaf have to be.
    public enum Names: Sendable, Hashable {
        /// Nothing is asked here; whoever gets the chain reads the names.
        case notAsked
        /// Exactly one URI, a SPIFFE ID: then leaf and authorities are judged by the X509-SVID specification too. Of this
        /// trust domain, if there is one; whichever it is, the authority that issued the leaf has to be of the same.
        case spiffeID(SPIFFETrustDomain?)
        /// One that a server of this name may show.
        case server(ServerName)
    }

    public var purpose: Purpose
    public var names: Names = .notAsked
    /// Whether an authority's certificate may stand as a leaf.
    public var leafMayBeAuthority = false
    /// Whether the leaf needs the key usage extension (section 4.2.1.3). If it has it, it has to allow signatures.
    public var requiresKeyUsage = false
    /// The most certificates between leaf and anchor that are not self-issued.
    public var maximumIntermediates = 4
    /// Whether to refuse also what RFC 5280 forbids authorities to write but lets verifiers overlook.
    public var requiresConformingIssuance = false

    public init(purpose: Purpose) { self.purpose = purpose }

    /// A signing certificate of Fulcio: for code signing, for signatures, no authority.
    public static let fulcio = codeSigner(usage: codeSigning)

    /// A signer of an organisation's own authority.
    public static func codeSigner(usage: String) -> ChainProfile {
        var profile = ChainProfile(purpose: .required(usage))
        profile.requiresKeyUsage = true
        return profile
    }

    /// A timestamp authority, RFC 3161 section 2.3.
    public static let timestamping = ChainProfile(purpose: .soleAndCritical(timeStamping))

    /// A workload's X509-SVID, of any trust domain: whose authorities may vouch for which is for whoever gives them to
    /// say. ``SPIFFETrustBundles`` does.
    public static let spiffe = spiffe(of: nil)

    /// A workload's X509-SVID, of this trust domain.
    public static func spiffe(of trustDomain: SPIFFETrustDomain?) -> ChainProfile {
        var profile = ChainProfile(purpose: .notAsked)
        profile.requiresKeyUsage = true
        profile.names = .spiffeID(trustDomain)
        return profile
    }

    /// A TLS server of this name.
    public static func server(_ name: ServerName) -> ChainProfile {
        var profile = ChainProfile(purpose: .ifStated(serverAuthentication))
        profile.names = .server(name)
        profile.leafMayBeAuthority = true
        profile.requiresConformingIssuance = true
        return profile
    }

    /// A TLS client, of whatever name.
    public static let client: ChainProfile = {
        var profile = ChainProfile(purpose: .ifStated(clientAuthentication))
        profile.requiresConformingIssuance = true
        return profile
    }()

    /// RFC 5280 section 4.2.1.12.
    public static let serverAuthentication = "1.3.6.1.5.5.7.3.1"
    public static let clientAuthentication = "1.3.6.1.5.5.7.3.2"
    public static let codeSigning = "1.3.6.1.5.5.7.3.3"
    public static let timeStamping = "1.3.6.1.5.5.7.3.8"
    static let anyUsage = "2.5.29.37.0"
}

/// What a TLS client meant to reach.
public enum ServerName: Sendable, Hashable {
    case dns(String)
    /// 4 or 16 octets.
    case ipAddress([UInt8])

    /// Whether one of a certificate's names is this one (RFC 9525 section 6): domain names whatever their case, a `*` for
    /// exactly the whole first label of at least three, addresses by their octets. The subject's common name never counts.
    func isNamed(by names: [GeneralName]) -> Bool {
        names.contains { name in
            switch (self, name) {
            case (.dns(let wanted), .dns(let stated)): Self.matches(wanted, pattern: stated.value)
            case (.ipAddress(let wanted), .ipAddress(let stated)): wanted == stated
            default: false
            }
        }
    }

    private static func matches(_ name: String, pattern: String) -> Bool {
        guard let name = labels(name), let pattern = labels(pattern), name.count == pattern.count else { return false }
        guard pattern.first == [UInt8(ascii: "*")] else { return name == pattern }
        return pattern.count >= 3 && name.dropFirst().elementsEqual(pattern.dropFirst())
    }

    private static func labels(_ name: String) -> [[UInt8]]? {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { label in
            label.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        }
        return labels.contains { $0.isEmpty } ? nil : labels
    }
}
