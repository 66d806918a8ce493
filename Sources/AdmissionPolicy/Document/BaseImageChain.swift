import Findings

/// By which policy the base itself is judged, from its own evidence.
public struct BaseImageChain: Sendable, Hashable {
    /// One of the loaded policies; no policy leads back to itself by chains.
    public let policy: PolicyName
    /// Where the chain is written.
    public let place: PolicyPlace
}

extension BaseImageChain {
    /// Whether every chain names a loaded policy, and none leads back to where it began.
    ///
    /// Says nothing while anything else is wrong: a policy that was refused is missing for another reason.
    ///
    /// - Parameter others: requirements of documents to which no chain can lead.
    static func check(_ policies: [AdmissionPolicy], others: [Requirement] = [], _ problems: PolicyProblems) {
        guard problems.count == 0 else { return }
        let chains = Dictionary(
            policies.map { ($0.name, $0.require.chains) }, uniquingKeysWith: { first, _ in first })
        let names = chains.keys.map(\.description)
        // In an order of their own: no more than so many problems are kept.
        let all = (chains.values.flatMap { $0 } + others.chains).sorted { $0.place < $1.place }
        for chain in all where chains[chain.policy] == nil {
            problems.add(
                .policyFileUnknownPolicy, chain.place,
                "expected a loaded policy, found \(Finding.quoted(chain.policy.description))",
                mend: Spelling.closest(to: chain.policy.description, among: names).map { "did you mean `\($0)`?" })
        }
        for chain in endless(chains).sorted(by: { $0.place < $1.place }) {
            problems.add(
                .policyFileChainCycle, chain.place,
                "expected chains that end, found one that `\(chain.policy)` leads round in a circle")
        }
    }

    /// The chains from which one comes to a circle: what is left once policies without chains are taken away, then those
    /// that only lead to these, and so on.
    private static func endless(_ chains: [PolicyName: [BaseImageChain]]) -> [BaseImageChain] {
        var open = chains.mapValues(\.count)
        var leadingTo: [PolicyName: [PolicyName]] = [:]
        for (name, list) in chains {
            for chain in list where chains[chain.policy] != nil { leadingTo[chain.policy, default: []].append(name) }
        }
        var ended = open.filter { $0.value == 0 }.map(\.key)
        while let name = ended.popLast() {
            for other in leadingTo[name] ?? [] {
                guard let left = open[other].map({ $0 - 1 }) else { continue }
                open[other] = left
                if left == 0 { ended.append(other) }
            }
        }
        let circling = Set(open.filter { $0.value > 0 }.map(\.key))
        return circling.flatMap { chains[$0] ?? [] }.filter { circling.contains($0.policy) }
    }
}

extension [Requirement] {
    fileprivate var chains: [BaseImageChain] { flatMap(\.baseImageRules).compactMap(\.chain) }
}

extension PolicySet {
    /// The policy of this name, whatever its scope. By it alone a base is judged that a chain leads to.
    package func policy(named name: PolicyName) -> AdmissionPolicy? {
        var (low, high) = (0, policies.count)
        while low < high {
            let middle = low + (high - low) / 2
            if policies[middle].name < name { low = middle + 1 } else { high = middle }
        }
        guard low < policies.count, policies[low].name == name else { return nil }
        return policies[low]
    }
}
