package import Content
import StrictEncoding

/// What a judge knows besides the rule and the evidence: what holds for every document of one decision.
package struct JudgeContext: Sendable {
    /// Whom a guardrail denies: nothing that they signed counts, for any document.
    package var denied: DeniedSigners

    /// Images that a guardrail denies: none of them is an approved base or build tool, for any document.
    package var deniedDigests: Set<Digest>

    /// Those whom any matching document defines: a denied builder is denied by the word of any of them.
    package var signers: [Signer]

    /// Which builder, under whose signature, reaches which level; with the rows that guardrails add.
    package var builders: BuilderTable

    package init(
        denied: DeniedSigners = DeniedSigners(), deniedDigests: Set<Digest> = [], signers: [Signer] = [],
        builders: BuilderTable = .standard
    ) {
        self.denied = denied
        self.deniedDigests = deniedDigests
        self.signers = signers
        self.builders = builders
    }
}

extension JudgeContext {
    /// Whether a guardrail denies whoever made the signature.
    func isDenied(_ identity: SignerIdentity) -> Bool {
        if denied.contains(identity) { return true }
        guard case .certificate(let holder) = identity, case .own(let digest) = holder.authority else { return false }
        // Which authorities they are by whose word the certificate counts, know the signers whose they are.
        return signers.contains { signer in
            guard case .own(let authorities)? = signer.pattern?.trust, authorities.digest == digest else {
                return false
            }
            return denied.contains(identity, by: authorities)
        }
    }
}
