public import Content
public import PKI
public import StrictEncoding

/// What the matching policies need to have read and verified before they can be evaluated; the union over all of them.
public struct PolicyNeeds: Sendable, Hashable {
    /// The keys whose signatures count for some rule, sorted by fingerprint.
    public let keys: [KeyNeed]
    /// Whose certificates count for some rule; distinct, in no order that matters.
    public let certificates: Set<CertificatePattern>
    /// Whether image signatures are asked about.
    public let signatures: Bool
    /// Whether attestations are asked about.
    public let attestations: Bool
    /// Whether what SBOMs say is asked about, so that they have to be read.
    public let inventories: Bool
    /// Whether scans are asked about, and VEX with them.
    public let scans: Bool
    /// Whether the configuration of each runnable child has to be read.
    public let configurations: Bool
    /// Whether images are denied by digest, so that digests in other algorithms have to be computed.
    public let digests: Bool
    /// The approved base images of which layers are compared, sorted.
    public let bases: [BaseImageNeed]
    /// The keys of those who may approve a break-glass pass, sorted by fingerprint. They sign for nothing else.
    public let approvers: [KeyNeed]

    /// Of policies without guardrails.
    package init(_ policies: [AdmissionPolicy]) { self.init(MatchingPolicies(policies: policies)) }

    /// Whether more evidence can never turn an admit into anything else, and no rule asks anything of the image but its
    /// digest: every rule is about the image as a whole and satisfied by any one item of each signer, nothing is denied,
    /// nothing waived. Then what was found first may decide.
    public let someEvidenceSuffices: Bool
    /// Whether keys' signatures of the image itself are asked about: what cosign writes under its tag `.sig`.
    public let keyedSignatures: Bool

    /// Seconds: the smallest age that a matching rule lets newest evidence have; nil where none says. A list of what lies
    /// with the image that is older than this could hide what such a rule has to see.
    public let newestAge: Int64?

    public init(_ matching: MatchingPolicies) {
        someEvidenceSuffices = matching.someEvidenceSuffices
        newestAge = matching.requirements.flatMap(\.rule.leaves).flatMap(\.newestAges).min()
        keyedSignatures = matching.requirements.flatMap(\.rule.leaves).contains { rule in
            guard case .signature(let rule) = rule else { return false }
            return rule.by.signers.contains { !$0.keys.isEmpty }
        }
        let documents =
            matching.policies.map { (require: $0.require, deny: $0.deny) }
            + matching.guardrails.map { (require: $0.require, deny: $0.deny) }
        let signers = matching.policies.flatMap(\.signers) + matching.guardrails.flatMap(\.signers)
        var keys: [KeyNeed.Use: Set<SignatureScheme>] = [:]
        var certificates: Set<CertificatePattern> = []
        var bases: Set<BaseImageNeed> = []
        var signatures = false
        var attestations = false
        var inventories = false
        var scans = false
        var configurations = false
        var digests = false
        for policy in documents {
            for denial in policy.deny {
                switch denial.condition {
                case .image(let conditions):
                    if conditions.needsConfiguration || denial.target.needsPlatform { configurations = true }
                case .builder:
                    // Whoever any of the documents defines may say who built it, whether or not a rule asks.
                    attestations = true
                    for key in signers.flatMap(\.keys) { keys[key.use, default: []].formUnion(key.schemes) }
                    certificates.formUnion(signers.compactMap(\.pattern))
                case .digest: digests = true
                case .signer, .key: break
                }
            }
            for requirement in policy.require {
                if requirement.target.needsPlatform { configurations = true }
                for rule in requirement.rule.leaves {
                    let by: SignerThreshold?
                    var vex: SignerThreshold?
                    switch rule {
                    case .signature(let rule):
                        signatures = true
                        by = rule.by
                    case .provenance(let rule):
                        attestations = true
                        by = rule.by
                    case .attestation(let rule):
                        attestations = true
                        by = rule.by
                    case .sbom, .components, .licenses:
                        attestations = true
                        inventories = true
                        by = rule.by
                    case .vulnerabilities(let rule):
                        attestations = true
                        scans = true
                        // By which a scan may say what it looked at.
                        configurations = true
                        by = rule.by
                        vex = rule.vex?.by
                    case .baseImage(let rule):
                        by = rule.by
                        attestations = attestations || rule.proof.contains(.materials)
                        if rule.proof.contains(.layers) {
                            configurations = true
                            bases.formUnion(
                                rule.candidates.map { BaseImageNeed(repository: $0.repository, digest: $0.digest) })
                        }
                    case .image(let conditions):
                        by = nil
                        configurations = configurations || conditions.needsConfiguration
                    case .anyOf:
                        // Not reached: alternatives hold no alternatives.
                        by = nil
                    }
                    // Also keys that don't count now: only what was verified can be told apart from what was not.
                    for signer in [by, vex].compactMap({ $0 }).flatMap(\.signers) {
                        for key in signer.keys { keys[key.use, default: []].formUnion(key.schemes) }
                        if let pattern = signer.pattern { certificates.insert(pattern) }
                    }
                }
            }
        }
        self.keys = KeyNeed.sorted(keys)
        self.certificates = certificates
        var approvers: [KeyNeed.Use: Set<SignatureScheme>] = [:]
        for key in matching.guardrails.flatMap({ $0.breakGlass?.approvers.signers.flatMap(\.keys) ?? [] }) {
            approvers[KeyNeed.Use(key: key.key), default: []].formUnion(key.schemes)
        }
        self.approvers = KeyNeed.sorted(approvers)
        self.signatures = signatures
        self.attestations = attestations
        self.inventories = inventories
        self.scans = scans
        self.configurations = configurations
        self.digests = digests
        self.bases = bases.sorted()
    }
}

extension MatchingPolicies {
    fileprivate var someEvidenceSuffices: Bool {
        guard policies.allSatisfy(\.deny.isEmpty), guardrails.allSatisfy(\.deny.isEmpty), exceptions.isEmpty,
            !policies.isEmpty
        else { return false }
        return requirements.allSatisfy { requirement in
            guard requirement.target == .image else { return false }
            return requirement.rule.leaves.allSatisfy { rule in
                switch rule {
                case .signature: true
                case .provenance(let rule): rule.match == .any
                case .attestation(let rule): rule.match == .any
                case .baseImage, .image, .anyOf, .sbom, .components, .licenses, .vulnerabilities: false
                }
            }
        }
    }
}

extension MatchingPolicies {
    /// What can be judged from the request alone; nil where something has to be read first.
    ///
    /// That is all of it, where every rule and every denial asks nothing of the image but its name and tag. Where no policy
    /// matches and no guardrail stages that, it is the guardrails of which the same is true: the image is rejected and
    /// blocked whatever else it is.
    public var judgedByRequestAlone: MatchingPolicies? {
        guard policies.isEmpty else {
            let asksNothing =
                exceptions.isEmpty && policies.allSatisfy { Self.asksNothing($0.require, $0.deny) }
                && guardrails.allSatisfy { Self.asksNothing($0.require, $0.deny) }
            return asksNothing ? self : nil
        }
        let isBlocked = guardrails.isEmpty || guardrails.contains { $0.withoutPolicy ?? .enforce == .enforce }
        guard isBlocked else {
            return exceptions.isEmpty && guardrails.allSatisfy { Self.asksNothing($0.require, $0.deny) } ? self : nil
        }
        return MatchingPolicies(
            policies: [], guardrails: guardrails.filter { Self.asksNothing($0.require, $0.deny) })
    }

    private static func asksNothing(_ require: [Requirement], _ deny: [Denial]) -> Bool {
        require.allSatisfy { requirement in
            requirement.target == .image
                && requirement.rule.leaves.allSatisfy { rule in
                    if case .image(let conditions) = rule { !conditions.needsConfiguration } else { false }
                }
        }
            && deny.allSatisfy(\.isJudgedByRequestAlone)
    }
}

extension MatchingPolicies {
    /// What a gate does about an image that could not be had: as about one that meets no rule, so the strictest of the
    /// documents' stages. But denials are never staged, and one that only the image or its evidence shows may be the case.
    package func enforcementWithoutImage(_ request: RequestFacts) -> Enforcement {
        let denials = policies.flatMap(\.deny) + guardrails.flatMap(\.deny)
        guard denials.allSatisfy(\.isJudgedByRequestAlone) else { return .always }
        return PolicyEvaluator.evaluate(self, EvidenceDocument(request: request, image: .namedOnly)).enforcement
    }

    /// Whether something is denied that evidence shows, so that an image of which not all was looked at may be denied.
    package var deniesByEvidence: Bool {
        (policies.flatMap(\.deny) + guardrails.flatMap(\.deny)).contains { denial in
            switch denial.condition {
            case .builder, .signer, .key: true
            case .image, .digest: false
            }
        }
    }
}

extension Denial {
    fileprivate var isJudgedByRequestAlone: Bool {
        switch condition {
        case .image(let conditions): target == .image && !conditions.needsConfiguration
        // By itself it denies nothing.
        case .signer, .key: true
        // Any bytes, and whoever built them, may be denied.
        case .digest, .builder: false
        }
    }
}

extension Requirement.Rule {
    fileprivate var newestAges: [Int64] {
        switch self {
        case .provenance(let rule): [rule.newestAge].compactMap { $0 }
        case .attestation(let rule):
            [rule.newestAge].compactMap { $0 }
                + rule.conditions.compactMap { if case .newestAge(let seconds) = $0.test { seconds } else { nil } }
        case .sbom, .components, .licenses: [selection?.newestAge].compactMap { $0 }
        case .vulnerabilities(let rule): [rule.scannedWithin]
        case .signature, .baseImage, .image, .anyOf: []
        }
    }
}

/// A key and the schemes under which some policy accepts it. Which scheme a signature was verified under stands in
/// ``SignerIdentity``, so that each policy goes on to accept its own only.
public struct KeyNeed: Sendable, Hashable {
    public let key: PublicKey
    /// Distinct, in the order of `SignatureScheme.allCases`.
    public let schemes: [SignatureScheme]

    /// ``SignerKey/insecureCloudBuildLocation``: under the name of that location's key it is tried in another way as well.
    public let insecureCloudBuildLocation: ExactString?

    fileprivate struct Use: Hashable {
        let key: PublicKey
        var location: ExactString?
    }

    fileprivate static func sorted(_ keys: [Use: Set<SignatureScheme>]) -> [KeyNeed] {
        keys.map { use, schemes in
            KeyNeed(
                key: use.key, schemes: SignatureScheme.allCases.filter(schemes.contains),
                insecureCloudBuildLocation: use.location)
        }.sorted {
            $0.key == $1.key
                ? ($0.insecureCloudBuildLocation ?? "") < ($1.insecureCloudBuildLocation ?? "")
                : ExactString($0.key.fingerprint) < ExactString($1.key.fingerprint)
        }
    }
}

/// An approved base image to read: by digest, from this repository or wherever else it can be had.
public struct BaseImageNeed: Sendable, Hashable, Comparable {
    public let repository: String
    public let digest: Digest

    public init(repository: String, digest: Digest) {
        self.repository = repository
        self.digest = digest
    }

    public static func < (a: BaseImageNeed, b: BaseImageNeed) -> Bool {
        a.digest == b.digest
            ? a.repository.utf8.lexicographicallyPrecedes(b.repository.utf8) : a.digest < b.digest
    }
}

extension SignerKey {
    fileprivate var use: KeyNeed.Use { KeyNeed.Use(key: key, location: insecureCloudBuildLocation) }
}

extension RuleTarget {
    /// The platform of an image that is no index stands in its configuration only.
    fileprivate var needsPlatform: Bool {
        if case .platform = self { true } else { false }
    }
}
