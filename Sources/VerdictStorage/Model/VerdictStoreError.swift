/// Why a store did not do what was asked. Nothing was changed, except where ``unreachable(_:)`` says that this is not
/// known; every change may be asked for again.
public enum VerdictStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection, no file, or none in time. Whether a change that was under way took effect is not known.
    case unreachable(String)
    /// The database is not what it was: damaged, or a migration that it names had other contents.
    case corrupt(String)
    /// A newer Landwaiter has changed the schema: the migrations that this one does not know.
    case newerSchema([String])
    /// An older Landwaiter made the schema, and who asks only reads. Each is the name of the last change; nil for a
    /// database that has none.
    case olderSchema(found: String?, expected: String)
    /// No room: the disk, the quota, or the limit that was set.
    case full(String)
    /// Others were in the way for longer than the store waits, or a job's lease was lost.
    case conflict(String)
    /// Permission, authentication, or a configuration that can't work.
    case refused(String)
    /// What was handed in can't be stored.
    case invalid(String)
    /// ``VerdictStore/close()`` was called.
    case closed

    /// One line, lower case, with what would mend it.
    public var description: String {
        switch self {
        case .unreachable(let why):
            "the verdict store is not reachable: \(why); see that it runs and that its place is right"
        case .corrupt(let why):
            "the verdict store is damaged: \(why); restore it from a backup, or move it away to begin anew"
        case .newerSchema(let names):
            "the verdict store was changed by a newer version: expected the schema \(Migration.latest), found "
                + "\(names.joined(separator: ", ")); run that version, or restore the backup made before it"
        case .olderSchema(let found, let expected):
            "the verdict store was made by an older version: expected the schema \(expected), found "
                + "\(found ?? "none"); reading does not change it: start `landwaiter serve` of this version, which does"
        case .full(let why): "the verdict store is full: \(why); make room, or delete old verdicts"
        case .conflict(let why): "the verdict store was busy: \(why); try again"
        case .refused(let why): "the verdict store refused: \(why)"
        case .invalid(let why): "the verdict store can't keep this: \(why)"
        case .closed: "the verdict store is closed"
        }
    }

    /// Whether the same call may succeed later without anybody's doing.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .full, .conflict: true
        case .corrupt, .newerSchema, .olderSchema, .refused, .invalid, .closed: false
        }
    }
}
