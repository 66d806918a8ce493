import AdmissionPolicy
import Content
import Findings
import PKI
import Sigstore
import StrictEncoding
import TUF
import TUFClient
import TransparencyLog

// What there is in trusted roots, in stores, and in policies, part by part.

// MARK: Sigstore

extension TrustSource {
    /// A trusted root of Sigstore.
    ///
    /// - Parameter isAsked: whether signatures are to be proven by it, so that what its requirement asks for has to be there.
    init(_ root: SigstoreTrustedRoot, named name: String, isEmbedded: Bool = false, isAsked: Bool = false) {
        self.init(name: name, form: "trusted root")
        if isEmbedded {
            facts += [
                TrustPart.Fact(name: "version", value: PublicGoodTrust.version),
                TrustPart.Fact(name: "date", value: PublicGoodTrust.date),
            ]
        }
        facts.append(TrustPart.Fact(name: "digest", value: root.digest.description))
        parts += root.certificateAuthorities.all.map(TrustPart.init)
        parts += root.certificateLogs.map { log in
            TrustPart(
                kind: .certificateLog, name: "certificate log", id: log.key.fingerprint,
                period: TrustPeriod(log.validFor), facts: [.logID(log.logID), .key(log.key)])
        }
        parts += root.logs.logs.map { log in
            TrustPart(
                kind: .transparencyLog, name: log.baseURL, id: log.publicKey.fingerprint,
                period: TrustPeriod(from: log.validity.lowerBound, until: log.validity.upperBound),
                // Checkpoints of Rekor 2 name their log in another way.
                facts: (log.isNamedByKey ? [.logID(log.logID)] : []) + [.key(log.publicKey)])
        }
        parts += root.timestampAuthorities.map(TrustPart.init)
        parts += root.unusable.map { element in
            TrustPart(kind: .file, name: element.place, obstacle: .unusable(element.reason))
        }
        guard isAsked else { return }
        let asked: [(TrustPart.Kind, Int, String)] = [
            (.transparencyLog, root.requirement.logEntries, "transparency logs"),
            (.certificateLog, root.requirement.certificateTimestamps, "certificate logs"),
            (.timestampAuthority, root.requirement.signedTimestamps, "timestamp authorities"),
        ]
        for (kind, needed, words) in asked {
            let found = Set(parts.filter { $0.kind == kind }.compactMap(\.id)).count
            guard found < needed else { continue }
            parts.append(
                TrustPart(
                    kind: kind, name: words,
                    obstacle: .missing("the root's profile asks for \(needed), and the root lists \(found)")))
        }
    }
}

extension TrustPart {
    /// It issues as long as it is believed and all of its certificates are valid.
    fileprivate init(_ authority: CertificateAuthority) {
        self.init(.certificateAuthority, authority.certificates, authority.validFor)
    }

    fileprivate init(_ authority: TimestampAuthority) {
        let certificates = (authority.signer.map { [$0] } ?? []) + authority.authority.certificates
        self.init(.timestampAuthority, certificates, authority.authority.validFor)
    }

    private init(_ kind: Kind, _ certificates: [Certificate], _ validFor: ValidityPeriod) {
        let period = certificates.reduce(TrustPeriod(validFor)) { $0.intersection(TrustPeriod($1.validity)) }
        self.init(
            kind: kind, name: certificates.first?.subject.text ?? "", id: certificates.first?.fingerprint,
            period: period, facts: certificates.first.map { [.key($0.publicKey)] } ?? [])
        if certificates.count > 1, let root = certificates.last {
            facts.append(Fact(name: "root", value: root.fingerprint))
        }
    }
}

extension TrustPart.Fact {
    /// As trusted roots and entries write it.
    fileprivate static func logID(_ bytes: [UInt8]) -> Self { Self(name: "logID", value: Base64.encode(bytes)) }
    fileprivate static func key(_ key: PublicKey) -> Self { Self(name: "key", value: key.kind.description) }
}

extension TrustPeriod {
    init(_ period: ValidityPeriod) {
        self.init(from: period.start == .earliest ? nil : period.start, until: period.end)
    }
    init(_ validity: ClosedRange<Instant>) { self.init(from: validity.lowerBound, until: validity.upperBound) }
}

// MARK: Repositories

extension TrustSource {
    /// What an update or a store holds: the roles, and the trusted roots among the target files.
    static func of(_ trust: RepositoryTrust, in path: String) -> [TrustSource] {
        var source = TrustSource(name: path, form: "trust store")
        source.parts = TrustPart.roles(of: trust)
        var roots: [TrustSource] = []
        for (target, content) in trust.targets.sorted(by: { $0.key.text < $1.key.text }) {
            source.facts.append(
                TrustPart.Fact(name: "target", value: "\(target.description) \(content.digest)"))
            let read = try? SigstoreTrustedRoot.all(parsing: content.bytes, name: target.description)
            roots += (read ?? []).map { TrustSource($0, named: "\(path): \($0.name)") }
        }
        return [source] + roots
    }

    /// A store of `landwaiter trust init`. Metadata is read whether it is expired or not, and its signatures are verified.
    static func store(_ path: String, targets names: [String] = TrustTargets.usual) -> [TrustSource] {
        do throws(TrustUpdateError) {
            let (trust, unhad) = try stored(TrustStore(path: path), names)
            var sources = of(trust, in: path)
            sources[0].parts += unhad
            return sources
        } catch {
            let isMissing = error.code == .tufNoTrustedRoot || !LocalFile.exists(path)
            let part = TrustPart(
                kind: .trustStore, name: path,
                obstacle: isMissing ? .missing(error.message) : .unreadable(error.message))
            return [TrustSource(name: path, form: "trust store", parts: [part])]
        }
    }

    /// At the earliest instant nothing is expired. A repository need not have the usual targets; if it does, and the store
    /// does not have them as they should be, that is a part of its own.
    private static func stored(
        _ store: TrustStore, _ names: [String]
    ) throws(TrustUpdateError) -> (RepositoryTrust, [TrustPart]) {
        let paths = names.compactMap { try? TargetPath($0) }
        do throws(TrustUpdateError) {
            return (try store.load(targets: paths, at: .earliest), [])
        } catch {
            switch error {
            case .refused(.noSuchTarget(let path)):
                // What somebody asks for by name has to be there.
                let target = TrustPart(
                    kind: .trustStore, name: "target", obstacle: .missing("no role lists \(path.description)"))
                return (try store.load(at: .earliest), names == TrustTargets.usual ? [] : [target])
            case .damaged(let what):
                let target = TrustPart(kind: .trustStore, name: "target", obstacle: .missing("no \(what) is stored"))
                return (try store.load(at: .earliest), [target])
            default: throw error
            }
        }
    }
}

extension TrustPart {
    fileprivate static func roles(of trust: RepositoryTrust) -> [TrustPart] {
        func part(_ kind: Kind, _ name: String, _ version: Int, _ expires: Instant, _ by: RoleAuthority) -> TrustPart {
            TrustPart(
                kind: kind, name: "\(name) version \(version)",
                period: TrustPeriod(from: nil, until: expires, includesEnd: false),
                facts: [Fact(name: "signedBy", value: "\(by.threshold) of \(by.distinctKeys.count) keys")])
        }
        let root = trust.root
        let targets = trust.targetsMetadata
        return [
            part(.rootRole, "root", root.version, root.expires, root.root),
            part(.timestampRole, "timestamp", trust.timestamp.version, trust.timestamp.expires, root.timestamp),
            part(.snapshotRole, "snapshot", trust.snapshot.version, trust.snapshot.expires, root.snapshot),
            part(.targetsRole, "targets", targets.version, targets.expires, root.targets),
        ]
    }
}

// MARK: Policies

extension TrustSource {
    /// The signers of every policy and guardrail, in the order of their names.
    ///
    /// - Parameter instant: of SPIFFE bundles those that count then are looked into.
    static func policies(_ policies: PolicySet, at instant: Instant) -> [TrustSource] {
        let documents =
            policies.policies.map { ($0.name, $0.signers, "policy") }
            + policies.guardrails.map { ($0.name, $0.signers, "guardrail") }
        return documents.map { name, signers, form in
            TrustSource(
                name: name.description, form: form,
                parts: signers.flatMap { signer in
                    switch signer.kind {
                    case .keys(let keys): keys.map { TrustPart($0, of: signer) }
                    case .certificates(let pattern): TrustPart.authorities(pattern, of: signer, at: instant)
                    }
                })
        }
    }
}

extension TrustPart {
    fileprivate init(_ key: SignerKey, of signer: Signer) {
        var period = TrustPeriod(from: key.validFrom, until: key.validUntil)
        var facts = [Fact.key(key.key)]
        if let compromised = key.compromisedAt {
            period = period.intersection(TrustPeriod(from: nil, until: compromised, includesEnd: false))
            facts.append(Fact(name: "compromisedAt", value: compromised.description))
        }
        self.init(
            kind: .key, name: "signer \(signer.name)", id: key.key.fingerprint, period: period,
            // Keys of a rotation are one principal's, and so is a key of a directory that nobody else has.
            line: "\(signer.name) \(key.principal.value)", facts: facts)
    }

    /// None for signers whom a trusted root vouches for: that is a source of its own.
    fileprivate static func authorities(
        _ pattern: CertificatePattern, of signer: Signer, at instant: Instant
    ) -> [TrustPart] {
        guard case .own(let authorities) = pattern.trust else { return [] }
        let lists = authorities.revocationLists.map { TrustPart($0, signer: signer.name) }
        guard let bundles = authorities.bundles else {
            return authorities.certificates.map { certificate in
                TrustPart(certificate, kind: .certificate, line: signer.name, signer: signer.name)
            } + lists
        }
        return bundles.entries.flatMap { entry in
            bundle(
                entry.bundle, TrustPeriod(entry.validFor), at: instant,
                named: "signer \(signer.name): \(entry.bundle.trustDomain)")
        } + lists
    }

    init(_ certificate: Certificate, kind: Kind, line: String = "", signer: String? = nil) {
        let subject = certificate.subject.text
        self.init(
            kind: kind, name: signer.map { "signer \($0): \(subject)" } ?? subject, id: certificate.fingerprint,
            period: TrustPeriod(certificate.validity), line: line, facts: [.key(certificate.publicKey)])
    }

    init(_ key: PublicKey) {
        self.init(kind: .key, name: "public key", id: key.fingerprint, facts: [.key(key)])
    }

    init(_ list: CertificateRevocationList, signer: String? = nil) {
        let issuer = list.issuer.text
        self.init(
            kind: .revocationList, name: signer.map { "signer \($0): \(issuer)" } ?? issuer, id: list.fingerprint,
            period: TrustPeriod(from: list.thisUpdate, until: list.nextUpdate),
            line: (signer ?? "") + " " + Hex.encode(list.issuer.der),
            facts: [
                Fact(name: "number", value: "0x" + Hex.encode(list.number)),
                Fact(name: "entries", value: String(list.count)),
            ])
    }
}

// MARK: SPIFFE

extension TrustPart {
    /// A bundle, and what is in it. Of a bundle that no longer counts only the bundle: its keys have nothing to renew.
    ///
    /// - Parameter instant: nil to list all.
    static func bundle(
        _ bundle: SPIFFETrustBundle, _ period: TrustPeriod = .always, at instant: Instant? = nil, named: String? = nil
    ) -> [TrustPart] {
        let domain = named ?? bundle.trustDomain.description
        var facts: [Fact] = []
        if let number = bundle.sequenceNumber { facts.append(Fact(name: "sequence", value: String(number))) }
        if let hint = bundle.refreshHint { facts.append(Fact(name: "refreshHint", value: "\(hint) s")) }
        facts.append(Fact(name: "authorities", value: String(bundle.authorities.count)))
        facts.append(Fact(name: "tokenKeys", value: String(bundle.tokenKeys.count)))
        if !bundle.skipped.isEmpty { facts.append(Fact(name: "skipped", value: String(bundle.skipped.count))) }
        let whole = TrustPart(kind: .spiffeBundle, name: domain, period: period, line: domain, facts: facts)
        if let instant, !period.hasBegun(at: instant) || period.hasEnded(at: instant) { return [whole] }
        let authorities = bundle.authorities.map { certificate -> TrustPart in
            var part = TrustPart(certificate, kind: .spiffeAuthority, line: domain)
            part.name = part.name.isEmpty ? domain : "\(domain): \(part.name)"
            return part
        }
        let tokenKeys = bundle.tokenKeys.map { key in
            TrustPart(
                kind: .spiffeTokenKey, name: "\(domain): \(key.keyID.value)", id: key.publicKey.fingerprint,
                line: domain, facts: [.key(key.publicKey)])
        }
        return [whole] + authorities + tokenKeys
    }
}
