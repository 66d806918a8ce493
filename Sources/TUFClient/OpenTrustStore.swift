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
