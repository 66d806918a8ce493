public import Content
public import StrictEncoding

/// Whose certificates are a signer's: who has to have vouched, and what has to be said of the holder. All of it holds.
public struct CertificatePattern: Sendable, Hashable {
    /// By which word a policy asks for it.
    public enum Kind: String, Sendable, CaseIterable {
        case github, gitlab, google, spiffe, email, uri, x509
    }
    /// Who has to have vouched.
    public enum Trust: Sendable, Hashable {
        /// A Sigstore trusted root, any or the one of this name, and exactly this provider of identities.
        case trustedRoot(named: ExactString?, issuer: ExactString)
        /// These authorities, and none besides.
        case own(OwnAuthorities)
    }

    public let kind: Kind
    public let trust: Trust
    /// Of a workload; nil for people and for services.
    public let forge: Forge?
    /// At least one, each about another field.
    public let conditions: [IdentityCondition]

    /// Whether the certificate is the signer's. Where nothing is asked of the holder it is nobody's: no reader makes such a
    /// pattern, and everybody whom the issuer knows would be meant.
    public func matches(_ holder: CertificateHolder) -> Bool {
        !conditions.isEmpty && vouches(holder.authority) && isOneOf(kind, holder)
            && conditions.allSatisfy { holds($0, for: holder) }
    }

    /// Whether the certificate is one of those that a denial by this pattern is about: also if it says one thing twice and
    /// not alike, or has more names than a signer may have.
    func denies(_ holder: CertificateHolder) -> Bool {
        vouches(holder.authority)
            && conditions.allSatisfy {
                holder.statements(of: $0.field, forge: forge).contains(where: $0.text.holds)
            }
    }

    /// Whether it would be if everything that it says of itself was proven.
    ///
    /// - Parameter claimed: what it says, under whatever root; nil for one that says no issuer.
    public func couldMatch(fulcio claimed: CertificateHolder?, own names: [CertificateName]) -> Bool {
        matching(claimed, names).map { $0.pattern.matches($0.holder) } ?? false
    }

    /// Whether it would be, or would miss one thing only. A refusal would be about such a certificate; the others say
    /// nothing that one could be about.
    public func couldConcern(fulcio claimed: CertificateHolder?, own names: [CertificateName]) -> Bool {
        matching(claimed, names).map { $0.pattern.concerns($0.holder) } ?? false
    }

    private func matching(
        _ claimed: CertificateHolder?, _ names: [CertificateName]
    ) -> (pattern: CertificatePattern, holder: CertificateHolder)? {
        switch trust {
        case .trustedRoot(_, let issuer):
            guard let claimed else { return nil }
            // Under which root it is proven is not known yet: any, or the one that is asked for.
            let pattern = CertificatePattern(
                kind: kind, trust: .trustedRoot(named: nil, issuer: issuer), forge: forge, conditions: conditions)
            return (pattern, claimed)
        case .own(let authorities):
            return (self, CertificateHolder(authority: .own(authorities.digest), names: names))
        }
    }

    /// Whether a refusal could be about the certificate: it is the signer's, or misses one thing only.
    public func concerns(_ holder: CertificateHolder) -> Bool { matches(holder) || onlyMiss(holder) != nil }

    func holds(_ condition: IdentityCondition, for holder: CertificateHolder) -> Bool {
        holder.values(of: condition.field, forge: forge).contains(where: condition.text.holds)
    }

    private func vouches(_ authority: CertificateHolder.Authority) -> Bool {
        switch (trust, authority) {
        case (.trustedRoot(let wanted, let issuer), .trustedRoot(let root, let found)):
            issuer == found && wanted.map { $0 == root } ?? true
        case (.own(let authorities), .own(let digest)): authorities.digest == digest
        case (.trustedRoot, .own), (.own, .trustedRoot): false
        }
    }

    /// A workload of SPIFFE has one name only (X509-SVID, "SPIFFE ID"): of several nobody could say which one signed.
    private func isOneOf(_ kind: Kind, _ holder: CertificateHolder) -> Bool {
        kind != .spiffe || holder.values(of: .uri, forge: nil).count == 1
    }
}

/// What one field of an identity has to be.
public struct IdentityCondition: Sendable, Hashable {
    /// Over the whole text of the field.
    public enum Text: Sendable, Hashable {
        /// Matches one of these.
        case glob([Glob])
        case insecureRegex(BoundedRegex)

        func holds(for text: ExactString) -> Bool {
            switch self {
            case .glob(let globs): globs.contains { $0.matches(text.value) }
            case .insecureRegex(let regex): regex.matches(text.value)
            }
        }
    }
    public let field: IdentityField
    public let text: Text
}
