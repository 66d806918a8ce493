/// What metadata may cost before it is refused. Sizes are bytes.
///
/// The specification leaves these numbers to the application (sections 5.3.3, 5.4.1, 5.5.1, 5.6.1 and 5.6.7.1). The
/// sizes of files are those of its reference implementation, of which the largest public repositories use a tenth.
public struct TUFLimits: Sendable, Hashable {
    /// The longest root metadata file.
    public var rootBytes = 512_000
    /// The longest timestamp metadata file.
    public var timestampBytes = 16_384
    /// The longest snapshot metadata file, also where the timestamp states a greater length.
    public var snapshotBytes = 2_000_000
    /// The longest targets metadata file, also where the snapshot states a greater length.
    public var targetsBytes = 5_000_000
    /// The longest target file, also where targets metadata states a greater length.
    public var targetBytes = 64 << 20
    /// How many versions of the root one update goes through. The specification suggests 1,024.
    public var rootRotations = 1_024
    /// How many delegated roles one search visits.
    public var delegatedRoles = 32
    /// How many signatures one file may carry: what is verified before the author is known.
    public var signatures = 256
    /// How deep one file may nest objects and arrays; the format itself needs seven levels.
    public var depth = 32

    /// The limits above.
    public static let standard = TUFLimits()

    /// The limits above, to be changed one by one.
    public init() {}

    /// The longest file of a role.
    public func bytes(of role: MetadataRole) -> Int {
        switch role {
        case .root: rootBytes
        case .timestamp: timestampBytes
        case .snapshot: snapshotBytes
        case .targets, .delegated: targetsBytes
        }
    }
}
