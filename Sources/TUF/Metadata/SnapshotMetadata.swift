public import StrictEncoding

/// Snapshot metadata (section 4.4): which versions of all targets metadata belong together. Given out by states of
/// ``TUFUpdate`` only.
public struct SnapshotMetadata: Sendable {
    /// At least 1.
    public let version: Int
    /// From this instant on it is expired.
    public let expires: Instant
    /// Files by their listed name, such as `targets.json`.
    public let files: [ExactString: ListedFile]

    init(_ metadata: UnverifiedMetadata) throws(TUFError) {
        do throws(MetadataFormatError) {
            files = try ListedFile.list(metadata.signed)
        } catch {
            throw .malformed(.snapshot, error)
        }
        version = metadata.version
        expires = metadata.expires
    }

    /// What is said of a role's file.
    func file(of role: MetadataRole) throws(TUFError) -> ListedFile {
        guard let file = files[role.listedName] else { throw .notInSnapshot(role) }
        return file
    }
}
