import StrictEncoding

/// Something that weakens a check and has to be asked for by a name that says so.
public enum InsecureFeature: String, Sendable, CaseIterable {
    /// A field compared with a regular expression.
    case insecureRegex
    /// A key of Google Cloud Build's that signs statements without saying that they are some.
    case insecureCloudBuildLocation
    /// Revocation lists asked of the signer's own certificate alone, not of the authorities between it and the anchor.
    case insecureLeafRevocationOnly
}

/// A rule that asks for something insecure. Every use stands in every record, and guardrails have to permit it.
public struct InsecureUse: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let feature: InsecureFeature
    /// `source/policy#rule`
    public let rule: String
    /// Where the rule begins.
    public let place: PolicyPlace

    /// `insecureRegex in source/policy#rule`
    public var description: String { "\(feature.rawValue) in \(rule)" }

    public static func < (a: InsecureUse, b: InsecureUse) -> Bool {
        let (x, y) = (ExactString(a.description), ExactString(b.description))
        return x == y ? a.place < b.place : x < y
    }

    /// What the rules of a document ask for, denials included, sorted.
    static func uses(in requirements: [Requirement], _ denials: [Denial], of name: PolicyName) -> [InsecureUse] {
        let required = requirements.flatMap { requirement in
            Set(requirement.rule.leaves.flatMap(\.insecureFeatures)).map {
                InsecureUse(feature: $0, rule: "\(name)#\(requirement.id)", place: requirement.place)
            }
        }
        let denied = denials.filter { $0.deniedSigners.certificates.contains(where: \.usesRegex) }.map {
            InsecureUse(feature: .insecureRegex, rule: "\(name)#\($0.id)", place: $0.place)
        }
        return (required + denied).sorted()
    }
}

extension AdmissionPolicy {
    /// Everything insecure that the policy asks for, sorted.
    public var insecureUses: [InsecureUse] { InsecureUse.uses(in: require, deny, of: name) }
}

extension Guardrail {
    /// Everything insecure that the guardrail itself asks for, sorted.
    public var insecureUses: [InsecureUse] { InsecureUse.uses(in: require, deny, of: name) }
}

extension Requirement.Rule {
    fileprivate var insecureFeatures: [InsecureFeature] {
        var usesRegex = signers.contains { $0.pattern?.usesRegex ?? false }
        if case .attestation(let rule) = self {
            usesRegex =
                usesRegex || rule.conditions.contains { if case .insecureRegex = $0.test { true } else { false } }
        }
        let usesLocation = signers.flatMap(\.keys).contains { $0.insecureCloudBuildLocation != nil }
        let asksLeafOnly = signers.contains { $0.pattern?.asksLeafRevocationOnly ?? false }
        return (usesRegex ? [.insecureRegex] : []) + (usesLocation ? [.insecureCloudBuildLocation] : [])
            + (asksLeafOnly ? [.insecureLeafRevocationOnly] : [])
    }
}

extension CertificatePattern {
    fileprivate var usesRegex: Bool {
        conditions.contains { if case .insecureRegex = $0.text { true } else { false } }
    }

    fileprivate var asksLeafRevocationOnly: Bool {
        if case .own(let authorities) = trust { authorities.insecureLeafRevocationOnly } else { false }
    }
}
