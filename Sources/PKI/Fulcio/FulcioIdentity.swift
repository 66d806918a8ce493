public import StrictEncoding
import SwiftASN1

/// For whom Fulcio issued a certificate, and what the identity provider said of the job that asked for it.
///
/// Made from a verified chain only: nobody has vouched for what another certificate says. The fields of ``claims`` mean
/// what the provider named by ``issuer`` means by them, so a rule about them has to hold ``issuer`` fast first.
public struct FulcioIdentity: Sendable, Hashable {
    /// Who proved the subject's identity: the `iss` of the OpenID Connect token.
    public let issuer: ExactString
    public let subject: Subject
    public let claims: WorkloadClaims

    /// The one name of the certificate.
    public enum Subject: Sendable, Hashable {
        /// A workflow, a service, a SPIFFE ID.
        case uri(ExactString)
        /// A person's or a service account's address.
        case email(ExactString)
        /// A name that the provider knows, with the provider's domain: `name!example.com`.
        case username(ExactString)

        /// The text of it, whatever the kind.
        public var text: ExactString {
            switch self {
            case .uri(let text), .email(let text), .username(let text): text
            }
        }
    }

    /// - Throws: `FulcioIdentityError` unless there is exactly one name and one issuer, and every claim is well-formed.
    public init(_ chain: VerifiedChain) throws(FulcioIdentityError) { try self.init(reading: chain.leaf) }

    /// What a certificate says of itself, whoever made it: to be compared with what is wanted before anything costly is done,
    /// never to be believed. Nil where it says no identity.
    package static func claimed(by certificate: Certificate) -> FulcioIdentity? {
        try? FulcioIdentity(reading: certificate)
    }

    /// What the certificate says of itself, whoever made it.
    init(reading certificate: Certificate) throws(FulcioIdentityError) {
        let extensions = FulcioExtensions(certificate.extensions)
        let legacy = try extensions.rawString(1)
        let current = try extensions.string(8)
        if let legacy, let current, legacy != current { throw .issuersDiffer }
        guard let issuer = current ?? legacy, !issuer.value.isEmpty else { throw .noIssuer }
        self.issuer = issuer
        subject = try Self.subject(certificate.extensions.subjectAlternativeNames ?? [])
        claims = try WorkloadClaims(extensions)
    }

    private static func subject(_ names: [GeneralName]) throws(FulcioIdentityError) -> Subject {
        guard let name = names.first, names.count == 1 else { throw .notOneName(found: names.count) }
        switch name {
        case .uri(let text): return .uri(text)
        case .email(let text): return .email(text)
        // Dotted decimals are ASCII, for which `==` compares bytes.
        case .otherName(let type, let value) where type == FulcioExtensions.username:
            guard let text = FulcioExtensions.utf8String(value[...]), !text.value.isEmpty else {
                throw .malformedClaim(oid: type)
            }
            return .username(text)
        default: throw .unsupportedName
        }
    }
}

/// What the provider said of the build, by the names of Fulcio's `oid-info.md`; nil for what the certificate doesn't say.
///
/// What is not said satisfies no rule. The five legacy fields come from GitHub only; the others from any provider of
/// workloads, in its own format.
public struct WorkloadClaims: Sendable, Hashable {
    // Extensions .2 to .6, deprecated.
    public let githubWorkflowTrigger: ExactString?
    public let githubWorkflowSHA: ExactString?
    public let githubWorkflowName: ExactString?
    public let githubWorkflowRepository: ExactString?
    public let githubWorkflowRef: ExactString?
    // Extensions .9 to .24.
    /// The instructions that signed: with a reusable workflow, that one, not its caller.
    public let buildSignerURI: ExactString?
    public let buildSignerDigest: ExactString?
    /// Like `github-hosted` or `self-hosted`.
    public let runnerEnvironment: ExactString?
    public let sourceRepositoryURI: ExactString?
    public let sourceRepositoryDigest: ExactString?
    public let sourceRepositoryRef: ExactString?
    /// Stays when a repository is renamed.
    public let sourceRepositoryIdentifier: ExactString?
    public let sourceRepositoryOwnerURI: ExactString?
    public let sourceRepositoryOwnerIdentifier: ExactString?
    /// The top-level instructions: with a reusable workflow, its caller.
    public let buildConfigURI: ExactString?
    public let buildConfigDigest: ExactString?
    public let buildTrigger: ExactString?
    public let runInvocationURI: ExactString?
    public let sourceRepositoryVisibilityAtSigning: ExactString?
    public let deploymentEnvironment: ExactString?
    public let tokenSubject: ExactString?

    init(_ extensions: FulcioExtensions) throws(FulcioIdentityError) {
        githubWorkflowTrigger = try extensions.rawString(2)
        githubWorkflowSHA = try extensions.rawString(3)
        githubWorkflowName = try extensions.rawString(4)
        githubWorkflowRepository = try extensions.rawString(5)
        githubWorkflowRef = try extensions.rawString(6)
        buildSignerURI = try extensions.string(9)
        buildSignerDigest = try extensions.string(10)
        runnerEnvironment = try extensions.string(11)
        sourceRepositoryURI = try extensions.string(12)
        sourceRepositoryDigest = try extensions.string(13)
        sourceRepositoryRef = try extensions.string(14)
        sourceRepositoryIdentifier = try extensions.string(15)
        sourceRepositoryOwnerURI = try extensions.string(16)
        sourceRepositoryOwnerIdentifier = try extensions.string(17)
        buildConfigURI = try extensions.string(18)
        buildConfigDigest = try extensions.string(19)
        buildTrigger = try extensions.string(20)
        runInvocationURI = try extensions.string(21)
        sourceRepositoryVisibilityAtSigning = try extensions.string(22)
        deploymentEnvironment = try extensions.string(23)
        tokenSubject = try extensions.string(24)
    }
}

/// The extensions below 1.3.6.1.4.1.57264.1, each of which a certificate has once at most.
struct FulcioExtensions {
    static let username = arc + "7"
    private static let arc = "1.3.6.1.4.1.57264.1."
    private let values: [String: ArraySlice<UInt8>]

    init(_ extensions: CertificateExtensions) {
        var values: [String: ArraySlice<UInt8>] = [:]
        for one in extensions.all {
            let oid = one.oid.description
            if oid.hasPrefix(Self.arc) { values[oid] = one.value }
        }
        self.values = values
    }

    /// .1 to .6: the text itself, without any DER.
    func rawString(_ number: Int) throws(FulcioIdentityError) -> ExactString? {
        guard let octets = values[Self.arc + String(number)] else { return nil }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw .malformedClaim(oid: Self.arc + String(number))
        }
        return ExactString(text)
    }

    /// .8 and above: a UTF8String in DER.
    func string(_ number: Int) throws(FulcioIdentityError) -> ExactString? {
        guard let octets = values[Self.arc + String(number)] else { return nil }
        guard let text = Self.utf8String(octets) else { throw .malformedClaim(oid: Self.arc + String(number)) }
        return text
    }

    /// Nil unless it is exactly one UTF8String that is UTF-8.
    static func utf8String(_ der: ArraySlice<UInt8>) -> ExactString? {
        guard let octets = try? ASN1UTF8String(derEncoded: der).bytes else { return nil }
        return String(validating: octets, as: UTF8.self).map { ExactString($0) }
    }
}
