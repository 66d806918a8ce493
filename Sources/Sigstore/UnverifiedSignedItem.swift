public import Attestation
public import Content
public import StrictEncoding

/// The normal form of everything that is signed, whatever it was wrapped in. Nothing about it is known yet: anyone may
/// have written it.
///
/// ``SignatureVerifier`` takes this and nothing else, so every form goes through the same numbered steps.
public struct UnverifiedSignedItem: Sendable {
    /// The signed bytes with their signatures.
    public enum Content: Sendable, Hashable {
        case dsse(UnverifiedEnvelope)
        /// A signature over the payload itself.
        case simpleSigning(payload: [UInt8], signature: [UInt8])
    }

    /// What came along to verify with. None of it is ever a key that is trusted: keys are given by the caller.
    public enum Material: Sendable, Hashable {
        case none
        /// Tells which of the trusted keys to try first.
        case publicKeyHint(ExactString)
        /// Something that stands where a certificate belongs, whether it is one or not.
        case certificate
    }

    /// What it was wrapped in.
    public enum Form: String, Sendable, CaseIterable {
        case bundle, envelope
        case cosignLayer = "cosign-layer"
        /// A `signature-N` file of a `dir:` image.
        case signatureFile = "signature-file"
    }

    public let form: Form
    public let content: Content
    public let material: Material
    /// Digest of the bytes as received, under which reports name the evidence.
    public let evidence: Digest
    /// Transparency log entries as received, each the text of one. Not looked at, not counted, not trusted.
    public let logEntries: [[UInt8]]
    /// Signed timestamps as received, likewise.
    public let timestamps: [[UInt8]]

    init(
        form: Form, content: Content, material: Material, evidence: Digest, logEntries: [[UInt8]] = [],
        timestamps: [[UInt8]] = []
    ) {
        self.form = form
        self.content = content
        self.material = material
        self.evidence = evidence
        self.logEntries = logEntries
        self.timestamps = timestamps
    }
}

extension UnverifiedSignedItem {
    /// Parses a DSSE envelope that stands alone.
    ///
    /// - Parameter evidence: the digest of `bytes` if the caller has it; computed otherwise.
    /// - Throws: `SignedItemError.envelope`.
    public init(
        envelope bytes: [UInt8], evidence: Digest? = nil, limits: EnvelopeLimits = .standard
    ) throws(SignedItemError) {
        let envelope: UnverifiedEnvelope
        do {
            envelope = try UnverifiedEnvelope(parsing: bytes, limits: limits)
        } catch {
            throw .envelope(error)
        }
        self.init(
            form: .envelope, content: .dsse(envelope), material: .none, evidence: evidence ?? Digest(of: bytes))
    }

    /// The same for an envelope that was parsed as JSON already.
    init(envelope value: JSONValue, evidence: Digest, limits: EnvelopeLimits) throws(SignedItemError) {
        do {
            self.init(
                form: .envelope, content: .dsse(try UnverifiedEnvelope(value, limits: limits)), material: .none,
                evidence: evidence)
        } catch {
            throw .envelope(error)
        }
    }
}
