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
    /// Origin of the forge that the fields of a workload are about; nil for people and for services.
    public let server: ExactString?
    /// At least one, each about another field.
    public let conditions: [IdentityCondition]

    /// Whether the certificate is the signer's.
    public func matches(_ holder: CertificateHolder) -> Bool {
        vouches(holder.authority) && conditions.allSatisfy { $0.holds(for: holder, server: server) }
    }

    /// Whether it would be if everything that it says of itself was proven.
    ///
    /// - Parameter claimed: what it says, under whatever root; nil for one that says no issuer.
    public func couldMatch(fulcio claimed: CertificateHolder?, own names: [CertificateName]) -> Bool {
        switch trust {
        case .trustedRoot(_, let issuer):
            guard let claimed, claimed.issuer == issuer else { return false }
            return conditions.allSatisfy { $0.holds(for: claimed, server: server) }
        case .own(let authorities):
            let holder = CertificateHolder(authority: .own(authorities.digest), names: names)
            return matches(holder)
        }
    }

    /// The condition that keeps a certificate from being the signer's, if it is only one: for saying what is missing.
    func onlyMiss(_ holder: CertificateHolder) -> (condition: IdentityCondition, found: [ExactString])? {
        guard vouches(holder.authority) else { return nil }
        let missed = conditions.filter { !$0.holds(for: holder, server: server) }
        guard let condition = missed.first, missed.count == 1 else { return nil }
        return (condition, holder.values(of: condition.field, server: server))
    }

    private func vouches(_ authority: CertificateHolder.Authority) -> Bool {
        switch (trust, authority) {
        case (.trustedRoot(let wanted, let issuer), .trustedRoot(let root, let found)):
            issuer == found && wanted.map { $0 == root } ?? true
        case (.own(let authorities), .own(let digest)): authorities.digest == digest
        case (.trustedRoot, .own), (.own, .trustedRoot): false
        }
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

    func holds(for holder: CertificateHolder, server: ExactString?) -> Bool {
        holder.values(of: field, server: server).contains(where: text.holds)
    }
}
