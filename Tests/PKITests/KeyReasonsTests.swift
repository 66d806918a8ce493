import Findings
import PKI
import Signing
import StrictEncoding
import Testing

/// Every refusal has a code that is listed, and words that keep to the house's style.
struct KeyReasonsTests {
    static let publicKeyErrors: [(PublicKeyError, ReasonCode)] = [
        (.tooLong(limit: 1), .keyTooLong),
        (.notPEM(.malformedBoundary(line: 1)), .keyMalformed),
        (.notOneBlock(found: 0), .keyMalformed),
        (.unsupportedLabel("X\u{1b}[2J"), .keyMalformed),
        (.privateKeyGiven(label: "PRIVATE KEY"), .keyPrivateGiven),
        (.certificateGiven, .keyCertificateGiven),
        (.notDER, .keyMalformed),
        (.notCanonical, .keyMalformed),
        (.unsupportedAlgorithm(oid: "1.2"), .keyUnsupportedAlgorithm),
        (.unsupportedCurve(oid: "1.2"), .keyUnsupportedAlgorithm),
        (.notANamedCurve, .keyUnsupportedAlgorithm),
        (.pointNotUncompressed, .keyMalformed),
        (.invalidPoint, .keyMalformed),
        (.weakPoint, .keyWeak),
        (.rsaTooSmall(bits: 1024), .keyTooSmall),
        (.rsaTooLarge(bits: 16384), .keyTooLarge),
        (.rsaModulusEven, .keyMalformed),
        (.rsaExponentRefused, .keyWeak),
    ]

    static let privateKeyErrors: [(PrivateKeyError, ReasonCode)] = [
        (.tooLong(limit: 1), .signingKeyTooLong),
        (.notPEM(.malformedBoundary(line: 1)), .signingKeyMalformed),
        (.notOneBlock(found: 0), .signingKeyMalformed),
        (.unsupportedLabel("X\u{1b}[2J"), .signingKeyMalformed),
        (.publicKeyGiven, .signingKeyMalformed),
        (.legacyEncryption(label: "EC PRIVATE KEY"), .signingKeyUnsupported),
        (.cosignEncryptedKey(label: "ENCRYPTED COSIGN PRIVATE KEY"), .signingKeyUnsupported),
        (.notDER, .signingKeyMalformed),
        (.unsupportedAlgorithm(oid: "1.2"), .signingKeyUnsupported),
        (.unsupportedCurve(oid: "1.2"), .signingKeyUnsupported),
        (.notANamedCurve, .signingKeyMalformed),
        (.invalidKey, .signingKeyMalformed),
        (.publicHalfDiffers, .signingKeyMalformed),
        (.publicHalf(.rsaTooSmall(bits: 1024)), .keyTooSmall),
        (.passphraseNeeded, .signingKeyPassphrase),
        (.emptyPassphrase, .signingKeyPassphrase),
        (.wrongPassphrase, .signingKeyPassphrase),
        (.unsupportedEncryption(oid: "1.2"), .signingKeyUnsupported),
        (.keyDerivationLimit, .signingKeyDerivationLimit),
        (.keyDerivationRefused, .signingKeyMalformed),
        (.encryptionFailed, .signingFailed),
        (.unsupportedSize(bits: 1024), .signingKeyUnsupported),
        (.schemeMismatch, .signingFailed),
        (.signingFailed, .signingFailed),
    ]

    static let envelopeErrors: [(DSSESigningError, ReasonCode)] = [
        (.noKeys, .signingFailed),
        (.notOneSignature(found: 2), .signingFailed),
        (.alreadySigned, .signingFailed),
        (.key(.wrongPassphrase), .signingKeyPassphrase),
    ]

    @Test
    func everyErrorHasItsCode() {
        for (error, code) in Self.publicKeyErrors { #expect(error.code == code, "\(error)") }
        for (error, code) in Self.privateKeyErrors { #expect(error.code == code, "\(error)") }
        for (error, code) in Self.envelopeErrors { #expect(error.code == code, "\(error)") }
    }

    @Test
    func everyCodeIsListedOnceAndUsed() {
        let listed = ReasonTable.pki.codes + ReasonTable.signing.codes
        #expect(Set(listed).count == listed.count)
        let used =
            Self.publicKeyErrors.map(\.1) + Self.privateKeyErrors.map(\.1) + Self.envelopeErrors.map(\.1)
        #expect(Set(used) == Set(listed))
    }

    @Test
    func everyMessageIsOneLineInTheStyleOfTheHouse() {
        let messages =
            Self.publicKeyErrors.map(\.0.message) + Self.privateKeyErrors.map(\.0.message)
            + Self.envelopeErrors.map(\.0.message)
        for message in messages {
            #expect(message.first?.isLowercase == true && message.last != ".", "\(message)")
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 }, "\(message)")
        }
    }
}
