public import Content
import Findings
public import OCI
import StrictEncoding

/// All policies, guardrails and exceptions of all sources, checked and ready to decide.
public struct PolicySet: Sendable {
    /// Sorted by name. Without any, every request is rejected.
    public let policies: [AdmissionPolicy]
    /// Sorted by name.
    public let guardrails: [Guardrail]
    /// Sorted by name.
    public let exceptions: [PolicyException]
    /// Names what was loaded: SHA-256 over every document's kind, name, source and file digest. Computed once: a decision
    /// costs nothing for policies that do not match it.
    public let digest: Digest
    private let policyIndex: ScopeIndex
    private let guardrailIndex: ScopeIndex
    /// Positions of the exceptions for each policy.
    private let exceptionIndex: [PolicyName: [Int]]

    /// Reads every document of every source.
    ///
    /// Nothing is loaded if anything is wrong: a set that lacks a policy whose file was refused would admit what that
    /// policy rejects. Documents of kind `PolicyTest` are passed over. A policy that oversteps what a guardrail delegates
    /// is an error that names both places (``GuardrailComparison``).
    ///
    /// - Throws: everything that is wrong, not only the first thing.
    public static func load(_ sources: [PolicySource]) throws(PolicyLoadFailure) -> PolicySet {
        var loader = PolicyLoader()
        for source in sources { loader.load(source) }
        BaseImageChain.check(loader.policies, others: loader.guardrails.flatMap(\.require), loader.problems)
        if sources.isEmpty {
            loader.problems.add(
                .policyFileEmpty, PolicyPlace(file: "", line: 0, column: 0), "expected a policy source, found none")
        }
        GuardrailComparison(guardrails: loader.guardrails).check(loader.policies, loader.problems)
        guard loader.problems.errors.isEmpty else { throw PolicyLoadFailure(loader.problems.errors) }
        return PolicySet(loader)
    }

    private init(_ loader: PolicyLoader) {
        policies = loader.policies.sorted { $0.name < $1.name }
        guardrails = loader.guardrails.sorted { $0.name < $1.name }
        exceptions = loader.exceptions.sorted { $0.name < $1.name }
        policyIndex = ScopeIndex(policies.map(\.scope))
        guardrailIndex = ScopeIndex(guardrails.map(\.scope))
        exceptionIndex = Dictionary(grouping: exceptions.indices) { [exceptions] in exceptions[$0].waives.policy }
        digest = Self.digest(policies: policies, guardrails: guardrails, exceptions: exceptions)
    }

    /// Whether any signer is told by certificates that a Sigstore trusted root has to prove, or to date.
    public var needsTrustedRoot: Bool {
        (policies.flatMap(\.signers) + guardrails.flatMap(\.signers)).contains { signer in
            switch signer.pattern?.trust {
            case .trustedRoot: true
            case .own(let authorities): authorities.time == .timestamped
            case nil: false
            }
        }
    }

    /// What speaks about a request: policies, guardrails, and the exceptions from either. Those that don't cost nothing:
    /// the namespace and the leading components of the image's name find the candidates.
    ///
    /// Without a namespace only policies whose namespaces hold `**` match, without a reference only those whose images
    /// do. Guardrails match a request without a namespace whatever namespaces they name, and likewise without a
    /// reference: nobody escapes one by not saying where.
    public func matching(namespace: String?, reference: ImageReference?) -> MatchingPolicies {
        let matching = policyIndex.candidates(namespace: namespace, reference: reference).map { policies[$0] }
            .filter { $0.scope.matches(namespace: namespace, reference: reference) }
        let candidates =
            namespace == nil || reference == nil
            ? Array(guardrails.indices) : guardrailIndex.candidates(namespace: namespace, reference: reference)
        let capping = candidates.map { guardrails[$0] }
            .filter { $0.scope.covers(namespace: namespace, reference: reference) }
        let waived = matching.map(\.name) + capping.map(\.name)
        return MatchingPolicies(
            policies: matching, guardrails: capping,
            exceptions: waived.flatMap { exceptionIndex[$0] ?? [] }.sorted().map { exceptions[$0] })
    }
}

/// What speaks about one request: the whole of what decides it beside the evidence.
public struct MatchingPolicies: Sendable {
    /// Sorted by name.
    public let policies: [AdmissionPolicy]
    /// Sorted by name.
    public let guardrails: [Guardrail]
    /// Those that name one of the policies (or, in vain, of the guardrails), whether they have effect or not; sorted.
    public let exceptions: [PolicyException]

    /// Of any documents: ``PolicyEvaluator`` passes over those that do not match.
    package init(
        policies: [AdmissionPolicy], guardrails: [Guardrail] = [], exceptions: [PolicyException] = []
    ) {
        self.policies = policies
        self.guardrails = guardrails
        self.exceptions = exceptions
    }
}

extension MatchingPolicies {
    /// Of policies and guardrails.
    package var requirements: [Requirement] { policies.flatMap(\.require) + guardrails.flatMap(\.require) }

    /// Fingerprints of the keys that the guardrails deny.
    package var deniedSigners: DeniedSigners { .union(guardrails.map(\.deniedSigners)) }
}

extension PolicySet {
    /// What judges a base image: the one policy that a chain names, and what guardrails deny.
    package func matching(
        base: ImageReference?, namespace: String?, policy: AdmissionPolicy
    ) -> MatchingPolicies {
        MatchingPolicies(
            policies: [policy],
            guardrails: matching(namespace: namespace, reference: base).guardrails.map(\.denialsOnly))
    }
}
