import StrictEncoding

extension TUFUpdate {
    /// The search for a target file through delegations (section 5.6.7): pre-order, depth first, the delegations of one
    /// role in their order.
    ///
    /// Whoever drives it calls ``next()``, fetches what is asked for, hands it to ``supply(_:)``, and calls ``next()``
    /// again. A role's metadata is verified against the role that delegates to it *here*, never against one that did
    /// so elsewhere.
    public struct TargetSearch: ~Copyable, Sendable {
        /// What to do next.
        public enum Step: Sendable, Hashable {
            /// The file is this one; the search is over.
            case found(TargetFile)
            /// Fetch this metadata and supply it.
            case needs(Request)
            /// No role that may speak of the path does; the search is over.
            case absent
        }

        /// What is searched for.
        public let path: TargetPath
        private let snapshot: SnapshotMetadata
        private let context: Context
        /// The roles still to be asked; the last is the next.
        private var pending: [Delegation] = []
        private var visited: Set<MetadataRole> = []
        /// The delegation whose metadata was asked for.
        private var asked: (delegation: Delegation, listed: ListedFile)?
        private var result: TargetFile?

        init(
            _ path: TargetPath, in targets: TargetsMetadata, snapshot: SnapshotMetadata, context: Context
        ) {
            self.path = path
            self.snapshot = snapshot
            self.context = context
            look(into: targets)
        }

        /// What to do next; the same answer until metadata was supplied.
        ///
        /// - Throws: ``TUFError/tooManyDelegations(limit:)``, ``TUFError/notInSnapshot(_:)``, and what a request
        ///   throws.
        public mutating func next() throws(TUFError) -> Step {
            if let result { return .found(result) }
            if let asked { return .needs(try context.request(asked.delegation.role, asked.listed)) }
            while let delegation = pending.popLast() {
                // Section 5.6.7.1: a role is visited once, so cycles end.
                guard !visited.contains(delegation.role) else { continue }
                guard visited.count < context.limits.delegatedRoles else {
                    throw .tooManyDelegations(limit: context.limits.delegatedRoles)
                }
                visited.insert(delegation.role)
                let listed = try snapshot.file(of: delegation.role)
                asked = (delegation, listed)
                return .needs(try context.request(delegation.role, listed))
            }
            return .absent
        }

        /// Whether stored metadata is the very one that ``supply(_:)`` would take now, so that nothing need be fetched.
        public func accepts(_ bytes: [UInt8]) -> Bool { (try? verified(bytes)) != nil }

        /// Takes the metadata that ``next()`` asked for (sections 5.6.2 to 5.6.5, for a delegated role).
        public mutating func supply(_ bytes: [UInt8]) throws(TUFError) {
            look(into: try verified(bytes))
            asked = nil
        }

        private func verified(_ bytes: [UInt8]) throws(TUFError) -> TargetsMetadata {
            guard let (delegation, listed) = asked else { throw .notAskedFor }
            return try TargetsMetadata(
                context.verified(
                    bytes, as: delegation.role, listed: listed, signedBy: delegation.authority))
        }

        private mutating func look(into targets: TargetsMetadata) {
            if let file = targets.files[path] {
                result = file
                return
            }
            let delegations = targets.delegations.delegations(for: path)
            // Nobody is asked after a terminating delegation and its descendants.
            if delegations.contains(where: \.isTerminating) { pending = [] }
            pending += delegations.reversed()
        }
    }
}
