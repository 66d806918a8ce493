import StrictEncoding

/// A fact about the holder of a certificate that a policy can compare, taken apart so that a pattern is always over the
/// whole of it. What the certificate does not say is nil, and satisfies no pattern.
public enum IdentityField: String, Sendable, Hashable, CaseIterable {
    // Names of the certificate.
    case uri, email, username, dns
    /// `owner/name` on GitHub, `group/project` on GitLab: without the server.
    case repository
    case repositoryID
    /// The account, organisation or group that the repository belongs to.
    case owner
    case ownerID
    /// Path of the file whose instructions signed, with its repository: `owner/name/.github/workflows/build.yml`. With a
    /// reusable workflow this one, not its caller.
    case workflow
    /// The full ref at which that file was taken.
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

extension CertificateHolder {
    /// What the certificate says of a field; all that it says of it. Several names of one kind are several values.
    ///
    /// - Parameter server: the origin of the forge, like `https://github.com`, with which its addresses have to begin.
    func values(of field: IdentityField, server: ExactString?) -> [ExactString] {
        switch field {
        case .uri: names(.uri)
        case .email: names(.email)
        case .username: names(.username)
        case .dns: names(.dns)
        default: server.flatMap { workload(field, server: $0) }.map { [$0] } ?? []
        }
    }

    private func names(_ kind: CertificateName.Kind) -> [ExactString] {
        names.filter { $0.kind == kind }.map(\.value)
    }

    private func workload(_ field: IdentityField, server: ExactString) -> ExactString? {
        switch field {
        case .repository:
            agreed(Self.path(claims[.sourceRepositoryURI], on: server), claims[.githubWorkflowRepository])
        case .repositoryID: claims[.sourceRepositoryIdentifier]
        case .owner:
            if let stated = claims[.sourceRepositoryOwnerURI] {
                Self.path(stated, on: server)
            } else {
                workload(.repository, server: server).flatMap(Self.owner)
            }
        case .ownerID: claims[.sourceRepositoryOwnerIdentifier]
        case .workflow: signerInstructions(on: server)?.path
        case .workflowRef: signerInstructions(on: server)?.ref
        case .workflowCommit: claims[.buildSignerDigest]
        case .callerWorkflow: Instructions(claims[.buildConfigURI], on: server)?.path
        case .callerWorkflowRef:
            agreed(Instructions(claims[.buildConfigURI], on: server)?.ref, claims[.githubWorkflowRef])
        case .trigger: agreed(claims[.buildTrigger], claims[.githubWorkflowTrigger])
        case .runner: claims[.runnerEnvironment]
        case .environment: claims[.deploymentEnvironment]
        case .visibility: claims[.sourceRepositoryVisibilityAtSigning]
        case .uri, .email, .username, .dns: nil
        }
    }

    /// Fulcio writes the signing instructions as the certificate's name and as an extension; where both are there they
    /// have to be the same.
    private func signerInstructions(on server: ExactString) -> Instructions? {
        guard let uri, claims[.buildSignerURI].map({ $0 == uri }) ?? true else { return nil }
        return Instructions(uri, on: server)
    }

    /// What two extensions say; nothing if they disagree.
    private func agreed(_ current: ExactString?, _ deprecated: ExactString?) -> ExactString? {
        guard let current else { return deprecated }
        return deprecated.map { $0 == current } ?? true ? current : nil
    }

    /// What follows the server and a slash.
    private static func path(_ address: ExactString?, on server: ExactString) -> ExactString? {
        guard let address else { return nil }
        let prefix = Array(server.utf8) + [UInt8(ascii: "/")]
        guard address.utf8.starts(with: prefix), address.utf8.count > prefix.count else { return nil }
        return ExactString(String(decoding: address.utf8.dropFirst(prefix.count), as: UTF8.self))
    }

    /// `a/b` of `a/b/c`.
    private static func owner(_ repository: ExactString) -> ExactString? {
        guard let slash = repository.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return ExactString(String(decoding: repository.utf8[..<slash], as: UTF8.self))
    }

    /// `SERVER/owner/name/path@ref`, taken apart at the first `@refs/`: no ref holds one before its own beginning,
    /// and file names with `@refs/` would only make more of the text the ref.
    private struct Instructions {
        let path: ExactString
        let ref: ExactString

        init?(_ address: ExactString?, on server: ExactString) {
            guard let text = CertificateHolder.path(address, on: server) else { return nil }
            let bytes = Array(text.utf8)
            let mark = Array("@refs/".utf8)
            guard let at = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }), at > 0 else { return nil }
            path = ExactString(String(decoding: bytes[..<at], as: UTF8.self))
            ref = ExactString(String(decoding: bytes[(at + 1)...], as: UTF8.self))
        }
    }
}
