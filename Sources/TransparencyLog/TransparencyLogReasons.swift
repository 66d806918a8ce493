public import Findings
import StrictEncoding

/// Why a log entry proves nothing of a signature. The evidence is then not counted.
extension ReasonCode {
    public static let logMalformedEntry = ReasonCode(
        "log.malformed-entry", .reject, .evidence,
        summary: "the body of a transparency log entry is not of the form that its kind defines",
        mend: "sign again with a current client, and keep the entry as the log returned it")
    public static let logUnsupportedKind = ReasonCode(
        "log.unsupported-kind", .reject, .evidence,
        summary: "a transparency log entry is of a kind or version that is not understood",
        mend: "sign again with a client that logs `hashedrekord`, `dsse` 0.0.1 or `intoto`")
    public static let logKindMismatch = ReasonCode(
        "log.kind-mismatch", .reject, .evidence,
        summary: "a transparency log entry states another kind than its body",
        mend: "do not trust this evidence; keep the entry as the log returned it")
    public static let logOtherContent = ReasonCode(
        "log.other-content", .reject, .evidence,
        summary: "a transparency log entry is about another artifact or payload than the one that is signed",
        mend: "do not trust this evidence; keep each signature with its own log entry")
    public static let logOtherSignature = ReasonCode(
        "log.other-signature", .reject, .evidence,
        summary: "a transparency log entry is about another signature",
        mend: "do not trust this evidence; keep each signature with its own log entry")
    public static let logOtherKey = ReasonCode(
        "log.other-key", .reject, .evidence,
        summary: "a transparency log entry is about a signature by another certificate or key",
        mend: "do not trust this evidence; keep each signature with its own log entry")
    public static let logUnknownLog = ReasonCode(
        "log.unknown-log", .reject, .evidence,
        summary: "an entry is of a transparency log that the trusted root does not name",
        mend: "use the trusted root of the instance that signed, or bring the root up to date")
    public static let logNoPromise = ReasonCode(
        "log.no-promise", .reject, .evidence,
        summary: "a transparency log entry that should be dated by its log has no signed entry timestamp",
        mend: "sign again with a client that keeps the signed entry timestamp, or add a signed timestamp")
    public static let logInvalidPromise = ReasonCode(
        "log.invalid-promise", .reject, .evidence,
        summary: "a signed entry timestamp is not the log's signature over the entry and its time",
        mend: "do not trust this evidence; keep the entry as the log returned it")
    public static let logNoInclusionProof = ReasonCode(
        "log.no-inclusion-proof", .reject, .evidence,
        summary: "a transparency log entry has no inclusion proof with a checkpoint",
        mend: "sign again with a client that writes bundles of version 0.3, or let the trust root accept promises")
    public static let logInvalidInclusionProof = ReasonCode(
        "log.invalid-inclusion-proof", .reject, .evidence,
        summary: "an inclusion proof does not lead from the entry to the tree of its checkpoint",
        mend: "do not trust this evidence; keep the entry as the log returned it")
    public static let logKeyNotValid = ReasonCode(
        "log.key-not-valid", .reject, .evidence,
        summary: "the key of a transparency log was not valid at the time of the entry",
        mend: "bring the trusted root up to date; if it is, do not trust this evidence")
    public static let logNoVerifiedTime = ReasonCode(
        "log.no-verified-time", .reject, .evidence,
        summary: "nothing that was verified says when a transparency log entry was made",
        mend: "sign with a client that adds a signed timestamp: an inclusion proof has no time")
    public static let logMalformedTrust = ReasonCode(
        "log.malformed-trust", .reject, .rule,
        summary: "a transparency log of a trusted root has no usable key, validity or identifier",
        mend: "take the trusted root as its publisher distributes it")

    public static let checkpointMalformed = ReasonCode(
        "checkpoint.malformed", .reject, .evidence,
        summary: "a checkpoint is not a signed note with origin, tree size and root hash",
        mend: "keep the checkpoint as the log returned it, byte for byte")
    public static let checkpointNotSignedByLog = ReasonCode(
        "checkpoint.not-signed-by-log", .reject, .evidence,
        summary: "a checkpoint has no signature of the log that its entry belongs to",
        mend: "do not trust this evidence; a checkpoint of another log proves nothing of this entry")
    public static let checkpointInvalidSignature = ReasonCode(
        "checkpoint.invalid-signature", .reject, .evidence,
        summary: "a checkpoint names the key of a trusted log or witness and is not signed by it",
        mend: "do not trust this evidence; keep the checkpoint as the log returned it, byte for byte")
    public static let checkpointTooFewWitnesses = ReasonCode(
        "checkpoint.too-few-witnesses", .reject, .evidence,
        summary: "fewer distinct witnesses cosigned a checkpoint than the trust root asks for",
        mend: "take the entry from the log again, once its checkpoint is cosigned")

    public static let limitLogEntry = ReasonCode(
        "limit.log-entry", .reject, .evidence,
        summary: "the body of a log entry, the number of its signatures or its proof is larger than the limit",
        mend: "do not trust this evidence; no log makes such entries")
    public static let limitCheckpoint = ReasonCode(
        "limit.checkpoint", .reject, .evidence,
        summary: "a checkpoint is longer, or has more signatures, than the limit",
        mend: "keep the signatures of the log and of the witnesses that the trust root names")
}

extension ReasonTable {
    /// What a transparency log does not prove.
    public static let transparencyLog = ReasonTable(
        "Transparency logs",
        [
            .logMalformedEntry, .logUnsupportedKind, .logKindMismatch, .logOtherContent, .logOtherSignature,
            .logOtherKey, .logUnknownLog, .logNoPromise, .logInvalidPromise, .logNoInclusionProof,
            .logInvalidInclusionProof, .logKeyNotValid, .logNoVerifiedTime, .logMalformedTrust,
            .checkpointMalformed, .checkpointNotSignedByLog, .checkpointInvalidSignature,
            .checkpointTooFewWitnesses,
            .limitLogEntry, .limitCheckpoint,
        ])
}

extension LogEntryBodyError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .json(.tooLarge), .tooManySignatures: .limitLogEntry
        case .json, .malformed: .logMalformedEntry
        case .unsupportedKind: .logUnsupportedKind
        case .otherKind: .logKindMismatch
        case .kindOfOtherContent, .otherHashAlgorithm, .otherContent: .logOtherContent
        case .otherSignature: .logOtherSignature
        case .otherKey: .logOtherKey
        }
    }
}

extension CheckpointError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .tooLarge, .tooManySignatures: .limitCheckpoint
        case .notText, .noBlankLine, .noSignatures, .malformedSignatureLine, .malformedLines, .malformedTreeSize,
            .malformedRootHash:
            .checkpointMalformed
        case .notSignedByLog: .checkpointNotSignedByLog
        case .invalidLogSignature, .invalidCosignature: .checkpointInvalidSignature
        case .tooFewWitnesses: .checkpointTooFewWitnesses
        }
    }
}

extension LogEntryError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .body(let error): error.code
        case .checkpoint(let error): error.code
        case .unknownLog: .logUnknownLog
        case .noPromise, .promiseOfRekor2: .logNoPromise
        case .invalidPromise, .malformedIntegratedTime: .logInvalidPromise
        case .keyNotValid: .logKeyNotValid
        case .noInclusionProof, .noCheckpoint: .logNoInclusionProof
        case .tooManyProofHashes: .limitLogEntry
        case .negativeNumber, .otherTree, .inclusion: .logInvalidInclusionProof
        case .noVerifiedTime: .logNoVerifiedTime
        }
    }
}

extension TrustedLogError {
    /// The code under which a report says it.
    public var code: ReasonCode { .logMalformedTrust }
}
