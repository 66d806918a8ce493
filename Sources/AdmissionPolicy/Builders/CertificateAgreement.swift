public import Attestation
import Content
public import StrictEncoding

/// A fact that a provenance statement and the certificate of its signer both state, and not alike.
///
/// The platform that issued the certificate has seen what it states; the statement is what the job says. A statement that
/// says otherwise is about another build than the one that signed it.
public struct CertificateDisagreement: Sendable, Hashable {
    public let field: ProvenanceField
    public let stated: ExactString
    public let certified: ExactString
}

extension BuilderTable {
    /// The first fact on which statement and certificate differ, byte for byte; nil if there is none.
    ///
    /// Where rows are about the builder under the certificate's issuer, one of them has to be about this signer: otherwise
    /// somebody else claims to be the builder. What corresponds is what these rows say, whatever the build type, which is the
    /// signer's to choose; compared is only what both state.
    public func disagreement(
        of provenance: Provenance, with holder: CertificateHolder
    ) -> CertificateDisagreement? {
        guard let issuer = holder.issuer else { return nil }
        let signer = BuilderIdentity(.certificate(holder))
        let named = rows.filter { $0.builder.matches(provenance.builder.value) && $0.signer.isCertified(by: issuer) }
        let rows = named.filter { $0.signer.accepts(signer, of: provenance.builder) }
        guard named.isEmpty || !rows.isEmpty else {
            let subject = holder.uri ?? ExactString(holder.summary)
            return CertificateDisagreement(field: .builder, stated: provenance.builder, certified: subject)
        }
        let all = Set(rows.flatMap(\.correspondences))
        for field in ProvenanceField.allCases {
            guard let stated = field.value(in: provenance) else { continue }
            for correspondence in all where correspondence.field == field {
                for forms in holder.words(on: correspondence) where !forms.contains(stated) {
                    return CertificateDisagreement(field: field, stated: stated, certified: forms.first ?? "")
                }
            }
        }
        return nil
    }
}

extension BuilderSigner {
    fileprivate func isCertified(by issuer: ExactString) -> Bool {
        if case .certificate(let wanted, _, _) = self { wanted == issuer } else { false }
    }
}

extension CertificateHolder {
    /// What the certificate says of a field, extension by extension, each in the forms in which a statement may say it.
    fileprivate func words(on correspondence: CertificateCorrespondence) -> [[ExactString]] {
        let certificateExtension = correspondence.certificateExtension
        var words: [[ExactString]] = []
        if let value = claims[certificateExtension.claim] {
            let isRun = certificateExtension == .runInvocationURI
            words.append([value] + (isRun ? Self.runAndAttempt(value).map { [$0] } ?? [] : []))
        }
        // All that GitHub's certificates had until February 2023. Newer ones have both.
        if isGitHubs, let old = certificateExtension.deprecated, let value = claims[old.claim] {
            words.append([ExactString(old.prefix + value.value)])
        }
        return words
    }

    /// The deprecated extensions mean something under GitHub's issuer only, which an enterprise's name may follow.
    private var isGitHubs: Bool {
        guard let issuer else { return false }
        let gitHub = StandardBuilders.gitHubIssuer
        return issuer == gitHub || issuer.utf8.starts(with: Array(gitHub.utf8) + [UInt8(ascii: "/")])
    }

    /// `RUN-ATTEMPT` of `https://github.com/o/r/actions/runs/RUN/attempts/ATTEMPT`; nil for an address of another form.
    private static func runAndAttempt(_ address: ExactString) -> ExactString? {
        let parts = address.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard parts.count >= 4, parts[parts.count - 2] == "attempts", parts[parts.count - 4] == "runs" else {
            return nil
        }
        return ExactString("\(parts[parts.count - 3])-\(parts[parts.count - 1])")
    }
}

extension CertificateExtension {
    var claim: WorkloadClaim {
        switch self {
        case .buildSignerURI: .buildSignerURI
        case .buildSignerDigest: .buildSignerDigest
        case .runnerEnvironment: .runnerEnvironment
        case .sourceRepositoryURI: .sourceRepositoryURI
        case .sourceRepositoryDigest: .sourceRepositoryDigest
        case .sourceRepositoryRef: .sourceRepositoryRef
        case .buildConfigURI: .buildConfigURI
        case .buildConfigDigest: .buildConfigDigest
        case .buildTrigger: .buildTrigger
        case .runInvocationURI: .runInvocationURI
        }
    }

    /// The extension that said the same before, without the words in front.
    fileprivate var deprecated: (claim: WorkloadClaim, prefix: String)? {
        switch self {
        case .sourceRepositoryURI: (.githubWorkflowRepository, "https://github.com/")
        case .sourceRepositoryRef: (.githubWorkflowRef, "")
        case .sourceRepositoryDigest: (.githubWorkflowSHA, "")
        case .buildTrigger: (.githubWorkflowTrigger, "")
        case .buildSignerURI, .buildSignerDigest, .runnerEnvironment, .buildConfigURI, .buildConfigDigest,
            .runInvocationURI:
            nil
        }
    }
}
