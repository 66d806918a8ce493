import Content
import Findings
import StrictEncoding

/// Exceptions that have ended, are about to, or that another one makes superfluous.
enum ExceptionLint {
    /// An exception that ends within this time is worth a warning: 14 days.
    static let soon: Int64 = 14 * 86_400

    static func findings(_ documents: [LintDocument], at instant: Instant) -> [LintFinding] {
        let exceptions = documents.filter { $0.kind == .exception }
        return exceptions.compactMap { ending($0, at: instant) }
            + exceptions.enumerated().compactMap { position, exception in
                let wider = exceptions.enumerated().first { other, wider in
                    other != position && wider.waivesAll(of: exception)
                        // Of two that say the same, the one that comes first is kept.
                        && (other < position || !exception.waivesAll(of: wider))
                }
                return wider.map {
                    LintFinding(
                        .lintExceptionSubsumed, exception.root.place,
                        "the exception `\($0.element.name)` waives all that `\(exception.name)` waives")
                }
            }
    }

    private static func ending(_ exception: LintDocument, at instant: Instant) -> LintFinding? {
        guard let node = exception.spec?["expires"], let expires = node.instant else { return nil }
        guard expires > instant else {
            return LintFinding(.lintExceptionEnded, node.place, "the exception `\(exception.name)` ended at \(expires)")
        }
        guard expires <= instant.adding(seconds: soon) else { return nil }
        let days = (expires.secondsSince1970 - instant.secondsSince1970) / 86_400
        return LintFinding(
            .lintExceptionEnding, node.place,
            "the exception `\(exception.name)` ends at \(expires), in \(days) \(days == 1 ? "day" : "days")")
    }
}

extension LintDocument {
    /// Whether this exception has effect wherever and whenever the other one has.
    fileprivate func waivesAll(of other: LintDocument) -> Bool {
        let (a, b) = (spec, other.spec)
        guard source.utf8.elementsEqual(other.source.utf8),
            let rule = a?["waives"]?.scalars, rule == b?["waives"]?.scalars,
            let from = a?["from"]?.instant, let otherFrom = b?["from"]?.instant, from <= otherFrom,
            let expires = a?["expires"]?.instant, let otherExpires = b?["expires"]?.instant, expires >= otherExpires
        else { return false }
        return ["namespaces", "images"].allSatisfy { key in
            let theirs = Set((b?["scope"]?[key]?.items ?? []).compactMap { $0.text.map { ExactString($0) } })
            return theirs.isSubset(of: (a?["scope"]?[key]?.items ?? []).compactMap { $0.text.map { ExactString($0) } })
        }
    }
}

extension PolicyNode {
    /// The fields of a mapping of scalars.
    fileprivate var scalars: [ExactString: ExactString] {
        Dictionary(
            members.compactMap { member in member.value.text.map { (ExactString(member.key), ExactString($0)) } }
        ) {
            first, _ in first
        }
    }
}
