public import StrictEncoding

extension TUFUpdate {
    /// The first state: a trusted root, which may be expired, and may have newer versions.
    public struct Root: ~Copyable, Sendable {
        /// What the root says.
        public let metadata: RootMetadata
        /// The file as received, to be stored as it is; nil for a shipped root, which is no file.
        public let bytes: [UInt8]?
        /// Whether a newer root took away a key of the timestamp or the snapshot role in this update. What was stored
        /// of the two is then to be deleted, before the root is stored (section 5.3.11): that is how a repository
        /// recovers from an attacker who signed versions far ahead.
        public let hasRevokedOnlineKeys: Bool
        private let instant: Instant
        private let limits: TUFLimits
        private let rotations: Int

        /// Begins an update at an instant, which holds for all of it (section 5.1), with a root that the caller trusts:
        /// shipped, configured, or stored by an earlier update (section 5.2).
        ///
        /// - Throws: also if the root is not signed by a threshold of its own keys. Its expiry does not matter here.
        public init(trusting bytes: [UInt8], at instant: Instant, limits: TUFLimits = .standard) throws(TUFError) {
            let file = try UnverifiedMetadata(parsing: bytes, as: .root, limits: limits)
            let metadata = try RootMetadata(file)
            try metadata.root.verify(file, as: .itself)
            self.init(
                metadata: metadata, bytes: bytes, hasRevokedOnlineKeys: false, instant: instant, limits: limits,
                rotations: 0)
        }

        /// Begins an update with a root that the program carries. Its signatures are not known and not needed: it is
        /// trusted as it is (section 5.2).
        ///
        /// - Throws: ``TUFError/malformed(_:_:)`` if the facts are not in order. Their expiry does not matter here.
        public init(trusting shipped: ShippedRoot, at instant: Instant, limits: TUFLimits = .standard) throws(TUFError)
        {
            let metadata: RootMetadata
            do throws(MetadataFormatError) {
                metadata = try RootMetadata(shipped)
            } catch {
                throw .malformed(.root, error)
            }
            self.init(
                metadata: metadata, bytes: nil, hasRevokedOnlineKeys: false, instant: instant, limits: limits,
                rotations: 0)
        }

        private init(
            metadata: RootMetadata, bytes: [UInt8]?, hasRevokedOnlineKeys: Bool, instant: Instant, limits: TUFLimits,
            rotations: Int
        ) {
            self.metadata = metadata
            self.bytes = bytes
            self.hasRevokedOnlineKeys = hasRevokedOnlineKeys
            self.instant = instant
            self.limits = limits
            self.rotations = rotations
        }

        /// The next version of the root (section 5.3.3). Its absence from the repository is how one knows that this
        /// root is the newest. Nil if there can be no next version.
        public var next: Request? {
            let (version, overflow) = metadata.version.addingReportingOverflow(1)
            guard !overflow else { return nil }
            return Request(role: .root, fileName: MetadataRole.root.fileName(version: version), limit: limits.rootBytes)
        }

        /// The next root, once a threshold of this root's keys and a threshold of its own signed it, and its version
        /// follows this one's (sections 5.3.4 and 5.3.5). It may be expired (5.3.6).
        public consuming func rotated(to bytes: [UInt8]) throws(TUFError) -> Root {
            guard rotations < limits.rootRotations else { throw .tooManyRootRotations(limit: limits.rootRotations) }
            let file = try UnverifiedMetadata(parsing: bytes, as: .root, limits: limits)
            let next = try RootMetadata(file)
            try metadata.root.verify(file, as: .trusted)
            try next.root.verify(file, as: .itself)
            let (version, overflow) = metadata.version.addingReportingOverflow(1)
            guard !overflow, next.version == version else {
                throw .otherRootVersion(expected: version, found: next.version)
            }
            let revokes =
                !next.timestamp.distinctKeys.isSuperset(of: metadata.timestamp.distinctKeys)
                || !next.snapshot.distinctKeys.isSuperset(of: metadata.snapshot.distinctKeys)
            return Root(
                metadata: next, bytes: bytes, hasRevokedOnlineKeys: hasRevokedOnlineKeys || revokes, instant: instant,
                limits: limits, rotations: rotations + 1)
        }

        /// The timestamp metadata to fetch; it alone is never asked for by version (section 5.4.1).
        public var timestampRequest: Request {
            Request(role: .timestamp, fileName: MetadataRole.timestamp.fileName, limit: limits.timestampBytes)
        }

        /// Ends the search for newer roots and takes timestamp metadata (sections 5.3.10 to 5.4.4).
        ///
        /// - Parameter stored: the timestamp metadata of an earlier update, if any. The received one may not be older,
        ///   nor list an older snapshot; if it is of the same version, it is discarded and the stored one goes on.
        ///   What the root's keys did not sign is not looked at, nor is anything if ``hasRevokedOnlineKeys``.
        /// - Throws: also if this root is expired, which only now matters.
        public consuming func withTimestamp(
            _ received: [UInt8], stored: [UInt8]? = nil
        ) throws(TUFError) -> WithTimestamp {
            let context = Context(root: metadata, instant: instant, limits: limits)
            let keepsStored = !hasRevokedOnlineKeys
            try context.checkExpiry(metadata.expires, of: .root)
            return try WithTimestamp(
                received, stored: keepsStored ? stored : nil, keepsStored: keepsStored, context: context)
        }

        /// Holds if this root is not expired at the instant of the update (section 5.3.10). ``withTimestamp(_:stored:)``
        /// checks the same; this is for who wants to know before fetching.
        public func checkExpiry() throws(TUFError) {
            guard metadata.expires > instant else {
                throw .expired(.root, expires: metadata.expires, at: instant)
            }
        }
    }
}
