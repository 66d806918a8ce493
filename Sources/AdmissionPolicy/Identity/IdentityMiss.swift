import Content
import Findings
import StrictEncoding

/// The one thing that keeps a certificate from being a signer's: for saying what is missing. Nothing is decided by it.
struct IdentityMiss: Sendable, Hashable {
    /// The policy's word for it: `workflowRef`.
    let word: String
    let expected: String
    /// Nil where the certificate does not say.
    let found: String?
}

extension CertificatePattern {
    /// What the certificate misses, if it is one thing only and the certificate is still recognisably about the signer:
    /// by its name, or by the repository, owner or instructions that it is for.
    func onlyMiss(_ holder: CertificateHolder) -> IdentityMiss? {
        var misses: [IdentityMiss] = []
        switch (trust, holder.authority) {
        case (.trustedRoot(let wanted, let issuer), .trustedRoot(let root, let found)):
            if issuer != found {
                misses.append(
                    IdentityMiss(
                        word: "issuer", expected: Finding.quoted(issuer.value), found: Finding.quoted(found.value)))
            }
            if let wanted, wanted != root {
                misses.append(
                    IdentityMiss(
                        word: "trustedRoot", expected: Finding.quoted(wanted.value), found: Finding.quoted(root.value)))
            }
        case (.own(let authorities), .own(let digest)): guard authorities.digest == digest else { return nil }
        case (.trustedRoot, .own), (.own, .trustedRoot): return nil
        }
        let missed = conditions.filter { !holds($0, for: holder) }
        guard conditions.contains(where: { $0.field.tellsWho && !missed.contains($0) }) else { return nil }
        misses += missed.map { condition in
            let found = holder.values(of: condition.field, forge: forge).map(\.value)
            return IdentityMiss(
                word: kind.word(for: condition.field), expected: condition.text.listed,
                found: found.isEmpty ? nil : RuleJudge.listed(found))
        }
        return misses.count == 1 ? misses.first : nil
    }
}

extension IdentityCondition.Text {
    /// For one line.
    var listed: String {
        switch self {
        case .glob(let globs): RuleJudge.listed(globs.map(\.description))
        case .insecureRegex(let regex): Finding.quoted(regex.description)
        }
    }
}

extension IdentityField {
    /// Whether a certificate on which it agrees is about the same signer, however it was used.
    fileprivate var tellsWho: Bool {
        switch self {
        case .uri, .email, .dns, .repository, .repositoryID, .owner, .ownerID, .workflow, .callerWorkflow: true
        case .workflowRef, .workflowCommit, .callerWorkflowRef, .trigger, .runner, .environment, .visibility: false
        }
    }
}
