public import PKI
public import StrictEncoding

/// Who may call a surface, and what shows that it is them. A caller needs to satisfy one rule; what is not listed is
/// refused.
public struct CallerRules: Sendable, Hashable {
    /// Names in client certificates that an authority of the listener vouches for.
    public var certificates: [CertificateRule]
    /// JWT-SVIDs as bearer tokens.
    public var workloadTokens: [WorkloadTokenRule]
    /// JWTs of OpenID Connect issuers as bearer tokens.
    public var issuedTokens: [IssuedTokenRule]
    /// Headers with a value that is secret.
    public var secrets: [SharedSecretRule]
    /// Users of the processes that connect to a Unix socket, by number.
    public var unixUsers: [UInt32]

    public init(
        certificates: [CertificateRule] = [], workloadTokens: [WorkloadTokenRule] = [],
        issuedTokens: [IssuedTokenRule] = [], secrets: [SharedSecretRule] = [], unixUsers: [UInt32] = []
    ) {
        self.certificates = certificates
        self.workloadTokens = workloadTokens
        self.issuedTokens = issuedTokens
        self.secrets = secrets
        self.unixUsers = unixUsers
    }

    /// Whether nobody at all could satisfy them.
    public var isEmpty: Bool {
        certificates.isEmpty && workloadTokens.isEmpty && issuedTokens.isEmpty && secrets.isEmpty && unixUsers.isEmpty
    }
}

/// Whose certificate may call.
public enum CertificateRule: Sendable, Hashable {
    /// The one URI of an X509-SVID that the bundle of its trust domain vouches for.
    case workload(SPIFFERule)
    /// A domain name among the certificate's alternative names, as it is written there: no wildcard on either side. The
    /// subject's common name never counts.
    case dns(ExactString)

    /// `spiffe://…` as ``SPIFFERule`` reads it, or `dns:` and a domain name in lower case.
    public init(parsing text: String) throws(CallerRuleError) {
        guard text.utf8.starts(with: "dns:".utf8) else {
            self = .workload(try SPIFFERule(parsing: text))
            return
        }
        let name = Array(text.utf8.dropFirst(4))
        guard Self.isPlainName(name) else { throw .domainName(text) }
        self = .dns(ExactString(String(decoding: name, as: UTF8.self)))
    }

    /// RFC 1034 section 3.5 in lower case, with underscores as some write them.
    private static func isPlainName(_ name: [UInt8]) -> Bool {
        name.count <= 253
            && name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { byte in
                        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                            || byte == UInt8(ascii: "_")
                    }
            }
    }
}

/// Which workloads: one, or all below a path.
public enum SPIFFERule: Sendable, Hashable {
    case exactly(SPIFFEID)
    /// Every workload whose path begins with these whole components and goes on. Without components: the trust domain.
    case below(SPIFFETrustDomain, components: [ExactString])

    /// A SPIFFE ID, or one with `/**` at its end for whatever lies below it: `spiffe://example.org/ns/kube-system/**`.
    ///
    /// - Throws: `CallerRuleError` for anything else, also for `*` in another place and for a trust domain alone.
    public init(parsing text: String) throws(CallerRuleError) {
        let wildcard = "/**"
        let isPrefix = text.utf8.suffix(wildcard.utf8.count).elementsEqual(wildcard.utf8)
        let stem = isPrefix ? String(decoding: text.utf8.dropLast(wildcard.utf8.count), as: UTF8.self) : text
        let id: SPIFFEID
        do {
            id = try SPIFFEID(stem)
        } catch {
            throw .spiffeID(text, error)
        }
        if isPrefix {
            self = .below(id.trustDomain, components: Self.components(of: id))
        } else {
            guard !id.path.utf8.isEmpty else { throw .trustDomainAlone(text) }
            self = .exactly(id)
        }
    }

    func holds(for id: SPIFFEID) -> Bool {
        switch self {
        case .exactly(let wanted): return id == wanted
        case .below(let trustDomain, let components):
            let stated = Self.components(of: id)
            return id.trustDomain == trustDomain && stated.count > components.count && stated.starts(with: components)
        }
    }

    var trustDomain: SPIFFETrustDomain {
        switch self {
        case .exactly(let id): id.trustDomain
        case .below(let trustDomain, _): trustDomain
        }
    }

    private static func components(of id: SPIFFEID) -> [ExactString] {
        id.path.utf8.split(separator: UInt8(ascii: "/")).map { ExactString(String(decoding: $0, as: UTF8.self)) }
    }
}

/// JWT-SVIDs of one trust domain, made out for an audience.
public struct WorkloadTokenRule: Sendable, Hashable {
    public var bundle: SPIFFEBundleFile
    /// What this server goes by.
    public var audience: ExactString
    /// Never empty; all of the bundle's trust domain.
    public var workloads: [SPIFFERule]

    public init(bundle: SPIFFEBundleFile, audience: ExactString, workloads: [SPIFFERule]) {
        self.bundle = bundle
        self.audience = audience
        self.workloads = workloads
    }
}

/// A file with the bundle of a trust domain, read again when it changes: a JWK set, or PEM if its name ends in `.pem`.
public struct SPIFFEBundleFile: Sendable, Hashable {
    public var trustDomain: SPIFFETrustDomain
    public var file: String

    public init(trustDomain: SPIFFETrustDomain, file: String) {
        self.trustDomain = trustDomain
        self.file = file
    }
}

/// JWTs of one issuer, made out for an audience, with the issuer's keys in a file: nothing is fetched.
public struct IssuedTokenRule: Sendable, Hashable {
    /// `iss`, byte for byte.
    public var issuer: ExactString
    /// `aud` holds it.
    public var audience: ExactString
    /// A JWK set (RFC 7517), read again when it changes.
    public var keysFile: String
    /// `sub`, byte for byte; never empty.
    public var subjects: [ExactString]
    /// By how much clocks may differ.
    public var leeway: ClockLeeway

    public init(
        issuer: ExactString, audience: ExactString, keysFile: String, subjects: [ExactString],
        leeway: ClockLeeway = .none
    ) {
        self.issuer = issuer
        self.audience = audience
        self.keysFile = keysFile
        self.subjects = subjects
        self.leeway = leeway
    }
}

/// A header whose value is known to one caller.
public struct SharedSecretRule: Sendable, Hashable {
    /// Who the caller is then, in records and logs.
    public var name: String
    /// In lower case: `authorization`, or one of the sender's own.
    public var header: String
    /// Holds the whole value of the header, perhaps with a line end after it; read again when it changes.
    public var file: String

    public init(name: String, header: String = "authorization", file: String) {
        self.name = name
        self.header = header
        self.file = file
    }
}

/// Why a text is no rule about callers.
public enum CallerRuleError: Error, Equatable, Sendable {
    case spiffeID(String, SPIFFEIDError)
    /// A trust domain has to be written as `spiffe://name/**`, so that nobody admits all of one by leaving something out.
    case trustDomainAlone(String)
    case domainName(String)
}
