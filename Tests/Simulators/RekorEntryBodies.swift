public import StrictEncoding
public import TransparencyLog

/// What a client logs: written out member by member, so that a test changes one and logs the rest as it is.
public struct RekorSubmission: Sendable {
    /// Which body is written.
    public var kind: LogEntryKind
    /// What the body calls itself; those of ``kind`` unless changed.
    public var statedKind: String
    public var statedVersion: String
    /// The algorithm's name as rekor's own kinds write it (`sha256`); `hashedrekord` 0.0.2 gets the protobuf name.
    public var hashAlgorithm: String
    /// Of the message, or of the pre-authentication encoding for `hashedrekord`; of the payload for `dsse` and `intoto`.
    public var hash: [UInt8]
    /// Of the envelope as uploaded.
    public var envelopeHash: [UInt8]
    public var payloadType: String
    /// One at least.
    public var claims: [Claim]
    /// Whether `intoto` 0.0.1 states a payload hash.
    public var statesPayloadHash = true

    /// A signature with what verifies it.
    public struct Claim: Sendable {
        public var signature: [UInt8]
        public var material: LoggedItem.Material

        public init(signature: [UInt8], material: LoggedItem.Material) {
            self.signature = signature
            self.material = material
        }
    }

    public init(
        kind: LogEntryKind, hash: [UInt8], hashAlgorithm: String = "sha256", envelopeHash: [UInt8] = [],
        payloadType: String = "", claims: [Claim]
    ) {
        self.kind = kind
        (statedKind, statedVersion) = kind.name
        self.hash = hash
        self.hashAlgorithm = hashAlgorithm
        self.envelopeHash = envelopeHash
        self.payloadType = payloadType
        self.claims = claims
    }

    /// The leaf, in RFC 8785 form.
    public var body: JSONTree {
        let first = claims.first
        let spec: JSONTree =
            switch kind {
            case .hashedrekord001:
                [
                    "data": ["hash": hexHash(hash)],
                    "signature": [
                        "content": base64(first?.signature), "publicKey": ["content": pem(first?.material)],
                    ],
                ]
            case .hashedrekord002:
                [
                    "hashedRekordV002": [
                        "data": ["algorithm": .string(protobufAlgorithm), "digest": base64(hash)],
                        "signature": ["content": base64(first?.signature), "verifier": verifier(first?.material)],
                    ]
                ]
            case .dsse001:
                [
                    "envelopeHash": hexHash(envelopeHash), "payloadHash": hexHash(hash),
                    "signatures": .array(
                        claims.map { ["signature": base64($0.signature), "verifier": pem($0.material)] }),
                ]
            case .intoto001:
                [
                    "content": statesPayloadHash
                        ? ["hash": hexHash(envelopeHash), "payloadHash": hexHash(hash)]
                        : ["hash": hexHash(envelopeHash)],
                    "publicKey": pem(first?.material),
                ]
            case .intoto002:
                [
                    "content": [
                        "envelope": [
                            "payloadType": .string(payloadType),
                            "signatures": .array(
                                claims.map {
                                    [
                                        "publicKey": pem($0.material),
                                        "sig": base64(Array(Base64.encode($0.signature).utf8)),
                                    ]
                                }),
                        ],
                        "hash": hexHash(envelopeHash), "payloadHash": hexHash(hash),
                    ]
                ]
            }
        return ["apiVersion": .string(statedVersion), "kind": .string(statedKind), "spec": spec]
    }

    private var protobufAlgorithm: String {
        switch hashAlgorithm {
        case "sha256": "SHA2_256"
        case "sha384": "SHA2_384"
        case "sha512": "SHA2_512"
        default: hashAlgorithm
        }
    }

    private func hexHash(_ bytes: [UInt8]) -> JSONTree {
        ["algorithm": .string(hashAlgorithm), "value": .string(Hex.encode(bytes))]
    }

    private func base64(_ bytes: [UInt8]?) -> JSONTree { .string(Base64.encode(bytes ?? [])) }

    private func pem(_ material: LoggedItem.Material?) -> JSONTree {
        switch material {
        case .certificate(let der)?: base64(Array(PEMBlock(label: "CERTIFICATE", bytes: der).encoded().utf8))
        case .publicKey(let der)?: base64(Array(PEMBlock(label: "PUBLIC KEY", bytes: der).encoded().utf8))
        case nil: base64([])
        }
    }

    private func verifier(_ material: LoggedItem.Material?) -> JSONTree {
        switch material {
        case .certificate(let der)?:
            ["keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": ["rawBytes": base64(der)]]
        case .publicKey(let der)?: ["keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": ["rawBytes": base64(der)]]
        case nil: .null
        }
    }
}
