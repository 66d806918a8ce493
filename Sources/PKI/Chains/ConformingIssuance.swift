import StrictEncoding
import SwiftASN1

extension PathJudge {
    /// What RFC 5280 section 4 forbids authorities to write, though section 6 lets verifiers overlook it.
    ///
    /// Asked of servers' and clients' certificates only: authorities that organisations make for themselves are often
    /// careless of these, and none of them lets anybody pass for another.
    func objection(toIssuanceOf path: [Certificate]) -> ChainError? {
        guard profile.requiresConformingIssuance else { return nil }
        for (position, certificate) in path.enumerated() {
            let isAnchor = position == path.count - 1
            if let what = Self.nonconformity(certificate, isLeaf: position == 0, isAnchor: isAnchor) {
                return .nonconforming(what)
            }
        }
        return nil
    }

    private static func nonconformity(_ certificate: Certificate, isLeaf: Bool, isAnchor: Bool) -> String? {
        let extensions = certificate.extensions
        let isAuthority = extensions.basicConstraints?.isAuthority == true
        let isSelfIssued = certificate.issuer == certificate.subject
        // 4.1.2.4, 4.1.2.6
        if certificate.issuer.isEmpty { return "an empty issuer" }
        if isAuthority, certificate.subject.isEmpty { return "an authority without a name" }
        // 4.2.1.1, 4.2.1.2
        if extensions.isCritical(.authorityKeyIdentifier) || extensions.isCritical(.subjectKeyIdentifier) {
            return "a critical key identifier"
        }
        if !isSelfIssued, !isAnchor, extensions.authorityKeyIdentifier == nil { return "no authority key identifier" }
        if extensions.authorityKeyIdentifierNamesIssuer
            || extensions.value(of: .authorityKeyIdentifier) != nil && extensions.authorityKeyIdentifier == nil
        {
            return "an authority key identifier of another form than the hash of a key"
        }
        if isSelfIssued, isAnchor, let key = extensions.authorityKeyIdentifier, key != extensions.subjectKeyIdentifier {
            return "a root that names another key than its own"
        }
        if isAuthority, extensions.subjectKeyIdentifier == nil { return "an authority without a key identifier" }
        // 4.2.1.3, 4.2.1.9
        if isAuthority, !isLeaf || isAnchor, !extensions.isCritical(.basicConstraints) {
            return "an authority whose basic constraints are not critical"
        }
        // 4.2.1.6
        if certificate.subject.isEmpty, !extensions.isCritical(.subjectAlternativeName) {
            return "an alternative name that is not critical though there is no other"
        }
        for case .dns(let name) in extensions.subjectAlternativeNames ?? [] where !isHostName(name.value) {
            return "a domain name that is none"
        }
        // 4.2.1.10, 4.2.1.11
        if extensions.nameConstraints != nil {
            if !isAuthority { return "name constraints in a certificate that is no authority's" }
            if !extensions.isCritical(.nameConstraints) { return "name constraints that are not critical" }
        }
        if extensions.value(of: .policyConstraints) != nil, !extensions.isCritical(.policyConstraints) {
            return "policy constraints that are not critical"
        }
        // 4.2.2.1
        if let value = extensions.value(of: .authorityInformationAccess), !isAuthorityInformation(value) {
            return "malformed authority information"
        }
        return nil
    }

    /// RFC 1034 section 3.5, with a wildcard as the first label.
    private static func isHostName(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "_")) && HostLabels.read(name.dropFirst(name.hasPrefix("*.") ? 2 : 0)) != nil
    }

    private static func isAuthorityInformation(_ der: ArraySlice<UInt8>) -> Bool {
        let count = try? DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            var count = 0
            while let node = nodes.next() {
                try DER.sequence(node, identifier: .sequence) { nodes in
                    _ = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    _ = try GeneralName(nodes.required())
                }
                count += 1
            }
            return count
        }
        return (count ?? 0) > 0
    }
}
