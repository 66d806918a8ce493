import Attestation
public import Findings
import StrictEncoding

/// Why a signed item is refused before anything is verified. It is then not counted.
extension ReasonCode {
    public static let sigstoreMalformedBundle = ReasonCode(
        "sigstore.malformed-bundle", .reject, .evidence,
        summary: "a document is not a Sigstore bundle of the form that its version defines",
        mend: "sign again with a current cosign, or with `landwaiter sign`")
    public static let sigstoreUnknownMediaType = ReasonCode(
        "sigstore.unknown-media-type", .reject, .evidence,
        summary: "a Sigstore bundle is of a version other than 0.1, 0.2 and 0.3",
        mend: "sign again with a tool that writes bundle version 0.3")
    public static let sigstoreBundleSignatureCount = ReasonCode(
        "sigstore.bundle-signature-count", .reject, .evidence,
        summary: "the envelope in a Sigstore bundle has more than one signature",
        mend: "write one bundle for each signer")
    public static let sigstoreMessageSignature = ReasonCode(
        "sigstore.message-signature", .reject, .evidence,
        summary: "a signature over plain bytes is over none of those that are verified",
        mend: "sign the image with `cosign sign` or `landwaiter sign`, or give the signature of this very file")
    public static let sigstoreNoTrustedRoot = ReasonCode(
        "sigstore.no-trusted-root", .reject, .evidence,
        summary: "evidence is signed by a certificate's key, and no trusted root is given to verify it with",
        mend: "give the trusted root of the Sigstore instance with `--trusted-root`, or name the signer's key")
    public static let sigstoreNoVerifiedTime = ReasonCode(
        "sigstore.no-verified-time", .reject, .evidence,
        summary: "nothing that a trusted root knows says when evidence was signed",
        mend: "sign again with a timestamp authority or a transparency log of the trusted root")
    public static let sigstoreTimesDisagree = ReasonCode(
        "sigstore.times-disagree", .reject, .evidence,
        summary: "the verified times of a signature lie so far apart that no chain of certificates held at all of them",
        mend: "sign again; one of the timestamps was made long after the certificate had expired")
    public static let sigstoreCertificateSignature = ReasonCode(
        "sigstore.certificate-signature", .reject, .evidence,
        summary: "the key of the certificate that lies with evidence did not make its signature",
        mend: "sign again; if it was signed, the signed bytes or the signature were altered")
    public static let sigstoreTooFewLogs = ReasonCode(
        "sigstore.too-few-logs", .reject, .evidence,
        summary: "fewer distinct transparency logs hold the signature than the trusted root asks for",
        mend: "sign with upload to the transparency log of the trusted root")
    public static let sigstoreTooFewTimestamps = ReasonCode(
        "sigstore.too-few-timestamps", .reject, .evidence,
        summary: "fewer distinct authorities stamped the signature than the trusted root asks for",
        mend: "sign with a timestamp authority of the trusted root")
    public static let sigstoreMalformedSignature = ReasonCode(
        "sigstore.malformed-signature", .reject, .evidence,
        summary: "a stored signature is not of the form that cosign or containers/image defines",
        mend: "sign again with cosign, skopeo or `landwaiter sign`")
    public static let sigstoreNoSignature = ReasonCode(
        "sigstore.no-signature", .reject, .evidence,
        summary: "a layer that should hold a signature has none: nobody signed it",
        mend: "sign the image again")
    public static let sigstoreUnsupportedLayer = ReasonCode(
        "sigstore.unsupported-layer", .reject, .evidence,
        summary: "a layer stored as a signature is neither a simple signing payload nor a DSSE envelope",
        mend: "sign again with cosign or `landwaiter sign`")
    public static let sigstoreNotEvidence = ReasonCode(
        "sigstore.not-evidence", .reject, .evidence,
        summary: "a line among lines of evidence is neither a Sigstore bundle nor a DSSE envelope",
        mend: "remove the line, or write one bundle or envelope on each")
    public static let sigstoreNoBundle = ReasonCode(
        "sigstore.no-bundle", .reject, .evidence,
        summary: "a list of attestations is empty, or says only where the bundle of one can be fetched",
        mend: "fetch the bundles themselves: `gh attestation download`, or `npm view --json` and its attestations' URL")
    public static let sigstoreLabelMismatch = ReasonCode(
        "sigstore.label-mismatch", .reject, .evidence,
        summary: "what a document says of an attestation in it, unsigned, is not what the attestation says",
        mend: "fetch the document again from the registry or service that wrote it; it was altered or mixed up")
    public static let simpleSigningOpenPGP = ReasonCode(
        "simple-signing.openpgp-unsupported", .reject, .evidence,
        summary: "an image signature is made with OpenPGP, which is recognised and not verified",
        mend:
            "sign the image with a Sigstore key: `skopeo copy --sign-by-sigstore-private-key`, cosign or `landwaiter sign`"
    )
    public static let simpleSigningUnknownFile = ReasonCode(
        "simple-signing.unknown-file", .reject, .evidence,
        summary: "a signature file of a `dir:` image is of no known form",
        mend: "copy the image with its signatures again, with a current skopeo")
    public static let limitBundleElements = ReasonCode(
        "limit.bundle-elements", .reject, .evidence,
        summary: "a Sigstore bundle has more log entries or timestamps than the limit",
        mend: "sign again; one of each is what proves something")
    public static let limitEvidenceLines = ReasonCode(
        "limit.evidence-lines", .reject, .evidence,
        summary: "a file of evidence has more lines or entries than the limit",
        mend: "give the attestations of this image only, or raise the limit knowingly")
}

/// What verifying came to.
extension ReasonCode {
    public static let signatureNoTrustedKey = ReasonCode(
        "signature.no-trusted-key", .reject, .evidence,
        summary: "there is evidence, and no trusted key to verify it with",
        mend: "name the signer's public key in the policy, or give it with `--key`")
    public static let signatureNoKeyMatches = ReasonCode(
        "signature.no-key-matches", .reject, .evidence,
        summary: "evidence is signed, and none of the trusted keys made any of its signatures",
        mend: "sign with a trusted key; if it was, the signed bytes or the signature were altered")
    public static let limitSignatureOperations = ReasonCode(
        "limit.signature-operations", .undecided, .limit,
        summary: "verifying all signatures with all trusted keys would pass the budget of operations",
        mend: "remove evidence that nobody needs, name fewer keys, or raise the budget knowingly")
}

extension ReasonTable {
    public static let sigstore = ReasonTable(
        "Sigstore",
        [
            .sigstoreMalformedBundle, .sigstoreUnknownMediaType, .sigstoreBundleSignatureCount,
            .sigstoreMessageSignature, .sigstoreMalformedSignature,
            .sigstoreNoSignature, .sigstoreUnsupportedLayer, .sigstoreNotEvidence,
            .sigstoreNoBundle, .sigstoreLabelMismatch,
            .simpleSigningOpenPGP, .simpleSigningUnknownFile, .limitBundleElements, .limitEvidenceLines,
            .sigstoreNoTrustedRoot, .sigstoreNoVerifiedTime, .sigstoreTimesDisagree, .sigstoreCertificateSignature,
            .sigstoreTooFewLogs, .sigstoreTooFewTimestamps,
            .signatureNoTrustedKey, .signatureNoKeyMatches, .limitSignatureOperations,
        ])
}

extension SignedItemError {
    public var code: ReasonCode {
        switch self {
        case .json(.tooLarge), .signatureFileJSON(.tooLarge): .limitEnvelopeBytes
        case .json(.tooDeep), .signatureFileJSON(.tooDeep): .limitEvidenceDepth
        case .envelope(let error): error.code
        case .json, .missing, .malformed, .underscoredName, .notExactlyOne, .repeated: .sigstoreMalformedBundle
        case .unknownMediaType: .sigstoreUnknownMediaType
        case .bundleSignatureCount: .sigstoreBundleSignatureCount
        case .tooManyElements: .limitBundleElements
        case .notBase64, .signatureFileJSON, .malformedSignatureFile: .sigstoreMalformedSignature
        case .noSignature: .sigstoreNoSignature
        case .unsupportedLayer: .sigstoreUnsupportedLayer
        case .openPGP: .simpleSigningOpenPGP
        case .unknownSignatureFile: .simpleSigningUnknownFile
        case .notEvidence: .sigstoreNotEvidence
        case .noBundle: .sigstoreNoBundle
        case .labelMismatch: .sigstoreLabelMismatch
        case .tooManyLines: .limitEvidenceLines
        }
    }
}

extension SignatureRefusal {
    public var code: ReasonCode {
        switch self {
        case .noTrustedRoot: .sigstoreNoTrustedRoot
        case .noArtifact: .sigstoreMessageSignature
        case .certificate(let refusal, _): refusal.code
        case .noTrustedKey: .signatureNoTrustedKey
        case .noKeyMatches: .signatureNoKeyMatches
        case .tooManyOperations: .limitSignatureOperations
        }
    }
}
