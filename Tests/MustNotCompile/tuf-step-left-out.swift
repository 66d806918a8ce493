// error: value of type 'TUFUpdate.WithTimestamp' has no member 'withTargets'
import TUF

/// Takes targets metadata that no snapshot lists.
func skip(_ state: consuming TUFUpdate.WithTimestamp, _ targets: [UInt8]) throws {
    _ = try state.withTargets(targets)
}
