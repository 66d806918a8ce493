import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@Suite struct AttestationReasonsTests {
    static let json = JSONError.unexpectedEnd
    static let envelope: [EnvelopeError] = [
        .json(json), .json(.tooLarge(limit: 1)), .json(.tooDeep(limit: 1, offset: 0)), .notAnObject, .missing("x"),
        .notAString("x"), .signaturesNotAnArray, .noSignatures, .tooManySignatures(limit: 1, found: 2),
        .payloadNotBase64(.notAString), .signatureNotAnObject(position: 0), .signatureMissing(position: 0),
        .signatureNotBase64(position: 0, .notAString),
    ]
    static let statement: [StatementError] = [
        .unsupportedPayloadType("x"), .json(json), .json(.tooLarge(limit: 1)), .json(.tooDeep(limit: 1, offset: 0)),
        .notAnObject, .missing("x"), .unknownType("x"), .malformedSubjects, .noSubject,
        .tooManySubjects(limit: 1, found: 2), .malformedSubject(position: 0), .emptyDigest(position: 0),
        .tooManyDigests(position: 0),
    ]
    static let simpleSigning: [SimpleSigningError] = [
        .json(json), .json(.tooLarge(limit: 1)), .json(.tooDeep(limit: 1, offset: 0)), .malformed(""), .malformed("x"),
        .unknownMember("x"), .otherType("x"), .digest(.notADigest("x")),
    ]
    static let provenance: [ProvenanceError] = [
        .otherPredicate("x"), .malformed("x", expected: "an object"),
        .malformedTime("x", "y"), .contradictsItself("source", stated: "x", elsewhere: "y"), .tooMany("x", limit: 1),
        .parameterNameTooLong(limit: 1),
    ]

    static let summary: [VerificationSummaryError] = [
        .otherPredicate("x"), .unsupportedVersion("0.1"), .malformed("x", expected: "an object"),
        .malformedTime("x", "y"), .contradictsItself("x", "y"), .tooMany("x", limit: 1),
    ]
    static let sourceProvenance: [SourceProvenanceError] = [
        .otherPredicate("x"), .malformed("x", expected: "an object"), .malformedTime("x", "y"),
        .tooMany("x", limit: 1),
    ]

    @Test func everyErrorHasACodeOfTheTableAndEveryCodeAnError() {
        let used =
            Self.envelope.map(\.code) + Self.statement.map(\.code) + Self.simpleSigning.map(\.code)
            + Self.provenance.map(\.code) + Self.summary.map(\.code) + Self.sourceProvenance.map(\.code)
        #expect(Set(used) == Set(ReasonTable.attestation.codes))
        #expect(Set(ReasonTable.attestation.codes).count == ReasonTable.attestation.codes.count)
    }

    /// Junk beside an image is refused and not counted: it must never outrank what is said of the image itself.
    @Test func refusedEvidenceNeverOutranksAnything() {
        #expect(ReasonTable.attestation.codes.allSatisfy { $0.rank == .evidence && $0.effect == .reject })
    }

    @Test func messagesAreOneShortLine() {
        let hostile = ExactString("a`\n\u{202e}" + String(repeating: "x", count: 1000))
        let messages =
            Self.envelope.map(\.message) + Self.statement.map(\.message) + Self.simpleSigning.map(\.message)
            + Self.provenance.map(\.message) + Self.summary.map(\.message) + Self.sourceProvenance.map(\.message) + [
                StatementError.unsupportedPayloadType(hostile).message, StatementError.unknownType(hostile).message,
                SimpleSigningError.unknownMember(hostile.value).message, SimpleSigningError.otherType(hostile).message,
                ProvenanceError.malformed(hostile.value, expected: "a string").message,
                ProvenanceError.malformedTime(hostile.value, hostile).message,
                ProvenanceError.contradictsItself("source", stated: hostile, elsewhere: hostile).message,
                ProvenanceError.otherPredicate(hostile).message,
                VerificationSummaryError.otherPredicate(hostile).message,
                VerificationSummaryError.unsupportedVersion(hostile.value).message,
                VerificationSummaryError.contradictsItself(hostile, hostile).message,
                VerificationSummaryError.malformedTime(hostile.value, hostile).message,
                SourceProvenanceError.otherPredicate(hostile).message,
                SourceProvenanceError.malformedTime(hostile.value, hostile).message,
            ]
        for message in messages {
            #expect(!message.isEmpty && message.utf8.count < 600)
            #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" })
            #expect(message.unicodeScalars.filter { $0 == "`" }.count.isMultiple(of: 2))
            #expect(!message.hasSuffix("."))
        }
    }
}
