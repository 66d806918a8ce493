// error: 'VerifiedEvidence' initializer is inaccessible due to 'fileprivate' protection level
@testable import Admission

/// Tests see what is internal, and still cannot mint one.
func mint(_ statement: VerifiedEvidence.Statement) -> VerifiedEvidence {
    VerifiedEvidence(origin: .supplied, statement: statement)
}
