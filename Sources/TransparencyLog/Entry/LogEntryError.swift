public import StrictEncoding

/// Why an entry of a log proves nothing of an item.
public enum LogEntryError: Error, Equatable, Sendable {
    /// The body is malformed, of an unsupported kind, or speaks of something else.
    case body(LogEntryBodyError)
    /// No trusted log has this log ID, or this checkpoint key ID.
    case unknownLog
    case noPromise
    /// Entries of Rekor 2 have no time.
    case promiseOfRekor2
    /// The signed entry timestamp is not the log's signature over this entry.
    case invalidPromise
    /// Signed, but not after 1970, or beyond the year 9999.
    case malformedIntegratedTime(Int64)
    /// The log's key was not valid then.
    case keyNotValid(at: Instant)
    case noInclusionProof
    case noCheckpoint
    case tooManyProofHashes(limit: Int)
    /// A negative index or tree size.
    case negativeNumber
    /// Nothing says when: neither a promise nor a timestamp was verified.
    case noVerifiedTime
    case checkpoint(CheckpointError)
    /// Root or size of the proof are not those of the checkpoint.
    case otherTree
    case inclusion(MerkleError)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .body(let error): "log entry: \(error.message)"
        case .unknownLog: "expected an entry of a log in the trusted root, found one of another log"
        case .noPromise: "expected a log entry with a signed entry timestamp, found none"
        case .promiseOfRekor2: "expected a signed entry timestamp of Rekor 1, found an entry of Rekor 2, which has none"
        case .invalidPromise: "expected the log's signature as signed entry timestamp, found one that is not valid"
        case .malformedIntegratedTime(let seconds):
            "expected an integrated time between 1970 and 9999, found \(seconds) seconds since 1970"
        case .keyNotValid(let time): "expected a log whose key was valid at \(time), found one whose key was not"
        case .noInclusionProof: "expected a log entry with an inclusion proof, found none"
        case .noCheckpoint: "expected an inclusion proof with a checkpoint, found none"
        case .tooManyProofHashes(let limit): "expected an inclusion proof of at most \(limit) hashes, found more"
        case .negativeNumber: "expected an index and a tree size from zero, found a negative number"
        case .noVerifiedTime: "expected a verified time besides an inclusion proof, found none"
        case .checkpoint(let error): error.message
        case .otherTree: "expected an inclusion proof for the tree of its checkpoint, found one for another tree"
        case .inclusion(let error): "inclusion proof: \(error.message)"
        }
    }
}
