import Attestation
import Content
import Findings
import PKI
import Sigstore
import StrictEncoding
import Testing
import TransparencyLog

@Suite struct SigstoreReasonsTests {
    static let items: [SignedItemError] = [
        .json(.unexpectedEnd), .json(.tooLarge(limit: 1)), .json(.tooDeep(limit: 1, offset: 0)),
        .envelope(.noSignatures), .missing("x"), .malformed("x"), .signatureFileJSON(.unexpectedEnd),
        .malformedSignatureFile("x"), .notBase64("x", .notAString), .underscoredName("x"),
        .notExactlyOne(of: ["a", "b"], found: []), .unknownMediaType("x"), .bundleSignatureCount(2),
        .tooManyElements("x", limit: 1, found: 2), .repeated("x"), .noSignature, .unsupportedLayer("x"), .openPGP,
        .unknownSignatureFile, .notEvidence, .noBundle, .labelMismatch("x"),
        .tooManyLines(limit: 1),
    ]
    static let refusals: [SignatureRefusal] = [
        .noTrustedRoot, .noArtifact, .noTrustedKey, .noKeyMatches(keys: 1, signatures: 1), .tooManyOperations(limit: 1),
    ]

    static let certificates: [CertificateRefusal] = [
        .proofs(.json(.unexpectedEnd)), .notOneSignature(found: 2), .noCertificate, .certificate(.notVersion3),
        .timestamp(.noToken), .noVerifiedTime, .chain(.noAuthority), .timesDisagree, .certificateTimestamp(.missing),
        .identity(.noIssuer), .signature, .logEntry(.noPromise), .tooFewLogs(needed: 1, found: 0),
        .tooFewTimestamps(needed: 2, found: 1),
    ]

    @Test func everyErrorHasACodeOfATableAndEveryCodeAnError() {
        let used = Set(
            Self.items.map(\.code) + Self.refusals.map(\.code)
                + Self.certificates.map { SignatureRefusal.certificate($0, root: nil).code })
        let below = [ReasonTable.attestation, .certificates, .transparencyLog].flatMap(\.codes)
        #expect(used.subtracting(below) == Set(ReasonTable.sigstore.codes))
        #expect(Set(ReasonTable.sigstore.codes).count == ReasonTable.sigstore.codes.count)
        #expect(Set(ReasonTable.sigstore.codes).isDisjoint(with: ReasonTable.attestation.codes))
    }

    /// Junk beside an image is refused and not counted; only the budget leaves the image undecided.
    @Test func refusedEvidenceNeverOutranksAnything() {
        for code in ReasonTable.sigstore.codes where code != .limitSignatureOperations {
            #expect(code.rank == .evidence && code.effect == .reject)
        }
        #expect(ReasonCode.limitSignatureOperations.effect == .undecided)
    }

    @Test func messagesAreOneShortLine() {
        let hostile = "a`\n\u{202e}" + String(repeating: "x", count: 1000)
        let messages =
            Self.items.map(\.message) + Self.refusals.map(\.message)
            + Self.certificates.map { SignatureRefusal.certificate($0, root: hostile).message } + [
                SignedItemError.unknownMediaType(hostile).message,
                SignedItemError.unsupportedLayer(MediaType(hostile)).message,
            ]
        for message in messages {
            #expect(!message.isEmpty && message.utf8.count < 600)
            #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" })
            #expect(message.unicodeScalars.filter { $0 == "`" }.count.isMultiple(of: 2))
        }
    }
}
