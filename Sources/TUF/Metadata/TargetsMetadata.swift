public import StrictEncoding

/// Targets metadata, of the top level or of a delegated role (section 4.5): which target files there are, and who else
/// may say so. Given out by states of ``TUFUpdate`` only.
public struct TargetsMetadata: Sendable {
    /// The role that it is of.
    public let role: MetadataRole
    /// At least 1.
    public let version: Int
    /// From this instant on it is expired.
    public let expires: Instant
    /// Target files by path. A file whose path ``TargetPath`` refuses is not among them: nobody can ask for it.
    public let files: [TargetPath: TargetFile]
    /// In order of appearance, the first having precedence.
    let delegations: Delegations

    init(_ metadata: UnverifiedMetadata) throws(TUFError) {
        do throws(MetadataFormatError) {
            let signed = metadata.signed
            let targets = try signed.fields("targets")
            var files: [TargetPath: TargetFile] = [:]
            files.reserveCapacity(targets.object.count)
            for (name, value) in targets.object {
                let fields = try MetadataFields(value, at: targets.at(name))
                guard let path = try? TargetPath(name) else { continue }
                files[path] = try TargetFile(path, fields)
            }
            self.files = files
            delegations = try Delegations(signed)
        } catch {
            throw .malformed(metadata.role, error)
        }
        role = metadata.role
        version = metadata.version
        expires = metadata.expires
    }
}
