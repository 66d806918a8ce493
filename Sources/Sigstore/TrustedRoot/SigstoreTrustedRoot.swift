public import Content
public import PKI
public import StrictEncoding
public import TransparencyLog

/// Whom to believe about identities and times: the authorities and logs of one Sigstore instance, and what has to be
/// shown for a signature under it.
///
/// Several roots stand side by side. Each judges alone, by its own requirement: relaxing one never relaxes another, and a
/// certificate of one is never proved by the log of another.
public struct SigstoreTrustedRoot: Sendable {
    /// How policies and records name it.
    public let name: String
    /// Of the bytes that it was read from; of the facts, for one that the program holds.
    public let digest: Digest
    public let logs: TrustedLogs
    /// Whoever issues certificates to signers; their own chains are verified already.
    public let certificateAuthorities: CertificateAuthorities
    public let certificateLogs: [CertificateTransparencyLog]
    public let timestampAuthorities: [TimestampAuthority]
    public let requirement: ProofRequirement
    /// What the file lists and this program can't use. It proves nothing, as if it were not there.
    public let unusable: [Unusable]

    /// An element that is not used, and why.
    public struct Unusable: Sendable, Hashable {
        /// `tlogs[2]`
        public let place: String
        /// One line, lower case.
        public let reason: String
    }

    init(
        name: String, digest: Digest, parts: TrustedRootParts, requirement: ProofRequirement
    ) {
        self.name = name
        self.digest = digest
        logs = TrustedLogs(parts.logs)
        certificateAuthorities = CertificateAuthorities(parts.certificateAuthorities)
        certificateLogs = parts.certificateLogs
        timestampAuthorities = parts.timestampAuthorities
        self.requirement = requirement
        unusable = parts.unusable
    }

    init(_ other: SigstoreTrustedRoot, requirement: ProofRequirement) {
        name = other.name
        digest = other.digest
        logs = other.logs
        certificateAuthorities = other.certificateAuthorities
        certificateLogs = other.certificateLogs
        timestampAuthorities = other.timestampAuthorities
        self.requirement = requirement
        unusable = other.unusable
    }
}

/// What a signature under a root has to show besides a certificate. At least one verified time is always needed.
public struct ProofRequirement: Sendable, Hashable {
    /// From how many distinct transparency logs an entry is needed.
    public var logEntries: Int
    /// From how many distinct certificate transparency logs the certificate has to embed a timestamp.
    public var certificateTimestamps: Int
    /// From how many distinct authorities a signed timestamp (RFC 3161) is needed. An entry of Rekor 2 needs one in any
    /// case, because nothing else says when.
    public var signedTimestamps: Int
    /// Whether a signed entry timestamp counts as an entry where there is no inclusion proof, as in bundles of version
    /// 0.1 and in cosign's annotations. It is a promise that nobody can check later.
    public var insecureAcceptsPromiseAlone: Bool
    /// Who has to have cosigned checkpoints.
    public var witnesses: WitnessRequirement

    public init(
        logEntries: Int = 1, certificateTimestamps: Int = 1, signedTimestamps: Int = 0,
        insecureAcceptsPromiseAlone: Bool = false, witnesses: WitnessRequirement = .none
    ) {
        self.logEntries = logEntries
        self.certificateTimestamps = certificateTimestamps
        self.signedTimestamps = signedTimestamps
        self.insecureAcceptsPromiseAlone = insecureAcceptsPromiseAlone
        self.witnesses = witnesses
    }

    /// What the public good instance gives: a log entry, and a certificate that was published.
    public static let publicGood = ProofRequirement()
    /// What GitHub's own instance gives: a signed timestamp; no log, and certificates that are published nowhere.
    public static let githubPrivate = ProofRequirement(logEntries: 0, certificateTimestamps: 0, signedTimestamps: 1)
}

extension SigstoreTrustedRoot {
    /// What counts as trust, for digests of it: the bytes, the name, and the requirement.
    public var json: JSONTree {
        [
            "name": .string(name), "sha256": .string(digest.description),
            "logEntries": .integer(Int64(requirement.logEntries)),
            "certificateTimestamps": .integer(Int64(requirement.certificateTimestamps)),
            "signedTimestamps": .integer(Int64(requirement.signedTimestamps)),
            "insecureAcceptsPromiseAlone": .bool(requirement.insecureAcceptsPromiseAlone),
            "witnesses": [
                "atLeast": .integer(Int64(requirement.witnesses.atLeast)),
                "of": .array(
                    requirement.witnesses.witnesses.map {
                        ["key": .string($0.publicKey.fingerprint), "name": .string($0.name.value)]
                    }),
            ],
        ]
    }
}
