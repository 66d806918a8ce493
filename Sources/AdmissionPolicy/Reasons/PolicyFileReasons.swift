public import Findings

/// Why a policy file is refused. Nothing is judged by files of which one is refused.
extension ReasonCode {
    public static let policyFileTooLarge = ReasonCode(
        "policy-file.too-large", .reject, .limit,
        summary: "a policy file is larger than the limit",
        mend: "split the file: any number of files may make up a source")
    public static let policyFileTooMany = ReasonCode(
        "policy-file.too-many", .reject, .limit,
        summary: "a list in a policy file has more items than the limit",
        mend: "write patterns instead of single names, or split the policy")
    public static let policyFileTooDeep = ReasonCode(
        "policy-file.too-deep", .reject, .limit,
        summary: "a policy file nests deeper than the limit",
        mend: "write the fields as docs/policy.md shows them; none needs that depth")
    public static let policyFileNotText = ReasonCode(
        "policy-file.not-text", .reject, .rule,
        summary: "a policy file is not UTF-8, or holds characters that control, hide or reorder text",
        mend: "save the file as UTF-8 without a byte order mark, and type the characters at the given place anew")
    public static let policyFileSyntax = ReasonCode(
        "policy-file.syntax", .reject, .rule,
        summary: "a policy file is not YAML",
        mend: "look at indentation, colons and quotes at and before the given place")
    public static let policyFileDirective = ReasonCode(
        "policy-file.directive", .reject, .rule,
        summary: "a policy file holds a YAML directive",
        mend: "remove the line")
    public static let policyFileAnchor = ReasonCode(
        "policy-file.anchor", .reject, .rule,
        summary: "a policy file uses an anchor, an alias or a merge key of YAML",
        mend: "write the value out where it is used; put quotes around text that begins with `*` or `&`")
    public static let policyFileTag = ReasonCode(
        "policy-file.tag", .reject, .rule,
        summary: "a policy file uses a tag of YAML",
        mend: "remove the tag; put quotes around text that begins with `!`")
    public static let policyFileEmpty = ReasonCode(
        "policy-file.empty", .reject, .rule,
        summary: "a policy file or a source holds no document that could decide anything",
        mend: "write a policy into it, or don't load it")
    public static let policyFileEmptyValue = ReasonCode(
        "policy-file.empty-value", .reject, .rule,
        summary: "a field of a policy file is empty",
        mend: "give it a value, or leave the field out where it is optional; an empty list is never read as \"all\"")
    public static let policyFileKey = ReasonCode(
        "policy-file.key", .reject, .rule,
        summary: "a key of a mapping is not a string",
        mend: "put quotes around the key")
    public static let policyFileDuplicateKey = ReasonCode(
        "policy-file.duplicate-key", .reject, .rule,
        summary: "a key occurs twice in one mapping",
        mend: "remove one of the two; readers of YAML disagree which one counts")
    public static let policyFileUnknownField = ReasonCode(
        "policy-file.unknown-field", .reject, .rule,
        summary: "a field is not one of the policy language",
        mend: "correct its spelling or remove it; docs/policy.md lists the fields")
    public static let policyFileMissingField = ReasonCode(
        "policy-file.missing-field", .reject, .rule,
        summary: "a required field is missing",
        mend: "add the field; what is required has no default")
    public static let policyFileExactlyOne = ReasonCode(
        "policy-file.exactly-one", .reject, .rule,
        summary: "of several kinds exactly one has to be given",
        mend: "split the item in two, or remove what it is not")
    public static let policyFileWrongType = ReasonCode(
        "policy-file.wrong-type", .reject, .rule,
        summary: "a value is of another type than its field takes",
        mend: "write it as docs/policy.md shows; put quotes around text that YAML takes for something else")
    public static let policyFileBadValue = ReasonCode(
        "policy-file.bad-value", .reject, .rule,
        summary: "a value is not one that its field takes",
        mend: "write it as docs/policy.md shows")
    public static let policyFileNoEffect = ReasonCode(
        "policy-file.no-effect", .reject, .rule,
        summary: "a field is given where it would do nothing",
        mend: "remove it, or add what it belongs to")
    public static let policyFileTwice = ReasonCode(
        "policy-file.twice", .reject, .rule,
        summary: "two things that have to be told apart have one name",
        mend: "rename or remove one of the two")
    public static let policyFileUnknownPolicy = ReasonCode(
        "policy-file.unknown-policy", .reject, .rule,
        summary: "a rule names a policy that was not loaded",
        mend: "load the source that holds it, or correct the name: `SOURCE/NAME`, or `NAME` in the same source")
    public static let policyFileChainCycle = ReasonCode(
        "policy-file.chain-cycle", .reject, .rule,
        summary: "a policy for base images leads back to itself, so that judging by it would never end",
        mend: "let the last policy of the chain have a rule `baseImage` without `chain`, or none")
    public static let policyFileUnknownSigner = ReasonCode(
        "policy-file.unknown-signer", .reject, .rule,
        summary: "a rule names a signer that its policy does not define",
        mend: "define it under `signers`, or correct the name")
    public static let policyFileUnreachableThreshold = ReasonCode(
        "policy-file.unreachable-threshold", .reject, .rule,
        summary: "a rule asks for more distinct signers than it lists",
        mend: "lower `atLeast`, or list more signers with keys of their own")
    public static let policyFileVersion = ReasonCode(
        "policy-file.version", .reject, .rule,
        summary: "a document is of an `apiVersion` or `kind` that is not known here",
        mend: "write `apiVersion: landwaiter.dev/v1` and `kind: AdmissionPolicy`")
    public static let policyFileNotSupportedYet = ReasonCode(
        "policy-file.not-supported-yet", .reject, .rule,
        summary: "a policy asks for something that this version can't check",
        mend: "use a version that can, or express it otherwise; it is refused because ignoring it would let images pass"
    )
    public static let policyFileKeyPath = ReasonCode(
        "policy-file.key-path", .reject, .rule,
        summary: "the path of a key file leads out of the policy's source",
        mend:
            "keep the key below the directory from which the policy is loaded, and name it relative to the policy file")
    public static let policyFileKeyUnreadable = ReasonCode(
        "policy-file.key-unreadable", .reject, .rule,
        summary: "a key file could not be read",
        mend: "check its name, which is relative to the policy file, and its permissions")
    public static let policyFileBadList = ReasonCode(
        "policy-file.bad-list", .reject, .rule,
        summary: "a list beside a policy file is empty, too long, or no text",
        mend: "write one package URL without version on each line, and why behind ` # `")
    public static let policyFileGuardrailSource = ReasonCode(
        "policy-file.guardrail-source", .reject, .rule,
        summary: "a guardrail stands in a source that may not carry guardrails",
        mend: "load it with `--guardrails DIR`; a team's source carries policies and exceptions")
    public static let policyFileNotDelegated = ReasonCode(
        "policy-file.not-delegated", .reject, .rule,
        summary: "a policy speaks for namespaces that a guardrail does not delegate to its team",
        mend: "narrow the policy's namespaces, or have the guardrail's owner delegate them")
    public static let policyFileWeakensGuardrail = ReasonCode(
        "policy-file.weakens-guardrail", .reject, .rule,
        summary: "a policy has a lower stage than a guardrail allows its team",
        mend: "raise the stage, or have the guardrail's owner lower `lowestStage`")
    public static let policyFileInsecureNotPermitted = ReasonCode(
        "policy-file.insecure-not-permitted", .reject, .rule,
        summary: "a policy uses what weakens a check, and a guardrail does not permit it",
        mend: "write the condition without it, or have the guardrail's owner list it under `insecure.permit`")
}

extension ReasonTable {
    public static let policyFiles = ReasonTable(
        "Policy files",
        [
            .policyFileTooLarge, .policyFileTooMany, .policyFileTooDeep, .policyFileNotText, .policyFileSyntax,
            .policyFileDirective,
            .policyFileAnchor, .policyFileTag, .policyFileEmpty, .policyFileEmptyValue, .policyFileKey,
            .policyFileDuplicateKey, .policyFileUnknownField, .policyFileMissingField, .policyFileExactlyOne,
            .policyFileWrongType, .policyFileBadValue, .policyFileNoEffect, .policyFileTwice,
            .policyFileUnknownPolicy, .policyFileChainCycle, .policyFileUnknownSigner, .policyFileUnreachableThreshold,
            .policyFileVersion,
            .policyFileNotSupportedYet, .policyFileKeyPath, .policyFileKeyUnreadable, .policyFileBadList,
            .policyFileGuardrailSource, .policyFileNotDelegated, .policyFileWeakensGuardrail,
            .policyFileInsecureNotPermitted,
        ])
}
