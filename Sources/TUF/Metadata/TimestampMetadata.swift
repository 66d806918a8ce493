public import StrictEncoding

/// Timestamp metadata (section 4.6): which snapshot is the newest. Given out by states of ``TUFUpdate`` only.
public struct TimestampMetadata: Sendable {
    /// At least 1.
    public let version: Int
    /// From this instant on it is expired.
    public let expires: Instant
    /// What is said of `snapshot.json`.
    public let snapshot: ListedFile

    init(_ metadata: UnverifiedMetadata) throws(TUFError) {
        do throws(MetadataFormatError) {
            let meta = try metadata.signed.fields("meta")
            snapshot = try ListedFile(meta.fields("snapshot.json"))
        } catch {
            throw .malformed(.timestamp, error)
        }
        version = metadata.version
        expires = metadata.expires
    }
}
