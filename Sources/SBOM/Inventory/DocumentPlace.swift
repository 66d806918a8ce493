/// Where in a document something is said.
public enum DocumentPlace: Sendable, Hashable, CustomStringConvertible {
    /// A JSON Pointer (RFC 6901), for JSON; empty for the document as a whole.
    case pointer(String)
    /// A line, counted from 1, for XML, YAML and tag-value.
    case line(Int)

    /// `/components/3/purl` or `line 17`; `/` for a document as a whole.
    public var description: String {
        switch self {
        case .pointer(let pointer): pointer.isEmpty ? "/" : pointer
        case .line(let number): "line \(number)"
        }
    }
}

/// Which line of the document as received each part of a rewritten document comes from; see ``RewrittenDocument``.
struct LineTable: Sendable {
    private var offsets: [UInt32] = []
    private var lines: [UInt32] = []

    /// From `offset` on, until the next call, the rewritten text comes from this line. Offsets never go down.
    mutating func mark(line: Int, at offset: Int) {
        let line = UInt32(clamping: line)
        guard lines.last != line else { return }
        offsets.append(UInt32(clamping: offset))
        lines.append(line)
    }

    /// Appends the marks of a text that now begins at `offset`.
    mutating func append(_ other: LineTable, at offset: Int) {
        for (start, line) in zip(other.offsets, other.lines) { mark(line: Int(line), at: Int(start) + offset) }
    }

    /// The line that the byte at `offset` comes from.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = offsets.count
        while low < high {
            let middle = (low + high) / 2
            if Int(offsets[middle]) <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 1 : Int(lines[low - 1])
    }
}
