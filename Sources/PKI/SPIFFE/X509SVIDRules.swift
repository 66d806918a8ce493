import StrictEncoding

/// What X509-SVID asks of a certificate besides RFC 5280.
///
/// Asked while a path is searched, so that a path through an authority of another trust domain does not hide one that
/// holds.
extension PathJudge {
    /// - Parameter path: the leaf first, the anchor last.
    func objection(toSVID path: [Certificate], in trustDomain: SPIFFETrustDomain?) -> ChainError? {
        guard let leaf = path.first else { return .untrusted(issuer: nil) }
        do throws(X509SVIDError) {
            let id = try LeafSVID.spiffeID(of: leaf)
            if let trustDomain, id.trustDomain != trustDomain { throw .otherTrustDomain(id.trustDomain) }
            for (position, certificate) in path.enumerated().dropFirst() {
                let issuer = try SigningCertificate.trustDomain(of: certificate)
                // Section 3.2: an authority may stand below one of another trust domain, but the one that issued the leaf
                // is to be of the leaf's. Without that, who has a foreign intermediate certified could issue for us.
                if position == 1, let issuer, issuer != id.trustDomain { throw .otherTrustDomain(issuer) }
            }
            return nil
        } catch {
            return .svid(error)
        }
    }
}

/// A certificate of a workload, X509-SVID section 3.1.
enum LeafSVID {
    static func spiffeID(of leaf: Certificate) throws(X509SVIDError) -> SPIFFEID {
        let extensions = leaf.extensions
        let uris = extensions.uris
        // Section 2, and 5.2: of two nobody would know which one was checked.
        guard let uri = uris.first, uris.count == 1 else { throw .notOneURI(found: uris.count) }
        let id: SPIFFEID
        do {
            id = try SPIFFEID(uri.value)
        } catch {
            throw .id(error)
        }
        guard !id.path.utf8.isEmpty else { throw .noPath }
        // Section 3.1, after RFC 5280 section 4.1.2.6.
        guard !leaf.subject.isEmpty || extensions.isCritical(.subjectAlternativeName) else { throw .nameNotCritical }
        // Section 4.1.
        guard extensions.basicConstraints?.isAuthority != true else { throw .leafMayIssue }
        // Section 4.3.
        guard let usage = extensions.keyUsage, extensions.isCritical(.keyUsage) else { throw .keyUsageNotCritical }
        guard usage.isDisjoint(with: [.keyCertSign, .cRLSign]) else { throw .leafMayIssue }
        guard usage.contains(.digitalSignature) else { throw .notForSignatures }
        // Section 4.4: stated, both have to be. Dotted decimals are ASCII, for which `==` compares bytes.
        if let usages = extensions.extendedKeyUsage {
            for usage in [ChainProfile.serverAuthentication, ChainProfile.clientAuthentication] {
                guard usages.contains(usage) else { throw .extendedKeyUsage }
            }
        }
        return id
    }
}

/// A certificate of an authority, X509-SVID section 3.2.
enum SigningCertificate {
    /// The trust domain that it says to be of; nil for an authority without a SPIFFE ID, which is judged by RFC 5280 alone.
    static func trustDomain(of authority: Certificate) throws(X509SVIDError) -> SPIFFETrustDomain? {
        let extensions = authority.extensions
        let uris = extensions.uris
        guard uris.contains(where: isOfSPIFFE) else { return nil }
        guard let uri = uris.first, uris.count == 1 else { throw .notOneURI(found: uris.count) }
        var text = uri.value
        // Appendix A of the bundle's specification writes the empty path of an authority as one slash.
        if text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
        let id: SPIFFEID
        do {
            id = try SPIFFEID(text)
        } catch {
            throw .id(error)
        }
        guard id.path.utf8.isEmpty else { throw .authorityWithPath }
        // Sections 4.1 and 4.3.
        guard extensions.basicConstraints?.isAuthority == true else { throw .authorityMayNotIssue }
        guard let usage = extensions.keyUsage, extensions.isCritical(.keyUsage) else { throw .keyUsageNotCritical }
        guard usage.contains(.keyCertSign) else { throw .authorityMayNotIssue }
        return id.trustDomain
    }

    /// Whatever the case of the scheme: what looks like a SPIFFE ID has to be one.
    private static func isOfSPIFFE(_ uri: ExactString) -> Bool {
        uri.utf8.prefix(7).map { $0 | 0x20 }.elementsEqual("spiffe:".utf8)
    }
}

extension CertificateExtensions {
    fileprivate var uris: [ExactString] {
        (subjectAlternativeNames ?? []).compactMap { if case .uri(let text) = $0 { text } else { nil } }
    }
}

/// Why a certificate is no X509-SVID, or none of an authority that may issue them.
public enum X509SVIDError: Error, Equatable, Sendable {
    /// Section 2: exactly one.
    case notOneURI(found: Int)
    /// The URI is no SPIFFE ID.
    case id(SPIFFEIDError)
    /// Section 3.1: the SPIFFE ID of a leaf has a path.
    case noPath
    /// Section 3.2: the SPIFFE ID of an authority has none.
    case authorityWithPath
    /// Section 3.1: without a subject the names are critical.
    case nameNotCritical
    /// Sections 4.1 and 4.3: a leaf that may issue certificates or revocation lists.
    case leafMayIssue
    /// Sections 4.1 and 4.3: an authority with a SPIFFE ID that may not issue.
    case authorityMayNotIssue
    /// Section 4.3: the key usage is there and critical.
    case keyUsageNotCritical
    /// Section 4.3: a leaf's key is for signatures.
    case notForSignatures
    /// Section 4.4: stated, the extended key usage names servers and clients.
    case extendedKeyUsage
    /// A leaf, or the authority that issued it, of another trust domain than the one whose bundle is asked.
    case otherTrustDomain(SPIFFETrustDomain)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .notOneURI(let found): "expected exactly one URI among the names of an SVID, found \(found)"
        case .id(let error): error.message
        case .noPath: "expected a SPIFFE ID with a path in a workload's SVID, found none"
        case .authorityWithPath: "expected a SPIFFE ID without a path in an authority's SVID, found one with"
        case .nameNotCritical: "expected critical names in an SVID without a subject, found others"
        case .leafMayIssue:
            "expected a workload's SVID that may issue neither certificates nor revocation lists, found one that may"
        case .authorityMayNotIssue: "expected an authority's SVID that may issue certificates, found one that may not"
        case .keyUsageNotCritical: "expected a critical key usage in an SVID, found another or none"
        case .notForSignatures: "expected an SVID for digital signatures, found another key usage"
        case .extendedKeyUsage: "expected an SVID for servers and clients, found one for other purposes"
        case .otherTrustDomain(let domain): "expected an SVID of one trust domain throughout, found `\(domain)`"
        }
    }
}
