// error: may not be initialized directly; use "self.init(...)"
import StrictEncoding
import TransparencyLog

/// Fills the fields of an entry from outside (SE-0189).
extension VerifiedLogEntry {
    init(promised log: TrustedLog, kind: LogEntryKind) {
        self.log = log
        self.kind = kind
        inclusion = nil
        time = nil
    }
}
