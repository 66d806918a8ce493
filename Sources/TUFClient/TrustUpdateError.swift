public import Findings
import LocalFiles
public import TUF

/// Why trust could not be updated, or stored trust not be used.
public enum TrustUpdateError: Error, Equatable, Sendable {
    /// The repository's metadata or a target file is refused.
    case refused(TUFError)
    /// A file can't be had.
    case source(MetadataSourceError)
    /// The repository does not have a file that it should have.
    case missing(String)
    /// The directory that holds trust can't be used.
    case store(name: String, why: String)
    /// Another process holds the lock; seconds waited.
    case busy(seconds: Int)
    /// There is no root in the directory.
    case noRoot
    /// There is a root in the directory, and it began with another one.
    case otherRoot
    /// Trust began with a shipped root of this name and version, and the program has none of it, or an older one.
    case otherShippedRoot(name: String, version: Int, found: Int?)
    /// Nobody said where the repository is.
    case noAddress
    /// No update was ever completed in the directory.
    case neverCompleted
    /// What the last complete update left is damaged.
    case damaged(String)

    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .refused(let error): error.code
        case .source(.tooLarge): .limitTUFMetadata
        case .source(.unreachable), .missing: .tufUnavailable
        case .store, .damaged: .tufCacheUnusable
        case .busy: .tufCacheBusy
        case .noRoot, .neverCompleted, .otherShippedRoot: .tufNoTrustedRoot
        case .noAddress: .tufUnavailable
        case .otherRoot: .tufOtherRoot
        }
    }

    /// One line for people.
    public var message: String {
        switch self {
        case .refused(let error): error.message
        case .source(let error): error.message
        case .missing(let name): "expected \(Finding.quoted(name)) in the repository, found nothing"
        case .store(let name, let why): "\(Finding.quoted(name)) of the stored trust can't be used: \(why)"
        case .busy(let seconds): "expected the stored trust to be free, found it locked for \(seconds) s"
        case .noRoot: "expected a trusted root in the directory, found none"
        case .otherRoot: "expected the stored trust to have begun with the root given, found another"
        case .otherShippedRoot(let name, let version, let found):
            "expected root \(Finding.quoted(name)) of version \(version) or newer in this program, found "
                + (found.map { "version \($0)" } ?? "none of that name")
        case .noAddress: "expected the trust to say where its repository is, found no address"
        case .neverCompleted: "expected trust of a complete update in the directory, found none"
        case .damaged(let what): "expected the trust of the last complete update, found it damaged: \(what)"
        }
    }

    /// The error as a report shows it.
    public var finding: Finding { Finding(code, message) }
}

extension TrustUpdateError {
    /// What the steps of an update throw, as one error.
    init(_ error: any Error) {
        switch error {
        case let error as TrustUpdateError: self = error
        case let error as TUFError: self = .refused(error)
        case let error as MetadataSourceError: self = .source(error)
        case let error as FileError: self = .store(name: error.name, why: error.reason)
        // What is left is the end of a task that waits for the lock.
        default: self = .busy(seconds: 0)
        }
    }
}
