public import Findings
import StrictEncoding

/// Why one piece of evidence is refused. It is then not counted, neither for nor against the image.
extension ReasonCode {
    public static let dsseMalformed = ReasonCode(
        "dsse.malformed", .reject, .evidence,
        summary: "an envelope is not JSON of the form that DSSE defines",
        mend: "sign again with a tool that writes DSSE envelopes; do not edit an envelope")
    public static let dsseNoSignatures = ReasonCode(
        "dsse.no-signatures", .reject, .evidence,
        summary: "an envelope has an empty list of signatures: nobody signed it",
        mend: "sign the statement; an envelope alone proves nothing")
    public static let dsseUnsupportedPayloadType = ReasonCode(
        "dsse.unsupported-payload-type", .reject, .evidence,
        summary: "the payload of an envelope is not declared to be an in-toto statement",
        mend: "sign with payload type `application/vnd.in-toto+json`")

    public static let statementMalformed = ReasonCode(
        "statement.malformed", .reject, .evidence,
        summary: "a signed payload is not an in-toto statement of version 0.1 or 1",
        mend: "write the statement with a tool that follows the in-toto attestation specification")
    public static let statementNoSubject = ReasonCode(
        "statement.no-subject", .reject, .evidence,
        summary: "a statement names no subject, so it is about nothing",
        mend: "name the image's digest as a subject of the statement")
    public static let statementNoDigest = ReasonCode(
        "statement.no-digest", .reject, .evidence,
        summary: "a subject of a statement has no digest, so it can be anything",
        mend: "give every subject a `sha256` digest")

    public static let simpleSigningMalformed = ReasonCode(
        "simple-signing.malformed", .reject, .evidence,
        summary: "a signed payload has not exactly the members of a simple signing payload",
        mend: "sign again with cosign, skopeo or `landwaiter sign`")
    public static let simpleSigningOtherType = ReasonCode(
        "simple-signing.other-type", .reject, .evidence,
        summary: "a simple signing payload is of another type than a cosign image signature",
        mend: "sign again with cosign, skopeo or `landwaiter sign`")
    public static let simpleSigningMalformedDigest = ReasonCode(
        "simple-signing.malformed-digest", .reject, .evidence,
        summary: "a simple signing payload names its image by something that is no usable digest",
        mend: "sign the image by its sha256 digest")

    public static let provenanceOtherPredicate = ReasonCode(
        "provenance.other-predicate", .reject, .evidence,
        summary: "a statement that should hold provenance has a predicate of another type",
        mend: "attest with predicate type `https://slsa.dev/provenance/v1`")
    public static let provenanceMalformed = ReasonCode(
        "provenance.malformed", .reject, .evidence,
        summary: "provenance lacks something that its version or build type requires, or holds it in another form",
        mend: "report it to the builder that wrote it: it does not follow the SLSA provenance specification")
    public static let provenanceMalformedTime = ReasonCode(
        "provenance.malformed-time", .reject, .evidence,
        summary: "a time in provenance is not of the form of RFC 3339",
        mend: "report it to the builder that wrote it: times look like `2026-11-20T09:00:00Z`")
    public static let provenanceContradictsItself = ReasonCode(
        "provenance.contradicts-itself", .reject, .evidence,
        summary: "provenance states one fact of a build in two places, and not the same: two sources, commits, runs",
        mend: "do not trust this statement; find out how the builder came to sign it")
}

/// Verification summaries and source provenance: facts for rules about attestations.
extension ReasonCode {
    public static let summaryOtherPredicate = ReasonCode(
        "verification-summary.other-predicate", .reject, .evidence,
        summary: "a statement that should hold a verification summary has a predicate of another type",
        mend: "attest with predicate type `https://slsa.dev/verification_summary/v1`")
    public static let summaryUnsupportedVersion = ReasonCode(
        "verification-summary.unsupported-version", .reject, .evidence,
        summary: "a verification summary is of a version other than 0.2 and 1",
        mend: "use a verifier that writes verification summaries of version 1")
    public static let summaryMalformed = ReasonCode(
        "verification-summary.malformed", .reject, .evidence,
        summary: "a verification summary lacks something that its version requires, or holds it in another form",
        mend: "report it to the verifier that wrote it: it does not follow the SLSA specification")
    public static let summaryMalformedTime = ReasonCode(
        "verification-summary.malformed-time", .reject, .evidence,
        summary: "the time in a verification summary is not of the form of RFC 3339",
        mend: "report it to the verifier that wrote it: times look like `2026-11-20T09:00:00Z`")
    public static let summaryContradictsItself = ReasonCode(
        "verification-summary.contradicts-itself", .reject, .evidence,
        summary: "a verification summary states two levels of one track, or passes what it says has failed",
        mend: "do not trust this summary; find out how the verifier came to sign it")
    public static let sourceProvenanceOtherPredicate = ReasonCode(
        "source-provenance.other-predicate", .reject, .evidence,
        summary: "a statement that should hold source provenance has a predicate of another type",
        mend: "attest with the predicate type of the SLSA source tool, or ask for a source verification summary")
    public static let sourceProvenanceMalformed = ReasonCode(
        "source-provenance.malformed", .reject, .evidence,
        summary: "source provenance lacks something that it has to state, or holds it in another form",
        mend: "report it to the source control system that wrote it")
    public static let sourceProvenanceMalformedTime = ReasonCode(
        "source-provenance.malformed-time", .reject, .evidence,
        summary: "a time in source provenance is not of the form of RFC 3339",
        mend: "report it to the source control system that wrote it: times look like `2026-11-20T09:00:00Z`")
}

/// Bounds on one piece of evidence. What passes one is refused and not counted, like anything else that is malformed.
extension ReasonCode {
    public static let limitEnvelopeBytes = ReasonCode(
        "limit.envelope-bytes", .reject, .evidence,
        summary: "an envelope, a bundle or a signed payload is larger than the limit",
        mend: "attest less at once, or raise the limit knowingly")
    public static let limitEnvelopeSignatures = ReasonCode(
        "limit.envelope-signatures", .reject, .evidence,
        summary: "one envelope has more signatures than the limit",
        mend: "put fewer signatures into one envelope, or raise the limit knowingly")
    public static let limitEvidenceDepth = ReasonCode(
        "limit.evidence-json-depth", .reject, .evidence,
        summary: "the JSON of a piece of evidence nests deeper than the limit",
        mend: "write the evidence with a tool that follows its specification; none needs such depth")
    public static let limitStatementSubjects = ReasonCode(
        "limit.statement-subjects", .reject, .evidence,
        summary: "one statement names more subjects, or more digests of one subject, than the limit",
        mend: "attest fewer artifacts in one statement, or raise the limit knowingly")
    public static let limitProvenanceEntries = ReasonCode(
        "limit.provenance-entries", .reject, .evidence,
        summary: "provenance lists more materials or external parameters than the limit, or names of excessive length",
        mend: "have the builder list fewer; none in use comes near the limit")
    public static let limitPredicateEntries = ReasonCode(
        "limit.predicate-entries", .reject, .evidence,
        summary: "a verification summary or source provenance lists more of one thing than the limit",
        mend: "have its author list less; none in use comes near the limit")
}

extension ReasonTable {
    public static let attestation = ReasonTable(
        "Attestation",
        [
            .dsseMalformed, .dsseNoSignatures, .dsseUnsupportedPayloadType,
            .statementMalformed, .statementNoSubject, .statementNoDigest,
            .simpleSigningMalformed, .simpleSigningOtherType, .simpleSigningMalformedDigest,
            .provenanceOtherPredicate, .provenanceMalformed,
            .provenanceMalformedTime, .provenanceContradictsItself,
            .summaryOtherPredicate, .summaryUnsupportedVersion, .summaryMalformed, .summaryMalformedTime,
            .summaryContradictsItself,
            .sourceProvenanceOtherPredicate, .sourceProvenanceMalformed, .sourceProvenanceMalformedTime,
            .limitEnvelopeBytes, .limitEnvelopeSignatures, .limitEvidenceDepth, .limitStatementSubjects,
            .limitProvenanceEntries, .limitPredicateEntries,
        ])
}

extension EnvelopeError {
    public var code: ReasonCode {
        switch self {
        case .json(.tooLarge): .limitEnvelopeBytes
        case .json(.tooDeep): .limitEvidenceDepth
        case .noSignatures: .dsseNoSignatures
        case .tooManySignatures: .limitEnvelopeSignatures
        case .json, .notAnObject, .missing, .notAString, .signaturesNotAnArray, .payloadNotBase64,
            .signatureNotAnObject, .signatureMissing, .signatureNotBase64:
            .dsseMalformed
        }
    }
}

extension StatementError {
    public var code: ReasonCode {
        switch self {
        case .unsupportedPayloadType: .dsseUnsupportedPayloadType
        case .json(.tooLarge): .limitEnvelopeBytes
        case .json(.tooDeep): .limitEvidenceDepth
        case .noSubject: .statementNoSubject
        case .emptyDigest: .statementNoDigest
        case .tooManySubjects, .tooManyDigests: .limitStatementSubjects
        case .json, .notAnObject, .missing, .unknownType, .malformedSubjects, .malformedSubject: .statementMalformed
        }
    }
}

extension SimpleSigningError {
    public var code: ReasonCode {
        switch self {
        case .json(.tooLarge): .limitEnvelopeBytes
        case .json(.tooDeep): .limitEvidenceDepth
        case .json, .malformed, .unknownMember: .simpleSigningMalformed
        case .otherType: .simpleSigningOtherType
        case .digest: .simpleSigningMalformedDigest
        }
    }
}

extension ProvenanceError {
    public var code: ReasonCode {
        switch self {
        case .otherPredicate: .provenanceOtherPredicate
        case .malformed: .provenanceMalformed
        case .malformedTime: .provenanceMalformedTime
        case .contradictsItself: .provenanceContradictsItself
        case .tooMany, .parameterNameTooLong: .limitProvenanceEntries
        }
    }
}

extension VerificationSummaryError {
    public var code: ReasonCode {
        switch self {
        case .otherPredicate: .summaryOtherPredicate
        case .unsupportedVersion: .summaryUnsupportedVersion
        case .malformed: .summaryMalformed
        case .malformedTime: .summaryMalformedTime
        case .contradictsItself: .summaryContradictsItself
        case .tooMany: .limitPredicateEntries
        }
    }
}

extension SourceProvenanceError {
    public var code: ReasonCode {
        switch self {
        case .otherPredicate: .sourceProvenanceOtherPredicate
        case .malformed: .sourceProvenanceMalformed
        case .malformedTime: .sourceProvenanceMalformedTime
        case .tooMany: .limitPredicateEntries
        }
    }
}
