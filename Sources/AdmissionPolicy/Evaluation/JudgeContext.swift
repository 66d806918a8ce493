package import StrictEncoding

/// What a judge knows besides the rule and the evidence: what holds for every document of one decision.
package struct JudgeContext: Sendable {
    /// Fingerprints of keys that a guardrail denies: nothing that they signed counts, for any document.
    package var deniedKeys: Set<ExactString>

    package init(deniedKeys: Set<ExactString> = []) { self.deniedKeys = deniedKeys }
}
