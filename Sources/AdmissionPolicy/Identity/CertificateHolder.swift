public import Content
public import PKI
public import StrictEncoding

/// For whom a certificate was issued whose key signed: who vouched for it, its names, and what it says of a build.
///
/// In an evidence document it was proven. What a certificate merely says of itself has this form as well, to be compared
/// with patterns before anything costly is done; it never gets into a document.
public struct CertificateHolder: Sendable, Hashable {
    /// Who vouched.
    public enum Authority: Sendable, Hashable {
        /// An authority of the Sigstore trusted root of this name, for whom `issuer` identified by OpenID Connect.
        case trustedRoot(ExactString, issuer: ExactString)
        /// One of an organisation's own authorities: ``OwnAuthorities/digest``.
        case own(Digest)
    }

    public let authority: Authority
    /// Distinct, sorted, at least one. Under a trusted root exactly one.
    public let names: [CertificateName]
    /// Empty under an organisation's own authorities.
    public let claims: [WorkloadClaim: ExactString]

    public init(authority: Authority, names: some Sequence<CertificateName>, claims: [WorkloadClaim: ExactString] = [:])
    {
        self.authority = authority
        self.names = Set(names).sorted()
        self.claims = claims
    }

    /// The provider that identified the holder; nil under an organisation's own authorities.
    public var issuer: ExactString? {
        if case .trustedRoot(_, let issuer) = authority { issuer } else { nil }
    }

    /// The only name, if it is a URI.
    public var uri: ExactString? {
        guard names.count == 1, let name = names.first, name.kind == .uri else { return nil }
        return name.value
    }

    /// For people: the names, and who identified the holder.
    public var summary: String {
        let names = names.map(\.value.value).joined(separator: " ")
        return switch authority {
        case .trustedRoot(_, let issuer): "\(names) (by \(issuer))"
        case .own: names
        }
    }
}

/// One of a certificate's names that a signer can be told by.
public struct CertificateName: Sendable, Hashable, Comparable {
    public enum Kind: String, Sendable, CaseIterable {
        case uri, email, username, dns
    }
    public let kind: Kind
    public let value: ExactString

    public init(_ kind: Kind, _ value: ExactString) {
        self.kind = kind
        self.value = value
    }

    /// Nil for a kind that no policy names.
    public init?(_ name: GeneralName) {
        switch name {
        case .uri(let text): self.init(.uri, text)
        case .email(let text): self.init(.email, text)
        case .dns(let text): self.init(.dns, text)
        case .ipAddress, .directoryName, .otherName, .unsupported: return nil
        }
    }

    public static func < (a: CertificateName, b: CertificateName) -> Bool {
        a.kind == b.kind ? a.value < b.value : ExactString(a.kind.rawValue) < ExactString(b.kind.rawValue)
    }
}

extension CertificateHolder: Comparable {
    public static func < (a: CertificateHolder, b: CertificateHolder) -> Bool {
        a.sortKey.lexicographicallyPrecedes(b.sortKey)
    }

    private var sortKey: [ExactString] {
        let authority: [ExactString] =
            switch authority {
            case .trustedRoot(let root, let issuer): ["0", root, issuer]
            case .own(let digest): ["1", ExactString(digest.description)]
            }
        return authority + names.flatMap { [ExactString($0.kind.rawValue), $0.value] }
            + WorkloadClaim.allCases.flatMap { claim in
                claims[claim].map { [ExactString(claim.rawValue), $0] } ?? []
            }
    }
}

extension CertificateHolder {
    /// Of an identity that Fulcio certified.
    ///
    /// - Parameter root: the trusted root under which it was proven, or is to be.
    public init(_ identity: FulcioIdentity, root: String) {
        let name: CertificateName =
            switch identity.subject {
            case .uri(let text): CertificateName(.uri, text)
            case .email(let text): CertificateName(.email, text)
            case .username(let text): CertificateName(.username, text)
            }
        var claims: [WorkloadClaim: ExactString] = [:]
        for claim in WorkloadClaim.allCases { claims[claim] = claim.value(in: identity.claims) }
        self.init(
            authority: .trustedRoot(ExactString(root), issuer: identity.issuer), names: CollectionOfOne(name),
            claims: claims)
    }
}

/// What a certificate says of the build that signed, by the names of Fulcio's `oid-info.md`.
public enum WorkloadClaim: String, Sendable, Hashable, CaseIterable {
    // Extensions .2 to .6, deprecated; GitHub's only.
    case githubWorkflowTrigger, githubWorkflowSHA, githubWorkflowName, githubWorkflowRepository, githubWorkflowRef
    // Extensions .9 to .24.
    case buildSignerURI, buildSignerDigest, runnerEnvironment
    case sourceRepositoryURI, sourceRepositoryDigest, sourceRepositoryRef, sourceRepositoryIdentifier
    case sourceRepositoryOwnerURI, sourceRepositoryOwnerIdentifier
    case buildConfigURI, buildConfigDigest, buildTrigger, runInvocationURI
    case sourceRepositoryVisibilityAtSigning, deploymentEnvironment, tokenSubject

    func value(in claims: WorkloadClaims) -> ExactString? {
        switch self {
        case .githubWorkflowTrigger: claims.githubWorkflowTrigger
        case .githubWorkflowSHA: claims.githubWorkflowSHA
        case .githubWorkflowName: claims.githubWorkflowName
        case .githubWorkflowRepository: claims.githubWorkflowRepository
        case .githubWorkflowRef: claims.githubWorkflowRef
        case .buildSignerURI: claims.buildSignerURI
        case .buildSignerDigest: claims.buildSignerDigest
        case .runnerEnvironment: claims.runnerEnvironment
        case .sourceRepositoryURI: claims.sourceRepositoryURI
        case .sourceRepositoryDigest: claims.sourceRepositoryDigest
        case .sourceRepositoryRef: claims.sourceRepositoryRef
        case .sourceRepositoryIdentifier: claims.sourceRepositoryIdentifier
        case .sourceRepositoryOwnerURI: claims.sourceRepositoryOwnerURI
        case .sourceRepositoryOwnerIdentifier: claims.sourceRepositoryOwnerIdentifier
        case .buildConfigURI: claims.buildConfigURI
        case .buildConfigDigest: claims.buildConfigDigest
        case .buildTrigger: claims.buildTrigger
        case .runInvocationURI: claims.runInvocationURI
        case .sourceRepositoryVisibilityAtSigning: claims.sourceRepositoryVisibilityAtSigning
        case .deploymentEnvironment: claims.deploymentEnvironment
        case .tokenSubject: claims.tokenSubject
        }
    }
}
