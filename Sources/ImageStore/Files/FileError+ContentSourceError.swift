import Findings
import LocalFiles
import OCI

extension FileError {
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
}
