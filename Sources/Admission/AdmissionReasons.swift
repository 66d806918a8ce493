public import Findings

extension ReasonCode {
    public static let limitIndexEntries = ReasonCode(
        "limit.index-entries", .reject, .limit,
        summary: "the image index lists more entries than the limit",
        mend: "publish fewer platforms in one index, or raise the limit `index-entries`")
    public static let limitEvidenceItems = ReasonCode(
        "limit.evidence-items", .undecided, .limit,
        summary: "allowed signers made more evidence for this image than the limit",
        mend: "remove outdated attestations, or raise the limit `evidence-items`")
    public static let limitBaseDepth = ReasonCode(
        "limit.base-depth", .undecided, .limit,
        summary: "more base images lie on one another than are judged",
        mend: "end the chain of policies for base images earlier, or raise the limit `base-depth`")
    public static let imageChildUnavailable = ReasonCode(
        "image.child-unavailable", .undecided, .unavailable,
        summary: "the index lists a manifest whose bytes cannot be had",
        mend: "copy the image with all its platforms (`skopeo copy --all --preserve-digests`)")
    public static let imageNothingRunnable = ReasonCode(
        "image.nothing-runnable", .reject, .integrity,
        summary: "the index lists no runnable image",
        mend: "verify the image's own digest rather than that of its attestations")
    public static let imageNotRead = ReasonCode(
        "image.not-read", .note, .note,
        summary:
            "the decision was made before everything was read: at the first evidence that satisfied every rule, or from the request alone where nothing else could change it",
        mend: "nothing; ask for a full decision (`landwaiter explain`) to see everything")
    public static let evidenceUnreadable = ReasonCode(
        "evidence.unreadable", .undecided, .unavailable,
        summary: "evidence that is listed for the image cannot be read",
        mend: "make the evidence readable and run the decision again")
    public static let evidenceAbsent = ReasonCode(
        "evidence.listed-but-absent", .note, .note,
        summary: "evidence is listed for the image, but its bytes are not there; it does not count",
        mend: "copy the image again together with its referrers")
    public static let evidenceSubjectMismatch = ReasonCode(
        "evidence.subject-mismatch", .reject, .evidence,
        summary: "the evidence is validly signed, but speaks of another image",
        mend: "attach the attestation to the image that it was made for, or attest this image")
    public static let evidenceUnsigned = ReasonCode(
        "evidence.unsigned", .reject, .evidence,
        summary: "the document carries no signature; anyone could have written it",
        mend: "attach it as a signed attestation (`landwaiter attest`)")
    public static let evidenceIndexUnsigned = ReasonCode(
        "evidence.index-unsigned", .reject, .evidence,
        summary:
            "the unsigned build attestation could count only under a verified signature of the index that holds it",
        mend: "sign the index (`landwaiter sign`), or sign the attestation itself")
    public static let evidenceNoNamedHolder = ReasonCode(
        "evidence.no-named-holder", .reject, .evidence,
        summary: "evidence is signed by a certificate's key, and no policy names the holder of a certificate",
        mend: "sign with a key that the policy names")
    public static let evidenceUnrelated = ReasonCode(
        "evidence.unrelated-file", .note, .note,
        summary: "a file given as evidence is no signed evidence about this image",
        mend: "leave the file out")
    public static let evidenceUnknownType = ReasonCode(
        "evidence.unknown-type", .note, .note,
        summary: "a manifest that refers to the image carries nothing that is known as evidence",
        mend: "nothing, if the artifact is meant for another tool")
    public static let evidenceNotListedForImage = ReasonCode(
        "evidence.not-about-this-image", .reject, .evidence,
        summary: "a manifest listed with the image's referrers names another subject, or none",
        mend: "push the evidence again with a tool that writes the subject")
    public static let breakGlassMalformed = ReasonCode(
        "break-glass.malformed", .note, .note,
        summary: "what was given as a break-glass pass is none, and has no effect",
        mend: "make the pass with `landwaiter break-glass create`")
    public static let breakGlassNotApproved = ReasonCode(
        "break-glass.not-approved", .note, .note,
        summary: "no approver whom a guardrail names has signed the break-glass pass, so it has no effect",
        mend: "have the approvers sign the pass (`landwaiter break-glass approve`)")
    public static let pipelineInternal = ReasonCode(
        "internal.inconsistent", .undecided, .integrity,
        summary: "the decision contradicted itself, so it was not made",
        mend: "report this with the record")
}

extension ReasonTable {
    public static let admission = ReasonTable(
        "Admission",
        [
            .limitIndexEntries, .limitEvidenceItems, .limitBaseDepth,
            .imageChildUnavailable, .imageNothingRunnable, .imageNotRead,
            .evidenceUnreadable, .evidenceAbsent, .evidenceSubjectMismatch, .evidenceUnsigned, .evidenceIndexUnsigned,
            .evidenceNoNamedHolder, .evidenceUnrelated, .evidenceUnknownType, .evidenceNotListedForImage,
            .breakGlassMalformed, .breakGlassNotApproved, .pipelineInternal,
        ])
}
