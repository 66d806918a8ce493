/// Why a text is not acceptable PEM. Lines count from 1.
public enum PEMError: Error, Equatable, Sendable {
    /// There are more blocks than the limit.
    case tooManyBlocks(limit: Int)
    /// This line begins with five dashes but is no boundary, or is an end without a beginning.
    case malformedBoundary(line: Int)
    /// The block that begins at this line has no end, or the end of another label.
    case unterminatedBlock(label: String, line: Int)
    /// The block that begins at this line has headers such as `Proc-Type`, which RFC 7468 section 2 does away with.
    /// They mark old, encrypted private keys.
    case headersNotSupported(label: String, line: Int)
    /// The block that begins at this line holds something other than lines of base64, or nothing.
    case invalidBase64(label: String, line: Int)

    /// One line for people. A label has passed the grammar, so it is printable ASCII; it is cut short here.
    public var message: String {
        func name(_ label: String) -> String { label.utf8.count > 64 ? "`\(label.prefix(64))…`" : "`\(label)`" }
        return switch self {
        case .tooManyBlocks(let limit): "expected at most \(limit) PEM blocks, found more"
        case .malformedBoundary(let line): "expected a PEM boundary, found something like it on line \(line)"
        case .unterminatedBlock(let label, let line):
            "expected the end of the PEM block \(name(label)) of line \(line), found none"
        case .headersNotSupported(let label, let line):
            "expected base64 in the PEM block \(name(label)) of line \(line), found headers"
        case .invalidBase64(let label, let line):
            "expected canonical base64 in the PEM block \(name(label)) of line \(line), found something else"
        }
    }
}

/// One labelled block of PEM (RFC 7468).
public struct PEMBlock: Sendable, Equatable {
    /// What the boundaries say the bytes are, such as `PUBLIC KEY`. Nothing has checked that they are.
    public let label: String
    /// The bytes that the base64 stands for.
    public let bytes: [UInt8]

    /// A block to be written. The label is to be of RFC 7468's grammar: printable ASCII, single inner spaces or dashes.
    public init(label: String, bytes: [UInt8]) {
        self.label = label
        self.bytes = bytes
    }

    /// All blocks of a text, in order; an empty list if there are none.
    ///
    /// Lines end in LF or CRLF. Outside of blocks any text may stand that has no line beginning with five dashes.
    /// Inside, every line is base64 without spaces; lines need not be 64 columns long.
    ///
    /// - Parameter limit: the most blocks.
    public static func parseAll(_ text: [UInt8], limit: Int) throws(PEMError) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, line: Int, base64: [UInt8])?
        var number = 0
        for line in PEMLines(rest: text[...]) {
            number += 1
            guard line.starts(with: Self.dashes) else {
                guard open != nil else { continue }
                if let current = open, line.contains(UInt8(ascii: ":")) {
                    throw .headersNotSupported(label: current.label, line: current.line)
                }
                if let current = open, line.isEmpty {
                    throw .invalidBase64(label: current.label, line: current.line)
                }
                open?.base64.append(contentsOf: line)
                continue
            }
            if let label = label(in: line, after: Self.begin) {
                if let current = open { throw .unterminatedBlock(label: current.label, line: current.line) }
                guard blocks.count < limit else { throw .tooManyBlocks(limit: limit) }
                open = (label, number, [])
            } else if let label = label(in: line, after: Self.end) {
                guard let current = open else { throw .malformedBoundary(line: number) }
                // Both labels are ASCII, for which `==` compares bytes.
                guard current.label == label else {
                    throw .unterminatedBlock(label: current.label, line: current.line)
                }
                guard let bytes = try? Base64.decode(bytes: current.base64[...]), !bytes.isEmpty else {
                    throw .invalidBase64(label: current.label, line: current.line)
                }
                blocks.append(PEMBlock(label: label, bytes: bytes))
                open = nil
            } else {
                throw .malformedBoundary(line: number)
            }
        }
        if let open { throw .unterminatedBlock(label: open.label, line: open.line) }
        return blocks
    }

    /// The block with lines of 64 columns, each ended by LF.
    public func encoded() -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(bytes)[...]
        while !rest.isEmpty {
            text += rest.prefix(64)
            text += "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }

    private static let dashes = [UInt8](repeating: UInt8(ascii: "-"), count: 5)
    private static let begin = dashes + Array("BEGIN ".utf8)
    private static let end = dashes + Array("END ".utf8)

    /// The label of a boundary line; nil if the line is no such boundary.
    private static func label(in line: ArraySlice<UInt8>, after opening: [UInt8]) -> String? {
        // The opening ends in a space, so the closing dashes are not its own.
        guard line.starts(with: opening), line.suffix(dashes.count).elementsEqual(dashes) else { return nil }
        let label = line.dropFirst(opening.count).dropLast(dashes.count)
        // RFC 7468 section 3: words of printable ASCII without dashes, joined by one dash or space each.
        var wordCanEnd = label.isEmpty
        for byte in label {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "-"):
                guard wordCanEnd else { return nil }
                wordCanEnd = false
            case 0x21...0x7E: wordCanEnd = true
            default: return nil
            }
        }
        return wordCanEnd ? String(decoding: label, as: UTF8.self) : nil
    }
}

/// The lines of a text, without their ends.
private struct PEMLines: Sequence, IteratorProtocol {
    var rest: ArraySlice<UInt8>

    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[end...].dropFirst()
        return line.last == 0x0D ? line.dropLast() : line
    }
}
