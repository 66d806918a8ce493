// error: property 'origin' may not be initialized directly; use "self.init(...)"
// error: property 'statement' may not be initialized directly; use "self.init(...)"
import Admission

/// Fills the fields from an extension in another module (SE-0189).
extension VerifiedEvidence {
    init(forged statement: Statement) {
        self.origin = .supplied
        self.statement = statement
    }
}
