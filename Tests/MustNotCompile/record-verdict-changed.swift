// error: cannot assign to property: 'verdict' setter is inaccessible
import Admission

/// Turns a reject into an admit.
func overturn(_ record: AdmissionRecord) -> AdmissionRecord {
    var record = record
    record.verdict = .admit
    return record
}
