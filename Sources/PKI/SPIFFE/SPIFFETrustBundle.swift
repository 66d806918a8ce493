public import StrictEncoding

/// The keys that vouch for identities of one trust domain (SPIFFE Trust Domain and Bundle section 3).
///
/// A bundle says nothing of whose it is: whoever has it from the trust domain says so. It may be empty, which section
/// 4.1.3 has as the way to withdraw all keys.
public struct SPIFFETrustBundle: Sendable, Hashable {
    public let trustDomain: SPIFFETrustDomain
    /// `spiffe_sequence`, section 4.1.1: grows with each change. Nil if it does not say, as in PEM.
    public let sequenceNumber: UInt64?
    /// `spiffe_refresh_hint`, section 4.1.2: after how many seconds to look for a newer one.
    public let refreshHint: UInt64?
    /// What issues X509-SVIDs; each once, in their order.
    public let authorities: [Certificate]
    /// What signs JWT-SVIDs; no two with one identifier.
    public let tokenKeys: [TokenKey]
    /// Elements that were skipped, as section 4 has it, and why. Positions count from 0.
    public let skipped: [Skipped]

    /// A key that signs JWT-SVIDs (JWT-SVID section 6).
    public struct TokenKey: Sendable, Hashable {
        public let keyID: ExactString
        public let publicKey: PublicKey
        /// The one algorithm that the key is for, if the bundle says so (RFC 7517 section 4.4).
        public let algorithm: JWTSVIDAlgorithm?
    }

    public struct Skipped: Sendable, Hashable {
        public let position: Int
        public let reason: Reason

        public enum Reason: Sendable, Hashable {
            /// No `use`, or none that this product knows (section 4.2.2).
            case unknownUse
            /// A kind of key or a curve that nothing here verifies with (section 4.2.1).
            case unknownKey
            /// For X509-SVIDs, but without a certificate (X509-SVID section 6.2).
            case noCertificate
            /// For JWT-SVIDs, but no algorithm of theirs goes with it (JWT-SVID section 2.1).
            case unknownAlgorithm
        }
    }

    /// A bundle as a JWK set (section 4).
    ///
    /// - Throws: `SPIFFEBundleError`. Elements of unknown use or kind are skipped; others that are not as specified are
    ///   errors, because a key that silently does not count is an outage that nobody can explain.
    public init(trustDomain: SPIFFETrustDomain, jwks: [UInt8]) throws(SPIFFEBundleError) {
        let limit = SPIFFELimits.bundleByteCount
        guard jwks.count <= limit else { throw .tooLarge(limit: limit) }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: jwks, limits: JSONLimits(bytes: limit, depth: 32))
        } catch {
            throw .notJSON(error)
        }
        try self.init(trustDomain: trustDomain, document.root)
    }

    /// A bundle as PEM: certificates of authorities, and nothing else.
    public init(trustDomain: SPIFFETrustDomain, pem: [UInt8]) throws(SPIFFEBundleError) {
        let certificates: [Certificate]
        do {
            certificates = try Certificate.all(pem: pem)
        } catch {
            throw .certificate(position: nil, error)
        }
        var reader = SPIFFEBundleReader(trustDomain: trustDomain)
        for (position, certificate) in certificates.enumerated() {
            try reader.add(certificate, position: position)
        }
        self.init(reader, sequenceNumber: nil, refreshHint: nil)
    }

    init(trustDomain: SPIFFETrustDomain, _ value: JSONValue) throws(SPIFFEBundleError) {
        guard let members = value.object else { throw .malformed("keys") }
        let sequenceNumber = try Self.number(members, "spiffe_sequence")
        let refreshHint = try Self.number(members, "spiffe_refresh_hint")
        guard let keys = members["keys"]?.array else { throw .malformed("keys") }
        guard keys.count <= SPIFFELimits.keys else { throw .tooManyKeys(limit: SPIFFELimits.keys) }
        var reader = SPIFFEBundleReader(trustDomain: trustDomain)
        for (position, key) in keys.enumerated() { try reader.add(key, position: position) }
        self.init(reader, sequenceNumber: sequenceNumber, refreshHint: refreshHint)
    }

    private init(_ reader: SPIFFEBundleReader, sequenceNumber: UInt64?, refreshHint: UInt64?) {
        trustDomain = reader.trustDomain
        self.sequenceNumber = sequenceNumber
        self.refreshHint = refreshHint
        authorities = reader.authorities
        tokenKeys = reader.tokenKeys
        skipped = reader.skipped
    }

    /// The last instant at which an authority of the bundle is valid, for those who watch over expiry: after it no X509-SVID
    /// of the trust domain verifies. Nil without authorities.
    public var authoritiesEnd: Instant? { authorities.map(\.validity.upperBound).max() }

    /// Section 4.1.1 wants 64 bits. Neither number is ever negative.
    private static func number(_ members: JSONObject, _ name: String) throws(SPIFFEBundleError) -> UInt64? {
        guard let value = members[name] else { return nil }
        guard let number = value.numberLiteral.flatMap({ UInt64($0) }) else { throw .malformed(name) }
        return number
    }
}

/// Takes a bundle's elements one after the other.
struct SPIFFEBundleReader {
    let trustDomain: SPIFFETrustDomain
    private(set) var authorities: [Certificate] = []
    private(set) var tokenKeys: [SPIFFETrustBundle.TokenKey] = []
    private(set) var skipped: [SPIFFETrustBundle.Skipped] = []

    init(trustDomain: SPIFFETrustDomain) { self.trustDomain = trustDomain }

    mutating func add(_ value: JSONValue, position: Int) throws(SPIFFEBundleError) {
        guard value.object != nil else { throw .key(position: position, .malformed("kty")) }
        // Section 4.2.2; the values are case-sensitive.
        switch value["use"]?.exact {
        case "x509-svid": try addAuthority(value, position)
        case "jwt-svid": try addTokenKey(value, position)
        default: skip(position, .unknownUse)
        }
    }

    /// X509-SVID sections 3.2, 4.1 and 4.3: what issues has to be an authority, as an SVID or without a SPIFFE ID.
    mutating func add(_ certificate: Certificate, position: Int) throws(SPIFFEBundleError) {
        guard certificate.extensions.basicConstraints?.isAuthority == true else {
            throw .notAnAuthority(position: position)
        }
        if let usage = certificate.extensions.keyUsage, !usage.contains(.keyCertSign) {
            throw .notAnAuthority(position: position)
        }
        do {
            _ = try SigningCertificate.trustDomain(of: certificate)
        } catch {
            throw .signingCertificate(position: position, error)
        }
        if !authorities.contains(certificate) { authorities.append(certificate) }
    }

    private mutating func skip(_ position: Int, _ reason: SPIFFETrustBundle.Skipped.Reason) {
        skipped.append(SPIFFETrustBundle.Skipped(position: position, reason: reason))
    }

    /// X509-SVID section 6.2: the first certificate is the one, others behind it are not read.
    private mutating func addAuthority(_ value: JSONValue, _ position: Int) throws(SPIFFEBundleError) {
        let key = try webKey(value, position)
        guard let publicKey = key.publicKey else { return skip(position, .unknownKey) }
        guard let chain = value["x5c"] else { return skip(position, .noCertificate) }
        guard let chain = chain.array else { throw .key(position: position, .malformed("x5c")) }
        guard let first = chain.first else { return skip(position, .noCertificate) }
        guard let der = try? first.base64Bytes() else { throw .key(position: position, .malformed("x5c")) }
        let certificate: Certificate
        do {
            certificate = try Certificate(der: der)
        } catch {
            throw .certificate(position: position, error)
        }
        // RFC 7517 section 4.7: two keys in one element would be two readings of it.
        guard certificate.publicKey == publicKey else { throw .keysDiffer(position: position) }
        try add(certificate, position: position)
    }

    /// JWT-SVID section 6.1.
    private mutating func addTokenKey(_ value: JSONValue, _ position: Int) throws(SPIFFEBundleError) {
        let key = try webKey(value, position)
        guard let publicKey = key.publicKey else { return skip(position, .unknownKey) }
        guard let keyID = key.keyID else { throw .key(position: position, .malformed("kid")) }
        let algorithm = key.algorithm.flatMap { JWTSVIDAlgorithm(name: $0) }
        let usable = algorithm.map { [$0] } ?? (key.algorithm == nil ? JWTSVIDAlgorithm.allCases : [])
        guard usable.contains(where: { $0.isUsable(with: publicKey.kind) }) else {
            return skip(position, .unknownAlgorithm)
        }
        guard !tokenKeys.contains(where: { $0.keyID == keyID }) else { throw .duplicateKeyID(position: position) }
        tokenKeys.append(SPIFFETrustBundle.TokenKey(keyID: keyID, publicKey: publicKey, algorithm: algorithm))
    }

    private func webKey(_ value: JSONValue, _ position: Int) throws(SPIFFEBundleError) -> JSONWebKey {
        do {
            return try JSONWebKey(value)
        } catch {
            throw .key(position: position, error)
        }
    }
}
