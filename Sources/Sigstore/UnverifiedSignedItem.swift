public import Attestation
public import Content
public import StrictEncoding
public import TransparencyLog

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
        /// A signature over an artifact that lies elsewhere. The hash is what the item says of it, no more than a claim;
        /// nil where it says nothing.
        case message(claimed: LoggedHash?, signature: [UInt8])
    }

    /// What came along to verify with. None of it is ever a key that is trusted: keys are given by the caller.
    public enum Material: Sendable, Hashable {
        case none
        /// Tells which of the trusted keys to try first.
        case publicKeyHint(ExactString)
        /// What stands where certificates belong, in DER if it is what it should be: the signer's first, then those that
        /// were sent along. Never empty.
        case certificates([[UInt8]])
    }

    /// What it was wrapped in.
    public enum Form: String, Sendable, CaseIterable {
        case bundle, envelope
        case cosignLayer = "cosign-layer"
        /// A `signature-N` file of a `dir:` image.
        case signatureFile = "signature-file"
        /// An envelope among what Google Cloud says of an image.
        case cloudBuild = "cloud-build"
    }

    public let form: Form
    public let content: Content
    public let material: Material
    /// Digest of the bytes as received, under which reports name the evidence.
    public let evidence: Digest
    /// Transparency log entries and signed timestamps (RFC 3161) as received; or why they can't be read, which only
    /// matters to who needs them: what a key signed needs neither.
    public let proofs: Result<Proofs, SignedItemError>

    /// The envelope's bytes as they were uploaded to a log, where they are known: cosign's layers and its older bundles
    /// keep them. In a Sigstore bundle the envelope is written anew, and an envelope that stands alone was never logged.
    public let received: [UInt8]?

    /// What is said to prove when, and that everyone could see it.
    public struct Proofs: Sendable, Hashable {
        public var logEntries: [UnverifiedLogEntry]
        /// Each a `TimeStampResp` or `TimeStampToken` in DER.
        public var timestamps: [[UInt8]]

        public init(logEntries: [UnverifiedLogEntry] = [], timestamps: [[UInt8]] = []) {
            self.logEntries = logEntries
            self.timestamps = timestamps
        }
    }

    init(
        form: Form, content: Content, material: Material, evidence: Digest,
        proofs: Result<Proofs, SignedItemError> = .success(Proofs()), received: [UInt8]? = nil
    ) {
        self.form = form
        self.content = content
        self.material = material
        self.evidence = evidence
        self.proofs = proofs
        self.received = received
    }
}

extension UnverifiedSignedItem {
    /// Parses a DSSE envelope that stands alone.
    ///
    /// Where its one signature has a member `cert`, as in the `.intoto.jsonl` files of slsa-github-generator before
    /// version 2, that is the signer's certificate, and trusted roots judge it. Neither a log entry nor a timestamp came
    /// along, so none of them has a verified time for it, and all refuse. Where there are several signatures, the members
    /// are ignored like any other that DSSE does not define.
    ///
    /// - Parameter evidence: the digest of `bytes` if the caller has it; computed otherwise.
    /// - Throws: `SignedItemError.envelope`; `malformed` for a `cert` that is neither a certificate nor a key.
    public init(
        envelope bytes: [UInt8], evidence: Digest? = nil, limits: EnvelopeLimits = .standard
    ) throws(SignedItemError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: bytes, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
        } catch {
            throw .envelope(.json(error))
        }
        try self.init(envelope: document.root, evidence: evidence ?? Digest(of: bytes), limits: limits)
    }

    /// The same for an envelope that was parsed as JSON already.
    init(envelope value: JSONValue, evidence: Digest, limits: EnvelopeLimits) throws(SignedItemError) {
        let envelope: UnverifiedEnvelope
        do {
            envelope = try UnverifiedEnvelope(value, limits: limits)
        } catch {
            throw .envelope(error)
        }
        self.init(
            form: .envelope, content: .dsse(envelope),
            material: try Self.certificate(besideTheOneSignatureOf: value), evidence: evidence)
    }

    private static func certificate(besideTheOneSignatureOf value: JSONValue) throws(SignedItemError) -> Material {
        guard let signatures = value["signatures"]?.array, signatures.count == 1,
            let member = signatures.first?["cert"], !member.isNull
        else { return .none }
        guard let pem = member.utf8 else { throw .malformed("cert") }
        return try CosignBundle.material(pem: pem)
    }
}
