import Attestation
import Findings
import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// A signature, a log of each generation that a root trusts, and sound entries for it. An attack changes one thing.
struct LogScene {
    static let time = Instant(secondsSince1970: 1_795_165_200)

    var rekor1: SimulatedRekor
    var rekor2: SimulatedRekor
    let key: PrivateKey
    let certificate: [UInt8] = [0x30, 0x03, 0x02, 0x01, 0x2A]
    let message = Array("the artifact".utf8)
    let envelope: UnverifiedEnvelope
    /// The envelope as it was uploaded.
    let envelopeBytes: [UInt8]
    let signature: [UInt8]

    init() throws {
        rekor1 = try SimulatedRekor(.rekor1, name: "rekor.example", time: Self.time)
        rekor1.shardOffset = 100
        rekor2 = try SimulatedRekor(.rekor2, name: "log.example", time: Self.time)
        key = try PrivateKey.generate(.ecdsaP256)
        signature = try key.sign(message)
        envelopeBytes = Array(
            """
            {"payloadType":"application/vnd.in-toto+json","payload":"\(Base64.encode(message))",\
            "signatures":[{"sig":"\(Base64.encode(signature))"}]}
            """.utf8)
        envelope = try UnverifiedEnvelope(parsing: envelopeBytes)
        // The trees hold other entries, so that proofs have hashes.
        for number in 0..<5 {
            _ = try rekor1.log(body: [UInt8(number)], kind: "other", version: "0")
            _ = try rekor2.log(body: [UInt8(number)], kind: "other", version: "0")
        }
    }

    /// Both logs.
    var logs: TrustedLogs {
        get throws { TrustedLogs([try rekor1.trusted(), try rekor2.trusted()]) }
    }

    /// What is verified, as entries of this kind are about it.
    func item(for kind: LogEntryKind, received: [UInt8]? = nil) -> LoggedItem {
        switch kind {
        case .hashedrekord001, .hashedrekord002: messageItem()
        case .dsse001, .intoto001, .intoto002:
            LoggedItem(
                envelope: envelope, received: received, signature: signature, material: .certificate(certificate))
        }
    }

    func messageItem(_ algorithm: LoggedHash.Algorithm = .sha256) -> LoggedItem {
        LoggedItem(
            hashes: [LoggedHash(of: SignedMessage(message), using: algorithm)], signature: signature,
            material: .certificate(certificate))
    }

    var envelopeItem: LoggedItem {
        LoggedItem(envelope: envelope, signature: signature, material: .certificate(certificate))
    }

    func submission(_ kind: LogEntryKind) -> RekorSubmission {
        RekorSubmission(
            kind: kind, hash: LoggedHash(of: SignedMessage(message), using: .sha256).bytes,
            envelopeHash: LoggedHash(of: SignedMessage(envelopeBytes), using: .sha256).bytes,
            payloadType: "application/vnd.in-toto+json",
            claims: [.init(signature: signature, material: .certificate(certificate))])
    }

    /// Logs in the log of its kind.
    mutating func log(_ submission: RekorSubmission) throws -> UnverifiedLogEntry {
        switch submission.kind.generation {
        case .rekor1: try rekor1.log(submission)
        case .rekor2: try rekor2.log(submission)
        }
    }

    mutating func log(_ kind: LogEntryKind) throws -> UnverifiedLogEntry { try log(submission(kind)) }

    /// What a sound client does with an entry: Rekor 2 needs a timestamp, which is given here.
    func verify(
        _ entry: UnverifiedLogEntry, for item: LoggedItem, in logs: TrustedLogs? = nil, at times: [Instant]? = nil,
        requiring requirement: LogProofRequirement = .standard
    ) throws -> VerifiedLogEntry {
        try VerifiedLogEntry(
            entry, for: item, in: logs ?? self.logs, at: times ?? [Self.time], requiring: requirement)
    }
}

/// The code under which whatever `body` throws is reported.
func code(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as LogEntryError {
        return error.code.name
    } catch let error as LogEntryBodyError {
        return error.code.name
    } catch let error as CheckpointError {
        return error.code.name
    } catch {
        return "\(error)"
    }
}
