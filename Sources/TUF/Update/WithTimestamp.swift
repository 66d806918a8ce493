import StrictEncoding

extension TUFUpdate {
    /// The second state: a root that is current, and timestamp metadata.
    public struct WithTimestamp: ~Copyable, Sendable {
        /// What the timestamp says.
        public let metadata: TimestampMetadata
        /// The file that is trusted, to be stored as it is.
        public let bytes: [UInt8]
        /// The snapshot metadata to fetch (section 5.5.1).
        public let snapshotRequest: Request
        private let context: Context
        private let keepsStored: Bool

        /// Sections 5.4.2 to 5.4.4.
        init(_ received: [UInt8], stored: [UInt8]?, keepsStored: Bool, context: Context) throws(TUFError) {
            let authority = context.root.timestamp
            let file = try UnverifiedMetadata(parsing: received, as: .timestamp, limits: context.limits)
            try authority.verify(file, as: .trusted)
            var trusted = (metadata: try TimestampMetadata(file), bytes: received)
            if let older = context.stored(stored, as: .timestamp, signedBy: authority),
                let olderMetadata = try? TimestampMetadata(older)
            {
                try Self.checkRollback(to: trusted.metadata, from: olderMetadata)
                if trusted.metadata.version == olderMetadata.version { trusted = (olderMetadata, older.bytes) }
            }
            try context.checkExpiry(trusted.metadata.expires, of: .timestamp)
            let request = try context.request(.snapshot, trusted.metadata.snapshot)
            (metadata, bytes) = trusted
            snapshotRequest = request
            self.context = context
            self.keepsStored = keepsStored
        }

        /// Section 5.4.3: neither the timestamp nor the snapshot it names may be older than what is trusted. At one
        /// version nothing is compared, because the received file is discarded.
        private static func checkRollback(
            to new: TimestampMetadata, from old: TimestampMetadata
        ) throws(TUFError) {
            guard new.version >= old.version else {
                throw .rollback(statedBy: .timestamp, of: "timestamp.json", trusted: old.version, found: new.version)
            }
            guard new.version == old.version || new.snapshot.version >= old.snapshot.version else {
                throw .rollback(
                    statedBy: .timestamp, of: "snapshot.json", trusted: old.snapshot.version,
                    found: new.snapshot.version)
            }
        }

        /// Whether stored snapshot metadata is the very one that ``withSnapshot(_:stored:)`` would take, so that
        /// nothing need be fetched.
        public func accepts(snapshot bytes: [UInt8]) -> Bool {
            (try? verifiedSnapshot(bytes)) != nil
        }

        /// Takes snapshot metadata (section 5.5).
        ///
        /// - Parameter stored: the snapshot metadata of an earlier update, if any. Every file that it lists has to be
        ///   listed still, and in no older version.
        public consuming func withSnapshot(
            _ received: [UInt8], stored: [UInt8]? = nil
        ) throws(TUFError) -> WithSnapshot {
            let snapshot = try verifiedSnapshot(received)
            if keepsStored,
                let older = context.stored(stored, as: .snapshot, signedBy: context.root.snapshot),
                let olderSnapshot = try? SnapshotMetadata(older)
            {
                try Self.checkRollback(to: snapshot, from: olderSnapshot)
            }
            return try WithSnapshot(snapshot, bytes: received, timestamp: metadata, context: context)
        }

        /// Sections 5.5.2 to 5.5.4 and 5.5.6.
        private func verifiedSnapshot(_ bytes: [UInt8]) throws(TUFError) -> SnapshotMetadata {
            try SnapshotMetadata(
                context.verified(
                    bytes, as: .snapshot, listed: metadata.snapshot, signedBy: context.root.snapshot))
        }

        /// Section 5.5.5, in the order of the names, so that one attack gives one error.
        private static func checkRollback(to new: SnapshotMetadata, from old: SnapshotMetadata) throws(TUFError) {
            for (name, trusted) in old.files.sorted(by: { $0.key < $1.key }) {
                guard let found = new.files[name] else { throw .droppedFromSnapshot(name.value) }
                guard found.version >= trusted.version else {
                    throw .rollback(
                        statedBy: .snapshot, of: name.value, trusted: trusted.version, found: found.version)
                }
            }
        }
    }
}
