public import Findings

/// Exceptions: why one that names a rule that failed has no effect. All are notes: what decides is the rule's own
/// finding.
extension ReasonCode {
    public static let exceptionUsed = ReasonCode(
        "exception.used", .note, .note,
        summary: "a rule that does not hold is waived by an exception",
        mend: "mend what the rule asks for before the exception expires")
    public static let exceptionExpired = ReasonCode(
        "exception.expired", .note, .note,
        summary: "an exception for the rule has expired",
        mend: "mend what the rule asks for, or have the exception's owner renew it")
    public static let exceptionNotYetValid = ReasonCode(
        "exception.not-yet-valid", .note, .note,
        summary: "an exception for the rule is not in effect yet",
        mend: "wait until it begins, or have the exception's owner change `from`")
    public static let exceptionTooLong = ReasonCode(
        "exception.too-long", .note, .note,
        summary: "an exception lasts longer than a guardrail allows, and so has no effect at all",
        mend: "shorten the time between `from` and `expires`")
    public static let exceptionWrongSource = ReasonCode(
        "exception.wrong-source", .note, .note,
        summary: "an exception comes from a source whose exceptions a guardrail does not honour",
        mend: "keep it in a source that the guardrail names under `exceptions.from`")
    public static let exceptionNotWaivable = ReasonCode(
        "exception.not-waivable", .note, .note,
        summary: "an exception names a rule, or a failure, that may not be waived",
        mend: "mend what the rule asks for; denials, guardrails, contradictions and what is unknown are never waived")
    public static let exceptionNoGuardrail = ReasonCode(
        "exception.no-guardrail", .note, .note,
        summary: "no guardrail speaks about the request, and without one no exception has effect",
        mend: "load a guardrail that permits the exception (`--guardrails DIR`)")
    public static let exceptionNotPermitted = ReasonCode(
        "exception.not-permitted", .note, .note,
        summary: "a guardrail that speaks about the request permits no exceptions",
        mend: "mend what the rule asks for, or have the guardrail's owner permit exceptions")
    public static let exceptionMissingField = ReasonCode(
        "exception.missing-field", .note, .note,
        summary: "an exception does not state what a guardrail demands of it",
        mend: "add the field to the exception")
    public static let exceptionOtherNamespace = ReasonCode(
        "exception.other-namespace", .note, .note,
        summary: "an exception for the rule is for other namespaces",
        mend: "mend what the rule asks for, or ask for an exception of its own")
    public static let exceptionOtherImage = ReasonCode(
        "exception.other-image", .note, .note,
        summary: "an exception for the rule is for other images, or for other digests of this one",
        mend: "mend what the rule asks for, or ask for an exception of its own")
    public static let exceptionUnknownRule = ReasonCode(
        "exception.unknown-rule", .note, .note,
        summary: "an exception names a policy or a rule that is not there",
        mend: "correct the name under `waives`, or remove the exception")
}

/// Break-glass passes, as the policy judges one whose signatures were verified.
extension ReasonCode {
    public static let breakGlassUsed = ReasonCode(
        "break-glass.used", .note, .note,
        summary: "a rule that does not hold is waived by a break-glass pass",
        mend: "mend what the rule asks for; the pass ends within hours")
    public static let breakGlassExpired = ReasonCode(
        "break-glass.expired", .note, .note,
        summary: "the break-glass pass has expired",
        mend: "mend what the rules ask for, or have the approvers sign a new pass")
    public static let breakGlassNotYetValid = ReasonCode(
        "break-glass.not-yet-valid", .note, .note,
        summary: "the break-glass pass is not in effect yet",
        mend: "wait until it begins")
    public static let breakGlassTooLong = ReasonCode(
        "break-glass.too-long", .note, .note,
        summary: "the break-glass pass lasts longer than a guardrail allows, and so has no effect at all",
        mend: "have the approvers sign a shorter pass")
    public static let breakGlassOtherNamespace = ReasonCode(
        "break-glass.other-namespace", .note, .note,
        summary: "the break-glass pass is for another namespace",
        mend: "have the approvers sign a pass for this namespace")
    public static let breakGlassOtherImage = ReasonCode(
        "break-glass.other-image", .note, .note,
        summary: "the break-glass pass is for another digest",
        mend: "have the approvers sign a pass for this digest; the one of an index covers its platforms")
    public static let breakGlassTooFewApprovers = ReasonCode(
        "break-glass.too-few-approvers", .note, .note,
        summary: "fewer approvers have signed the break-glass pass than a guardrail asks for",
        mend: "have another approver sign the same bytes (`landwaiter break-glass approve`)")
    public static let breakGlassNotPermitted = ReasonCode(
        "break-glass.not-permitted", .note, .note,
        summary: "a guardrail that speaks about the request permits no break-glass",
        mend: "mend what the rules ask for, or have the guardrail's owner name approvers")
    public static let breakGlassNoGuardrail = ReasonCode(
        "break-glass.no-guardrail", .note, .note,
        summary: "no guardrail speaks about the request, and without one no break-glass pass has effect",
        mend: "load the guardrail that names the approvers (`--guardrails DIR`)")
    public static let breakGlassNotWaivable = ReasonCode(
        "break-glass.not-waivable", .note, .note,
        summary: "a failure can't be waived by a break-glass pass",
        mend: "mend what the finding names; denials, guardrails, contradictions and what is unknown are never waived")
}

/// Whom a guardrail lets speak.
extension ReasonCode {
    public static let policyNotDelegated = ReasonCode(
        "policy.not-delegated", .note, .note,
        summary: "a policy matches, but a guardrail lets its team not speak for the namespace, so it does not suffice",
        mend: "have the guardrail's owner delegate the namespace to the team")
    public static let policyInsecureNotPermitted = ReasonCode(
        "policy.insecure-not-permitted", .reject, .denial,
        summary: "a policy uses what weakens a check, and a guardrail does not permit it",
        mend: "write the condition without it, or have the guardrail's owner list it under `insecure.permit`")
}

extension ReasonTable {
    public static let waivers = ReasonTable(
        "Guardrails, exceptions, break-glass",
        [
            .policyNotDelegated, .policyInsecureNotPermitted,
            .exceptionUsed, .exceptionExpired, .exceptionNotYetValid, .exceptionTooLong, .exceptionWrongSource,
            .exceptionNotWaivable, .exceptionNoGuardrail, .exceptionNotPermitted, .exceptionMissingField,
            .exceptionOtherNamespace, .exceptionOtherImage, .exceptionUnknownRule,
            .breakGlassUsed, .breakGlassExpired, .breakGlassNotYetValid, .breakGlassTooLong, .breakGlassOtherNamespace,
            .breakGlassOtherImage, .breakGlassTooFewApprovers, .breakGlassNotPermitted, .breakGlassNoGuardrail,
            .breakGlassNotWaivable,
        ])
}
