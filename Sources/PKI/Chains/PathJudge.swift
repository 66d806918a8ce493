import StrictEncoding
import SwiftASN1

/// Says of a path, whose signatures are right, why it does not count.
struct PathJudge: Sendable {
    let profile: ChainProfile
    let instant: Instant
    let revocation: RevocationCheck?

    init(profile: ChainProfile, instant: Instant, revocation: RevocationCheck? = nil) {
        self.profile = profile
        self.instant = instant
        self.revocation = revocation
    }

    /// - Parameter path: the leaf first, the anchor last; each was signed by the next.
    func objection(to path: [Certificate]) -> ChainError? {
        guard let leaf = path.first else { return .untrusted(issuer: nil) }
        let authorities = path.dropFirst()
        // The anchor's own signature is nobody's business; those of the others the search has checked, SHA-1's too.
        guard path.dropLast().allSatisfy({ $0.signatureScheme != nil }) else { return .weakSignature }
        for certificate in path {
            if let oid = certificate.extensions.criticalAndUnknown.first {
                return .unknownCriticalExtension(oid: oid.description)
            }
        }
        return objection(toTimesOf: leaf, authorities) ?? objection(toAuthorities: authorities)
            ?? objection(toPurposeOf: leaf, authorities) ?? objection(toIdentityOf: path) ?? objection(toLeaf: leaf)
            ?? objection(toNamesOf: path) ?? objection(toIssuanceOf: path)
            ?? revocation?.objection(to: path, at: instant).map { .revocation($0) }
    }

    /// RFC 5280 section 6.1.3 (a)(2), for every certificate of the path.
    private func objection(toTimesOf leaf: Certificate, _ authorities: ArraySlice<Certificate>) -> ChainError? {
        guard leaf.validity.contains(instant) else { return .notValidThen(leaf.validity, at: instant) }
        for authority in authorities where !authority.validity.contains(instant) {
            return .authorityNotValidThen(authority.validity, at: instant)
        }
        return nil
    }

    /// RFC 5280 section 6.1.4 (k) to (n), and the algorithms with which they signed.
    private func objection(toAuthorities authorities: ArraySlice<Certificate>) -> ChainError? {
        var intermediates = 0
        for authority in authorities {
            guard let constraints = authority.extensions.basicConstraints, constraints.isAuthority else {
                return .notAnAuthority
            }
            if let usage = authority.extensions.keyUsage, !usage.contains(.keyCertSign) { return .notAnAuthority }
            if let limit = constraints.pathLength, intermediates > limit { return .pathTooLong(limit: limit) }
            // The anchor is counted too, but nothing follows that would ask.
            if authority.issuer != authority.subject { intermediates += 1 }
        }
        if let anchor = authorities.last, anchor.issuer != anchor.subject { intermediates -= 1 }
        guard intermediates <= profile.maximumIntermediates else {
            return .pathTooLong(limit: profile.maximumIntermediates)
        }
        return nil
    }

    private func objection(toPurposeOf leaf: Certificate, _ authorities: ArraySlice<Certificate>) -> ChainError? {
        let stated = leaf.extensions.extendedKeyUsage
        let usage: String
        switch profile.purpose {
        case .notAsked: return nil
        case .required(let wanted):
            usage = wanted
            guard let stated, names(stated, wanted) else { return .extendedKeyUsage(expected: wanted) }
        case .ifStated(let wanted):
            usage = wanted
            if let stated, !names(stated, wanted), !names(stated, ChainProfile.anyUsage) {
                return .extendedKeyUsage(expected: wanted)
            }
        case .soleAndCritical(let wanted):
            usage = wanted
            guard let stated, stated.count == 1, names(stated, wanted), leaf.extensions.isCritical(.extendedKeyUsage)
            else { return .extendedKeyUsage(expected: wanted) }
        }
        // The anchor was given for what it is to vouch for; its own certificate need not say so.
        for authority in authorities.dropLast() {
            if let allowed = authority.extensions.extendedKeyUsage, !names(allowed, usage),
                !names(allowed, ChainProfile.anyUsage)
            {
                return .extendedKeyUsage(expected: usage)
            }
        }
        return nil
    }

    /// RFC 5280 section 4.2.1.12: an authority of time may commit itself instead.
    private func allowsSignatures(_ usage: CertificateExtensions.KeyUsage) -> Bool {
        if case .soleAndCritical = profile.purpose, usage.contains(.contentCommitment) { return true }
        return usage.contains(.digitalSignature)
    }

    /// RFC 5280 section 6.1.3 (b) and (c): self-issued certificates are exempt, unless it is the leaf.
    private func objection(toNamesOf path: [Certificate]) -> ChainError? {
        for (position, authority) in path.enumerated().dropFirst() {
            guard let constraints = authority.extensions.nameConstraints else { continue }
            for (below, certificate) in path[..<position].enumerated()
            where below == 0 || certificate.issuer != certificate.subject {
                guard constraints.allow(certificate) else { return .constraints }
            }
        }
        return nil
    }

    /// Dotted decimals are ASCII, for which `==` compares bytes.
    private func names(_ stated: [String], _ usage: String) -> Bool { stated.contains(usage) }

    private func objection(toLeaf leaf: Certificate) -> ChainError? {
        let extensions = leaf.extensions
        if extensions.basicConstraints?.isAuthority == true {
            guard profile.leafMayBeAuthority else { return .leafIsAuthority }
        } else {
            // Section 4.2.1.9: keyCertSign without the mark of an authority is a contradiction.
            guard extensions.keyUsage?.contains(.keyCertSign) != true else { return .leafIsAuthority }
        }
        if let usage = extensions.keyUsage {
            guard allowsSignatures(usage) || profile.leafMayBeAuthority else { return .keyUsage }
        } else if profile.requiresKeyUsage {
            return .keyUsage
        }
        if case .server(let name) = profile.names {
            return name.isNamed(by: extensions.subjectAlternativeNames ?? []) ? nil : .otherServer
        }
        return nil
    }

    private func objection(toIdentityOf path: [Certificate]) -> ChainError? {
        guard case .spiffeID(let trustDomain) = profile.names else { return nil }
        return objection(toSVID: path, in: trustDomain)
    }
}
