import Findings

/// Lines of at most 80 columns, for people. Text from outside reaches them without control and format characters.
struct TextLines {
    static let columns = 80
    private(set) var text = ""

    mutating func blank() { text += "\n" }

    /// A line as it is, however long.
    mutating func addWhole(_ line: String, indent: Int) {
        text += String(repeating: " ", count: indent) + Finding.escaped(line) + "\n"
    }

    /// A text, broken at spaces. Further lines are indented by `hanging` more.
    ///
    /// - Parameter shortens: whether digests in it are cut to their first digits, as git does with commits.
    mutating func add(_ line: String, indent: Int, hanging: Int = 0, shortens: Bool = true) {
        for line in Self.wrapped(line, indent: indent, hanging: hanging, shortens: shortens) { text += line + "\n" }
    }

    static func wrapped(_ line: String, indent: Int, hanging: Int = 0, shortens: Bool = true) -> [String] {
        let clean = Finding.escaped(shortens ? shortened(line) : line)
        var lines: [String] = []
        var current = ""
        var width = columns - indent
        for word in words(of: clean) {
            let joined = current.isEmpty ? word.trimmed : current + word.text
            // What follows a label stays beside it, however long.
            let isLabel = lines.isEmpty && current.unicodeScalars.count < hanging
            if !current.isEmpty, !isLabel, joined.unicodeScalars.count > width {
                lines.append(current)
                width = columns - indent - hanging
                current = word.trimmed
            } else {
                current = joined
            }
        }
        lines.append(current)
        return lines.enumerated().map { position, line in
            String(repeating: " ", count: indent + (position == 0 ? 0 : hanging)) + line
        }
    }

    /// `sha256:6c4c6b1697d7…` for digests in a text: the first twelve digits.
    static func shortened(_ text: String) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            out.append(bytes[position])
            position += 1
            guard out.last == UInt8(ascii: ":"), out.dropLast().last.map(isLetterOrDigit) == true else { continue }
            let digits = bytes[position...].prefix { isHexDigit($0) }
            guard digits.count >= 32 else { continue }
            out += digits.prefix(12)
            position += digits.count
            // One that was cut already has its mark.
            if !bytes[position...].starts(with: "…".utf8) { out += Array("…".utf8) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private struct Word {
        /// With the spaces before it.
        var text: String
        var trimmed: String
    }

    private static func words(of line: String) -> [Word] {
        var words: [Word] = []
        var spaces = ""
        for part in line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false) {
            let word = String(Substring(part))
            if word.isEmpty {
                spaces += " "
            } else {
                words.append(Word(text: spaces + word, trimmed: word))
                spaces = " "
            }
        }
        return words
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
