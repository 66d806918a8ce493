package import PKI
import Signing
package import StrictEncoding

/// A `trusted_root.json` before it is written.
package struct RootFile: Sendable {
    package var mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
    package var logs: [Log] = []
    package var authorities: [Chain] = []
    package var certificateLogs: [Log] = []
    package var clocks: [Chain] = []

    package init(
        logs: [Log] = [], authorities: [Chain] = [], certificateLogs: [Log] = [], clocks: [Chain] = []
    ) {
        self.logs = logs
        self.authorities = authorities
        self.certificateLogs = certificateLogs
        self.clocks = clocks
    }

    package struct Log: Sendable {
        package var baseURL = "https://log.example"
        package var hashAlgorithm = "SHA2_256"
        package var key: [UInt8]
        package var keyDetails: String
        package var logID: [UInt8]?
        package var start: Instant? = SimulatedCA.now.adding(seconds: -86400)
        package var end: Instant?

        package init(_ key: PublicKey) {
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

        package init(_ log: SimulatedRekor) {
            self.init(log.key.publicKey)
            baseURL = "https://" + log.name
            logID = log.logID
        }

        package var json: JSONTree {
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

    package struct Chain: Sendable {
        package var certificates: [[UInt8]]
        package var start: Instant? = SimulatedCA.now.adding(seconds: -86400)
        package var end: Instant?

        package init(_ certificates: [[UInt8]]) { self.certificates = certificates }
        package init(_ authority: SimulatedCA) { self.init([authority.intermediate.der, authority.root.der]) }
        package init(_ clock: SimulatedTSA) {
            self.init([clock.signer.der, clock.authority.intermediate.der, clock.authority.root.der])
        }

        package var json: JSONTree {
            [
                "certChain": ["certificates": .array(certificates.map(BundleDraft.raw))],
                "validFor": RootFile.period(start, end),
            ]
        }
    }

    package var json: JSONTree {
        [
            "mediaType": .string(mediaType), "tlogs": .array(logs.map(\.json)),
            "certificateAuthorities": .array(authorities.map(\.json)),
            "ctlogs": .array(certificateLogs.map(\.json)), "timestampAuthorities": .array(clocks.map(\.json)),
        ]
    }

    private static func period(_ start: Instant?, _ end: Instant?) -> JSONTree {
        JSONTree(members: [
            "start": start.map { .string($0.description) }, "end": end.map { .string($0.description) },
        ])
    }
}
