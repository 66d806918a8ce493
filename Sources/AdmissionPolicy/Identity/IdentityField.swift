public import StrictEncoding

/// A fact about the holder of a certificate that a policy can compare, taken apart so that a pattern is always over the
/// whole of it. What the certificate does not say is nil, and satisfies no pattern.
public enum IdentityField: String, Sendable, Hashable, CaseIterable {
    // Names of the certificate. A user's name (`name!domain`) is none of them: no policy can ask for one.
    case uri, email, dns
    /// `owner/name` on GitHub, `group/project` on GitLab: without the server.
    case repository
    case repositoryID
    /// The account, organisation or group that the repository belongs to.
    case owner
    case ownerID
    /// Path of the file whose instructions signed, with its repository: `owner/name/.github/workflows/build.yml`. With a
    /// reusable workflow this one, not its caller.
    case workflow
    /// The full ref at which that file was taken; its commit, where a caller names one.
    case workflowRef
    /// Its commit.
    case workflowCommit
    /// The same of the top-level instructions: with a reusable workflow its caller's.
    case callerWorkflow, callerWorkflowRef
    case trigger
    case runner
    case environment
    case visibility
}

/// Where repositories are hosted and workloads run, and how Fulcio writes the addresses there.
public struct Forge: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case github, gitlab }

    public let kind: Kind
    /// Its origin, like `https://github.com`: with it the instructions' addresses begin.
    public let server: ExactString

    public init(_ kind: Kind, server: String) {
        self.kind = kind
        self.server = ExactString(server)
    }

    /// With which of these the addresses of repositories and owners begin. Fulcio's configuration writes those of every
    /// GitLab instance as gitlab.com's (github.com/sigstore/fulcio config/identity/config.yaml, `gitlab-pipeline`); which
    /// instance it is says the issuer, and that is compared first.
    fileprivate var repositoryOrigins: [ExactString] {
        kind == .gitlab ? [server, "https://gitlab.com"] : [server]
    }
}

extension CertificatePattern.Kind {
    /// A policy's words and what they are about.
    var fields: [(word: String, field: IdentityField)] {
        switch self {
        case .github:
            [
                ("repository", .repository), ("repositoryId", .repositoryID), ("owner", .owner), ("ownerId", .ownerID),
                ("workflow", .workflow), ("workflowRef", .workflowRef), ("workflowCommit", .workflowCommit),
                ("callerWorkflow", .callerWorkflow), ("callerWorkflowRef", .callerWorkflowRef), ("trigger", .trigger),
                ("runner", .runner), ("environment", .environment), ("visibility", .visibility),
            ]
        case .gitlab:
            [
                ("project", .repository), ("projectId", .repositoryID), ("namespace", .owner),
                ("namespaceId", .ownerID), ("config", .workflow), ("configRef", .workflowRef),
                ("configCommit", .workflowCommit), ("trigger", .trigger), ("runner", .runner),
                ("environment", .environment), ("visibility", .visibility),
            ]
        case .google: [("account", .email)]
        case .email: [("address", .email)]
        case .uri: [("uri", .uri)]
        case .spiffe: [("id", .uri)]
        case .x509: [("uri", .uri), ("email", .email), ("dns", .dns)]
        }
    }

    func word(for field: IdentityField) -> String { fields.first { $0.field == field }?.word ?? field.rawValue }
}

// MARK: What a certificate says

extension CertificateHolder {
    /// What the certificate says of a field; all that it says of it. Several names of one kind are several values. Empty
    /// where it contradicts itself: such a certificate is nobody's.
    ///
    /// - Parameter forge: whose workload it is to be. Without one nothing is said of workloads: what the extensions mean is
    ///   up to the issuer.
    func values(of field: IdentityField, forge: Forge?) -> [ExactString] {
        switch field {
        case .uri, .email, .dns: statements(of: field, forge: forge)
        default: forge.map(isConsistent) ?? false ? Array(statements(of: field, forge: forge).prefix(1)) : []
        }
    }

    /// The same with every place that says it, whether or not they agree: for denials, which no contradiction escapes. The
    /// first is the one that counts.
    func statements(of field: IdentityField, forge: Forge?) -> [ExactString] {
        let statements: [ExactString?]
        switch field {
        case .uri: statements = names(.uri)
        case .email: statements = names(.email)
        case .dns: statements = names(.dns)
        default: statements = forge.map { workload(field, $0) } ?? []
        }
        // Nothing is no value: Fulcio's templates leave empty what a token does not say.
        return statements.compactMap { $0 }.filter { !$0.utf8.isEmpty }
    }

    private func names(_ kind: CertificateName.Kind) -> [ExactString] {
        names.filter { $0.kind == kind }.map(\.value)
    }

    private func workload(_ field: IdentityField, _ forge: Forge) -> [ExactString?] {
        switch field {
        case .repository:
            [
                Self.path(claims[.sourceRepositoryURI], on: forge.repositoryOrigins),
                legacy(.githubWorkflowRepository, forge),
            ]
        case .repositoryID: [claims[.sourceRepositoryIdentifier]]
        case .owner:
            claims[.sourceRepositoryOwnerURI].map { [Self.path($0, on: forge.repositoryOrigins)] }
                ?? workload(.repository, forge).map { $0.flatMap(Self.owner) }
        case .ownerID: [claims[.sourceRepositoryOwnerIdentifier]]
        case .workflow: instructions(forge).map(\.path)
        case .workflowRef: instructions(forge).map(\.ref)
        case .workflowCommit: [claims[.buildSignerDigest]]
        case .callerWorkflow: [Instructions(claims[.buildConfigURI], on: forge)?.path]
        case .callerWorkflowRef: [Instructions(claims[.buildConfigURI], on: forge)?.ref]
        case .trigger: [claims[.buildTrigger], legacy(.githubWorkflowTrigger, forge)]
        case .runner: [claims[.runnerEnvironment]]
        case .environment: [claims[.deploymentEnvironment]]
        case .visibility: [claims[.sourceRepositoryVisibilityAtSigning]]
        case .uri, .email, .dns: []
        }
    }

    /// Those that signed: as the extension says, and as the certificate's name does.
    private func instructions(_ forge: Forge) -> [Instructions] {
        [claims[.buildSignerURI], uri].compactMap { Instructions($0, on: forge) }
    }

    /// One of GitHub's deprecated extensions, for certificates that were issued before there were others. Nobody else's
    /// issuer writes them.
    private func legacy(_ claim: WorkloadClaim, _ forge: Forge) -> ExactString? {
        forge.kind == .github ? claims[claim] : nil
    }

    /// Whether what the certificate says twice is the same.
    ///
    /// Fulcio writes the signing instructions as the certificate's name and as an extension, and GitHub's deprecated
    /// extensions beside those that took their place (oid-info.md).
    private func isConsistent(_ forge: Forge) -> Bool {
        func agree(_ a: ExactString?, _ b: ExactString?) -> Bool { a == nil || b == nil || a == b }
        if let stated = claims[.buildSignerURI] {
            // The name is a URI with its escapes, the extension the text as it was.
            guard let uri, stated == uri || stated == Self.unescaped(uri) else { return false }
        }
        guard forge.kind == .github else { return true }
        let repository = claims[.githubWorkflowRepository].map { ExactString("\(forge.server.value)/\($0.value)") }
        return agree(claims[.sourceRepositoryURI], repository)
            && agree(claims[.sourceRepositoryRef], claims[.githubWorkflowRef])
            && agree(claims[.sourceRepositoryDigest], claims[.githubWorkflowSHA])
            && agree(claims[.buildTrigger], claims[.githubWorkflowTrigger])
    }

    /// With every `%` and two hexadecimal digits as the byte that they stand for (RFC 3986, section 2.1); nil where that
    /// is no text.
    private static func unescaped(_ uri: ExactString) -> ExactString? {
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        var bytes: [UInt8] = []
        var rest = Array(uri.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self).map { ExactString($0) }
    }

    /// What follows one of the origins and a slash.
    fileprivate static func path(_ address: ExactString?, on origins: [ExactString]) -> ExactString? {
        guard let address else { return nil }
        for origin in origins {
            let prefix = Array(origin.utf8) + [UInt8(ascii: "/")]
            let bytes = address.utf8
            guard bytes.starts(with: prefix), bytes.count > prefix.count else { continue }
            return ExactString(String(decoding: bytes.dropFirst(prefix.count), as: UTF8.self))
        }
        return nil
    }

    /// `a/b` of `a/b/c`.
    private static func owner(_ repository: ExactString) -> ExactString? {
        let bytes = repository.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return ExactString(String(decoding: bytes[..<slash], as: UTF8.self))
    }
}

/// `SERVER/owner/name/path@ref`, taken apart at the first `@refs/`: no ref holds one before its own beginning, and
/// file names with `@refs/` would only make more of the text the ref. A caller that names a commit has that in the ref's
/// place, behind the last `@`.
private struct Instructions {
    let path: ExactString
    let ref: ExactString

    init?(_ address: ExactString?, on forge: Forge) {
        guard let text = CertificateHolder.path(address, on: [forge.server]) else { return nil }
        let bytes = Array(text.utf8)
        let mark = Array("@refs/".utf8)
        let first = bytes.indices.first { bytes[$0...].starts(with: mark) }
        let commit = bytes.lastIndex(of: UInt8(ascii: "@")).flatMap { Self.isCommit(bytes[($0 + 1)...]) ? $0 : nil }
        guard let at = first ?? commit, at > 0 else { return nil }
        path = ExactString(String(decoding: bytes[..<at], as: UTF8.self))
        ref = ExactString(String(decoding: bytes[(at + 1)...], as: UTF8.self))
    }

    /// Of SHA-1 or SHA-256.
    private static func isCommit(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isHex = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        return (bytes.count == 40 || bytes.count == 64) && bytes.allSatisfy(isHex)
    }
}
