public import Findings
public import PKI
public import TransparencyLog

/// Why what a certificate's key signed counts for nothing under one trusted root.
public enum CertificateRefusal: Error, Equatable, Sendable {
    /// Log entries or timestamps that can't be read.
    case proofs(SignedItemError)
    case notOneSignature(found: Int)
    case noCertificate
    case certificate(CertificateError)
    case timestamp(TimestampError)
    /// Nothing that the root knows says when it was signed.
    case noVerifiedTime
    case chain(ChainError)
    /// Each time has a path, and no path has them all.
    case timesDisagree
    case certificateTimestamp(SCTError)
    case identity(FulcioIdentityError)
    /// The certificate's key did not make the signature.
    case signature
    case logEntry(LogEntryError)
    case tooFewLogs(needed: Int, found: Int)
    case tooFewTimestamps(needed: Int, found: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .proofs(let error): error.message
        case .notOneSignature(let found): "expected one signature beside a certificate, found \(found)"
        case .noCertificate: "expected the signer's certificate, found none"
        case .certificate(let error): error.message
        case .timestamp(let error): error.message
        case .noVerifiedTime:
            "expected a signed timestamp, or a log's signed promise, of a trusted root; found none: nothing says when it was signed"
        case .chain(let error): error.message
        case .timesDisagree: "expected one chain of certificates that holds at every verified time, found none"
        case .certificateTimestamp(let error): error.message
        case .identity(let error): error.message
        case .signature: "expected a signature by the certificate's key over these bytes, found another"
        case .logEntry(let error): error.message
        case .tooFewLogs(let needed, let found):
            "expected entries in \(needed) distinct transparency \(needed == 1 ? "log" : "logs"), found \(found)"
        case .tooFewTimestamps(let needed, let found):
            "expected signed timestamps of \(needed) distinct \(needed == 1 ? "authority" : "authorities"), found \(found)"
        }
    }

    /// How far the item came: of several roots the one under which it came furthest explains most.
    var step: Int {
        switch self {
        case .proofs, .notOneSignature, .noCertificate, .certificate: 0
        case .noVerifiedTime: 1
        case .chain(.noAuthority), .chain(.untrusted): 2
        case .timestamp: 3
        case .chain, .timesDisagree: 4
        case .certificateTimestamp: 5
        case .identity: 6
        case .signature: 7
        case .logEntry, .tooFewLogs, .tooFewTimestamps: 8
        }
    }
}

extension CertificateRefusal {
    public var code: ReasonCode {
        switch self {
        case .proofs(let error): error.code
        case .notOneSignature: .sigstoreBundleSignatureCount
        case .noCertificate: .sigstoreMalformedBundle
        case .certificate(let error): error.code
        case .timestamp(let error): error.code
        case .noVerifiedTime: .sigstoreNoVerifiedTime
        case .chain(let error): error.code
        case .timesDisagree: .sigstoreTimesDisagree
        case .certificateTimestamp(let error): error.code
        case .identity(let error): error.code
        case .signature: .sigstoreCertificateSignature
        case .logEntry(let error): error.code
        case .tooFewLogs: .sigstoreTooFewLogs
        case .tooFewTimestamps: .sigstoreTooFewTimestamps
        }
    }
}
