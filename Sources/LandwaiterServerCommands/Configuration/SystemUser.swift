import Glibc

/// Users of this machine.
enum SystemUser {
    /// Nil for a name that nobody has.
    static func number(of name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // The longest line that anybody's directory gives.
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        let status = buffer.withUnsafeMutableBufferPointer {
            getpwnam_r(name, &entry, $0.baseAddress, $0.count, &found)
        }
        guard status == 0, found != nil else { return nil }
        return entry.pw_uid
    }
}
