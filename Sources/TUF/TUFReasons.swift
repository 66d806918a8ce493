public import Findings
import StrictEncoding

extension ReasonCode {
    public static let tufMalformedMetadata = ReasonCode(
        "tuf.malformed-metadata", .reject, .rule,
        summary: "a metadata file of a TUF repository is not of the form that its role defines",
        mend: "check the address of the repository; if it is right, tell its publisher")
    public static let tufTooFewSignatures = ReasonCode(
        "tuf.too-few-signatures", .reject, .integrity,
        summary: "metadata of a TUF repository is not signed by as many distinct trusted keys as its role demands",
        mend: "do not use this repository until its publisher explains; the trust stored before is unchanged")
    public static let tufExpired = ReasonCode(
        "tuf.expired", .reject, .rule,
        summary: "metadata of a TUF repository is expired: its publisher is late, or somebody withholds newer metadata",
        mend: "refresh from the publisher's own address; if that gives the same, tell the publisher; check the clock")
    public static let tufRollback = ReasonCode(
        "tuf.rollback", .reject, .integrity,
        summary: "a TUF repository offers older metadata than it did before",
        mend: "refresh from the publisher's own address; if that gives the same, tell the publisher")
    public static let tufWrongRootVersion = ReasonCode(
        "tuf.wrong-root-version", .reject, .integrity,
        summary: "a new root of a TUF repository does not follow the trusted one by exactly one version",
        mend: "see that every version of the root is there, each under its own number")
    public static let tufMixedMetadata = ReasonCode(
        "tuf.mixed-metadata", .reject, .integrity,
        summary: "metadata of a TUF repository is not of the version, length or hash that signed metadata lists for it",
        mend: "refresh again, because the repository may be changing; if it lasts, tell its publisher")
    public static let tufNotListed = ReasonCode(
        "tuf.not-listed", .reject, .rule,
        summary: "a role that a TUF repository delegates to, or once listed, is missing in its snapshot",
        mend: "tell the publisher of the repository")
    public static let tufNoSuchTarget = ReasonCode(
        "tuf.no-such-target", .reject, .rule,
        summary: "no role of a TUF repository that may speak of a target file lists it",
        mend: "check the name of the target; names are case-sensitive paths")
    public static let tufOtherTarget = ReasonCode(
        "tuf.other-target", .reject, .integrity,
        summary: "a target file does not have the length and the hashes that signed metadata states",
        mend: "refresh again; if it lasts, tell the publisher of the repository")
    public static let tufRefusedTargetName = ReasonCode(
        "tuf.refused-target-name", .reject, .rule,
        summary: "the name of a target file is no relative path of plain components",
        mend: "ask for a path without a leading slash, `.`, `..`, backslashes and control characters")
    public static let tufUnavailable = ReasonCode(
        "tuf.unavailable", .undecided, .unavailable,
        summary: "a file of a TUF repository can't be had",
        mend: "check the address or directory of the repository and the way to it, then refresh again")
    public static let tufNoTrustedRoot = ReasonCode(
        "tuf.no-trusted-root", .undecided, .unavailable,
        summary: "there is no trusted root to begin an update with, or no complete trust was ever stored",
        mend: "give the repository's root with `landwaiter trust init`, then run `landwaiter trust update`")
    public static let tufOtherRoot = ReasonCode(
        "tuf.other-root", .reject, .rule,
        summary: "the trust on disk began with another root than the one given",
        mend: "give each repository a directory of its own")
    public static let tufCacheUnusable = ReasonCode(
        "tuf.cache-unusable", .undecided, .unavailable,
        summary: "the directory that holds trust can't be read or written",
        mend: "check that the directory is there, its permissions, and the space on its disk")
    public static let tufCacheBusy = ReasonCode(
        "tuf.cache-busy", .undecided, .unavailable,
        summary: "another process has been updating the same trust for too long",
        mend: "let it finish, or end it; a process that ended holds nothing")
    public static let tufFallback = ReasonCode(
        "tuf.fallback", .note, .note,
        summary: "trust could not be refreshed; the trust stored before, which is not expired, is used",
        mend: "mend the refresh before the stored trust expires")
    public static let limitTUFMetadata = ReasonCode(
        "limit.tuf-metadata", .reject, .limit,
        summary: "a file of a TUF repository is longer than the limit, or there are more of them than one update reads",
        mend: "refresh again if the root has changed very often; else tell the publisher of the repository")
}

extension ReasonTable {
    /// Why metadata and target files of a TUF repository are refused.
    public static let tuf = ReasonTable(
        "Trust updates (TUF)",
        [
            .tufMalformedMetadata, .tufTooFewSignatures, .tufExpired, .tufRollback, .tufWrongRootVersion,
            .tufMixedMetadata, .tufNotListed, .tufNoSuchTarget, .tufOtherTarget, .tufRefusedTargetName,
            .tufUnavailable, .tufNoTrustedRoot, .tufOtherRoot, .tufCacheUnusable, .tufCacheBusy, .tufFallback,
            .limitTUFMetadata,
        ])
}

extension TUFError {
    /// The code under which a report says it.
    public var code: ReasonCode {
        switch self {
        case .malformed(_, let error): error.isLimit ? .limitTUFMetadata : .tufMalformedMetadata
        case .metadataTooLarge, .tooManyRootRotations, .tooManyDelegations, .targetTooLarge: .limitTUFMetadata
        case .noKnownHash, .notAskedFor: .tufMalformedMetadata
        case .tooFewSignatures: .tufTooFewSignatures
        case .expired: .tufExpired
        case .rollback: .tufRollback
        case .otherRootVersion: .tufWrongRootVersion
        case .otherVersion, .otherLength, .otherHash: .tufMixedMetadata
        case .droppedFromSnapshot, .notInSnapshot: .tufNotListed
        case .noSuchTarget: .tufNoSuchTarget
        case .otherTarget: .tufOtherTarget
        case .refusedTargetPath: .tufRefusedTargetName
        }
    }

    /// The error as a report shows it.
    public var finding: Finding { Finding(code, message) }
}

extension MetadataFormatError {
    fileprivate var isLimit: Bool {
        switch self {
        case .json(.tooDeep), .json(.tooLarge), .tooManySignatures: true
        case .json, .notCanonical, .expected, .otherType, .otherSpecification, .repeatedKeyID: false
        }
    }
}
