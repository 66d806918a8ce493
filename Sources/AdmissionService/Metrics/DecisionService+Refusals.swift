import Admission
public import Findings
import StrictEncoding

extension DecisionService {
    /// Counts and announces what a surface refuses by itself, beside the verdicts on images: an object that can't be read,
    /// a name without a digest. Stands in no record, since no image was judged by it.
    ///
    /// - Parameters:
    ///   - image: as it was asked for, where it is about one.
    ///   - user: as ``Question/user``.
    ///   - isBlocked: whether the surface said no.
    ///   - isDryRun: then nothing is said at all.
    public func report(
        refusal finding: Finding, asker: Asker, namespace: String?, image: String? = nil, user: String? = nil,
        isBlocked: Bool, isDryRun: Bool
    ) {
        guard !isDryRun else { return }
        metrics.count(.reasons, [.surface(asker.surface), .reason(finding.code)])
        events?.emit(
            ServiceEvent(
                isBlocked ? .refused : .wouldRefuse, at: now(),
                subject: [finding.code.name, ServiceEvent.safe(namespace ?? "")].joined(separator: " "),
                code: finding.code,
                members: [
                    ("image", image), ("namespace", namespace), ("surface", asker.surface.rawValue),
                    ("askedBy", asker.identity), ("user", user), ("message", finding.message),
                    ("mend", finding.mend),
                ]))
    }
}
