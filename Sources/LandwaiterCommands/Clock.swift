import Findings
import Glibc
package import StrictEncoding

/// The only place that reads a clock, once per command, to the second. What is asked over the network reads it again,
/// for lifetimes of tokens only.
package enum Clock {
    package static var now: Instant { Instant(secondsSince1970: Int64(time(nil))) }

    /// The instant that is stated, or now; and whether it is hypothetical.
    package static func instant(stated: String?) throws(CommandFailure) -> (Instant, hypothetical: Bool) {
        guard let stated else { return (now, false) }
        guard let instant = Instant(rfc3339: stated) else {
            throw .usage("expected a time like 2026-11-20T12:00:00Z, found \(Finding.quoted(stated))")
        }
        return (instant, true)
    }
}
