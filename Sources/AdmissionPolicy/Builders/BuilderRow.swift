public import Content
public import StrictEncoding

/// One row of the builder table: which SLSA Build level a statement reaches that names this builder and is signed by this
/// signer (slsa.dev/spec/v1.2/verifying-artifacts "Check SLSA Build level").
///
/// `builder.id` is a claim by the signer, so neither says anything without the other.
public struct BuilderRow: Sendable, Hashable {
    /// Unique in a table: lower-case letters, digits, `-` and `.`.
    public var name: String
    /// Over the whole `builder.id`.
    public var builder: Glob
    public var signer: BuilderSigner
    /// Nil: whatever the build type is.
    public var buildTypes: TextCondition?
    /// What builder and signer together are trusted up to.
    public var level: BuildLevel
    /// The external parameters that are known for what they do. Any other, and the row does not hold.
    public var parameters: KnownParameters
    /// What has to be stated for more than level 1.
    public var required: Set<ProvenanceField>
    /// The kind of runner for more than level 1, where the statement or its signer's certificate says which it was.
    public var runner: ExactString?
    /// Which field states what which extension of the signing certificate states. Empty for builders that sign with keys.
    public var correspondences: [CertificateCorrespondence]
    /// Names of built-in rows that hold for the same statement and that this one outranks.
    public var raises: [String]
    /// For people: why this level, with a reference.
    public var why: String

    public init(
        name: String, builder: Glob, signer: BuilderSigner, buildTypes: TextCondition? = nil, level: BuildLevel,
        parameters: KnownParameters = .all, required: Set<ProvenanceField> = [], runner: ExactString? = nil,
        correspondences: [CertificateCorrespondence] = [], raises: [String] = [], why: String
    ) {
        self.name = name
        self.builder = builder
        self.signer = signer
        self.buildTypes = buildTypes
        self.level = level
        self.parameters = parameters
        self.required = required
        self.runner = runner
        self.correspondences = correspondences
        self.raises = raises
        self.why = why
    }
}

/// A level of SLSA's Build track, 1.2. Each implies those below it.
public enum BuildLevel: Int, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    case zero, one, two, three

    public static func < (a: BuildLevel, b: BuildLevel) -> Bool { a.rawValue < b.rawValue }
    public var description: String { "\(rawValue)" }
}

/// Whose signatures a row is about.
public enum BuilderSigner: Sendable, Hashable {
    /// Any key that a policy lets sign provenance. Nothing is known of who holds it, so no such row is above level 1.
    case anyKey
    /// The key of this fingerprint (`sha256:` over its SubjectPublicKeyInfo).
    case key(ExactString)
    /// A certificate by this issuer of identities for one of these subjects (its URI). `isBuilder`: the subject has to be
    /// `builder.id` itself, byte for byte; otherwise `builder.id` names a tool that the subject ran, or the platform.
    case certificate(issuer: ExactString, subjects: [Glob], isBuilder: Bool)
}

/// External parameters by their flattened names.
public enum KnownParameters: Sendable, Hashable {
    /// Those of the build type are free.
    case all
    /// Each of these dotted paths with all that lies beneath: `inputs` is `inputs.mode` and `inputs[0]` too.
    case listed([ExactString])

    func contains(_ name: ExactString) -> Bool {
        switch self {
        case .all: true
        case .listed(let paths):
            paths.contains { path in
                guard name.utf8.starts(with: path.utf8) else { return false }
                guard let next = name.utf8.dropFirst(path.utf8.count).first else { return true }
                return next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
            }
        }
    }
}

/// A field of the normal form that a certificate can speak of as well.
public enum ProvenanceField: String, Sendable, Hashable, CaseIterable {
    case builder, sourceRepository, sourceRef, sourceCommit
    /// The source's commit where a ref is stated too. slsa-github-generator's delegators leave out the ref where the tool checked
    /// out another commit than the one that its caller was at.
    case sourceCommitOfRef
    /// Repository, path and ref in one: `https://github.com/o/r/.github/workflows/x.yml@refs/heads/main`.
    case workflow
    case workflowCommit
    /// The run: its address with the attempt, or `RUN-ATTEMPT`, which builders write in 0.2.
    case invocation
    case triggerEvent, runnerEnvironment
}

/// One fact that provenance and certificate both state. Each has to agree byte for byte.
public struct CertificateCorrespondence: Sendable, Hashable {
    public var field: ProvenanceField
    public var certificateExtension: CertificateExtension

    public init(_ field: ProvenanceField, _ certificateExtension: CertificateExtension) {
        self.field = field
        self.certificateExtension = certificateExtension
    }

    /// GitHub Actions, where `builder.id` is the workflow that signed: the one that was called, or the only one. The source is
    /// its caller's, and so is `workflow` (github.com/sigstore/fulcio docs/oid-info.md, column "GitHub").
    public static let gitHubWorkflow: [CertificateCorrespondence] =
        [.init(.builder, .buildSignerURI), .init(.sourceCommit, .sourceRepositoryDigest)] + gitHubRun

    /// slsa-github-generator's delegators: `builder.id` names the tool, the certificate the delegator that ran it
    /// (BYOB.md).
    public static let gitHubDelegator: [CertificateCorrespondence] =
        [.init(.sourceCommitOfRef, .sourceRepositoryDigest)] + gitHubRun

    /// Where `builder.id` names the platform (npm).
    public static let gitHubPlatform: [CertificateCorrespondence] =
        [.init(.sourceCommit, .sourceRepositoryDigest)] + gitHubRun

    private static let gitHubRun: [CertificateCorrespondence] = [
        .init(.sourceRepository, .sourceRepositoryURI), .init(.sourceRef, .sourceRepositoryRef),
        .init(.workflow, .buildConfigURI), .init(.workflowCommit, .buildConfigDigest),
        .init(.invocation, .runInvocationURI), .init(.triggerEvent, .buildTrigger),
        .init(.runnerEnvironment, .runnerEnvironment),
    ]
}

/// Extensions of Fulcio's certificates (github.com/sigstore/fulcio docs/oid-info.md), by their object identifiers.
public enum CertificateExtension: String, Sendable, Hashable, CaseIterable {
    case buildSignerURI = "1.3.6.1.4.1.57264.1.9"
    case buildSignerDigest = "1.3.6.1.4.1.57264.1.10"
    case runnerEnvironment = "1.3.6.1.4.1.57264.1.11"
    case sourceRepositoryURI = "1.3.6.1.4.1.57264.1.12"
    case sourceRepositoryDigest = "1.3.6.1.4.1.57264.1.13"
    case sourceRepositoryRef = "1.3.6.1.4.1.57264.1.14"
    case buildConfigURI = "1.3.6.1.4.1.57264.1.18"
    case buildConfigDigest = "1.3.6.1.4.1.57264.1.19"
    case buildTrigger = "1.3.6.1.4.1.57264.1.20"
    case runInvocationURI = "1.3.6.1.4.1.57264.1.21"
}
