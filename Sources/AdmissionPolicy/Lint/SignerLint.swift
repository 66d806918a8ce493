import Content
import Findings
import PKI
import StrictEncoding

/// Signers that no rule names, and keys whose days are counted.
enum SignerLint {
    /// A key that ends within this time is worth a warning: 30 days, time to hand out another.
    static let soon: Int64 = 30 * 86_400

    static func findings(_ document: LintDocument, at instant: Instant) -> [LintFinding] {
        let signers = document.spec?["signers"]?.members ?? []
        let named = names(in: document.spec)
        return signers.flatMap { signer -> [LintFinding] in
            let unused =
                named.contains(ExactString(signer.key))
                ? []
                : [
                    LintFinding(
                        .lintUnusedSigner, signer.place, "no rule names the signer \(Finding.quoted(signer.key))",
                        mend: nil)
                ]
            return unused + keys(of: signer, at: instant)
        }
    }

    /// Signers that rely on a key which a guardrail denies wherever it speaks; their own guardrail's denial apart.
    static func denied(_ policies: PolicySet, _ documents: [LintDocument]) -> [LintFinding] {
        policies.guardrails.flatMap { guardrail -> [LintFinding] in
            let denied = guardrail.deniedSigners.keys
            let signers =
                policies.policies.map { ($0.signers, $0.place) }
                + policies.guardrails.filter { $0.name != guardrail.name }.map { ($0.signers, $0.place) }
            return signers.flatMap { signers, place in
                signers.compactMap { signer -> LintFinding? in
                    guard let key = signer.keys.first(where: { denied.contains(ExactString($0.key.fingerprint)) }),
                        let member = documents.first(where: { $0.root.place == place })?.spec?["signers"]?.members
                            .first(where: { $0.key.utf8.elementsEqual(signer.name.utf8) })
                    else { return nil }
                    return LintFinding(
                        .lintKeyDenied, member.place,
                        "guardrail `\(guardrail.name)` denies the key `\(key.key.fingerprint)` of \(Finding.quoted(signer.name))"
                    )
                }
            }
        }
    }

    /// All that stands under `of`, wherever: in rules, denials and the approvers of break-glass passes.
    private static func names(in node: PolicyNode?) -> Set<ExactString> {
        guard let node else { return [] }
        var names: Set<ExactString> = []
        for item in node.items { names.formUnion(self.names(in: item)) }
        for member in node.members {
            if ExactString(member.key) == "of" {
                names.formUnion(member.value.items.compactMap { $0.text.map { ExactString($0) } })
            } else {
                names.formUnion(self.names(in: member.value))
            }
        }
        return names
    }

    // MARK: Validity

    private static func keys(of signer: PolicyNode.Member, at instant: Instant) -> [LintFinding] {
        guard let key = signer.value["key"] else { return [] }
        let rotation = key["rotation"]?.items ?? []
        let keys = rotation.isEmpty ? [key] : rotation
        let horizon = instant.adding(seconds: soon)
        // With a key that is good beyond the horizon, the end of another is how a rotation is meant to be.
        let isTakenOver = keys.contains { $0.isValid(at: horizon, known: instant) }
        return keys.flatMap { key -> [LintFinding] in
            let name = Finding.quoted(key["file"]?.text ?? key["directory"]?.text ?? signer.key)
            if let node = key["compromisedAt"], let since = node.instant, since <= instant {
                return [
                    LintFinding(
                        .lintKeyCompromised, node.place, "key \(name) is known to be compromised since \(since)")
                ]
            }
            guard let node = key["validUntil"], let until = node.instant, until < horizon, !isTakenOver else {
                return []
            }
            guard until >= instant else {
                return [LintFinding(.lintKeyEnded, node.place, "key \(name) was valid until \(until)")]
            }
            let days = (until.secondsSince1970 - instant.secondsSince1970) / 86_400
            return [
                LintFinding(
                    .lintKeyEnding, node.place,
                    "key \(name) is valid until \(until), for \(days) more \(days == 1 ? "day" : "days")")
            ]
        }
    }
}

extension PolicyNode {
    /// Of a scalar that is a time of RFC 3339.
    var instant: Instant? { text.flatMap { Instant(rfc3339: $0) } }

    /// Of a key: whether it may be used at an instant, by what is known at another.
    fileprivate func isValid(at instant: Instant, known: Instant) -> Bool {
        if let since = self["compromisedAt"]?.instant, since <= known { return false }
        return (self["validFrom"]?.instant ?? .earliest) <= instant
            && instant <= (self["validUntil"]?.instant ?? .latest)
    }
}
