/// One pass over a text that checks it and writes its index.
///
/// The loop keeps the open arrays and objects on a stack of its own, so nesting costs no call depth. `run` stops where
/// a value is due when the index might not hold that value, and goes on from there with a larger one.
///
/// All reads go through `base`, at offsets that were compared with `end` just before; all writes to the index are
/// covered by the test for room at the head of the loop.
struct JSONParser {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private let depthLimit: Int
    private let scanner: JSONScanner

    /// Where the next value is due.
    private var position = 0
    /// Words written so far.
    private var written = 0
    /// The innermost open container, if there is one.
    private var frame = Frame.none
    /// The containers around `frame`, the root's first, after one `Frame.none`.
    private var outer: [Frame] = []

    private struct Frame {
        /// Index of the container's first word, or -1 outside of the root value.
        var word: Int
        /// Elements or members that are complete.
        var count: Int
        var isObject: Bool

        static let none = Frame(word: -1, count: 0, isObject: false)
    }

    private enum Progress {
        case finished, needsRoom
        case failed(JSONError)
    }

    /// The index of `bytes`, or why they are not acceptable.
    static func index(of bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> [UInt64] {
        guard bytes.count <= limits.effectiveBytes else { throw .tooLarge(limit: limits.effectiveBytes) }
        let indexed: Result<[UInt64], JSONError> = bytes.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress, text.count > 0 else { return .failure(.unexpectedEnd) }
            var parser = JSONParser(base: base, count: text.count, depthLimit: limits.effectiveDepth)
            return parser.index()
        }
        return try indexed.get()
    }

    private init(base: UnsafePointer<UInt8>, count: Int, depthLimit: Int) {
        self.base = base
        self.end = count
        self.depthLimit = depthLimit
        self.scanner = JSONScanner(base: base, end: count)
    }

    private mutating func index() -> Result<[UInt64], JSONError> {
        if end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { return .failure(.byteOrderMark) }
        // A word for each eight bytes is enough for most documents. None needs more than one for each byte that was
        // read, and one more for each container whose closing byte was not: with `most` words there is always room.
        let most = end + max(0, depthLimit) + Self.room
        var capacity = min(most, end / 8 + 64)
        var words: [UInt64] = []
        while true {
            var progress = Progress.needsRoom
            words = [UInt64](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                LargePages.advise(UnsafeMutableRawBufferPointer(buffer))
                _ = buffer.update(fromContentsOf: words)
                progress = run(index: buffer)
                initialized = written
            }
            switch progress {
            case .finished: return .success(words)
            case .failed(let error): return .failure(error)
            case .needsRoom: capacity = min(most, capacity * 2)
            }
        }
    }

    /// The most words that one turn of the loop writes: two for an opened container, one for the name that follows.
    private static let room = 4

    private mutating func run(index: UnsafeMutableBufferPointer<UInt64>) -> Progress {
        guard let words = index.baseAddress else { return .needsRoom }
        do throws(JSONError) {
            return try parse(into: words, capacity: index.count) ? .finished : .needsRoom
        } catch {
            return .failed(error)
        }
    }

    /// Returns false if there is no room for the next value.
    @inline(__always)
    private mutating func parse(into words: UnsafeMutablePointer<UInt64>, capacity: Int) throws(JSONError) -> Bool {
        var at = position
        var count = written
        while true {
            guard count &+ Self.room <= capacity else {
                position = at
                written = count
                return false
            }
            at = scanner.skipWhitespace(from: at)
            guard at < end else { throw .unexpectedEnd }
            let byte = base[at]
            switch byte {
            case UInt8(ascii: "\""):
                at = try string(from: at, into: words, &count)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard outer.count < depthLimit else { throw .tooDeep(limit: depthLimit, offset: at) }
                outer.append(frame)
                frame = Frame(word: count, count: 0, isObject: byte == UInt8(ascii: "{"))
                words[count] = JSONWord(frame.isObject ? .object : .array, start: at, extent: 0).bits
                count &+= 2
                at = scanner.skipWhitespace(from: at &+ 1)
                guard at < end else { throw .unexpectedEnd }
                // `]` is `[` + 2, `}` is `{` + 2.
                if base[at] != byte &+ 2 {
                    if frame.isObject { at = try name(from: at, into: words, &count) }
                    continue
                }
                at = try close(at: at, words, count)
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                let numberEnd = try scanner.number(from: at)
                words[count] = JSONWord(.number, start: at, extent: numberEnd &- at).bits
                count &+= 1
                at = numberEnd
            case UInt8(ascii: "t"):
                at = try literal("true", .true, from: at, into: words, &count)
            case UInt8(ascii: "f"):
                at = try literal("false", .false, from: at, into: words, &count)
            case UInt8(ascii: "n"):
                at = try literal("null", .null, from: at, into: words, &count)
            default:
                throw .unexpectedByte(byte, offset: at)
            }
            // A value is complete: go on to the next one, closing what ends here.
            while true {
                at = scanner.skipWhitespace(from: at)
                if frame.word < 0 {
                    guard at == end else { throw .trailingBytes(offset: at) }
                    written = count
                    return true
                }
                frame.count &+= 1
                guard at < end else { throw .unexpectedEnd }
                let byte = base[at]
                if byte == UInt8(ascii: ",") {
                    at &+= 1
                    if frame.isObject {
                        at = scanner.skipWhitespace(from: at)
                        at = try name(from: at, into: words, &count)
                    }
                    break
                }
                guard byte == (frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw .unexpectedByte(byte, offset: at)
                }
                at = try close(at: at, words, count)
            }
        }
    }

    /// A string, from its opening quote.
    @inline(__always)
    private func string(
        from at: Int, into words: UnsafeMutablePointer<UInt64>, _ count: inout Int
    ) throws(JSONError) -> Int {
        let (closingQuote, hasEscapes) = try scanner.string(from: at &+ 1)
        words[count] = JSONWord(.string, start: at &+ 1, extent: closingQuote &- at &- 1, hasEscapes: hasEscapes).bits
        count &+= 1
        return closingQuote &+ 1
    }

    /// A member's name and its colon.
    @inline(__always)
    private func name(
        from at: Int, into words: UnsafeMutablePointer<UInt64>, _ count: inout Int
    ) throws(JSONError) -> Int {
        guard at < end else { throw .unexpectedEnd }
        guard base[at] == UInt8(ascii: "\"") else { throw .unexpectedByte(base[at], offset: at) }
        let colon = scanner.skipWhitespace(from: try string(from: at, into: words, &count))
        guard colon < end else { throw .unexpectedEnd }
        guard base[colon] == UInt8(ascii: ":") else { throw .unexpectedByte(base[colon], offset: colon) }
        return colon &+ 1
    }

    private func literal(
        _ text: StaticString, _ kind: JSONWord.Kind, from at: Int, into words: UnsafeMutablePointer<UInt64>,
        _ count: inout Int
    ) throws(JSONError) -> Int {
        let length = text.utf8CodeUnitCount
        for step in 1..<length {
            guard at &+ step < end else { throw .unexpectedEnd }
            let byte = base[at &+ step]
            guard byte == text.utf8Start[step] else { throw .unexpectedByte(byte, offset: at &+ step) }
        }
        words[count] = JSONWord(kind, start: at, extent: length).bits
        count &+= 1
        return at &+ length
    }

    /// Completes the innermost container, whose last byte is at `at`, and goes back to the one around it.
    @inline(__always)
    private mutating func close(at: Int, _ words: UnsafeMutablePointer<UInt64>, _ count: Int) throws(JSONError) -> Int {
        let first = frame.word
        let start = JSONWord(bits: words[first]).start
        words[first] = JSONWord(frame.isObject ? .object : .array, start: start, extent: frame.count).bits
        words[first &+ 1] = JSONWord.closing(end: at &+ 1, next: count)
        if frame.isObject, frame.count > 1 {
            try JSONNames(base: base, end: end, words: words).requireDistinct(object: first, members: frame.count)
        }
        frame = outer.removeLast()
        return at &+ 1
    }
}
