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
        let signer = BuilderIdentity(.certificate(holder))
        guard case .certificate(let issuer, let subject) = signer else { return nil }
        let named = rows.filter { $0.builder.matches(provenance.builder.value) && $0.signer.isCertified(by: issuer) }
        let rows = named.filter { $0.signer.accepts(signer, of: provenance.builder) }
        guard named.isEmpty || !rows.isEmpty else {
            return CertificateDisagreement(field: .builder, stated: provenance.builder, certified: subject)
        }
        let all = Set(rows.flatMap(\.correspondences))
        for field in ProvenanceField.allCases {
            guard let stated = field.value(in: provenance) else { continue }
            for correspondence in all where correspondence.field == field {
                guard let certified = holder.value(of: correspondence), certified != stated else { continue }
                return CertificateDisagreement(field: field, stated: stated, certified: certified)
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
    /// What the certificate says of the field, in the words in which the statement does.
    fileprivate func value(of correspondence: CertificateCorrespondence) -> ExactString? {
        guard let value = claims[correspondence.certificateExtension.claim] else { return nil }
        return correspondence.field == .runAndAttempt ? Self.runAndAttempt(value) : value
    }

    /// `RUN-ATTEMPT` of `https://github.com/o/r/actions/runs/RUN/attempts/ATTEMPT`; an address of another form says neither,
    /// and agrees with nothing.
    private static func runAndAttempt(_ address: ExactString) -> ExactString {
        let parts = address.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard parts.count >= 4, parts[parts.count - 2] == "attempts", parts[parts.count - 4] == "runs" else {
            return address
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
}
