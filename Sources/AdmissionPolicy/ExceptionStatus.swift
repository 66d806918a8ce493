public import Findings
import OCI
public import StrictEncoding

/// How an exception stands at an instant, whatever the request: for lists, and for whoever has to renew one.
public struct ExceptionStatus: Sendable {
    public enum State: String, Sendable, CaseIterable {
        case pending, active, expired
    }
    public let exception: PolicyException
    public let state: State
    /// Until it expires; negative if it has.
    public let secondsLeft: Int64
    /// Why it has no effect for some request that it names, apart from the time: notes, sorted.
    public let problems: [Finding]

    /// Whole days until it expires; nil if it has.
    public var daysLeft: Int64? { state == .expired ? nil : secondsLeft / 86400 }
}

extension PolicySet {
    /// Every exception, the one that expires first in front.
    public func exceptionStatuses(at instant: Instant) -> [ExceptionStatus] {
        exceptions.map { exception in
            ExceptionStatus(
                exception: exception,
                state: instant >= exception.expires ? .expired : instant < exception.from ? .pending : .active,
                secondsLeft: exception.expires.secondsSince1970 - instant.secondsSince1970,
                problems: problems(of: exception))
        }.sorted { a, b in
            (a.exception.expires, a.exception.name) < (b.exception.expires, b.exception.name)
        }
    }

    private func problems(of exception: PolicyException) -> [Finding] {
        var problems: Set<Finding> = []
        for namespace in exception.namespaces {
            for image in exception.images {
                guard let reference = try? ImageReference(parsing: image.name) else { continue }
                let matching = matching(namespace: namespace, reference: reference)
                problems.formUnion(exception.problems(matching.guardrails, at: exception.from))
            }
        }
        let rules = policies.first { $0.name == exception.waives.policy }?.require.map(\.id) ?? []
        if !rules.contains(where: { $0.utf8.elementsEqual(exception.waives.rule.utf8) }) {
            problems.insert(
                exception.finding(.exceptionUnknownRule, "names a policy or a requirement that is not loaded"))
        }
        return problems.sorted()
    }
}
