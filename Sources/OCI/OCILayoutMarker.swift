import StrictEncoding

/// The file `oci-layout` at the root of an image layout (image-spec "Image Layout Specification").
public struct OCILayoutMarker: Sendable, Hashable {
    /// `imageLayoutVersion`; only 1.0.0 exists.
    public let version: String

    /// What a writer puts there.
    public static let fileBytes = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)

    /// - Throws: `.layoutVersion` for a version that isn't known here: an image of the future is not a broken one.
    public init(parsing bytes: [UInt8]) throws(ImageFormatError) {
        let root = try DocumentMember(parsing: bytes, as: .layout, depth: JSONLimits.standard.depth)
        try root.checkNames(["imageLayoutVersion"])
        version = try root.required("imageLayoutVersion").string()
        guard version.utf8.elementsEqual("1.0.0".utf8) else { throw .layoutVersion(version) }
    }
}
