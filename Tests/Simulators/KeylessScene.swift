import Attestation
import Content
package import PKI
package import Signing
import StrictEncoding
package import TransparencyLog

/// A Sigstore instance of one's own: its authority, logs and clock sign for real, and one workflow signed. What comes of
/// it holds; an attack changes one thing.
package struct KeylessScene: Sendable {
    package static let statement = Array(
        #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"ab"}}],"predicateType":"p"}"#
            .utf8)
    package static let artifact = Array("a file to be released".utf8)

    package var authority: SimulatedCA
    package var certificateLog: SimulatedCTLog
    package var rekor1: SimulatedRekor
    package var rekor2: SimulatedRekor
    package var clock: SimulatedTSA
    /// The signer's, with its certificate.
    package var leaf: IssuedCertificate
    package var key: PrivateKey { leaf.key }

    /// - Parameter alter: what is different about the signer's certificate.
    package init(
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
    package var root: RootFile {
        RootFile(
            logs: [.init(rekor1), .init(rekor2)], authorities: [.init(authority)],
            certificateLogs: [.init(certificateLog.key.publicKey)], clocks: [.init(clock)])
    }
}

// MARK: Signing

/// What was signed, by whom.
package struct SignedParts: Sendable {
    package enum Subject: Sendable { case envelope, artifact }
    package let subject: Subject
    package var message: [UInt8]
    package var payloadType: String
    package var signature: [UInt8]
    package var certificate: [UInt8]

    /// Of an envelope its pre-authentication encoding.
    package var signedBytes: [UInt8] {
        switch subject {
        case .artifact: message
        case .envelope: PreAuthenticationEncoding.encode(payloadType: ExactString(payloadType), payload: message)
        }
    }

    /// As cosign stores and uploads it.
    package var envelope: [UInt8] { envelopeTree.canonicalBytes() }

    var envelopeTree: JSONTree {
        [
            "payload": .string(Base64.encode(message)), "payloadType": .string(payloadType),
            "signatures": [["sig": .string(Base64.encode(signature))]],
        ]
    }

    package init(
        _ subject: Subject, _ message: [UInt8], payloadType: String = "application/vnd.in-toto+json",
        signature: [UInt8], certificate: [UInt8]
    ) {
        self.subject = subject
        self.message = message
        self.payloadType = payloadType
        self.signature = signature
        self.certificate = certificate
    }

    /// What a sound client logs.
    package func submission(_ kind: LogEntryKind) -> RekorSubmission {
        RekorSubmission(
            kind: kind, hash: Hashing.hash(kind == .hashedrekord002 ? signedBytes : message, using: .sha256),
            envelopeHash: Hashing.hash(envelope, using: .sha256), payloadType: payloadType,
            claims: [.init(signature: signature, material: .certificate(certificate))])
    }
}

extension KeylessScene {
    /// - Parameter message: ``statement`` or ``artifact`` when nil.
    package func signed(_ subject: SignedParts.Subject, _ message: [UInt8]? = nil) throws -> SignedParts {
        var parts = SignedParts(
            subject, message ?? (subject == .envelope ? Self.statement : Self.artifact), signature: [],
            certificate: leaf.der)
        parts.signature = try key.sign(parts.signedBytes)
        return parts
    }

    /// A bundle with one log entry, and a timestamp where the log has no time.
    package mutating func bundle(
        _ subject: SignedParts.Subject = .envelope, _ stated: LogEntryKind? = nil, of message: [UInt8]? = nil,
        logging alter: (inout RekorSubmission) -> Void = { _ in }
    ) throws -> BundleDraft {
        let kind = stated ?? (subject == .envelope ? .dsse001 : .hashedrekord001)
        let parts = try signed(subject, message)
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

    package func timestamp(
        of signature: [UInt8], altering alter: (inout SimulatedTSA.Answer) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        var answer = clock.answer(to: signature)
        try alter(&answer)
        return try answer.encoded()
    }
}
