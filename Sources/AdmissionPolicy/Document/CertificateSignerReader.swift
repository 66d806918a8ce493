import Content
import Findings
import PKI
import StrictEncoding

/// Reads signers that are told by their certificates.
struct CertificateSignerReader {
    let reader: DocumentReader
    /// Reads a file beside the policy; nil if it was refused.
    let file: (_ path: String, _ place: PolicyPlace) -> [UInt8]?

    private var problems: PolicyProblems { reader.problems }

    /// Nil if it was refused, or if the signer is of another kind.
    func pattern(_ fields: DocumentReader.Fields) -> CertificatePattern? {
        for kind in CertificatePattern.Kind.allCases {
            guard let node = fields[kind.rawValue] else { continue }
            let before = problems.count
            guard let pattern = pattern(kind, node), problems.count == before else { return nil }
            return pattern
        }
        return nil
    }

    private func pattern(_ kind: CertificatePattern.Kind, _ node: PolicyNode) -> CertificatePattern? {
        switch kind {
        case .github: github(node)
        case .gitlab: gitlab(node)
        case .google: google(node)
        case .email: person(node)
        case .uri: service(node)
        case .spiffe: spiffe(node)
        case .x509: x509(node)
        }
    }

    // MARK: By a Sigstore trusted root

    /// GitHub Actions. The claims mean what GitHub means by them under GitHub's own issuers only: the common one; that of
    /// an enterprise, which has the enterprise's name appended; that of a tenant of GitHub Enterprise Cloud with data
    /// residency, which is a server of its own.
    private func github(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .githubSigner) else { return nil }
        var issuer = "https://token.actions.githubusercontent.com"
        var server = "https://github.com"
        if let node = fields["enterprise"] {
            guard let name = label(node, "`enterprise`", "the enterprise's short name") else { return nil }
            issuer += "/" + name
        }
        if let node = fields["tenant"] {
            guard let name = label(node, "`tenant`", "the subdomain of `ghe.com`") else { return nil }
            guard fields["enterprise"] == nil else {
                problems.add(
                    .policyFileExactlyOne, node.place,
                    "expected one of `enterprise` and `tenant` at most in `github`, found both")
                return nil
            }
            issuer = "https://token.actions.\(name).ghe.com"
            server = "https://\(name).ghe.com"
        }
        return workload(.github, fields, issuer: issuer, Forge(.github, server: server))
    }

    /// GitLab CI/CD: the issuer is the instance.
    private func gitlab(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .gitlabSigner) else { return nil }
        var server = "https://gitlab.com"
        if let node = fields["server"] {
            guard let stated = origin(node, "`server`") else { return nil }
            server = stated
        }
        return workload(.gitlab, fields, issuer: server, Forge(.gitlab, server: server))
    }

    /// All texts are read, so that all mistakes are told at once.
    private func workload(
        _ kind: CertificatePattern.Kind, _ fields: DocumentReader.Fields, issuer: String, _ forge: Forge
    ) -> CertificatePattern? {
        let conditions = kind.fields.compactMap { word, field -> IdentityCondition? in
            guard let node = fields[word], let text = text(node, "`\(word)`") else { return nil }
            if isAddress(text), field != .environment {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected `\(word)` without the server's address, found one with it",
                    mend: "write what follows it, as in `example/ledger`")
            }
            return IdentityCondition(field: field, text: text)
        }
        return trusted(kind, fields, issuer: issuer, forge, conditions)
    }

    /// Letters, digits and `-`: part of a host or a path, which it must not lead out of.
    private func label(_ node: PolicyNode, _ what: String, _ meaning: String) -> String? {
        guard let text = reader.string(node, what) else { return nil }
        let isAllowed = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard !text.isEmpty, text.utf8.count <= 63, text.utf8.allSatisfy(isAllowed) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as \(meaning), letters, digits and `-`, found \(Finding.quoted(text))")
            return nil
        }
        return text
    }

    /// Whether somebody wrote an address where a path belongs; it would never match.
    private func isAddress(_ text: IdentityCondition.Text) -> Bool {
        guard case .glob(let globs) = text else { return false }
        return globs.contains { glob in
            let pattern = Array(glob.description.utf8)
            return pattern.indices.contains { pattern[$0...].starts(with: "://".utf8) }
        }
    }

    /// Google's accounts, of people and of services.
    private func google(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .googleSigner),
            let account = text(fields["account"], "`account`")
        else { return nil }
        return trusted(
            .google, fields, issuer: "https://accounts.google.com", nil,
            [IdentityCondition(field: .email, text: account)])
    }

    private func person(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .emailSigner) else { return nil }
        let address = text(fields["address"], "`address`")
        guard let issuer = issuer(fields), let address else { return nil }
        return trusted(.email, fields, issuer: issuer, nil, [IdentityCondition(field: .email, text: address)])
    }

    private func service(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .uriSigner) else { return nil }
        let uri = text(fields["uri"], "`uri`")
        guard let issuer = issuer(fields), let uri else { return nil }
        return trusted(.uri, fields, issuer: issuer, nil, [IdentityCondition(field: .uri, text: uri)])
    }

    /// Compared byte for byte, so what could never be the same is refused.
    private func issuer(_ fields: DocumentReader.Fields) -> String? {
        guard let node = fields["issuer"], let issuer = reader.string(node, "`issuer`") else { return nil }
        let lower = issuer.lowercased()
        let scheme = ["https://", "http://"].first { lower.utf8.starts(with: $0.utf8) }
        let isSpeltSo = scheme.map { issuer.utf8.starts(with: $0.utf8) } ?? true
        guard isSpeltSo, !issuer.utf8.contains(UInt8(ascii: "*")), !issuer.utf8.contains(UInt8(ascii: " ")) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `issuer` as the certificate has it, byte for byte, found \(Finding.quoted(issuer))",
                mend: "write it out, without patterns, as in `https://accounts.google.com`")
            return nil
        }
        return issuer
    }

    private func trusted(
        _ kind: CertificatePattern.Kind, _ fields: DocumentReader.Fields, issuer: String, _ forge: Forge?,
        _ conditions: [IdentityCondition]
    ) -> CertificatePattern? {
        var root: ExactString?
        if let node = fields["trustedRoot"] {
            guard let name = reader.string(node, "`trustedRoot`") else { return nil }
            root = ExactString(name)
        }
        return CertificatePattern(
            kind: kind, trust: .trustedRoot(named: root, issuer: ExactString(issuer)), forge: forge,
            conditions: conditions)
    }

    // MARK: By an organisation's own authorities

    private func spiffe(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .spiffeSigner) else { return nil }
        let id = text(fields["id"], "`id`")
        let authorities = AuthorityReader(reader: reader, file: file).authorities(fields, usage: .spiffe)
        guard let id, let authorities else { return nil }
        if case .glob(let globs) = id {
            if let other = globs.first(where: { trustDomain($0.description) == nil }) {
                problems.add(
                    .policyFileBadValue, fields["id"]?.place ?? fields.place,
                    "expected `id` as a SPIFFE ID, or a pattern of one in a trust domain that is written out, found "
                        + Finding.quoted(other.description),
                    mend: "begin it with `spiffe://` and the trust domain, as in `spiffe://example.org/ci/*`")
                return nil
            }
            guard agree(globs.compactMap { trustDomain($0.description) }, authorities, fields) else { return nil }
        }
        return CertificatePattern(
            kind: .spiffe, trust: .own(authorities), forge: nil, conditions: [IdentityCondition(field: .uri, text: id)])
    }

    /// Bundles vouch for their own trust domain only: one without a bundle would never be a signer's, and a bundle that no
    /// pattern is about was meant for another.
    private func agree(_ named: [ExactString], _ authorities: OwnAuthorities, _ fields: DocumentReader.Fields) -> Bool {
        guard let bundles = authorities.bundles else { return true }
        let given = Set(bundles.trustDomains.map(\.name))
        let place = fields["trustBundles"]?.place ?? fields.place
        if let unknown = named.first(where: { !given.contains($0) }) {
            problems.add(
                .policyFileBadValue, place,
                "expected a bundle of each trust domain that `id` names, found none of \(Finding.quoted(unknown.value))"
            )
            return false
        }
        if let other = given.sorted().first(where: { !named.contains($0) }) {
            problems.add(
                .policyFileBadValue, place,
                "expected bundles of the trust domains that `id` names, found one of \(Finding.quoted(other.value))")
            return false
        }
        return true
    }

    /// The authorities of one trust domain have no say in another (SPIFFE-ID, section 2.1).
    private func trustDomain(_ pattern: String) -> ExactString? {
        let scheme = "spiffe://"
        guard pattern.utf8.starts(with: scheme.utf8) else { return nil }
        let domain = pattern.utf8.dropFirst(scheme.utf8.count).prefix { $0 != UInt8(ascii: "/") }
        guard !domain.isEmpty, !domain.contains(UInt8(ascii: "*")), !domain.contains(UInt8(ascii: "?")) else {
            return nil
        }
        return ExactString(String(Substring(domain)))
    }

    private func x509(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .x509Signer) else { return nil }
        let usage = usage(fields["usage"])
        let conditions = CertificatePattern.Kind.x509.fields.compactMap { word, field in
            fields[word].flatMap { text($0, "`\(word)`") }.map { IdentityCondition(field: field, text: $0) }
        }
        let authorities = AuthorityReader(reader: reader, file: file)
        guard let usage, let authorities = authorities.authorities(fields, usage: .extendedKeyUsage(usage)) else {
            return nil
        }
        return CertificatePattern(kind: .x509, trust: .own(authorities), forge: nil, conditions: conditions)
    }

    /// An extended key usage by its name, or by its object identifier.
    private func usage(_ node: PolicyNode?) -> String? {
        guard let node, let text = reader.string(node, "`usage`") else { return nil }
        let named = [
            "code-signing": ChainProfile.codeSigning, "client-auth": ChainProfile.clientAuthentication,
            "server-auth": ChainProfile.serverAuthentication,
        ]
        if let oid = named[text] { return oid }
        let arcs = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isArc = { (arc: Substring.UTF8View) in
            !arc.isEmpty && arc.allSatisfy(digits.contains) && (arc.count == 1 || arc.first != UInt8(ascii: "0"))
        }
        guard (3..<32).contains(arcs.count), arcs.allSatisfy(isArc) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `usage` as \(named.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")) or an object "
                    + "identifier like `1.3.6.1.5.5.7.3.3`, found \(Finding.quoted(text))")
            return nil
        }
        return text
    }

    // MARK: Texts

    /// A pattern, a list of them, or a regular expression that is called insecure.
    private func text(_ node: PolicyNode?, _ what: String) -> IdentityCondition.Text? {
        guard let node = reader.present(node) else { return nil }
        switch node.content {
        case .sequence: return reader.globs(node, what).map { .glob($0) }
        case .mapping:
            guard let fields = reader.fields(of: node, .regexPattern) else { return nil }
            return reader.regex(fields["insecureRegex"]).map { .insecureRegex($0) }
        case .scalar, .refused: return reader.glob(node, what).map { .glob([$0]) }
        }
    }

    /// `https://host`, without a path, as issuers write it.
    private func origin(_ node: PolicyNode, _ what: String) -> String? {
        guard let text = reader.string(node, what) else { return nil }
        let isAllowed = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x3A].contains(byte)
        }
        let host = text.utf8.dropFirst("https://".utf8.count)
        guard text.utf8.starts(with: "https://".utf8), !host.isEmpty, host.allSatisfy(isAllowed) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as `https://` and a host in lower case, found \(Finding.quoted(text))",
                mend: "write it as the instance names itself, as in `https://gitlab.example`")
            return nil
        }
        return text
    }
}
