public import StrictEncoding

/// A note whose text is a checkpoint (C2SP tlog-checkpoint). Nothing is verified: ``verified(by:in:witnesses:)`` does
/// that.
public struct UnverifiedCheckpoint: Sendable, Hashable {
    /// The first line: which log speaks.
    public let origin: ExactString
    /// The second and the third line.
    public let head: TreeHead
    /// Any further lines, which are signed too and mean nothing here. None is empty.
    public let extensions: [ExactString]
    /// The note as received.
    public let note: UnverifiedNote

    /// Parses a checkpoint.
    ///
    /// - Throws: `CheckpointError`: a limit passed, a malformed note, or a malformed text.
    public init(parsing bytes: [UInt8], limits: CheckpointLimits = .standard) throws(CheckpointError) {
        let note = try UnverifiedNote(parsing: bytes, limits: limits)
        let lines = note.text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else { throw .malformedLines }
        guard let size = Self.treeSize(lines[1]) else { throw .malformedTreeSize(lines[1]) }
        guard let rootHash = try? Base64.decode(lines[2]), rootHash.count == MerkleTree.hashByteCount else {
            throw .malformedRootHash
        }
        origin = ExactString(lines[0])
        head = TreeHead(size: size, rootHash: rootHash)
        extensions = lines.dropFirst(3).map { ExactString($0) }
        self.note = note
    }

    /// Digits without a leading zero; `UInt64.init` alone would take a sign.
    private static func treeSize(_ text: String) -> UInt64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text.utf8.first != UInt8(ascii: "0") || text.utf8.count == 1
        else { return nil }
        return UInt64(text)
    }
}
