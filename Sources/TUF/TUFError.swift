import Findings
public import StrictEncoding

/// Why metadata or a target file is refused. Each of them ends the update; what was trusted before stays as it was.
public enum TUFError: Error, Equatable, Sendable {
    /// Not metadata of that role.
    case malformed(MetadataRole, MetadataFormatError)
    /// Longer than the limit, in bytes.
    case metadataTooLarge(MetadataRole, limit: Int)
    /// Fewer distinct keys with authority signed than the threshold.
    case tooFewSignatures(MetadataRole, by: Authority, expected: Int, found: Int)
    /// A root that does not follow the trusted one by exactly one version: a gap or a rollback.
    case otherRootVersion(expected: Int, found: Int)
    /// More versions of the root than one update goes through. Those that were verified stay trusted.
    case tooManyRootRotations(limit: Int)
    /// Expired at the instant of the update: a freeze attack, or a publisher who forgot.
    case expired(MetadataRole, expires: Instant, at: Instant)
    /// An older version than the one that is trusted, as stated by the first role's metadata.
    case rollback(statedBy: MetadataRole, of: String, trusted: Int, found: Int)
    /// A file that the trusted snapshot lists is no longer listed.
    case droppedFromSnapshot(String)
    /// Another version than the one that is listed.
    case otherVersion(MetadataRole, expected: Int, found: Int)
    /// Another length than the listed one, in bytes.
    case otherLength(MetadataRole, expected: Int, found: Int)
    /// Another hash than the listed one, of this function.
    case otherHash(MetadataRole, function: String)
    /// Hashes are stated, but none of a function that this client computes.
    case noKnownHash(of: String)
    /// A role whose file the snapshot does not list.
    case notInSnapshot(MetadataRole)
    /// More delegated roles than one search visits.
    case tooManyDelegations(limit: Int)
    /// Metadata was supplied that the search did not ask for.
    case notAskedFor
    /// A path that could lead elsewhere, or that no file should have.
    case refusedTargetPath(String)
    /// No role that may speak of the path does.
    case noSuchTarget(TargetPath)
    /// A target file that is longer than the limit, in bytes.
    case targetTooLarge(TargetPath, limit: Int)
    /// Bytes of another length or hash than stated.
    case otherTarget(TargetPath)

    /// Whose keys did not sign in sufficient number.
    public enum Authority: Sendable, Hashable {
        /// Those that trusted metadata names for the role.
        case trusted
        /// Those that a new root names itself.
        case itself
    }

    /// One line for people.
    public var message: String {
        switch self {
        case .malformed(let role, let error): "\(role) metadata: \(error.message)"
        case .metadataTooLarge(let role, let limit): "expected \(role) metadata of at most \(limit) bytes, found more"
        case .tooFewSignatures(let role, let authority, let expected, let found):
            "expected \(role) metadata signed by \(expected) distinct keys that "
                + (authority == .trusted ? "trusted metadata names" : "it names itself") + ", found \(found)"
        case .otherRootVersion(let expected, let found): "expected root version \(expected), found \(found)"
        case .tooManyRootRotations(let limit): "expected at most \(limit) new versions of the root, found more"
        case .expired(let role, let expires, let instant):
            "expected \(role) metadata that is valid at \(instant), found it expired at \(expires)"
        case .rollback(let role, let what, let trusted, let found):
            "expected \(Finding.quoted(what, limit: 80)) of version \(trusted) or newer in \(role) metadata, "
                + "found version \(found)"
        case .droppedFromSnapshot(let name):
            "expected \(Finding.quoted(name, limit: 80)) still listed in snapshot metadata, found it missing"
        case .otherVersion(let role, let expected, let found):
            "expected \(role) metadata of version \(expected) as listed, found version \(found)"
        case .otherLength(let role, let expected, let found):
            "expected \(role) metadata of \(expected) bytes as listed, found \(found)"
        case .otherHash(let role, let function): "expected \(role) metadata with its listed \(function), found another"
        case .noKnownHash(let name):
            "expected a hash of SHA-256 or SHA-512 of \(Finding.quoted(name)), found those of other functions only"
        case .notInSnapshot(let role): "expected \(role) listed in snapshot metadata, found it missing"
        case .tooManyDelegations(let limit): "expected a target within \(limit) delegated roles, found more to search"
        case .notAskedFor: "expected metadata that the search asks for, found some supplied unasked"
        case .refusedTargetPath(let path):
            "expected a relative target path of plain components, found \(Finding.quoted(path))"
        case .noSuchTarget(let path): "expected target \(Finding.quoted(path.description)), found no role that lists it"
        case .targetTooLarge(let path, let limit):
            "expected target \(Finding.quoted(path.description)) of at most \(limit) bytes, found it listed with more"
        case .otherTarget(let path):
            "expected target \(Finding.quoted(path.description)) with its listed length and hashes, found other bytes"
        }
    }
}
