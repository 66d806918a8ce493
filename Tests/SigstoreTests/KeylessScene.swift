import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// A Sigstore instance of one's own: its authority, logs and clock sign for real, and one workflow signed. What comes of
/// it holds; an attack changes one thing.
struct KeylessScene {
    static let statement = Fixture.statement
    static let artifact = Array("a file to be released".utf8)

    var authority: SimulatedCA
    var certificateLog: SimulatedCTLog
    var rekor1: SimulatedRekor
    var rekor2: SimulatedRekor
    var clock: SimulatedTSA
    /// The signer's, with its certificate.
    var leaf: IssuedCertificate
    var key: PrivateKey { leaf.key }

    /// - Parameter alter: what is different about the signer's certificate.
    init(
        _ kind: PublicKey.Kind = .ecdsaP256, authority: SimulatedCA? = nil,
        altering alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws {
        self.authority = try authority ?? SimulatedCA()
        certificateLog = try SimulatedCTLog()
        rekor1 = try SimulatedRekor(.rekor1, name: "rekor.example", time: SimulatedCA.now.adding(seconds: 30))
        rekor1.shardOffset = 100
        rekor2 = try SimulatedRekor(.rekor2, name: "log.example", time: SimulatedCA.now.adding(seconds: 30))
        clock = try SimulatedTSA()
        let key = try PrivateKey.generate(kind)
        var template = self.authority.fulcioLeaf(key: key.publicKey)
        alter(&template)
        leaf = try self.authority.issue(template, key: key, logs: [certificateLog])
        // The trees hold other entries, so that proofs have hashes.
        for number in 0..<3 {
            _ = try rekor1.log(body: [UInt8(number)], kind: "other", version: "0")
            _ = try rekor2.log(body: [UInt8(number)], kind: "other", version: "0")
        }
    }

    /// The root that lists all of it.
    var root: RootFile {
        RootFile(
            logs: [.init(rekor1), .init(rekor2)], authorities: [.init(authority)],
            certificateLogs: [.init(certificateLog.key.publicKey)], clocks: [.init(clock)])
    }
}

// MARK: Signing

/// What was signed, by whom.
struct SignedParts {
    enum Subject { case envelope, artifact }
    let subject: Subject
    var message: [UInt8]
    var payloadType = Fixture.payloadType
    var signature: [UInt8]
    var certificate: [UInt8]

    /// As cosign stores and uploads it.
    var envelope: [UInt8] { Fixture.envelope(message, type: payloadType, signatures: [(nil, signature)]) }

    /// What a sound client logs.
    func submission(_ kind: LogEntryKind) -> RekorSubmission {
        let hashed =
            subject == .envelope && kind == .hashedrekord002
            ? PreAuthenticationEncoding.encode(payloadType: ExactString(payloadType), payload: message) : message
        return RekorSubmission(
            kind: kind, hash: Hashing.hash(hashed, using: .sha256),
            envelopeHash: Hashing.hash(envelope, using: .sha256), payloadType: payloadType,
            claims: [.init(signature: signature, material: .certificate(certificate))])
    }
}

extension KeylessScene {
    func signed(_ subject: SignedParts.Subject) throws -> SignedParts {
        let signature =
            switch subject {
            case .envelope: try Fixture.sign(Self.statement, by: key)
            case .artifact: try key.sign(Self.artifact)
            }
        return SignedParts(
            subject: subject, message: subject == .envelope ? Self.statement : Self.artifact, signature: signature,
            certificate: leaf.der)
    }

    /// A bundle with one log entry, and a timestamp where the log has no time.
    mutating func bundle(
        _ subject: SignedParts.Subject = .envelope, _ stated: LogEntryKind? = nil,
        logging alter: (inout RekorSubmission) -> Void = { _ in }
    ) throws -> BundleDraft {
        let kind = stated ?? (subject == .envelope ? .dsse001 : .hashedrekord001)
        let parts = try signed(subject)
        var submission = parts.submission(kind)
        alter(&submission)
        var draft = BundleDraft(parts)
        switch kind.generation {
        case .rekor1: draft.entries = [try rekor1.log(submission)]
        case .rekor2:
            draft.entries = [try rekor2.log(submission)]
            draft.timestamps = [try timestamp(of: parts.signature)]
        }
        return draft
    }

    func timestamp(
        of signature: [UInt8], altering alter: (inout SimulatedTSA.Answer) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        var answer = clock.answer(to: signature)
        try alter(&answer)
        return try answer.encoded()
    }
}

/// A Sigstore bundle before it is written.
struct BundleDraft {
    var mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    var material: JSONTree
    var entries: [UnverifiedLogEntry] = []
    var timestamps: [[UInt8]] = []
    var signed: SignedParts
    /// Of a message signature; its SHA-256 if nil.
    var messageDigest: JSONTree?

    init(_ signed: SignedParts) {
        self.signed = signed
        material = ["certificate": Self.raw(signed.certificate)]
    }

    mutating func useChain(_ certificates: [[UInt8]]) {
        material = ["x509CertificateChain": ["certificates": .array(certificates.map(Self.raw))]]
    }

    var json: JSONTree {
        var members: [ExactString: JSONTree] = [:]
        if case .object(let own) = material { members = own }
        if !entries.isEmpty { members["tlogEntries"] = .array(entries.map(\.bundled)) }
        if !timestamps.isEmpty {
            members["timestampVerificationData"] = [
                "rfc3161Timestamps": .array(timestamps.map { ["signedTimestamp": .string(Base64.encode($0))] })
            ]
        }
        let content: (ExactString, JSONTree) =
            switch signed.subject {
            case .envelope:
                (
                    "dsseEnvelope",
                    [
                        "payload": .string(Base64.encode(signed.message)), "payloadType": .string(signed.payloadType),
                        "signatures": [["sig": .string(Base64.encode(signed.signature))]],
                    ]
                )
            case .artifact:
                (
                    "messageSignature",
                    JSONTree(members: [
                        "messageDigest": messageDigest ?? [
                            "algorithm": "SHA2_256",
                            "digest": .string(Base64.encode(Hashing.hash(signed.message, using: .sha256))),
                        ],
                        "signature": .string(Base64.encode(signed.signature)),
                    ])
                )
            }
        return .object([
            "mediaType": .string(mediaType), "verificationMaterial": .object(members), content.0: content.1,
        ])
    }

    var bytes: [UInt8] { json.canonicalBytes() }

    func item() throws -> UnverifiedSignedItem { try UnverifiedSignedItem(bundle: bytes) }

    static func raw(_ bytes: [UInt8]) -> JSONTree { ["rawBytes": .string(Base64.encode(bytes))] }
}

extension UnverifiedLogEntry {
    /// As a bundle writes it.
    fileprivate var bundled: JSONTree {
        func base64(_ bytes: [UInt8]) -> JSONTree { .string(Base64.encode(bytes)) }
        return JSONTree(members: [
            "logIndex": .string(String(logIndex)), "logId": ["keyId": base64(logID)],
            "kindVersion": ["kind": .string(kind.value), "version": .string(version.value)],
            "integratedTime": .string(String(integratedTime)),
            "inclusionPromise": inclusionPromise.map { ["signedEntryTimestamp": base64($0)] },
            "inclusionProof": inclusionProof.map { proof in
                JSONTree(members: [
                    "logIndex": .string(String(proof.logIndex)), "rootHash": base64(proof.rootHash),
                    "treeSize": .string(String(proof.treeSize)), "hashes": .array(proof.hashes.map(base64)),
                    "checkpoint": proof.checkpoint.map {
                        ["envelope": .string(String(decoding: $0, as: UTF8.self))]
                    },
                ])
            },
            "canonicalizedBody": base64(canonicalizedBody),
        ])
    }
}

// MARK: Trust

/// A `trusted_root.json` before it is written.
struct RootFile {
    var mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
    var logs: [Log] = []
    var authorities: [Chain] = []
    var certificateLogs: [Log] = []
    var clocks: [Chain] = []

    struct Log {
        var baseURL = "https://log.example"
        var hashAlgorithm = "SHA2_256"
        var key: [UInt8]
        var keyDetails: String
        var logID: [UInt8]?
        var start: Instant? = SimulatedCA.now.adding(seconds: -86400)
        var end: Instant?

        init(_ key: PublicKey) {
            self.key = key.subjectPublicKeyInfo
            keyDetails =
                switch key.kind {
                case .ecdsaP256: "PKIX_ECDSA_P256_SHA_256"
                case .ecdsaP384: "PKIX_ECDSA_P384_SHA_384"
                case .ecdsaP521: "PKIX_ECDSA_P521_SHA_512"
                case .ed25519: "PKIX_ED25519"
                case .rsa: "PKIX_RSA_PKCS1V15_2048_SHA256"
                }
        }

        init(_ log: SimulatedRekor) {
            self.init(log.key.publicKey)
            baseURL = "https://" + log.name
            logID = log.logID
        }

        var json: JSONTree {
            JSONTree(members: [
                "baseUrl": .string(baseURL), "hashAlgorithm": .string(hashAlgorithm),
                "publicKey": [
                    "rawBytes": .string(Base64.encode(key)), "keyDetails": .string(keyDetails),
                    "validFor": RootFile.period(start, end),
                ],
                "logId": logID.map { ["keyId": .string(Base64.encode($0))] },
            ])
        }
    }

    struct Chain {
        var certificates: [[UInt8]]
        var start: Instant? = SimulatedCA.now.adding(seconds: -86400)
        var end: Instant?

        init(_ certificates: [[UInt8]]) { self.certificates = certificates }
        init(_ authority: SimulatedCA) { self.init([authority.intermediate.der, authority.root.der]) }
        init(_ clock: SimulatedTSA) {
            self.init([clock.signer.der, clock.authority.intermediate.der, clock.authority.root.der])
        }

        var json: JSONTree {
            [
                "certChain": ["certificates": .array(certificates.map(BundleDraft.raw))],
                "validFor": RootFile.period(start, end),
            ]
        }
    }

    var json: JSONTree {
        [
            "mediaType": .string(mediaType), "tlogs": .array(logs.map(\.json)),
            "certificateAuthorities": .array(authorities.map(\.json)),
            "ctlogs": .array(certificateLogs.map(\.json)), "timestampAuthorities": .array(clocks.map(\.json)),
        ]
    }

    func trusted(
        _ name: String = "instance", _ requirement: ProofRequirement = .publicGood
    ) throws -> SigstoreTrustedRoot {
        try SigstoreTrustedRoot(parsing: json.canonicalBytes(), name: name, requirement: requirement)
    }

    private static func period(_ start: Instant?, _ end: Instant?) -> JSONTree {
        JSONTree(members: [
            "start": start.map { .string($0.description) }, "end": end.map { .string($0.description) },
        ])
    }
}

// MARK: Verifying

extension KeylessScene {
    static let released = SignedArtifact(VerifiedContent(namedByOwnDigest: artifact))

    /// Under the given roots; under the scene's own when nil.
    func verify(
        _ item: UnverifiedSignedItem, _ roots: [SigstoreTrustedRoot]? = nil, keys: TrustedKeySet = TrustedKeySet([]),
        artifacts: [SignedArtifact] = [released]
    ) throws -> Result<VerifiedSignature, SignatureRefusal> {
        var budget = SignatureBudget()
        return SignatureVerifier.verify(
            item, keys: keys, roots: try roots ?? [root.trusted()], artifacts: artifacts, budget: &budget)
    }

    func verify(
        _ draft: BundleDraft, _ roots: [SigstoreTrustedRoot]? = nil
    ) throws -> Result<VerifiedSignature, SignatureRefusal> {
        try verify(draft.item(), roots)
    }

    /// The code under which a draft is refused; nil if it verifies.
    func code(_ draft: BundleDraft, _ root: RootFile? = nil, _ requirement: ProofRequirement = .publicGood) throws
        -> String?
    {
        try verify(draft, [(root ?? self.root).trusted("instance", requirement)]).failure?.code.name
    }
}

// Of a signature that is proven under one root, as all but a few are.
extension VerifiedSignature {
    var certificateSigner: CertificateSigner? { certificateSigners.first }
}

extension CertificateSigner {
    /// Nil for a certificate of an organisation's own authority.
    var identity: FulcioIdentity? {
        if case .fulcio(let identity, _) = holder { identity } else { nil }
    }
    /// The name of the root or of the authorities.
    var root: String {
        switch holder {
        case .fulcio(_, let root): root
        case .named(_, let authorities): authorities
        }
    }
}
