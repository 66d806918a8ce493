import Content
import StrictEncoding

/// One update of trusted metadata by the client workflow of the specification (section 5), without input or output.
///
/// The workflow is a chain of states, each made by consuming the one before, so no step can be left out, repeated or
/// taken out of order:
///
///     Root  ->  WithTimestamp  ->  WithSnapshot  ->  WithTargets  ->  TargetSearch
///
/// A state holds verified metadata only. Whoever drives the chain asks each state which file it needs next, fetches it
/// from wherever, and stores what the new state says is trusted. A step that throws ends the update (section 5, "abort
/// the update cycle"); what was stored before stays valid, and the next update begins with it.
public enum TUFUpdate {
    /// What all states of one update share.
    struct Context: Sendable {
        let root: RootMetadata
        /// The fixed update start time (section 5.1).
        let instant: Instant
        let limits: TUFLimits
    }

    /// A file that a state asks for.
    public struct Request: Sendable, Hashable {
        /// Whose metadata it is.
        public let role: MetadataRole
        /// Its name in the repository: one path component, already percent-encoded.
        public let fileName: String
        /// Bytes; a longer answer is refused, so nothing beyond need be read.
        public let limit: Int
    }
}

extension TUFUpdate.Context {
    /// The next file, by what listed metadata says of it (sections 5.5.1 and 5.6.1).
    func request(_ role: MetadataRole, _ listed: ListedFile) throws(TUFError) -> TUFUpdate.Request {
        let limit = limits.bytes(of: role)
        if let length = listed.length, length > limit { throw .metadataTooLarge(role, limit: limit) }
        return TUFUpdate.Request(
            role: role, fileName: root.consistentSnapshot ? role.fileName(version: listed.version) : role.fileName,
            limit: listed.length ?? limit)
    }

    /// The metadata that a listed file is, once its length, hashes, signatures, version and expiry are as they should
    /// be: the checks that sections 5.5 and 5.6 share, in their order.
    func verified(
        _ bytes: [UInt8], as role: MetadataRole, listed: ListedFile, signedBy authority: RoleAuthority
    ) throws(TUFError) -> UnverifiedMetadata {
        if let length = listed.length, length != bytes.count {
            throw .otherLength(role, expected: length, found: bytes.count)
        }
        if let hashes = listed.hashes {
            guard !hashes.digests.isEmpty else { throw .noKnownHash(of: role.name) }
            if let digest = hashes.mismatch(with: bytes) {
                throw .otherHash(role, function: digest.algorithm.rawValue)
            }
        }
        let metadata = try UnverifiedMetadata(parsing: bytes, as: role, limits: limits)
        try authority.verify(metadata, as: .trusted)
        guard metadata.version == listed.version else {
            throw .otherVersion(role, expected: listed.version, found: metadata.version)
        }
        try checkExpiry(metadata.expires, of: role)
        return metadata
    }

    /// Metadata is valid before the instant at which it expires, and not at it.
    func checkExpiry(_ expires: Instant, of role: MetadataRole) throws(TUFError) {
        guard expires > instant else { throw .expired(role, expires: expires, at: instant) }
    }

    /// What a client has stored of a role, if the trusted root's keys still sign it. It serves for comparison, so it
    /// may be expired.
    func stored(_ bytes: [UInt8]?, as role: MetadataRole, signedBy authority: RoleAuthority) -> UnverifiedMetadata? {
        guard let bytes, let metadata = try? UnverifiedMetadata(parsing: bytes, as: role, limits: limits),
            (try? authority.verify(metadata, as: .trusted)) != nil
        else { return nil }
        return metadata
    }
}
