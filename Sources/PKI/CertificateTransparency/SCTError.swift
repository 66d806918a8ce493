public import StrictEncoding

/// Why a certificate does not count as promised to a log.
public enum SCTError: Error, Equatable, Sendable {
    /// The certificate embeds no promise.
    case missing
    /// What is embedded is no list of promises as RFC 6962 section 3.3 has it.
    case malformed
    /// A promise of another version than 1.
    case unsupportedVersion
    case tooMany(limit: Int)
    /// None of the promises is of a trusted log.
    case unknownLog
    /// Neither ECDSA nor RSA with SHA-256, or not of the log's key.
    case unsupportedAlgorithm
    /// The trusted root does not vouch for the log at the promise's time.
    case logNotTrustedThen(ValidityPeriod, at: Instant)
    /// Not the log's signature over this certificate.
    case signatureMismatch
    /// Fewer distinct logs than asked for.
    case thresholdNotMet(Int, found: Int)
    /// A threshold that nothing could miss.
    case noThreshold

    /// One line, lower case.
    public var message: String {
        switch self {
        case .missing: "expected a certificate timestamp of a log in the certificate, found none"
        case .malformed: "expected a list of certificate timestamps, found other bytes"
        case .unsupportedVersion: "expected certificate timestamps of version 1, found another"
        case .tooMany(let limit): "expected at most \(limit) certificate timestamps, found more"
        case .unknownLog: "expected a certificate timestamp of a trusted log, found those of others"
        case .unsupportedAlgorithm:
            "expected a certificate timestamp signed with SHA-256 and the log's key, found another"
        case .logNotTrustedThen(let period, let instant):
            "expected a log that is trusted at \(instant), found one from \(period.start)"
                + (period.end.map { " to \($0)" } ?? "")
        case .signatureMismatch: "expected the log's signature over this certificate, found another"
        case .thresholdNotMet(let threshold, let found):
            "expected certificate timestamps of \(threshold) distinct logs, found \(found)"
        case .noThreshold: "expected to ask for at least one certificate timestamp, found a demand for none"
        }
    }
}
