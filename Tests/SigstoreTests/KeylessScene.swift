import Content
import Findings
import PKI
import Sigstore
import Simulators
import StrictEncoding

extension BundleDraft {
    func item() throws -> UnverifiedSignedItem { try UnverifiedSignedItem(bundle: bytes) }
}

extension RootFile {
    func trusted(
        _ name: String = "instance", _ requirement: ProofRequirement = .publicGood
    ) throws -> SigstoreTrustedRoot {
        try SigstoreTrustedRoot(parsing: json.canonicalBytes(), name: name, requirement: requirement)
    }
}

// MARK: Verifying

extension KeylessScene {
    static let released = SignedArtifact(VerifiedContent(namedByOwnDigest: artifact))

    /// Under the given roots; under the scene's own when nil.
    func verify(
        _ item: UnverifiedSignedItem, _ roots: [SigstoreTrustedRoot]? = nil, keys: TrustedKeySet = TrustedKeySet([]),
        artifacts: [SignedArtifact] = [released]
    ) throws -> Result<VerifiedSignature, SignatureRefusal> {
        var budget = SignatureBudget()
        return SignatureVerifier.verify(
            item, keys: keys, roots: try roots ?? [root.trusted()], artifacts: artifacts, budget: &budget)
    }

    func verify(
        _ draft: BundleDraft, _ roots: [SigstoreTrustedRoot]? = nil
    ) throws -> Result<VerifiedSignature, SignatureRefusal> {
        try verify(draft.item(), roots)
    }

    /// The code under which a draft is refused; nil if it verifies.
    func code(_ draft: BundleDraft, _ root: RootFile? = nil, _ requirement: ProofRequirement = .publicGood) throws
        -> String?
    {
        try verify(draft, [(root ?? self.root).trusted("instance", requirement)]).failure?.code.name
    }
}

// Of a signature that is proven under one root, as all but a few are.
extension VerifiedSignature {
    var certificateSigner: CertificateSigner? { certificateSigners.first }
}

extension CertificateSigner {
    /// Nil for a certificate of an organisation's own authority.
    var identity: FulcioIdentity? {
        if case .fulcio(let identity, _) = holder { identity } else { nil }
    }
    /// The name of the root or of the authorities.
    var root: String {
        switch holder {
        case .fulcio(_, let root): root
        case .named(_, let authorities): authorities
        }
    }
}
