import Findings
import Glibc
import OCI

/// What the operating system, or a look at what lies on disk, says against using a file.
///
/// It carries names inside the store only, never the path at which the store lies: findings are the same on every host.
enum FileError: Error, Equatable, Sendable {
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
    init(errno number: Int32, _ name: String) {
        self =
            switch number {
            case ENOENT, ENOTDIR: .absent(name)
            case ELOOP: .link(name)
            default: .system(name, errno: number)
            }
    }

    /// As an error of a source: absence and trouble with the medium leave the image undecided, links and devices inside
    /// a store are known to be wrong.
    func asSourceError(tooLarge: ReasonCode = .limitManifestBytes) -> ContentSourceError {
        switch self {
        case .absent(let name):
            ContentSourceError(.imageNotFound, "expected \(Finding.quoted(name)), found nothing there")
        case .link(let name):
            ContentSourceError(
                .imageUnsafePath, "expected \(Finding.quoted(name)) to be a plain file, found a symbolic link")
        case .notAFile(let name, let found):
            ContentSourceError(.imageUnsafePath, "expected \(Finding.quoted(name)) to be a plain file, found \(found)")
        case .tooLarge(let name, let size, let limit):
            ContentSourceError(tooLarge, "expected \(Finding.quoted(name)) of at most \(limit) bytes, found \(size)")
        case .cutShort(let name):
            ContentSourceError(.imageUnreadable, "\(Finding.quoted(name)) became shorter while it was read")
        case .system(let name, let number):
            ContentSourceError(.imageUnreadable, "\(Finding.quoted(name)) can't be read: \(Self.text(of: number))")
        }
    }

    /// As an error of a sink.
    var asSinkError: ContentSourceError {
        switch self {
        case .system(let name, let number):
            ContentSourceError(.imageUnwritable, "\(Finding.quoted(name)) can't be written: \(Self.text(of: number))")
        default: asSourceError()
        }
    }

    /// The system's sentence for an error number, in the C locale.
    static func text(of number: Int32) -> String {
        // strerror is thread-safe in glibc since 2.32; it gives nil for no number.
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text).lowercased()
    }
}
