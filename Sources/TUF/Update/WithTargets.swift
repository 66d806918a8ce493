public import StrictEncoding

extension TUFUpdate {
    /// The last state: all top-level metadata is verified and belongs together.
    public struct WithTargets: ~Copyable, Sendable {
        /// What the top-level targets role says.
        public let metadata: TargetsMetadata
        /// The file that is trusted, to be stored as it is.
        public let bytes: [UInt8]
        /// What the root says.
        public var root: RootMetadata { context.root }
        /// What the timestamp says.
        public let timestamp: TimestampMetadata
        /// What the snapshot says.
        public let snapshot: SnapshotMetadata
        private let context: Context

        init(
            metadata: TargetsMetadata, bytes: [UInt8], timestamp: TimestampMetadata, snapshot: SnapshotMetadata,
            context: Context
        ) {
            self.timestamp = timestamp
            self.metadata = metadata
            self.bytes = bytes
            self.snapshot = snapshot
            self.context = context
        }

        /// Begins the search for a target file. One state serves any number of searches; none knows what another saw.
        public func search(for path: TargetPath) -> TargetSearch {
            TargetSearch(path, in: metadata, snapshot: snapshot, context: context)
        }

        /// Where the repository keeps a target file (section 5.7.3), relative to the address of its targets, not
        /// percent-encoded, and how many bytes may be read.
        ///
        /// - Throws: ``TUFError/targetTooLarge(_:limit:)``, and ``TUFError/noKnownHash(of:)`` where a hash belongs into
        ///   the name.
        public func location(of file: TargetFile) throws(TUFError) -> (path: String, limit: Int) {
            guard file.length <= context.limits.targetBytes else {
                throw .targetTooLarge(file.path, limit: context.limits.targetBytes)
            }
            guard context.root.consistentSnapshot else { return (file.path.description, file.length) }
            guard let digest = file.digests.first else { throw .noKnownHash(of: file.path.description) }
            return (file.path.prefixed(with: digest), file.length)
        }

        /// The instant from which on some metadata of the chain is expired, and whose.
        public var earliestExpiry: (role: MetadataRole, instant: Instant) {
            var earliest = (role: MetadataRole.root, instant: context.root.expires)
            for candidate in [
                (MetadataRole.timestamp, timestamp.expires), (.snapshot, snapshot.expires),
                (.targets, metadata.expires),
            ] where candidate.1 < earliest.instant {
                earliest = candidate
            }
            return earliest
        }
    }
}
