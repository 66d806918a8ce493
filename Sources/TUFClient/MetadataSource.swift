import Findings

/// Where the files of a repository come from. What it gives is believed by nobody: `TUF` verifies it.
public protocol MetadataSource: Sendable {
    /// A metadata file by its name, which is one path component and percent-encoded where need be; nil if the
    /// repository has none of that name.
    ///
    /// - Parameter limit: bytes; of a longer file nothing beyond need be read.
    func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]?

    /// A target file by its path, relative to where the repository keeps targets and not percent-encoded.
    func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]?
}

/// Why a file of a repository can't be had, though the repository may have it.
public enum MetadataSourceError: Error, Equatable, Sendable {
    /// Longer than asked for, in bytes.
    case tooLarge(String, limit: Int)
    /// The place where it should be did not give it.
    case unreachable(String, why: String)

    /// One line for people.
    public var message: String {
        switch self {
        case .tooLarge(let name, let limit):
            "expected \(Finding.quoted(name)) of at most \(limit) bytes, found more"
        case .unreachable(let name, let why): "\(Finding.quoted(name)) can't be had: \(Finding.escaped(why))"
        }
    }
}
