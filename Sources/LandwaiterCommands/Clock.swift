import Findings
import Glibc
import StrictEncoding

/// The only place that reads a clock, once per command, to the second.
enum Clock {
    /// The instant that is stated, or now; and whether it is hypothetical.
    static func instant(stated: String?) throws(CommandFailure) -> (Instant, hypothetical: Bool) {
        guard let stated else { return (Instant(secondsSince1970: Int64(time(nil))), false) }
        guard let instant = Instant(rfc3339: stated) else {
            throw .usage("expected a time like 2026-11-20T12:00:00Z, found \(Finding.quoted(stated))")
        }
        return (instant, true)
    }
}
