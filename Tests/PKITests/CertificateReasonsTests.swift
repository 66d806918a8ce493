import Findings
import PKI
import StrictEncoding
import Testing

/// Every error about certificates, logs' promises and timestamps has one code, and every code is some error's.
struct CertificateReasonsTests {
    static let period = Result { try ValidityPeriod(start: .earliest, end: .latest) }

    static func all() throws -> [(code: ReasonCode, message: String, expected: ReasonCode)] {
        let period = try period.get()
        let validity = Instant.earliest...Instant.latest
        let certificate: [(CertificateError, ReasonCode)] = [
            (.tooLarge(limit: 1), .certificateTooLarge), (.tooManyExtensions(limit: 1), .certificateTooLarge),
            (.tooManyNames(limit: 1), .certificateTooLarge),
            (.notPEM(.malformedBoundary(line: 1)), .certificateMalformed),
            (.noCertificate, .certificateMalformed), (.unsupportedLabel("X\u{1b}[2J"), .certificateMalformed),
            (.malformed(.name), .certificateMalformed), (.notVersion3, .certificateMalformed),
            (.signatureAlgorithmsDiffer, .certificateMalformed), (.validityReversed, .certificateMalformed),
            (.duplicateExtension(oid: "1.2"), .certificateMalformed),
            (.malformedExtension(oid: "1.2"), .certificateMalformed),
            (.publicKey(.rsaTooSmall(bits: 1)), .keyTooSmall),
        ]
        let chain: [(ChainError, ReasonCode)] = [
            (.noAuthority, .certificateUntrusted), (.untrusted(issuer: nil), .certificateUntrusted),
            (.searchDidNotFinish, .certificateUntrusted), (.signatureMismatch, .certificateSignatureMismatch),
            (.authorityNotTrustedThen(period, at: .latest), .certificateAuthorityNotTrustedThen),
            (.notValidThen(validity, at: .latest), .certificateNotValidThen),
            (.authorityNotValidThen(validity, at: .latest), .certificateAuthorityNotValidThen),
            (.unknownCriticalExtension(oid: "1.2"), .certificateUnknownCriticalExtension),
            (.notAnAuthority, .certificateNotAnAuthority), (.pathTooLong(limit: 1), .certificatePathTooLong),
            (.tooManyIntermediates(limit: 1), .certificateTooManyIntermediates),
            (.leafIsAuthority, .certificateWrongUsage), (.keyUsage, .certificateWrongUsage),
            (.extendedKeyUsage(expected: "1.2"), .certificateWrongUsage),
            (.weakSignature, .certificateWeakSignature), (.constraints, .certificateNameNotAllowed),
            (.otherServer, .certificateNameNotAllowed), (.svid(.noPath), .spiffeInvalidSVID),
            (.nonconforming("an empty issuer"), .certificateMalformed),
        ]
        let authority: [CertificateAuthorityError] = [
            .noCertificate, .tooManyCertificates(limit: 1), .notAnAuthority(position: 0), .brokenChain(position: 0),
            .periodWithoutStart, .periodReversed,
        ]
        let identity: [(FulcioIdentityError, ReasonCode)] = [
            (.noIssuer, .certificateNoIdentity), (.issuersDiffer, .certificateNoIdentity),
            (.notOneName(found: 2), .certificateNoIdentity), (.unsupportedName, .certificateNoIdentity),
            (.malformedClaim(oid: "1.2"), .certificateMalformed),
        ]
        let promise: [(SCTError, ReasonCode)] = [
            (.missing, .sctMissing), (.malformed, .sctMalformed), (.unsupportedVersion, .sctMalformed),
            (.unsupportedAlgorithm, .sctMalformed), (.tooMany(limit: 1), .sctTooMany), (.unknownLog, .sctUnknownLog),
            (.logNotTrustedThen(period, at: .latest), .sctLogNotTrustedThen),
            (.signatureMismatch, .sctSignatureMismatch), (.thresholdNotMet(2, found: 1), .sctThresholdNotMet),
            (.noThreshold, .sctThresholdNotMet),
        ]
        let timestamp: [(TimestampError, ReasonCode)] = [
            (.tooLarge(limit: 1), .timestampTooLarge), (.tooManyCertificates(limit: 1), .timestampTooLarge),
            (.notGranted(status: 2), .timestampMalformed), (.noToken, .timestampMalformed),
            (.malformed(.info), .timestampMalformed), (.notSignedData, .timestampMalformed),
            (.notOneSigner(found: 2), .timestampMalformed), (.wrongContentType, .timestampMalformed),
            (.criticalExtension, .timestampMalformed), (.certificate(.notVersion3), .timestampMalformed),
            (.unsupportedHash(oid: "1.2"), .timestampUnsupported),
            (.unsupportedSignature(oid: "1.2"), .timestampUnsupported), (.imprintMismatch, .timestampOtherSignature),
            (.noAuthority, .timestampUntrusted), (.unknownSigner, .timestampUntrusted),
            (.chain(.untrusted(issuer: nil)), .timestampUntrusted),
            (.contentMismatch, .timestampSignatureMismatch),
            (.otherSigningCertificate, .timestampSignatureMismatch), (.signatureMismatch, .timestampSignatureMismatch),
            (.chain(.keyUsage), .timestampAuthorityRefused),
        ]
        return certificate.map { ($0.code, $0.message, $1) } + chain.map { ($0.code, $0.message, $1) }
            + authority.map { ($0.code, $0.message, .certificateAuthorityMalformed) }
            + identity.map { ($0.code, $0.message, $1) } + promise.map { ($0.code, $0.message, $1) }
            + timestamp.map { ($0.code, $0.message, $1) }
    }

    @Test func everyErrorHasItsCode() throws {
        for (code, message, expected) in try Self.all() { #expect(code == expected, "\(message)") }
    }

    @Test func everyCodeIsListedOnceAndUsed() throws {
        let listed = ReasonTable.certificates.codes
        #expect(Set(listed).count == listed.count)
        let others = ReasonTable.pki.codes + ReasonTable.spiffe.codes
        #expect(Set(try Self.all().map(\.code)).subtracting(others) == Set(listed))
    }

    @Test func everyMessageIsOneLineInTheStyleOfTheHouse() throws {
        for (_, message, _) in try Self.all() {
            #expect(message.first?.isLowercase == true && message.last != ".", "\(message)")
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 }, "\(message)")
        }
    }
}
