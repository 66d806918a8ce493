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
    /// Those authorities of policies' own that are to be asked, sorted by name. Of trust domains that stand together under one
    /// name each is asked for itself; a certificate is of one of them at most.
    let authorities: [TrustedAuthorities]

    /// - Parameter at: the decision's instant, for authorities whose certificates have to be valid then.
    init(_ patterns: Set<CertificatePattern>, at instant: Instant) {
        self.patterns = Array(patterns)
        var own: Set<OwnAuthorities> = []
        for case .own(let authorities) in patterns.map(\.trust) { own.insert(authorities) }
        authorities = own.sorted { $0.digest < $1.digest }.flatMap { TrustedAuthorities.all($0, at: instant) }
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
    /// One for each trust domain whose bundles are given, or else one for all certificates.
    fileprivate static func all(_ own: OwnAuthorities, at instant: Instant) -> [TrustedAuthorities] {
        guard let bundles = own.bundles else {
            let authorities = own.certificates.compactMap { certificate in
                authority(certificate, from: certificate.validity.lowerBound, to: certificate.validity.upperBound)
            }
            let profile: ChainProfile =
                switch own.usage {
                case .spiffe: .spiffe
                case .extendedKeyUsage(let oid): .codeSigner(usage: oid)
                }
            return [TrustedAuthorities(own, authorities, profile, at: instant)]
        }
        return bundles.trustDomains.map { trustDomain in
            let entries = bundles.entries.filter { $0.bundle.trustDomain == trustDomain }
            return TrustedAuthorities(own, authorities(of: entries), .spiffe(of: trustDomain), at: instant)
        }
    }

    /// Each certificate for as long as bundles with it follow each other: a path that begins under one bundle goes on to hold
    /// under the next.
    ///
    /// - Parameter entries: of one trust domain, in the order of their beginnings.
    private static func authorities(of entries: [SPIFFETrustBundles.Entry]) -> [CertificateAuthority] {
        var periods: [(certificate: Certificate, from: Instant, until: Instant)] = []
        for entry in entries {
            let (from, until) = (entry.validFor.start, entry.validFor.end ?? .latest)
            for certificate in entry.bundle.authorities {
                if let position = periods.lastIndex(where: { $0.certificate == certificate }),
                    from <= periods[position].until.adding(seconds: 1)
                {
                    periods[position].until = max(periods[position].until, until)
                } else {
                    periods.append((certificate, from, until))
                }
            }
        }
        return periods.compactMap { authority($0.certificate, from: $0.from, to: $0.until) }
    }

    private init(
        _ own: OwnAuthorities, _ authorities: [CertificateAuthority], _ profile: ChainProfile, at instant: Instant
    ) {
        self.init(
            name: own.digest.description, authorities: CertificateAuthorities(authorities), profile: profile,
            time: own.time == .now ? .at(instant) : .proven,
            revocation: own.revocationLists.isEmpty
                ? nil : RevocationCheck(lists: own.revocationLists, asOf: instant))
    }

    /// Nil for a certificate that cannot be an anchor: it was refused with its policy.
    private static func authority(
        _ certificate: Certificate, from start: Instant, to end: Instant?
    ) -> CertificateAuthority? {
        guard let period = try? ValidityPeriod(start: start, end: end) else { return nil }
        return try? CertificateAuthority(certificates: [certificate], validFor: period)
    }
}
