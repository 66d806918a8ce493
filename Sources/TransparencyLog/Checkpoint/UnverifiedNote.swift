import Findings
public import StrictEncoding

/// A signed note (C2SP signed-note): a text, and lines that claim to be signatures of it. Nothing is verified.
public struct UnverifiedNote: Sendable, Hashable {
    /// What the signatures cover: the text with its last line feed, without the blank line that follows.
    public let text: [UInt8]
    /// At least one, in the order of the note. A note may hold several of one key, and any number of unknown keys.
    public let signatures: [Signature]

    /// One line `— name base64`.
    public struct Signature: Sendable, Hashable {
        /// Of the key; not signed.
        public let keyName: ExactString
        /// The first four bytes: together with the name they say which key to try. They prove nothing.
        public let keyID: NoteKeyID
        /// The rest, whose form depends on the key.
        public let bytes: [UInt8]
    }

    /// Parses a note.
    ///
    /// - Throws: `CheckpointError`: a limit passed, or anything that C2SP signed-note forbids.
    public init(parsing bytes: [UInt8], limits: CheckpointLimits = .standard) throws(CheckpointError) {
        guard bytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == Self.lineFeed }), String(validating: bytes, as: UTF8.self) != nil
        else { throw .notText }
        // The text may hold blank lines itself: the last one separates.
        guard let blank = Self.lastBlankLine(bytes) else { throw .noBlankLine }
        let text = bytes[..<blank]
        let block = bytes[(blank + 1)...]
        guard !text.isEmpty, text.last == Self.lineFeed else { throw .noBlankLine }
        guard !block.isEmpty else { throw .noSignatures }
        guard block.last == Self.lineFeed else { throw .malformedSignatureLine(1) }
        let lines = block.dropLast().split(separator: Self.lineFeed, omittingEmptySubsequences: false)
        guard lines.count <= limits.signatures else { throw .tooManySignatures(limit: limits.signatures) }
        var signatures: [Signature] = []
        signatures.reserveCapacity(lines.count)
        for line in lines {
            guard let signature = Signature(line) else { throw .malformedSignatureLine(signatures.count + 1) }
            signatures.append(signature)
        }
        self.text = Array(text)
        self.signatures = signatures
    }

    private static let lineFeed: UInt8 = 0x0A

    /// The index of the line feed that is the last empty line.
    private static func lastBlankLine(_ bytes: [UInt8]) -> Int? {
        var at = bytes.count - 1
        while at > 0 {
            if bytes[at] == lineFeed, bytes[at - 1] == lineFeed { return at }
            at -= 1
        }
        return nil
    }
}

extension UnverifiedNote.Signature {
    /// U+2014 and a space.
    private static let dash: [UInt8] = [0xE2, 0x80, 0x94, 0x20]

    fileprivate init?(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let rest = line.dropFirst(Self.dash.count)
        guard let space = rest.firstIndex(of: 0x20) else { return nil }
        let name = String(decoding: rest[..<space], as: UTF8.self)
        guard Self.isKeyName(name), let value = try? Base64.decode(bytes: rest[(space + 1)...]),
            let keyID = NoteKeyID(value.prefix(4)), value.count > 4
        else { return nil }
        keyName = ExactString(name)
        self.keyID = keyID
        bytes = Array(value.dropFirst(4))
    }

    private static func isKeyName(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace }
    }
}

/// What a checkpoint may cost before it is refused.
public struct CheckpointLimits: Sendable, Hashable {
    /// The longest checkpoint, in bytes.
    public var bytes: Int
    /// The most signatures in one checkpoint.
    public var signatures: Int

    /// 512 KiB and 64 signatures. C2SP signed-note demands at least 16; with ML-DSA they may be 5 KB each, as base64 a
    /// third more.
    public static let standard = CheckpointLimits()

    /// Limits of one's own.
    public init(bytes: Int = 512 << 10, signatures: Int = 64) {
        self.bytes = bytes
        self.signatures = signatures
    }
}
