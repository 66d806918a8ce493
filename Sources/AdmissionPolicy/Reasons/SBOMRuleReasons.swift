public import Findings

/// The rules on what SBOMs say.
extension ReasonCode {
    public static let sbomNone = ReasonCode(
        "sbom.none", .reject, .evidence,
        summary: "a rule asks for an SBOM, and no verified attestation names the image",
        mend: "have the build sign an SBOM of the image as an attestation, and attach it")
    public static let sbomNoneOfType = ReasonCode(
        "sbom.none-of-type", .reject, .evidence,
        summary: "the image has verified attestations, but none is an SBOM",
        mend: "attach an attestation whose `predicateType` is SPDX's, CycloneDX's or Syft's")
    public static let sbomNoAllowedSigner = ReasonCode(
        "sbom.no-allowed-signer", .reject, .evidence,
        summary: "the image has an SBOM, but by nobody whose statement the rule counts",
        mend: "have a signer that the rule lists attest the SBOM")
    public static let sbomTooFewSigners = ReasonCode(
        "sbom.too-few-signers", .reject, .evidence,
        summary: "fewer distinct signers have signed SBOMs that hold than the rule asks for",
        mend: "have another of the listed signers sign the SBOM")
    public static let sbomNotExactlyOne = ReasonCode(
        "sbom.not-exactly-one", .reject, .rule,
        summary: "the rule wants exactly one SBOM of its signers, and there are several",
        mend: "find out why there are several, and remove those that do not belong to the image")
    public static let sbomTooOld = ReasonCode(
        "sbom.too-old", .reject, .rule,
        summary: "the SBOM says that it was made longer ago than the rule allows",
        mend: "make the SBOM anew and sign it; a new timestamp on the old one does not help")
    public static let sbomDescribesAnother = ReasonCode(
        "sbom.describes-another", .reject, .evidence,
        summary: "the SBOM itself states the digest of another image than the one its statement is signed for",
        mend: "make the SBOM of this very image, by digest")
    public static let sbomSubjectNotStated = ReasonCode(
        "sbom.subject-not-stated", .reject, .evidence,
        summary:
            "the rule wants the SBOM itself to state the digest of the image that it describes, and it states none",
        mend: "make the SBOM of the image in a registry or layout, whose digest the tool then knows")
    public static let sbomFormatDiffers = ReasonCode(
        "sbom.format-differs", .reject, .rule,
        summary: "the SBOM is of another format or version than the rule allows",
        mend: "make the SBOM in an allowed format")
    public static let sbomOfAnotherFormat = ReasonCode(
        "sbom.of-another-format", .reject, .evidence,
        summary: "the predicate is an SBOM of another format than its type says",
        mend: "attest it under the predicate type of its format")
    public static let sbomTooFewComponents = ReasonCode(
        "sbom.too-few-components", .reject, .rule,
        summary: "the SBOM lists fewer components than the rule asks for, or none",
        mend: "check what the tool looked at: an SBOM that lists nothing shows nothing")
    public static let sbomElementMissing = ReasonCode(
        "sbom.element-missing", .reject, .rule,
        summary: "the SBOM lacks an element of the minimum that the rule names, or states it of too few components",
        mend: "have the tool, or a step behind it, state what is missing")
    public static let sbomGenerationContextDiffers = ReasonCode(
        "sbom.generation-context-differs", .reject, .rule,
        summary: "the SBOM's data was taken at another stage than the rule allows, or it does not say at which",
        mend: "make the SBOM at an allowed stage, in CycloneDX 1.5 or later or SPDX 3, which can say at which")
    public static let componentDenied = ReasonCode(
        "component.denied", .reject, .rule,
        summary: "the SBOM lists a component that the rule denies",
        mend: "remove the component from the image, or replace it")
    public static let componentUnidentified = ReasonCode(
        "component.unidentified", .reject, .rule,
        summary: "the SBOM lists a component without a package URL that can be read, and the rule denies packages",
        mend:
            "have the tool state the package URL, or write `unidentified: allow` after judging what such components are"
    )
    public static let componentVersionUnknown = ReasonCode(
        "component.version-unknown", .reject, .rule,
        summary: "the rule denies versions of a component, and the SBOM states none that can be compared",
        mend: "have the tool state the version")
    public static let componentNotAllowed = ReasonCode(
        "component.not-allowed", .reject, .rule,
        summary: "the SBOM lists a component that is none of those that the rule allows",
        mend: "remove the component from the image, or list it under `allow`")
    public static let componentMissing = ReasonCode(
        "component.missing", .reject, .rule,
        summary: "the SBOM lacks a component that the rule requires",
        mend: "add the component to the image")
    public static let licenseDenied = ReasonCode(
        "license.denied", .reject, .rule,
        summary: "a component is to be had only under a licence that the rule denies",
        mend: "replace the component, have its licence stated otherwise if that is wrong, or except it")
    public static let licenseNotAllowed = ReasonCode(
        "license.not-allowed", .reject, .rule,
        summary: "a component is to be had only under a licence that is none of those that the rule allows",
        mend: "replace the component, or list the licence under `allow` after judging it")
    public static let licenseUnknown = ReasonCode(
        "license.unknown", .reject, .rule,
        summary: "the SBOM states no licence of a component, or in words that are no expression of listed licences",
        mend:
            "have the licence stated as an SPDX expression, or write `unknown: allow` after judging what such components are"
    )
}

/// The codes that rules on what SBOMs say can give.
extension ReasonTable {
    public static let sbomRules = ReasonTable(
        "Rules on SBOMs",
        [
            .sbomNone, .sbomNoneOfType, .sbomNoAllowedSigner, .sbomTooFewSigners, .sbomNotExactlyOne, .sbomTooOld,
            .sbomDescribesAnother, .sbomSubjectNotStated, .sbomFormatDiffers, .sbomOfAnotherFormat,
            .sbomTooFewComponents, .sbomElementMissing, .sbomGenerationContextDiffers, .componentDenied,
            .componentUnidentified, .componentVersionUnknown, .componentNotAllowed, .componentMissing, .licenseDenied,
            .licenseNotAllowed, .licenseUnknown,
        ])
}
