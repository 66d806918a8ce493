import Content
import LocalFiles
import StrictEncoding
import TUF

/// The directory of a ``TrustStore`` while it is open: its files by what they are.
struct OpenTrustStore: Sendable {
    private let directory: OpenDirectory

    init(_ directory: OpenDirectory) { self.directory = directory }

    /// What is stored of a role; nil if nothing is.
    func read(_ role: MetadataRole, _ limits: TUFLimits) throws(FileError) -> [UInt8]? {
        try read(role.fileName, in: directory, limit: limits.bytes(of: role))
    }

    /// Stores what was verified of a role. A file that is the same already is not touched.
    func write(_ role: MetadataRole, _ bytes: [UInt8]) throws(FileError) {
        try write(role.fileName, bytes, in: directory)
    }

    /// Stores a root that was verified, first among all of them, so that none is missing there.
    func write(root bytes: [UInt8], version: Int) throws(FileError) {
        try write(Self.rootName(version), bytes, in: try directory.makeDirectory(Self.roots))
        try write(.root, bytes)
    }

    /// A root that was verified here; nil if it was not.
    func root(version: Int, _ limits: TUFLimits) throws(FileError) -> [UInt8]? {
        guard let roots = try? directory.directory(Self.roots) else { return nil }
        return try read(Self.rootName(version), in: roots, limit: limits.rootBytes)
    }

    /// What is said of the repository; nothing if nobody did.
    func configuration() throws -> StoreConfiguration {
        guard
            let bytes = try read(StoreConfiguration.fileName, in: directory, limit: StoreConfiguration.limit)
        else { return StoreConfiguration() }
        guard let configuration = StoreConfiguration(decoding: bytes) else {
            throw TrustUpdateError.damaged(StoreConfiguration.fileName)
        }
        return configuration
    }

    func write(_ configuration: StoreConfiguration) throws(FileError) {
        try write(StoreConfiguration.fileName, configuration.encoded, in: directory)
    }

    /// Notes that trust rests on a shipped root of this version now, so that no older one is accepted ever after.
    func keep(shippedVersion version: Int) throws {
        var configuration = try configuration()
        configuration.shippedRoot?.version = version
        try write(configuration)
    }

    /// Deletes what is stored of a role.
    func remove(_ role: MetadataRole) throws(FileError) { try directory.remove(role.fileName) }

    /// What the last complete update left; nil if there was none.
    func complete() throws -> CompleteTrust? {
        guard let bytes = try read(CompleteTrust.fileName, in: directory, limit: CompleteTrust.limit) else {
            return nil
        }
        guard let trust = CompleteTrust(decoding: bytes) else { throw TrustUpdateError.damaged(CompleteTrust.fileName) }
        return trust
    }

    /// Stores what an update leaves that came to its end, then deletes the target files that it no longer has.
    func complete(with trust: CompleteTrust) throws {
        let older = try? complete()
        try write(CompleteTrust.fileName, trust.encoded, in: directory)
        guard let older, let files = try? directory.directory(Self.files) else { return }
        for name in older.files.subtracting(trust.files) where Self.isDigest(name) { try files.remove(name) }
    }

    /// A target file's stored content; nil if nothing is stored that has its length and hashes.
    func content(of file: TargetFile) throws -> VerifiedContent? {
        guard let name = file.digests.first?.hex, let files = try? directory.directory(Self.files),
            let bytes = try read(name, in: files, limit: file.length)
        else { return nil }
        return try? file.verified(bytes)
    }

    func write(_ content: VerifiedContent) throws(FileError) {
        try write(content.digest.hex, content.bytes, in: try directory.makeDirectory(Self.files))
    }

    private static let files = "files"
    private static let roots = "roots"
    private static func rootName(_ version: Int) -> String { "\(version).root.json" }

    /// What is deleted was named by a digest, whatever the list of names says.
    private static func isDigest(_ name: String) -> Bool {
        [64, 128].contains(name.utf8.count) && (try? Hex.decode(name)) != nil
    }

    private func read(_ name: String, in directory: OpenDirectory, limit: Int) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try directory.file(name).bytes(limit: limit)
        } catch {
            if case .absent = error { return nil }
            throw error
        }
    }

    private func write(_ name: String, _ bytes: [UInt8], in directory: OpenDirectory) throws(FileError) {
        if let stored = try? read(name, in: directory, limit: bytes.count), stored == bytes { return }
        try directory.replace(name, with: bytes)
    }
}
