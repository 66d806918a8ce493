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
/// evidence has certificates of his own, and must not use up what a decision may spend. Of those that miss a signer by one
/// field only a few are verified, for the rules to say which.
struct NamedHolders {
    /// What a certificate says of itself, compared with whom policies name.
    enum Claim {
        /// Some policy names the holder, or nobody can read whom it is for: the verifier says why.
        case named
        /// It misses one thing: with why it does not count.
        case almost(Finding)
        case stranger(Finding)
    }

    /// Of the certificates that miss one thing so many are verified, whatever else lies with the image: enough to
    /// explain a mistake, and too few to hinder anybody.
    static let mostExplained = 16

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

    /// For whom a certificate says that it was issued. Nothing is proven by it, and nothing costly is done.
    func claim(of certificates: [[UInt8]]) -> Claim {
        guard let der = certificates.first, let leaf = try? Certificate(der: der) else { return .named }
        let fulcio = FulcioIdentity.claimed(by: leaf).map { CertificateHolder($0, root: "") }
        let names = (leaf.extensions.subjectAlternativeNames ?? []).compactMap(CertificateName.init)
        guard !patterns.contains(where: { $0.couldMatch(fulcio: fulcio, own: names) }) else { return .named }
        var finding = nobody
        let holder = fulcio?.summary ?? names.map(\.value.value).joined(separator: " ")
        if !holder.isEmpty { finding.found = Finding.quoted(holder) }
        let isAlmost = patterns.contains { $0.couldConcern(fulcio: fulcio, own: names) }
        return isAlmost ? .almost(finding) : .stranger(finding)
    }

    /// The signers that some policy names, or almost; a key's always, since no others are tried.
    func signers(of signature: VerifiedSignature) -> [DatedSigner] {
        let keys = signature.signers.map {
            DatedSigner(
                identity: $0.isOverPayloadAlone
                    ? .cloudBuildKey($0.fingerprint) : .key($0.fingerprint, scheme: $0.scheme),
                times: signature.verifiedTimes)
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

extension TrustedKey {
    /// Nil for a key that no policy's reader lets through.
    init?(_ need: KeyNeed) {
        guard let location = need.insecureCloudBuildLocation else {
            self.init(need.key, schemes: need.schemes)
            return
        }
        guard let role = CloudBuildKey.regional(location.value) else { return nil }
        self.init(need.key, as: role)
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
                ? nil
                : RevocationCheck(
                    lists: own.revocationLists, asOf: instant, scope: own.insecureLeafRevocationOnly ? .leaf : .path))
    }

    /// Nil for a certificate that cannot be an anchor: it was refused with its policy.
    private static func authority(
        _ certificate: Certificate, from start: Instant, to end: Instant?
    ) -> CertificateAuthority? {
        guard let period = try? ValidityPeriod(start: start, end: end) else { return nil }
        return try? CertificateAuthority(certificates: [certificate], validFor: period)
    }
}
