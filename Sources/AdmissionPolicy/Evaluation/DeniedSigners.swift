package import StrictEncoding

/// Those whose signatures a guardrail denies: nothing that they signed counts, for any document of the decision.
package struct DeniedSigners: Sendable, Hashable {
    /// Fingerprints.
    package private(set) var keys: Set<ExactString>
    package private(set) var certificates: Set<CertificatePattern>

    package init(keys: Set<ExactString> = [], certificates: Set<CertificatePattern> = []) {
        self.keys = keys
        self.certificates = certificates
    }

    package var isEmpty: Bool { keys.isEmpty && certificates.isEmpty }

    package mutating func formUnion(_ other: DeniedSigners) {
        keys.formUnion(other.keys)
        certificates.formUnion(other.certificates)
    }

    /// Whether the signature is one of those. A key is denied whatever the scheme.
    func contains(_ identity: SignerIdentity) -> Bool {
        switch identity {
        case .key(let fingerprint, _), .cloudBuildKey(let fingerprint): keys.contains(fingerprint)
        case .certificate(let holder): certificates.contains { $0.denies(holder) }
        }
    }

    /// Whether the signature is by a holder whom one of these denies under an authority of `authorities`, for whatever use and
    /// at whatever time the denial names that authority.
    func contains(_ identity: SignerIdentity, by authorities: OwnAuthorities) -> Bool {
        guard case .certificate(let holder) = identity else { return false }
        return certificates.contains { pattern in
            guard case .own(let denied) = pattern.trust,
                !Set(denied.certificates).isDisjoint(with: authorities.certificates)
            else { return false }
            return pattern.denies(CertificateHolder(authority: .own(denied.digest), names: holder.names))
        }
    }

    static func union(_ all: some Sequence<DeniedSigners>) -> DeniedSigners {
        all.reduce(into: DeniedSigners()) { $0.formUnion($1) }
    }
}
