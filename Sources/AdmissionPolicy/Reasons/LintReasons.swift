public import Findings

/// What `policy check` warns about: policies that load, and probably don't do what their author meant. None of these
/// stands in a record; with `--strict` each is an error.
extension ReasonCode {
    public static let lintNeverMatches = ReasonCode(
        "lint.never-matches", .note, .note,
        summary: "nothing that this pattern is compared with can ever look like it",
        mend: "write the pattern as the finding shows, or remove it")
    public static let lintRefNotFull = ReasonCode(
        "lint.ref-not-full", .note, .note,
        summary: "a pattern for refs is no full git ref, which is what builders on GitHub and GitLab state",
        mend: "write the full ref: `refs/heads/main`, `refs/tags/v*`")
    public static let lintStarStopsAtSlash = ReasonCode(
        "lint.star-stops-at-slash", .note, .note,
        summary: "a `*` behind the `@` of a workflow stands for a commit only: refs hold slashes, and `*` crosses none",
        mend: "write `@refs/tags/*` or `@refs/heads/main`")
    public static let lintWildcardInLiteral = ReasonCode(
        "lint.wildcard-in-literal", .note, .note,
        summary: "a text that is compared byte for byte holds a wildcard",
        mend: "write it under `glob` instead of `in`")
    public static let lintPatternSubsumed = ReasonCode(
        "lint.pattern-subsumed", .note, .note,
        summary: "whatever this pattern matches, another one of the same list matches too",
        mend: "remove it, or narrow the other one")
    public static let lintPackageForm = ReasonCode(
        "lint.package-form", .note, .note,
        summary: "a pattern of packages has another form than package URLs of its type have",
        mend:
            "write it as the SBOM's tool writes the package: `landwaiter sbom query FILE --purl PATTERN` shows what it finds"
    )
    public static let lintUnknownLicense = ReasonCode(
        "lint.unknown-license", .note, .note,
        summary: "a licence is none of the SPDX list, nor a pattern of any of it",
        mend: "write it as https://spdx.org/licenses does, or as `LicenseRef-…` if it is your own")
    public static let lintRuleTwice = ReasonCode(
        "lint.rule-twice", .note, .note,
        summary: "two rules of one document say the same",
        mend: "remove one of them")
    public static let lintRuleImplied = ReasonCode(
        "lint.rule-implied", .note, .note,
        summary: "where another rule of the document holds, this one always holds too",
        mend: "remove it, or say what it is to ask for beyond the other")
    public static let lintAlternativeSubsumed = ReasonCode(
        "lint.alternative-subsumed", .note, .note,
        summary: "where this alternative holds, another one of the same rule holds too",
        mend: "remove it, or make it ask for something else than the other")
    public static let lintExceptionSubsumed = ReasonCode(
        "lint.exception-subsumed", .note, .note,
        summary: "another exception waives all that this one waives, for as long",
        mend: "remove one of them")
    public static let lintRegexUnescapedDot = ReasonCode(
        "lint.regex-unescaped-dot", .note, .note,
        summary: "a dot in a regular expression stands for any character",
        mend: "write `\\.` for a dot, `[^/]` for any character of a component")
    public static let lintRegexGlobSyntax = ReasonCode(
        "lint.regex-glob-syntax", .note, .note,
        summary: "a regular expression is written as if it were a glob",
        mend: "write it under `glob`, or write what `*` repeats before it")
    public static let lintRegexUnneeded = ReasonCode(
        "lint.regex-unneeded", .note, .note,
        summary: "a regular expression says what a literal or a glob would say",
        mend: "write it under `equals` or `glob`, which needs no permission of a guardrail")
    public static let lintUnusedSigner = ReasonCode(
        "lint.unused-signer", .note, .note,
        summary: "a signer is defined and no rule names it",
        mend: "name it under `of` where its signatures are to count, or remove it")
    public static let lintKeyEnding = ReasonCode(
        "lint.key-ending", .note, .note,
        summary: "the validity of a key ends soon, and no other key of its signer takes over",
        mend: "make a new key, and list both under `rotation` until everything is signed anew")
    public static let lintKeyEnded = ReasonCode(
        "lint.key-ended", .note, .note,
        summary: "the validity of a key has ended: what it signs now does not count",
        mend: "sign with a valid key, and list it; remove this one once nothing old needs it")
    public static let lintKeyCompromised = ReasonCode(
        "lint.key-compromised", .note, .note,
        summary: "a key is known to be compromised: without a verified time before that, nothing it signed counts",
        mend: "sign anew with another key, and remove this one")
    public static let lintKeyDenied = ReasonCode(
        "lint.key-denied", .note, .note,
        summary: "a guardrail denies a key that a signer relies on",
        mend: "replace the key; evidence signed by it never counts")
    public static let lintSignerWide = ReasonCode(
        "lint.signer-wide", .note, .note,
        summary: "a signer by certificates is nearly everybody",
        mend: "name those who are meant")
    public static let lintRootsEnding = ReasonCode(
        "lint.roots-ending", .note, .note,
        summary: "the last of a signer's own authorities ends soon",
        mend: "add the authority that takes over to `roots`")
    public static let lintRootsEnded = ReasonCode(
        "lint.roots-ended", .note, .note,
        summary: "all of a signer's own authorities have ended: what their certificates sign now does not count",
        mend: "add the authority that took over to `roots`; remove those that ended once nothing old needs them")
    public static let lintSignerDenied = ReasonCode(
        "lint.signer-denied", .note, .note,
        summary: "a guardrail denies all certificates of a signer",
        mend: "name another signer; evidence signed by this one never counts")
    public static let lintExceptionEnding = ReasonCode(
        "lint.exception-ending", .note, .note,
        summary: "an exception ends soon, and what it waives is required again",
        mend: "mend what it was made for, or have it renewed")
    public static let lintExceptionEnded = ReasonCode(
        "lint.exception-ended", .note, .note,
        summary: "an exception has ended and has no effect any more",
        mend: "remove it")
    public static let lintNoTest = ReasonCode(
        "lint.no-test", .note, .note,
        summary: "no test among the given files loads this document",
        mend: "write a `PolicyTest` beside it, with an image for each rule that it has to reject")
}

extension ReasonTable {
    public static let policyLint = ReasonTable(
        "Policy lint",
        [
            .lintNeverMatches, .lintRefNotFull, .lintStarStopsAtSlash, .lintWildcardInLiteral, .lintPatternSubsumed,
            .lintPackageForm, .lintUnknownLicense,
            .lintRuleTwice, .lintRuleImplied, .lintAlternativeSubsumed, .lintExceptionSubsumed,
            .lintRegexUnescapedDot, .lintRegexGlobSyntax, .lintRegexUnneeded, .lintUnusedSigner, .lintKeyEnding,
            .lintKeyEnded, .lintKeyCompromised, .lintKeyDenied, .lintSignerWide, .lintRootsEnding, .lintRootsEnded,
            .lintSignerDenied, .lintExceptionEnding,
            .lintExceptionEnded, .lintNoTest,
        ])
}
