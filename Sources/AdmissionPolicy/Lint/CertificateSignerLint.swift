import Content
import Findings
import PKI
import StrictEncoding

/// Signers by certificates that are nearly everybody, whose authorities' days are counted, or whom a guardrail denies.
enum CertificateSignerLint {
    static func findings(_ policies: PolicySet, _ documents: [LintDocument], at instant: Instant) -> [LintFinding] {
        let denying = policies.guardrails.map { ($0.name, $0.deniedSigners.certificates) }.filter { !$0.1.isEmpty }
        let all =
            policies.policies.map { ($0.name, $0.signers, $0.place) }
            + policies.guardrails.map { ($0.name, $0.signers, $0.place) }
        return all.flatMap { document, signers, place -> [LintFinding] in
            let members = documents.first { $0.root.place == place }?.spec?["signers"]?.members ?? []
            return signers.flatMap { signer -> [LintFinding] in
                guard let pattern = signer.pattern,
                    let member = members.first(where: { $0.key.utf8.elementsEqual(signer.name.utf8) })
                else { return [] }
                let name = Finding.quoted(signer.name)
                // Whom a guardrail denies stands in its own signers.
                let guardrail = denying.first { $0.0 != document && $0.1.contains { $0.covers(pattern) } }?.0
                let denied = guardrail.map {
                    LintFinding(
                        .lintSignerDenied, member.place, "guardrail `\($0)` denies every certificate of \(name)")
                }
                // Of those who are denied, wide is what is meant.
                let isDenied = denying.contains { $0.1.contains(pattern) }
                let wide = isDenied ? [] : pattern.wide(name, member)
                return wide + [denied, ending(pattern, name, member, at: instant)].compactMap { $0 }
            }
        }
    }

    /// The last of a signer's authorities is what counts: the others are taken over.
    private static func ending(
        _ pattern: CertificatePattern, _ name: String, _ member: PolicyNode.Member, at instant: Instant
    ) -> LintFinding? {
        guard case .own(let authorities) = pattern.trust,
            let last = authorities.certificates.map(\.validity.upperBound).max(),
            last < instant.adding(seconds: SignerLint.soon)
        else { return nil }
        let place = member.value[pattern.kind.rawValue]?["roots"]?.place ?? member.place
        guard last >= instant else {
            return LintFinding(.lintRootsEnded, place, "the last of the authorities of \(name) was valid until \(last)")
        }
        return LintFinding(.lintRootsEnding, place, "the last of the authorities of \(name) is valid until \(last)")
    }
}

// MARK: Nearly everybody

extension CertificatePattern {
    fileprivate func wide(_ name: String, _ member: PolicyNode.Member) -> [LintFinding] {
        let node = member.value[kind.rawValue]
        func finding(_ field: IdentityField?, _ message: String, mend: String) -> LintFinding {
            let place = field.flatMap { node?[kind.word(for: $0)]?.place } ?? member.place
            return LintFinding(.lintSignerWide, place, "signer \(name): \(message)", mend: mend)
        }
        var findings: [LintFinding] = []
        for condition in conditions {
            guard case .glob(let globs) = condition.text else { continue }
            for glob in globs {
                guard let who = condition.field.everybody(glob) else { continue }
                findings.append(
                    finding(
                        condition.field, "\(Finding.quoted(glob.description)) is \(who)",
                        mend: "name those who are meant"))
            }
        }
        guard forge != nil else { return findings }
        let fields = Set(conditions.map(\.field))
        let (workflow, ref) = (kind.word(for: .workflow), kind.word(for: .workflowRef))
        if fields.isDisjoint(with: [.repository, .repositoryID, .workflow]) {
            let word = kind.word(for: .repository)
            findings.append(
                finding(
                    nil, "every workflow of every repository of the owner",
                    mend: "name the \(word), or the `\(workflow)` and its `\(ref)`"))
        }
        if fields.contains(.workflow), fields.isDisjoint(with: [.workflowRef, .workflowCommit]) {
            findings.append(
                finding(
                    .workflow, "the file as it is on any branch, whoever may push one",
                    mend: "add `\(ref)`: the branch or tags from which it is to be taken"))
        }
        return findings
    }

    /// Whether every certificate that is of the other pattern is of this one, as far as patterns show it.
    fileprivate func covers(_ other: CertificatePattern) -> Bool {
        switch (trust, other.trust) {
        case (.trustedRoot(let wanted, let issuer), .trustedRoot(let named, let otherIssuer)):
            guard issuer == otherIssuer, wanted == nil || wanted == named else { return false }
        case (.own(let authorities), .own(let others)):
            guard Set(others.certificates).isSubset(of: authorities.certificates) else { return false }
        case (.trustedRoot, .own), (.own, .trustedRoot): return false
        }
        return forge == other.forge
            && conditions.allSatisfy { condition in
                other.conditions.contains { condition.field == $0.field && condition.text.covers($0.text) }
            }
    }
}

extension IdentityCondition.Text {
    fileprivate func covers(_ other: IdentityCondition.Text) -> Bool {
        switch (self, other) {
        case (.glob(let globs), .glob(let others)): others.allSatisfy { one in globs.contains { $0.covers(one) } }
        case (.insecureRegex(let regex), .insecureRegex(let other)): regex == other
        case (.glob(let globs), .insecureRegex): globs.contains(where: \.matchesEverything)
        case (.insecureRegex, .glob): false
        }
    }
}

extension IdentityField {
    /// Who is meant by a pattern that is nearly everybody; nil for one that is not.
    fileprivate func everybody(_ glob: Glob) -> String? {
        func covers(_ pattern: String) -> Bool { (try? Glob(pattern)).map(glob.covers) ?? false }
        switch self {
        case .repository: return covers("*/*") ? "every repository" : nil
        case .owner: return covers("*") ? "every owner" : nil
        case .uri:
            if glob.matchesEverything { return "every name" }
            // The host, up to which a pattern ought to be written out.
            let parts = glob.description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard parts.count > 2, parts[0].last == UInt8(ascii: ":"), parts[1].isEmpty,
                let last = parts[2].last, [UInt8(ascii: "*"), UInt8(ascii: "?")].contains(last)
            else { return nil }
            return "names of hosts that anybody may have"
        case .email:
            if covers("*") { return "everybody" }
            let parts = glob.description.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].elementsEqual("*".utf8),
                let domain = Self.publicProviders.first(where: { $0.utf8.elementsEqual(parts[1]) })
            else { return nil }
            return "everybody with an address at `\(domain)`"
        case .dns: return covers("*") ? "every host" : nil
        default: return nil
        }
    }

    /// Where anybody can have an address.
    private static let publicProviders = [
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "proton.me",
        "protonmail.com", "gmx.net", "users.noreply.github.com",
    ]
}
