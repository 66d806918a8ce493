public import Findings

/// What policies say of an image as a whole.
extension ReasonCode {
    public static let policyNoneMatches = ReasonCode(
        "policy.none-matches", .reject, .scope,
        summary: "no policy speaks about this namespace and image, and what no policy admits is rejected",
        mend: "state the namespace and the image's name, or write a policy for them")
    public static let policyNoRequirement = ReasonCode(
        "policy.no-requirement", .reject, .scope,
        summary: "a policy requires nothing, and nothing is never enough to admit",
        mend: "add a requirement to the policy")
    public static let policyDenied = ReasonCode(
        "policy.denied", .reject, .denial,
        summary: "a policy denies the image explicitly",
        mend: "change what the denial is about; no evidence and no stage outweighs it")
    public static let policyDenyError = ReasonCode(
        "policy.deny-error", .reject, .denial,
        summary: "whether a denial applies could not be judged, and then it applies",
        mend: "see to what the finding's cause names, and judge the image again")
}

/// Signers whose verified evidence does not count.
extension ReasonCode {
    public static let policyDeniedSigner = ReasonCode(
        "policy.denied-signer", .reject, .denial,
        summary:
            "a rule does not hold, and evidence was left out of it because a guardrail denies the signer or its key",
        mend: "have the image signed and attested anew by a signer that is not denied")
    public static let signerKeyExpired = ReasonCode(
        "signer.key-expired", .reject, .evidence,
        summary: "a signature was verified, but its key was no longer valid",
        mend: "sign anew with a key that is valid, or have signatures timestamped so that they outlive their key")
    public static let signerKeyNotYetValid = ReasonCode(
        "signer.key-not-yet-valid", .reject, .evidence,
        summary: "a signature was verified, but its key was not valid yet",
        mend: "sign with the key that is valid now, or correct `validFrom`")
    public static let signerKeyCompromised = ReasonCode(
        "signer.key-compromised", .reject, .evidence,
        summary: "a signature was verified, but its key is compromised and nothing proves that it was made before",
        mend: "have the image signed anew with another key")
    public static let signerIdentityDiffers = ReasonCode(
        "signer.identity-differs", .reject, .evidence,
        summary: "a certificate's key signed, and its holder would be the signer that is asked for but for one field",
        mend: "sign as the policy says, or correct the field in the policy if the certificate is right")
}

/// What a rule asks about and the request or the image does not have.
extension ReasonCode {
    public static let requestNameRequired = ReasonCode(
        "request.name-required", .reject, .scope,
        summary: "a rule asks about the image's name, and the request states none",
        mend: "state the name under which the image is to run, with `--as REFERENCE`")
    public static let requestTagRequired = ReasonCode(
        "request.tag-required", .reject, .scope,
        summary: "a rule asks about the image's tag, and the request names the image by digest alone",
        mend: "state the tag beside the digest: `registry/repository:tag@digest`")
    public static let ruleNoPlatforms = ReasonCode(
        "rule.no-platforms", .reject, .rule,
        summary: "the image holds nothing that could run, so nothing could be checked",
        mend: "name an image, or an index that lists at least one")
    public static let rulePlatformNotInImage = ReasonCode(
        "rule.platform-not-in-image", .reject, .rule,
        summary: "a rule asks about a platform for which the image has no child",
        mend: "build the image for that platform, or correct the platform in the rule")
    public static let imageNotAnImage = ReasonCode(
        "image.not-an-image", .reject, .rule,
        summary: "a rule asks about what only an image has, and what is judged is a plain file",
        mend: "judge files by a policy of their own, with rules on signatures, provenance and attestations")
    public static let artifactDigestUnknown = ReasonCode(
        "artifact.digest-unknown", .reject, .rule,
        summary: "a rule names files by a digest of another algorithm than the one that is known of this file",
        mend: "give the file itself rather than its digest alone, or give its SHA-256 digest")
    public static let ruleNoAlternativeHolds = ReasonCode(
        "rule.no-alternative-holds", .reject, .rule,
        summary: "a rule takes any of several alternatives, and none of them holds",
        mend: "provide what the closest alternative lacks")
}

/// Evidence as rules see it.
extension ReasonCode {
    public static let evidenceNamesOnlyPlatforms = ReasonCode(
        "evidence.names-only-platforms", .reject, .evidence,
        summary: "the evidence names platforms of the image, and the rule is about what holds them",
        mend: "sign the digest of the index, or ask for evidence on each platform")
    public static let evidenceNoSignedTime = ReasonCode(
        "evidence.no-signed-time", .reject, .evidence,
        summary: "a rule asks how old evidence is, and its signed content does not say",
        mend: "have the builder state when the build finished")
    public static let evidenceTimeInFuture = ReasonCode(
        "evidence.time-in-future", .reject, .evidence,
        summary: "evidence says that it was made after the instant of the decision",
        mend: "check the builder's clock, and the instant that the decision was asked for")
    public static let evidenceTimeAfterSignature = ReasonCode(
        "evidence.time-after-signature", .reject, .evidence,
        summary: "evidence states a time after the one at which it is proven to have been signed already",
        mend: "check the clock of whoever made the evidence")
    public static let evidenceConfigurationUnread = ReasonCode(
        "evidence.configuration-unread", .undecided, .unavailable,
        summary: "a rule asks about the image configuration, and it was not read",
        mend: "make the configuration available where the image is kept")
}

/// The rule `signature`.
extension ReasonCode {
    public static let signatureNone = ReasonCode(
        "signature.none", .reject, .evidence,
        summary: "no verified signature names the image",
        mend: "sign the image with a key that the policy lists")
    public static let signatureNoAllowedSigner = ReasonCode(
        "signature.no-allowed-signer", .reject, .evidence,
        summary: "the image is signed, but by nobody whose signature the rule counts",
        mend: "sign the image with a key that the rule lists")
    public static let signatureTooFewSigners = ReasonCode(
        "signature.too-few-signers", .reject, .evidence,
        summary: "fewer distinct keys have signed the image than the rule asks for",
        mend: "have another of the listed signers sign the image")
    public static let signatureReferenceDiffers = ReasonCode(
        "signature.reference-differs", .reject, .evidence,
        summary: "the signature was made for another name or tag than the image is to run under",
        mend: "sign the image under the name and tag that are deployed, or deploy it under those that were signed")
    public static let signatureReferenceNotStated = ReasonCode(
        "signature.reference-not-stated", .reject, .evidence,
        summary: "the policy compares the signed name, and the signature states none",
        mend: "sign with simple signing, which states a name, or leave `reference` out of the signer")
}

/// The rule `provenance`, and `baseImage` with the proof `materials`.
extension ReasonCode {
    public static let provenanceNoAttestation = ReasonCode(
        "provenance.no-attestation", .reject, .evidence,
        summary: "no verified attestation names the image",
        mend: "have the build sign a provenance statement for the image's digest and attach it")
    public static let provenanceNoneOfType = ReasonCode(
        "provenance.none-of-type", .reject, .evidence,
        summary: "the image has verified attestations, but none is provenance",
        mend: "have the build sign a SLSA provenance statement")
    public static let provenanceNoAllowedSigner = ReasonCode(
        "provenance.no-allowed-signer", .reject, .evidence,
        summary: "the image has provenance, but by nobody whose statement the rule counts",
        mend: "build with a pipeline whose signer the rule lists")
    public static let provenanceTooFewSigners = ReasonCode(
        "provenance.too-few-signers", .reject, .evidence,
        summary: "fewer distinct keys have signed matching provenance than the rule asks for",
        mend: "have another of the listed signers sign the provenance")
    public static let provenanceBuilderDiffers = ReasonCode(
        "provenance.builder-differs", .reject, .rule,
        summary: "the image was built by another builder than the rule allows",
        mend: "build with an allowed builder")
    public static let provenanceCertificateDiffers = ReasonCode(
        "provenance.certificate-differs", .reject, .rule,
        summary: "the provenance says otherwise of its build than the certificate of whoever signed it",
        mend: "have the builder itself sign what it built; nothing that contradicts its own certificate counts")
    public static let provenanceBuildTypeDiffers = ReasonCode(
        "provenance.build-type-differs", .reject, .rule,
        summary: "the provenance is of another build type than the rule allows",
        mend: "build in the way that the rule allows")
    public static let provenanceSourceRepositoryDiffers = ReasonCode(
        "provenance.source-repository-differs", .reject, .rule,
        summary: "the image was built from another repository than the rule allows",
        mend: "build from an allowed repository")
    public static let provenanceSourceRefDiffers = ReasonCode(
        "provenance.source-ref-differs", .reject, .rule,
        summary: "the image was built from another branch or tag than the rule allows",
        mend: "build from an allowed branch or tag")
    public static let provenanceEntryPointDiffers = ReasonCode(
        "provenance.entry-point-differs", .reject, .rule,
        summary: "the build started at another entry point than the rule allows",
        mend: "build with the allowed workflow or file")
    public static let provenanceNotStated = ReasonCode(
        "provenance.not-stated", .reject, .rule,
        summary: "a rule asks about a field that the provenance does not state",
        mend: "build with a builder that states it; what is not stated never satisfies a rule")
    public static let provenanceExternalParameterUnlisted = ReasonCode(
        "provenance.external-parameter-unlisted", .reject, .rule,
        summary: "the build was given a parameter from outside that the rule does not list",
        mend: "build without the parameter, or list it under `externalParameters` after judging what it can do")
    public static let provenanceExternalParameterValue = ReasonCode(
        "provenance.external-parameter-value", .reject, .rule,
        summary: "the build was given a parameter from outside with a value that the rule does not allow",
        mend: "build with an allowed value")
    public static let provenanceTooOld = ReasonCode(
        "provenance.too-old", .reject, .rule,
        summary: "the build finished longer ago than the rule allows",
        mend: "build the image anew")
    public static let provenanceNotExactlyOne = ReasonCode(
        "provenance.not-exactly-one", .reject, .rule,
        summary: "the rule wants exactly one provenance statement of its signers, and there are several",
        mend: "find out why the image was built more than once, and remove the statement that does not belong to it")
}

/// The rule `attestation`.
extension ReasonCode {
    public static let attestationNone = ReasonCode(
        "attestation.none", .reject, .evidence,
        summary: "a rule asks for an attestation, and no verified one names the image",
        mend: "have a signer that the rule lists attest it for the image's digest, and attach the attestation")
    public static let attestationNoneOfType = ReasonCode(
        "attestation.none-of-type", .reject, .evidence,
        summary: "the image has verified attestations, but none of a type that the rule lists",
        mend: "attach an attestation whose `predicateType` is one of those, byte for byte")
    public static let attestationNoAllowedSigner = ReasonCode(
        "attestation.no-allowed-signer", .reject, .evidence,
        summary: "the image has an attestation of the type, but by nobody whose statement the rule counts",
        mend: "have a signer that the rule lists attest it")
    public static let attestationTooFewSigners = ReasonCode(
        "attestation.too-few-signers", .reject, .evidence,
        summary: "fewer distinct signers have signed matching attestations than the rule asks for",
        mend: "have another of the listed signers sign the attestation")
    public static let attestationNotExactlyOne = ReasonCode(
        "attestation.not-exactly-one", .reject, .rule,
        summary: "the rule wants exactly one attestation of its signers, and there are several",
        mend: "find out why there are several, and remove those that do not belong to the image")
    public static let attestationTooOld = ReasonCode(
        "attestation.too-old", .reject, .rule,
        summary: "the attestation was made longer ago than the rule allows",
        mend: "have it made anew")
    public static let attestationFieldMissing = ReasonCode(
        "attestation.field-missing", .reject, .rule,
        summary: "a condition is on a field that the attestation does not have everywhere the rule looks",
        mend: "attest with a tool that states the field; what is not stated never satisfies a rule")
    public static let attestationFieldType = ReasonCode(
        "attestation.field-type", .reject, .rule,
        summary: "a field of the attestation is of another type than the condition compares",
        mend: "write the condition for the type that the tool states; nothing is converted to compare it")
    public static let attestationFieldDiffers = ReasonCode(
        "attestation.field-differs", .reject, .rule,
        summary: "a field of the attestation does not satisfy its condition",
        mend: "mend what the attestation reports about the image, and attest it anew")
}

/// The rule `image` and denials.
extension ReasonCode {
    public static let imageRuleLabelMissing = ReasonCode(
        "image-rule.label-missing", .reject, .rule,
        summary: "the image lacks a label that the rule asks about",
        mend: "build the image with the label")
    public static let imageRuleLabelDiffers = ReasonCode(
        "image-rule.label-differs", .reject, .rule,
        summary: "a label of the image has another value than the rule allows",
        mend: "build the image with an allowed value")
    public static let imageRuleUserIsRoot = ReasonCode(
        "image-rule.user-is-root", .reject, .rule,
        summary: "the image runs as root, or names no user, which is the same",
        mend: "set a numeric user other than 0 in the image, as `USER 10001` does")
    public static let imageRuleUserNotNumeric = ReasonCode(
        "image-rule.user-not-numeric", .reject, .rule,
        summary: "the image names its user by name, and a name can stand for root",
        mend: "set the user by number, as `USER 10001` does")
    public static let imageRuleUserDiffers = ReasonCode(
        "image-rule.user-differs", .reject, .rule,
        summary: "the image runs as another user than the rule allows",
        mend: "set an allowed user in the image")
    public static let imageRuleTagDiffers = ReasonCode(
        "image-rule.tag-differs", .reject, .rule,
        summary: "the image is to run under another tag than the rule allows",
        mend: "deploy it under an allowed tag")
    public static let imageRuleNameDiffers = ReasonCode(
        "image-rule.name-differs", .reject, .rule,
        summary: "the image is to run under another name than the rule allows",
        mend: "deploy it from an allowed repository")
    public static let imageRulePlatformDiffers = ReasonCode(
        "image-rule.platform-differs", .reject, .rule,
        summary: "the image is for another platform than the rule allows",
        mend: "leave the platform out of the image")
    public static let imageRulePlatformUnknown = ReasonCode(
        "image-rule.platform-unknown", .reject, .rule,
        summary: "neither the index nor the configuration says what platform the image is for",
        mend: "rebuild the image with a tool that states the platform")
}

extension ReasonTable {
    public static let policies = ReasonTable(
        "Policies",
        [
            .policyNoneMatches, .policyNoRequirement, .policyDenied, .policyDenyError,
            .policyDeniedSigner, .signerKeyExpired, .signerKeyNotYetValid, .signerKeyCompromised,
            .signerIdentityDiffers,
            .requestNameRequired, .requestTagRequired, .ruleNoPlatforms, .rulePlatformNotInImage,
            .imageNotAnImage, .artifactDigestUnknown, .ruleNoAlternativeHolds,
            .evidenceNamesOnlyPlatforms, .evidenceNoSignedTime, .evidenceTimeInFuture,
            .evidenceTimeAfterSignature, .evidenceConfigurationUnread,
            .signatureNone, .signatureNoAllowedSigner, .signatureTooFewSigners, .signatureReferenceDiffers,
            .signatureReferenceNotStated,
            .provenanceNoAttestation, .provenanceNoneOfType, .provenanceNoAllowedSigner, .provenanceTooFewSigners,
            .provenanceBuilderDiffers, .provenanceCertificateDiffers, .provenanceBuildTypeDiffers,
            .provenanceSourceRepositoryDiffers,
            .provenanceSourceRefDiffers, .provenanceEntryPointDiffers, .provenanceNotStated,
            .provenanceExternalParameterUnlisted, .provenanceExternalParameterValue, .provenanceTooOld,
            .provenanceNotExactlyOne,
            .attestationNone, .attestationNoneOfType, .attestationNoAllowedSigner, .attestationTooFewSigners,
            .attestationNotExactlyOne, .attestationTooOld, .attestationFieldMissing, .attestationFieldType,
            .attestationFieldDiffers,
            .baseImageNoImageMaterial, .baseImageMaterialWithoutDigest, .baseImageMaterialNotApproved,
            .baseImageNoApprovedBase, .baseImageLayersDiffer, .baseImageNoLayers, .baseImageOtherPlatform,
            .baseImageUnread, .baseImageTooOld, .baseImageNoSignedTime, .baseImageTimeInFuture,
            .baseImageChainRejected,
            .imageRuleLabelMissing, .imageRuleLabelDiffers, .imageRuleUserIsRoot, .imageRuleUserNotNumeric,
            .imageRuleUserDiffers, .imageRuleTagDiffers, .imageRuleNameDiffers, .imageRulePlatformDiffers,
            .imageRulePlatformUnknown,
        ])
}
