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

    /// GitHub Actions. The claims mean what GitHub means by them under GitHub's own issuer only
    /// (github.com/sigstore/fulcio docs/oidc.md); that of an enterprise has the enterprise's name appended.
    private func github(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .githubSigner) else { return nil }
        var issuer = "https://token.actions.githubusercontent.com"
        if let node = fields["enterprise"] {
            guard let name = reader.string(node, "`enterprise`") else { return nil }
            guard !name.utf8.contains(UInt8(ascii: "/")) else {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected `enterprise` as the enterprise's short name, found \(Finding.quoted(name))")
                return nil
            }
            issuer += "/" + name
        }
        return forge(.github, fields, issuer: issuer, server: "https://github.com", names: Self.githubFields)
    }

    /// GitLab CI/CD: the issuer is the instance.
    private func gitlab(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .gitlabSigner) else { return nil }
        var server = "https://gitlab.com"
        if let node = fields["server"] {
            guard let stated = origin(node, "`server`") else { return nil }
            server = stated
        }
        return forge(.gitlab, fields, issuer: server, server: server, names: Self.gitlabFields)
    }

    private static let githubFields: [(String, IdentityField)] =
        [
            ("repository", .repository), ("repositoryId", .repositoryID), ("owner", .owner), ("ownerId", .ownerID),
        ] + workflowFields
    private static let gitlabFields: [(String, IdentityField)] =
        [
            ("project", .repository), ("projectId", .repositoryID), ("namespace", .owner), ("namespaceId", .ownerID),
        ] + workflowFields
    private static let workflowFields: [(String, IdentityField)] = [
        ("workflow", .workflow), ("workflowRef", .workflowRef), ("workflowCommit", .workflowCommit),
        ("callerWorkflow", .callerWorkflow), ("callerWorkflowRef", .callerWorkflowRef), ("trigger", .trigger),
        ("runner", .runner), ("environment", .environment), ("visibility", .visibility),
    ]

    private func forge(
        _ kind: CertificatePattern.Kind, _ fields: DocumentReader.Fields, issuer: String, server: String,
        names: [(String, IdentityField)]
    ) -> CertificatePattern? {
        var conditions: [IdentityCondition] = []
        for (name, field) in names {
            guard let node = fields[name] else { continue }
            guard let text = text(node, "`\(name)`") else { return nil }
            if isAddress(text), field != .environment {
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected `\(name)` without the server's address, as in `example/ledger`")
                return nil
            }
            conditions.append(IdentityCondition(field: field, text: text))
        }
        return trusted(kind, fields, issuer: issuer, server: ExactString(server), conditions)
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
            .google, fields, issuer: "https://accounts.google.com", [IdentityCondition(field: .email, text: account)])
    }

    private func person(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .emailSigner) else { return nil }
        let address = text(fields["address"], "`address`")
        guard let issuer = reader.string(fields["issuer"], "`issuer`"), let address else { return nil }
        return trusted(.email, fields, issuer: issuer, [IdentityCondition(field: .email, text: address)])
    }

    private func service(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .uriSigner) else { return nil }
        let uri = text(fields["uri"], "`uri`")
        guard let issuer = reader.string(fields["issuer"], "`issuer`"), let uri else { return nil }
        return trusted(.uri, fields, issuer: issuer, [IdentityCondition(field: .uri, text: uri)])
    }

    private func trusted(
        _ kind: CertificatePattern.Kind, _ fields: DocumentReader.Fields, issuer: String, server: ExactString? = nil,
        _ conditions: [IdentityCondition]
    ) -> CertificatePattern? {
        var root: ExactString?
        if let node = fields["trustedRoot"] {
            guard let name = reader.string(node, "`trustedRoot`") else { return nil }
            root = ExactString(name)
        }
        return CertificatePattern(
            kind: kind, trust: .trustedRoot(named: root, issuer: ExactString(issuer)), server: server,
            conditions: conditions)
    }

    // MARK: By an organisation's own authorities

    private func spiffe(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .spiffeSigner) else { return nil }
        let id = text(fields["id"], "`id`")
        let authorities = authorities(fields, usage: .spiffe)
        guard let id, let authorities else { return nil }
        if case .glob(let globs) = id,
            let other = globs.first(where: { !$0.description.utf8.starts(with: "spiffe://".utf8) })
        {
            problems.add(
                .policyFileBadValue, fields["id"]?.place ?? fields.place,
                "expected `id` as a SPIFFE ID or a pattern of one, found \(Finding.quoted(other.description))",
                mend: "begin it with `spiffe://` and the trust domain")
            return nil
        }
        return CertificatePattern(
            kind: .spiffe, trust: .own(authorities), server: nil,
            conditions: [IdentityCondition(field: .uri, text: id)])
    }

    private func x509(_ node: PolicyNode) -> CertificatePattern? {
        guard let fields = reader.fields(of: node, .x509Signer) else { return nil }
        let usage = usage(fields["usage"])
        var conditions: [IdentityCondition] = []
        for (name, field) in [("uri", IdentityField.uri), ("email", .email), ("dns", .dns)] {
            guard let node = fields[name] else { continue }
            guard let text = text(node, "`\(name)`") else { return nil }
            conditions.append(IdentityCondition(field: field, text: text))
        }
        guard let usage, let authorities = authorities(fields, usage: .extendedKeyUsage(usage)) else { return nil }
        return CertificatePattern(kind: .x509, trust: .own(authorities), server: nil, conditions: conditions)
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
        guard arcs.count > 2, arcs.count < 32, arcs.allSatisfy({ !$0.isEmpty && $0.allSatisfy(digits.contains) }) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `usage` as \(named.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")) or an object "
                    + "identifier like `1.3.6.1.5.5.7.3.3`, found \(Finding.quoted(text))")
            return nil
        }
        return text
    }

    private enum ValidAt: String, CaseIterable { case signing, now }

    private func authorities(_ fields: DocumentReader.Fields, usage: OwnAuthorities.Usage) -> OwnAuthorities? {
        let validAt = reader.word(fields["validAt"], "`validAt`", ValidAt.self)
        var seen: Set<ExactString> = []
        let files = reader.list(fields["roots"], "`roots`") { item -> [Certificate]? in
            guard let path = reader.string(item, "a file of certificates"),
                reader.isNew(ExactString(path), item, &seen), let bytes = file(path, item.place)
            else { return nil }
            return certificates(bytes, path, item.place)
        }
        guard let validAt, let files else { return nil }
        return OwnAuthorities(
            certificates: files.joined(), usage: usage, time: validAt == .signing ? .timestamped : .now)
    }

    /// The authorities in a PEM file: a leaf among them would be believed to issue.
    private func certificates(_ pem: [UInt8], _ path: String, _ place: PolicyPlace) -> [Certificate]? {
        let all: [Certificate]
        do {
            all = try Certificate.all(pem: pem)
        } catch {
            problems.add(error.code, place, "\(error.message) (\(Finding.quoted(path)))")
            return nil
        }
        guard all.allSatisfy({ $0.extensions.basicConstraints?.isAuthority == true }) else {
            problems.add(
                .policyFileBadValue, place,
                "expected certificates of authorities in \(Finding.quoted(path)), found one that may not issue")
            return nil
        }
        return all
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
        let host = text.utf8.dropFirst("https://".utf8.count)
        guard text.utf8.starts(with: "https://".utf8), !host.isEmpty, !host.contains(UInt8(ascii: "/")),
            !host.contains(UInt8(ascii: "*"))
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as `https://` and a host, found \(Finding.quoted(text))")
            return nil
        }
        return text
    }
}
