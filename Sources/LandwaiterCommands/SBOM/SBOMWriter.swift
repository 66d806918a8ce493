import Findings
import StrictEncoding

/// Writes in pieces: a long answer is never in memory as a whole.
struct SBOMWriter {
    private var pending: [UInt8] = []
    private let sink: ([UInt8]) -> Void
    private static let piece = 1 << 16

    init(_ sink: @escaping ([UInt8]) -> Void) {
        self.sink = sink
        pending.reserveCapacity(Self.piece)
    }

    /// What is left; the last thing to call.
    mutating func finish() {
        sink(pending)
        pending = []
    }

    /// The program's own words.
    mutating func write(_ text: String) {
        pending += text.utf8
        guard pending.count >= Self.piece else { return }
        sink(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// A text of the document, for one line of a terminal.
    mutating func writeLine(_ text: String) { write(Self.line(text)) }

    /// A text of the document as a JSON string.
    mutating func writeJSON(_ text: String) {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            write("\"")
            write(text)
            write("\"")
        } else {
            write(String(decoding: JSONTree.string(text).canonicalBytes(), as: UTF8.self))
        }
    }

    /// A record of RFC 4180. Each cell is quoted and stays on one line.
    ///
    /// A text that a spreadsheet would run as a formula is preceded by an apostrophe, also where only spaces or quotes stand
    /// before it.
    mutating func writeRecord(_ cells: [String]) {
        for (position, cell) in cells.enumerated() {
            write(position == 0 ? "\"" : ",\"")
            let text = Self.line(cell)
            if let first = text.utf8.first(where: { !" \"'".utf8.contains($0) }), "=+-@".utf8.contains(first) {
                write("'")
            }
            write(text.utf8.contains(0x22) ? text.replacing("\"", with: "\"\"") : text)
            write("\"")
        }
        write("\r\n")
    }

    private static func line(_ text: String) -> String {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? text : Finding.escaped(text)
    }
}
