import Glibc

/// Users of this machine, and who this process is on it.
enum SystemUser {
    /// The machine's name, for operators.
    static var machine: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unnamed" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static var process: Int32 { getpid() }

    /// Nil for a name that nobody has.
    static func number(of name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // The longest line that anybody's directory gives.
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        let status = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard status == 0, found != nil else { return nil }
        return entry.pw_uid
    }
}
