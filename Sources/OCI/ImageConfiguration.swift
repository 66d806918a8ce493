public import Content
import Findings
public import StrictEncoding

/// An image configuration (image-spec "Image Configuration"; Docker's has the same shape).
public struct ImageConfiguration: Sendable {
    /// The bytes that were read.
    public let content: VerifiedContent
    /// What the image runs on, by its own account.
    public let platform: Platform
    /// RFC 3339 as written; a claim of the builder.
    public let created: String?
    /// `config.User`, empty when absent: the runtime then uses root.
    public let user: String
    /// `config.Labels`: claims of the builder.
    public let labels: Annotations
    /// `config.Entrypoint`, empty when absent.
    public let entrypoint: [String]
    /// `config.Cmd`, empty when absent.
    public let command: [String]
    /// The names of `config.ExposedPorts`, like `8080/tcp`, in document order.
    public let exposedPorts: [String]
    /// `rootfs.diff_ids`: digests of the uncompressed layers, lowest first.
    public let diffIDs: [Digest]
    /// One per `history` entry; `emptyLayer` entries have no diff ID.
    public let history: [History]

    /// One step of how the image was built; a claim of the builder.
    public struct History: Sendable, Hashable {
        /// The command of the step.
        public let createdBy: String?
        /// Whether the step made no layer.
        public let emptyLayer: Bool
    }
}

extension ImageConfiguration {
    /// Reads a configuration. Members that policies don't see are checked as well, so that what a runtime refuses or
    /// reads differently is not admitted here. Docker's encoder writes `null` for what is absent in `config`, and for
    /// `config` and `history` themselves; elsewhere `null` is refused.
    ///
    /// - Parameter jsonDepth: how deep arrays and objects may be nested.
    public init(
        parsing content: VerifiedContent, jsonDepth: Int = JSONLimits.standard.depth
    ) throws(ImageFormatError) {
        let root = try DocumentMember(parsing: content.bytes, as: .configuration, depth: jsonDepth)
        try root.checkNames(["created", "author", "config", "rootfs", "history"])
        self.content = content
        platform = try Platform(root)
        created = try root.optional("created")?.time()
        _ = try root.optional("author")?.string()

        let config = root.unlessNull("config")
        try config?.checkNames([
            "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal",
            "ArgsEscaped",
        ])
        user = try config?.unlessNull("User")?.string() ?? ""
        labels = try config?.unlessNull("Labels")?.annotations() ?? [:]
        entrypoint = try config?.unlessNull("Entrypoint")?.strings() ?? []
        command = try config?.unlessNull("Cmd")?.strings() ?? []
        exposedPorts = try config?.unlessNull("ExposedPorts")?.objectNames() ?? []
        for variable in try config?.unlessNull("Env")?.elements() ?? [] {
            let text = try variable.string().utf8
            guard text.dropFirst().contains(UInt8(ascii: "=")), text.first != UInt8(ascii: "=") else {
                throw variable.malformed("an environment variable like `NAME=value`")
            }
        }
        _ = try config?.unlessNull("Volumes")?.objectNames()
        _ = try config?.unlessNull("WorkingDir")?.string()
        _ = try config?.unlessNull("StopSignal")?.string()
        _ = try config?.unlessNull("ArgsEscaped")?.bool()

        let rootfs = try root.required("rootfs")
        try rootfs.checkNames(["type", "diff_ids"])
        let type = try rootfs.required("type")
        guard type.value.isIdentical(to: "layers") else { throw type.malformed("`layers`") }
        diffIDs = try rootfs.required("diff_ids").elements().map { (id) throws(ImageFormatError) in try id.digest() }
        history =
            try root.unlessNull("history")?.elements().map { (entry) throws(ImageFormatError) in
                try History(entry)
            } ?? []
    }

    /// Nil if the manifest that names this configuration has as many layers as there are diff IDs. A runtime pairs them
    /// one by one; with a layer more or fewer it could not start the image, or would start another.
    public func contradiction(with manifest: ImageManifest) -> ImageFormatError? {
        manifest.layers.count == diffIDs.count
            ? nil : .layerCount(manifest: manifest.layers.count, configuration: diffIDs.count)
    }
}

extension ImageConfiguration {
    /// The diff IDs of layers that hold something, lowest first: all but those of an empty tar, which prove nothing
    /// about what an image was built from.
    public var nonEmptyDiffIDs: [Digest] { diffIDs.filter { !Self.emptyTars.contains($0) } }

    /// No bytes at all; the two zero blocks that end a tar; those padded to tar's usual record of 20 blocks.
    private static let emptyTars: Set<Digest> = Set(
        Digest.Algorithm.registered.flatMap { algorithm in
            [0, 1024, 10_240].map { Digest(of: [UInt8](repeating: 0, count: $0), using: algorithm) }
        })
}

extension ImageConfiguration.History {
    fileprivate init(_ entry: DocumentMember) throws(ImageFormatError) {
        try entry.checkNames(["created", "author", "created_by", "comment", "empty_layer"])
        _ = try entry.optional("created")?.time()
        _ = try entry.optional("author")?.string()
        _ = try entry.optional("comment")?.string()
        createdBy = try entry.optional("created_by")?.string()
        emptyLayer = try entry.optional("empty_layer")?.bool() ?? false
    }
}

extension DocumentMember {
    /// A date and time of RFC 3339 section 5.6, as written.
    fileprivate func time() throws(ImageFormatError) -> String {
        let text = try string()
        guard Instant(rfc3339: text) != nil else { throw malformed("a date and time of RFC 3339") }
        return text
    }
}
