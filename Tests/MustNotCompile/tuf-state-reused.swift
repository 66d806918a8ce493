// error: 'root' consumed more than once
import TUF

/// Takes two timestamps by one root: the second would not be compared with the first.
func twice(_ root: consuming TUFUpdate.Root, _ first: [UInt8], _ second: [UInt8]) throws {
    _ = try root.withTimestamp(first)
    _ = try root.withTimestamp(second)
}
