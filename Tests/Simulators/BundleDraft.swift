import Content
package import StrictEncoding
package import TransparencyLog

/// A Sigstore bundle before it is written.
package struct BundleDraft: Sendable {
    package var mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    package var material: JSONTree
    package var entries: [UnverifiedLogEntry] = []
    package var timestamps: [[UInt8]] = []
    package var signed: SignedParts
    /// Of a message signature; its SHA-256 if nil.
    package var messageDigest: JSONTree?

    package init(_ signed: SignedParts) {
        self.signed = signed
        material = ["certificate": Self.raw(signed.certificate)]
    }

    package mutating func useChain(_ certificates: [[UInt8]]) {
        material = ["x509CertificateChain": ["certificates": .array(certificates.map(Self.raw))]]
    }

    package var json: JSONTree {
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
                ("dsseEnvelope", signed.envelopeTree)
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

    package var bytes: [UInt8] { json.canonicalBytes() }

    package static func raw(_ bytes: [UInt8]) -> JSONTree { ["rawBytes": .string(Base64.encode(bytes))] }
}

extension UnverifiedLogEntry {
    /// Rekor's answer as cosign keeps it.
    package var rekorBundle: String {
        """
        {"SignedEntryTimestamp":"\(Base64.encode(inclusionPromise ?? []))",\
        "Payload":{"body":"\(Base64.encode(canonicalizedBody))","integratedTime":\(integratedTime),\
        "logIndex":\(logIndex),"logID":"\(Hex.encode(logID))"}}
        """
    }

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
