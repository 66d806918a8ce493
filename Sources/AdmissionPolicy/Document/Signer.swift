public import PKI
public import StrictEncoding

/// Someone whose signatures count, under the name that a policy gives them.
public struct Signer: Sendable, Hashable {
    public let name: String
    public let kind: Kind
    /// What a simple-signing signature of this signer has to say about the image's name; nil: it is not compared.
    public let reference: ReferenceMatch?

    public enum Kind: Sendable, Hashable {
        /// At least one, distinct, sorted by fingerprint. Whether several are one person's or one each says their
        /// ``SignerKey/principal``.
        case keys([SignerKey])
        /// Whoever holds a certificate of this pattern.
        case certificates(CertificatePattern)
    }

    /// How the signed `docker-reference` is compared with the name and tag that the request states.
    public enum ReferenceMatch: String, Sendable, CaseIterable {
        /// Name and tag; a signed digest has to be the image's.
        case exact
        /// The name.
        case repository
    }

    /// The keys whose signatures are this signer's; none for a signer of another kind.
    public var keys: [SignerKey] {
        switch kind {
        case .keys(let keys): keys
        case .certificates: []
        }
    }

    /// Whose certificates are this signer's; nil for a signer of another kind.
    public var pattern: CertificatePattern? {
        switch kind {
        case .keys: nil
        case .certificates(let pattern): pattern
        }
    }

    /// By what the signer is the one whose signature was verified, whether or not it counts. Nil if it is another's.
    func credential(of identity: SignerIdentity) -> SignerCredential? {
        switch (kind, identity) {
        case (.keys(let keys), .key(let fingerprint, let scheme)):
            keys.first { $0.key.fingerprint.utf8.elementsEqual(fingerprint.utf8) && $0.schemes.contains(scheme) }
                .map { .key($0) }
        case (.keys(let keys), .cloudBuildKey(let fingerprint)):
            keys.first {
                $0.insecureCloudBuildLocation != nil && $0.key.fingerprint.utf8.elementsEqual(fingerprint.utf8)
            }.map { .key($0) }
        case (.certificates(let pattern), .certificate(let holder)):
            pattern.matches(holder) ? .certificate(holder) : nil
        case (.keys, .certificate), (.certificates, .key), (.certificates, .cloudBuildKey): nil
        }
    }

    /// Whom thresholds count: the persons or machines behind the signer. However many certificates fit a pattern, they
    /// are one: a workflow that runs twice is no second signer.
    var principals: Set<ExactString> {
        switch kind {
        case .keys(let keys): Set(keys.map(\.principal))
        case .certificates: [ownPrincipal]
        }
    }

    /// Of a signer by certificates. No fingerprint of a key looks like it.
    var ownPrincipal: ExactString { ExactString("signer \(name)") }
}

/// By what a verified signature is a signer's.
enum SignerCredential: Sendable, Hashable {
    case key(SignerKey)
    case certificate(CertificateHolder)

    /// Why the signature does not count because of when it was made. A certificate's time was proven with it.
    func problem(at decision: Instant, times: [Instant]) -> SignerKey.Problem? {
        switch self {
        case .key(let key): key.problem(at: decision, times: times)
        case .certificate: nil
        }
    }
}

/// A public key of a signer, and when its signatures count.
public struct SignerKey: Sendable, Hashable {
    public let key: PublicKey
    /// Under which signatures of the key count; never empty.
    public let schemes: [SignatureScheme]
    /// First second of its validity; nil: valid from ever.
    public let validFrom: Instant?
    /// Last second of its validity; nil: valid for ever.
    public let validUntil: Instant?
    /// From when on somebody else may have made its signatures.
    public let compromisedAt: Instant?
    /// Where Google Cloud Build uses the key for its older provenance, which it signs without saying of what type it is: then
    /// such signatures count too, in Cloud Build's own documents and under the name of that location's key only.
    public let insecureCloudBuildLocation: ExactString?
    /// The person or machine that holds the key: the least fingerprint of all keys that are held together with it. Keys of
    /// one `rotation` are, and so are those of signers that share a key.
    public let principal: ExactString

    /// Why a signature of the key does not count.
    enum Problem: Sendable, Hashable {
        case notYetValid, expired, compromised
    }

    /// Whether a signature counts. Nil if it does.
    ///
    /// A verified time proves that the signature was there at that instant; then every one has to lie within the
    /// validity and before the key was compromised. Without one the signature may have been made at any time up to the
    /// decision: the key has to be valid at the decision, and not known to be compromised at all.
    ///
    /// - Parameter times: the verified times of the signature.
    func problem(at decision: Instant, times: [Instant]) -> Problem? {
        if let compromisedAt, times.isEmpty || times.contains(where: { $0 >= compromisedAt }) { return .compromised }
        for time in times.isEmpty ? [decision] : times {
            if let validFrom, time < validFrom { return .notYetValid }
            if let validUntil, time > validUntil { return .expired }
        }
        return nil
    }
}
