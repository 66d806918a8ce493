// error: missing arguments for parameters 'promiseOf', 'by' in call
// error: extra arguments at positions #1, #2, #3 in call
import StrictEncoding

@testable import TransparencyLog

/// Dates an entry by what it says itself.
func date(_ entry: UnverifiedLogEntry, _ log: TrustedLog, _ time: Instant) -> VerifiedLogTime {
    VerifiedLogTime(time: time, log: log, entry: entry)
}
