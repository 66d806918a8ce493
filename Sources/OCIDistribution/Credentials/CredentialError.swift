import Findings
package import LocalFiles
public import StrictEncoding

/// Why there is no saying whether there is a credential. Holds no secret.
public enum CredentialError: Error, Equatable, Sendable {
    /// A file that somebody named is not there, or one can't be read; with the system's words.
    case file(String, reason: String)
    case tooLarge(file: String, size: Int)
    case json(file: String, JSONError)
    /// A member of another type than docker's; empty for the whole.
    case wrongType(file: String, member: String)
    /// An entry of `auths` that can't be read.
    case malformedEntry(file: String, key: String)
    case helper(CredentialHelperError)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .file(let name, let reason): "registry credentials \(Finding.quoted(name)): \(Finding.escaped(reason))"
        case .tooLarge(let name, let size):
            "expected registry credentials of at most \(CredentialFile.longest) bytes in \(Finding.quoted(name)), "
                + "found \(size)"
        case .json(let name, let error): "registry credentials \(Finding.quoted(name)): \(error.message)"
        case .wrongType(let name, let member):
            "expected docker's or podman's form of credentials in \(Finding.quoted(name)), found another type"
                + (member.utf8.isEmpty ? "" : " of `\(member)`")
        case .malformedEntry(let name, let key):
            "expected a user name and password or a token for \(Finding.quoted(key)) in \(Finding.quoted(name)), "
                + "found something that is none"
        case .helper(let error): error.message
        }
    }
}

extension CredentialError {
    /// What reading a file met with.
    package init(_ error: FileError, path: String) {
        self =
            switch error {
            case .absent: .file(path, reason: "no such file")
            case .link: .file(path, reason: "a symbolic link")
            case .notAFile(_, let found): .file(path, reason: "expected a file, found \(found)")
            case .tooLarge(_, let size, _): .tooLarge(file: path, size: size)
            case .cutShort: .file(path, reason: "it became shorter while it was read")
            case .system(_, let number): .file(path, reason: FileError.text(of: number))
            }
    }
}

/// Something about credentials that a user should mend, and that stops nothing.
public enum CredentialWarning: Sendable, Hashable {
    /// A file that holds secrets and that others than its owner may read.
    case readableByOthers(file: String, mode: UInt32)

    /// One line for people.
    public var message: String {
        switch self {
        case .readableByOthers(let file, let mode):
            "\(Finding.quoted(file)) holds credentials and others than its owner may read it "
                + "(mode \(String(mode, radix: 8))): chmod 600"
        }
    }
}
