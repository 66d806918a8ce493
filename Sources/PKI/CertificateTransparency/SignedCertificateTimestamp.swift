import Crypto
import StrictEncoding
import SwiftASN1

/// A log of certificates that somebody gave as one to believe.
public struct CertificateTransparencyLog: Sendable {
    public let key: PublicKey
    /// When the log's promises count, both ends included.
    public let validFor: ValidityPeriod
    /// SHA-256 of the key's `SubjectPublicKeyInfo`: how timestamps name the log (RFC 6962 section 3.2).
    public let logID: [UInt8]

    /// - Returns: nil for a key that no log signs with: RFC 6962 section 2.1.4 knows ECDSA and RSA.
    public init?(key: PublicKey, validFor: ValidityPeriod) {
        guard key.kind != .ed25519 else { return nil }
        self.key = key
        self.validFor = validFor
        logID = Array(SHA256.hash(data: key.subjectPublicKeyInfo))
    }
}

/// The promise of a log to publish a certificate (RFC 6962 section 3.2), parsed, not verified.
struct SignedCertificateTimestamp: Sendable, Equatable {
    let logID: [UInt8]
    /// Milliseconds since 1970.
    let timestamp: UInt64
    let extensions: [UInt8]
    let hashAlgorithm: UInt8
    let signatureAlgorithm: UInt8
    let signature: [UInt8]

    /// Fulcio embeds one; browsers ask for two or three.
    static let maximumCount = 16

    /// The second in which the log promised.
    var instant: Instant { Instant(secondsSince1970: Int64(timestamp / 1000)) }

    /// Those that a certificate embeds, in order; nil without that extension (RFC 6962 section 3.3).
    static func embedded(in certificate: Certificate) throws(SCTError) -> [SignedCertificateTimestamp]? {
        guard let value = certificate.extensions.value(of: .embeddedSCTList) else { return nil }
        guard let list = try? ASN1OctetString(derEncoded: value).bytes else { throw .malformed }
        var reader = TLSReader(rest: list)
        guard var entries = reader.vector(lengthBytes: 2).map(TLSReader.init(rest:)), reader.rest.isEmpty else {
            throw .malformed
        }
        var timestamps: [SignedCertificateTimestamp] = []
        while !entries.rest.isEmpty {
            guard timestamps.count < maximumCount else { throw .tooMany(limit: maximumCount) }
            guard let entry = entries.vector(lengthBytes: 2) else { throw .malformed }
            timestamps.append(try SignedCertificateTimestamp(entry))
        }
        guard !timestamps.isEmpty else { throw .malformed }
        return timestamps
    }

    private init(_ bytes: ArraySlice<UInt8>) throws(SCTError) {
        var reader = TLSReader(rest: bytes)
        guard let version = reader.number(bytes: 1) else { throw .malformed }
        guard version == 0 else { throw .unsupportedVersion }
        guard let logID = reader.bytes(32), let timestamp = reader.number(bytes: 8),
            let extensions = reader.vector(lengthBytes: 2), let hash = reader.number(bytes: 1),
            let algorithm = reader.number(bytes: 1), let signature = reader.vector(lengthBytes: 2),
            reader.rest.isEmpty
        else { throw .malformed }
        self.logID = Array(logID)
        self.timestamp = timestamp
        self.extensions = Array(extensions)
        hashAlgorithm = UInt8(truncatingIfNeeded: hash)
        signatureAlgorithm = UInt8(truncatingIfNeeded: algorithm)
        self.signature = Array(signature)
    }

    /// What the log signed: the `digitally-signed` struct of RFC 6962 section 3.2, for a precertificate.
    func signedMessage(issuerKeyHash: [UInt8], precertificate: [UInt8]) -> SignedMessage {
        var head: [UInt8] = [0, 0]
        head += Self.bigEndian(timestamp, bytes: 8)
        head += [0, 1] + issuerKeyHash + Self.bigEndian(UInt64(precertificate.count), bytes: 3)
        let tail = Self.bigEndian(UInt64(extensions.count), bytes: 2) + extensions
        return SignedMessage(parts: [head[...], precertificate[...], tail[...]])
    }

    /// RFC 5246 section 7.4.1.4.1: SHA-256 is 4, RSA 1, ECDSA 3. Nil for what RFC 6962 does not know.
    func scheme(for key: PublicKey) -> SignatureScheme? {
        switch (hashAlgorithm, signatureAlgorithm, key.kind) {
        case (4, 3, .ecdsaP256), (4, 3, .ecdsaP384), (4, 3, .ecdsaP521): .ecdsaSHA256
        case (4, 1, .rsa): .rsaPKCS1SHA256
        default: nil
        }
    }

    private static func bigEndian(_ number: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }
    }
}

extension ASN1ObjectIdentifier {
    /// RFC 6962 section 3.3.
    static let embeddedSCTList: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]
}

/// Reads TLS presentation language (RFC 8446 section 3) from the front.
private struct TLSReader {
    var rest: ArraySlice<UInt8>

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func number(bytes count: Int) -> UInt64? {
        bytes(count)?.reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func vector(lengthBytes: Int) -> ArraySlice<UInt8>? {
        number(bytes: lengthBytes).flatMap { bytes(Int($0)) }
    }
}
