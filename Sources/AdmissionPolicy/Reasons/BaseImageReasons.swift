public import Findings

/// The rule `baseImage`.
extension ReasonCode {
    public static let baseImageNoImageMaterial = ReasonCode(
        "base-image.no-image-material", .reject, .rule,
        summary: "the provenance lists no image among the build's materials",
        mend: "build with a builder that records base images, such as BuildKit with provenance `mode=max`")
    public static let baseImageMaterialWithoutDigest = ReasonCode(
        "base-image.material-without-digest", .reject, .rule,
        summary: "an image among the build's materials has no digest that could be compared",
        mend: "build with a builder that records digests")
    public static let baseImageMaterialNotApproved = ReasonCode(
        "base-image.material-not-approved", .reject, .rule,
        summary: "the build used an image that is approved neither as base nor as build tool",
        mend: "build on an approved image, or have the image approved by its digest")
    public static let baseImageNoApprovedBase = ReasonCode(
        "base-image.no-approved-base", .reject, .rule,
        summary: "the build used approved build tools, but no approved base",
        mend: "build on an approved base image")
    public static let baseImageLayersDiffer = ReasonCode(
        "base-image.layers-differ", .reject, .rule,
        summary: "the image's lowest layers are not those of any approved base",
        mend: "build on an approved base image at one of its approved digests, without squashing layers")
    public static let baseImageNoLayers = ReasonCode(
        "base-image.no-layers", .reject, .rule,
        summary: "an approved base has no layer that holds anything, so every image would seem built on it",
        mend: "approve a base with content; images from `scratch` have no base to prove")
    public static let baseImageOtherPlatform = ReasonCode(
        "base-image.other-platform", .reject, .rule,
        summary: "no approved base is for the image's platform",
        mend: "approve the base image's index, or its manifest for that platform")
    public static let baseImageUnread = ReasonCode(
        "base-image.unread", .undecided, .unavailable,
        summary: "an approved base image was not read, so it could be neither compared nor judged",
        mend: "make the base image available where the image is, or name a copy with `--base IMAGE`")
    public static let baseImageTooOld = ReasonCode(
        "base-image.too-old", .reject, .rule,
        summary: "the base image is older than the rule allows",
        mend: "build on a newer approved base image")
    public static let baseImageNoSignedTime = ReasonCode(
        "base-image.no-signed-time", .reject, .evidence,
        summary: "a rule asks how old the base image is, and neither signed content nor the policy says",
        mend: "have the base's builder state when the build finished, or list the base with `listed: TIME`")
    public static let baseImageTimeInFuture = ReasonCode(
        "base-image.time-in-future", .reject, .evidence,
        summary: "the base image is said to have been made, or listed, after the instant of the decision",
        mend: "check the clock of the base's builder, `listed` in the policy, and the instant of the decision")
    public static let baseImageChainRejected = ReasonCode(
        "base-image.chain-rejected", .reject, .rule,
        summary: "the base image is rejected by the policy that judges base images",
        mend: "mend what the finding names as the cause in the base image, or build on another")
}
