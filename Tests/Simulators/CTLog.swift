import Content
package import PKI
package import Signing
package import StrictEncoding

/// A log of certificates that signs for real (RFC 6962).
package struct SimulatedCTLog: Sendable {
    package let key: PrivateKey

    package init(_ kind: PublicKey.Kind = .ecdsaP256) throws { key = try PrivateKey.generate(kind) }

    /// The log as a trusted root lists it.
    package func trusted(
        from start: Instant = SimulatedCA.now.adding(seconds: -86400), to end: Instant? = nil
    ) throws -> CertificateTransparencyLog? {
        CertificateTransparencyLog(key: key.publicKey, validFor: try ValidityPeriod(start: start, end: end))
    }

    package func promise(at instant: Instant) -> Promise {
        Promise(key: key, timestamp: UInt64(instant.secondsSince1970) * 1000 + 250)
    }

    /// Every field of a promise, to be altered before it is signed or, where said, after.
    package struct Promise: Sendable {
        package var key: PrivateKey
        package var version: UInt8 = 0
        /// The key's own when nil.
        package var logID: [UInt8]?
        package var timestamp: UInt64
        package var extensions: [UInt8] = []
        package var hashAlgorithm: UInt8 = 4
        /// 3 is ECDSA, 1 RSA; the key's own when nil.
        package var signatureAlgorithm: UInt8?
        /// What is written as time and extensions, if not what was signed.
        package var writtenTimestamp: UInt64?
        package var writtenExtensions: [UInt8]?
        /// The issuer's key that the log saw, if not the right one.
        package var issuer: PublicKey?
        /// Appended after all.
        package var trailing: [UInt8] = []

        package init(key: PrivateKey, timestamp: UInt64) {
            self.key = key
            self.timestamp = timestamp
        }

        package func encoded(over precertificate: [UInt8], issuer: PublicKey) throws -> [UInt8] {
            let issuer = self.issuer ?? issuer
            let message =
                [0, 0] + bigEndian(timestamp, 8) + [0, 1] + sha256(issuer.subjectPublicKeyInfo)
                + bigEndian(UInt64(precertificate.count), 3) + precertificate + vector(extensions)
            let isRSA = if case .rsa = key.publicKey.kind { true } else { false }
            let signature = try key.sign(message, scheme: isRSA ? .rsaPKCS1SHA256 : .ecdsaSHA256)
            return [version] + (logID ?? sha256(key.publicKey.subjectPublicKeyInfo))
                + bigEndian(writtenTimestamp ?? timestamp, 8) + vector(writtenExtensions ?? extensions)
                + [hashAlgorithm, signatureAlgorithm ?? (isRSA ? 1 : 3)] + vector(signature) + trailing
        }
    }

    /// A TLS vector with two octets of length.
    package static func vector(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }
}

private func vector(_ bytes: [UInt8]) -> [UInt8] { SimulatedCTLog.vector(bytes) }

private func bigEndian(_ number: UInt64, _ bytes: Int) -> [UInt8] {
    (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }
}

private func sha256(_ bytes: [UInt8]) -> [UInt8] { Hashing.hash(bytes, using: .sha256) }
