import Glibc

/// What the operating system, or a look at what lies on disk, says against using a file.
///
/// It carries names inside the store only, never the path at which the store lies: findings are the same on every host.
package enum FileError: Error, Equatable, Sendable {
    /// The file or a directory on the way to it is not there.
    case absent(String)
    /// A symbolic link where a file or directory of the store belongs.
    case link(String)
    /// A directory, FIFO, socket or device where a file belongs.
    case notAFile(String, found: String)
    /// More bytes than the limit; nothing was read.
    case tooLarge(String, size: Int, limit: Int)
    /// The file became shorter while it was read.
    case cutShort(String)
    /// Any other answer of the system.
    case system(String, errno: Int32)

    /// What `errno` says of `name`, right after the call that failed.
    package init(errno number: Int32, _ name: String) {
        self =
            switch number {
            case ENOENT, ENOTDIR: .absent(name)
            case ELOOP: .link(name)
            default: .system(name, errno: number)
            }
    }

    /// The system's sentence for an error number, in the C locale.
    package static func text(of number: Int32) -> String {
        // strerror is thread-safe in glibc since 2.32; it gives nil for no number.
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text).lowercased()
    }
}
