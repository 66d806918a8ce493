import Crypto
public import StrictEncoding

/// Proof that trusted logs promised to publish a certificate, each at its own time.
public struct VerifiedCertificateTimestamps: Sendable {
    /// One for each log, in the order of the certificate. Never empty.
    public let promises: [Promise]

    /// One log's word.
    public struct Promise: Sendable, Hashable {
        /// SHA-256 of the log's key.
        public let logID: [UInt8]
        /// When the log says it promised.
        public let instant: Instant
    }

    fileprivate init(_ promises: [Promise]) { self.promises = promises }
}

extension VerifiedChain {
    /// The promises that the leaf embeds, over the precertificate that it came of (RFC 6962 sections 3.2 and 3.3).
    ///
    /// On success at least `threshold` *distinct* logs promised: each signature is that log's over the rebuilt
    /// precertificate and the issuer's key, and the log was to be believed at the time it states. Promises of unknown logs
    /// do not count; several of one log count once (CVE-2026-49834).
    ///
    /// - Parameter threshold: at least 1. Where no promise is asked for, don't ask.
    public func certificateTimestamps(
        from logs: [CertificateTransparencyLog], threshold: Int
    ) throws(SCTError) -> VerifiedCertificateTimestamps {
        guard threshold > 0 else { throw .noThreshold }
        guard let timestamps = try SignedCertificateTimestamp.embedded(in: leaf) else { throw .missing }
        // The issuer is the next on the verified path, not whoever the certificate names.
        guard let issuer = certificates.dropFirst().first else { throw .missing }
        let issuerKeyHash = Array(SHA256.hash(data: issuer.publicKey.subjectPublicKeyInfo))
        let precertificate = try Precertificate.signedBytes(of: leaf)
        var promises: [VerifiedCertificateTimestamps.Promise] = []
        var failure = SCTError.unknownLog
        for timestamp in timestamps where !promises.contains(where: { $0.logID == timestamp.logID }) {
            let message = timestamp.signedMessage(issuerKeyHash: issuerKeyHash, precertificate: precertificate)
            // One key may be listed for several periods.
            for log in logs where log.logID == timestamp.logID {
                guard let scheme = timestamp.scheme(for: log.key) else {
                    failure = .unsupportedAlgorithm
                    continue
                }
                guard log.validFor.contains(timestamp.instant) else {
                    failure = .logNotTrustedThen(log.validFor, at: timestamp.instant)
                    continue
                }
                guard log.key.isValid(timestamp.signature, over: message, scheme: scheme) else {
                    failure = .signatureMismatch
                    continue
                }
                promises.append(.init(logID: timestamp.logID, instant: timestamp.instant))
                break
            }
        }
        guard promises.count >= threshold else {
            throw promises.isEmpty ? failure : .thresholdNotMet(threshold, found: promises.count)
        }
        return VerifiedCertificateTimestamps(promises)
    }
}
