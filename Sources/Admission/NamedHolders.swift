import AdmissionPolicy
import Content
import Findings
import PKI
import Sigstore
import StrictEncoding

/// A signer of one signature, and when it is proven to have been there: sorted times.
struct DatedSigner {
    let identity: SignerIdentity
    let times: [Instant]
}

/// Whose certificates count for some rule. Everybody else's are passed over before they cost anything: whoever can attach
/// evidence has certificates of his own, and must not use up what a decision may spend. Those that miss a signer by one
/// field only are verified, for the rules to say which.
struct NamedHolders {
    private let patterns: [CertificatePattern]
    /// Those authorities of policies' own that are to be asked; distinct, sorted by name.
    let authorities: [TrustedAuthorities]

    /// - Parameter at: the decision's instant, for authorities whose certificates have to be valid then.
    init(_ patterns: Set<CertificatePattern>, at instant: Instant) {
        self.patterns = Array(patterns)
        var own: Set<OwnAuthorities> = []
        for case .own(let authorities) in patterns.map(\.trust) { own.insert(authorities) }
        authorities = own.sorted { $0.digest < $1.digest }.map { TrustedAuthorities($0, at: instant) }
    }

    var nobody: Finding {
        Finding(.evidenceNoNamedHolder, "signed by a certificate's key, whose holder no policy names")
    }

    /// Why a certificate can't be anybody's whom a policy names, by what it says of itself; nil if it could be, and also
    /// if it can't be read: the verifier says why.
    func stranger(_ certificates: [[UInt8]]) -> Finding? {
        guard let der = certificates.first, let leaf = try? Certificate(der: der) else { return nil }
        let fulcio = FulcioIdentity.claimed(by: leaf).map { CertificateHolder($0, root: "") }
        let names = (leaf.extensions.subjectAlternativeNames ?? []).compactMap(CertificateName.init)
        guard !patterns.contains(where: { $0.couldConcern(fulcio: fulcio, own: names) }) else { return nil }
        var finding = nobody
        let holder = fulcio?.summary ?? names.map(\.value.value).joined(separator: " ")
        if !holder.isEmpty { finding.found = Finding.quoted(holder) }
        return finding
    }

    /// The signers that some policy names, or almost; a key's always, since no others are tried.
    func signers(of signature: VerifiedSignature) -> [DatedSigner] {
        let keys = signature.signers.map {
            DatedSigner(identity: .key($0.fingerprint, scheme: $0.scheme), times: signature.verifiedTimes)
        }
        let holders = signature.certificateSigners.compactMap { signer -> DatedSigner? in
            guard let holder = CertificateHolder(signer.holder), patterns.contains(where: { $0.concerns(holder) })
            else { return nil }
            return DatedSigner(identity: .certificate(holder), times: signer.times)
        }
        return keys + holders
    }
}

extension CertificateHolder {
    /// Nil for authorities by a name that is no digest, which none have here.
    fileprivate init?(_ holder: CertificateSigner.Holder) {
        switch holder {
        case .fulcio(let identity, let root): self.init(identity, root: root)
        case .named(let names, let authorities):
            guard let digest = try? Digest(authorities) else { return nil }
            self.init(authority: .own(digest), names: names.compactMap(CertificateName.init))
        }
    }
}

extension TrustedAuthorities {
    fileprivate init(_ own: OwnAuthorities, at instant: Instant) {
        // A certificate that cannot be an anchor was refused with its policy.
        let authorities = own.certificates.compactMap { certificate -> CertificateAuthority? in
            guard
                let period = try? ValidityPeriod(
                    start: certificate.validity.lowerBound, end: certificate.validity.upperBound)
            else { return nil }
            return try? CertificateAuthority(certificates: [certificate], validFor: period)
        }
        let profile: ChainProfile =
            switch own.usage {
            case .spiffe: .spiffe
            case .extendedKeyUsage(let oid): .codeSigner(usage: oid)
            }
        self.init(
            name: own.digest.description, authorities: CertificateAuthorities(authorities), profile: profile,
            time: own.time == .now ? .at(instant) : .proven)
    }
}
