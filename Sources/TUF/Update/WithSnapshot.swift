import StrictEncoding

extension TUFUpdate {
    /// The third state: root, timestamp and snapshot metadata.
    public struct WithSnapshot: ~Copyable, Sendable {
        /// What the snapshot says.
        public let metadata: SnapshotMetadata
        /// The file that is trusted, to be stored as it is.
        public let bytes: [UInt8]
        /// The top-level targets metadata to fetch (section 5.6.1).
        public let targetsRequest: Request
        private let timestamp: TimestampMetadata
        private let listed: ListedFile
        private let context: Context

        init(
            _ metadata: SnapshotMetadata, bytes: [UInt8], timestamp: TimestampMetadata, context: Context
        ) throws(TUFError) {
            let listed = try metadata.file(of: .targets)
            let request = try context.request(.targets, listed)
            self.metadata = metadata
            self.bytes = bytes
            self.timestamp = timestamp
            self.context = context
            self.listed = listed
            targetsRequest = request
        }

        /// Whether stored targets metadata is the very one that ``withTargets(_:)`` would take, so that nothing need be
        /// fetched.
        public func accepts(targets bytes: [UInt8]) -> Bool { (try? verifiedTargets(bytes)) != nil }

        /// Takes the top-level targets metadata (sections 5.6.2 to 5.6.5).
        public consuming func withTargets(_ received: [UInt8]) throws(TUFError) -> WithTargets {
            WithTargets(
                metadata: try verifiedTargets(received), bytes: received, timestamp: timestamp, snapshot: metadata,
                context: context)
        }

        private func verifiedTargets(_ bytes: [UInt8]) throws(TUFError) -> TargetsMetadata {
            try TargetsMetadata(
                context.verified(bytes, as: .targets, listed: listed, signedBy: context.root.targets))
        }
    }
}
