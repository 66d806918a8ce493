/// A version of Composer: normalised as its documentation on versions says, then compared by the rules of PHP's
/// `version_compare`.
///
/// Branches (`dev-main`) are no versions here, because nothing is older or newer than a branch; a numeric branch
/// (`1.x-dev`) stands behind all of its releases.
struct ComposerVersion: VersionForm {
    private enum Part: Equatable {
        case number(DecimalNumber)
        case word(Int)

        /// PHP's order of special forms, numbers being `#`.
        var rank: Int {
            switch self {
            case .number: Self.numberRank
            case .word(let rank): rank
            }
        }

        static let numberRank = 5
    }

    private let parts: [Part]

    /// PHP's words from the oldest to the newest; a release is marked by nothing.
    private static let words: [(name: String, rank: Int)] = [
        ("alpha", 1), ("beta", 2), ("rc", 3), ("patch", 6), ("pl", 6), ("a", 1), ("b", 2), ("p", 6),
    ]
    private static let dev = Part.word(0)
    private static let endless = DecimalNumber("9999999".utf8)

    init?(_ text: [UInt8]) {
        var rest = text[...]
        // A stability flag and build metadata do not count.
        rest = rest.prefix { $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "+") }
        _ = rest.take(word: "v")
        var numbers: [DecimalNumber] = []
        var isBranch = false
        let first = rest.take(while: \.isASCIIDigit)
        guard !first.isEmpty else { return nil }
        numbers.append(DecimalNumber(first))
        // Dates may be written with hyphens: four digits first, two digits each time.
        let isDate = first.count == 4
        while let separator = rest.first, ".-:".utf8.contains(separator) {
            var attempt = rest.dropFirst()
            let digits = attempt.take(while: \.isASCIIDigit)
            if digits.isEmpty {
                guard separator == UInt8(ascii: "."), let wild = attempt.first,
                    [UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "*")].contains(wild)
                else { break }
                isBranch = true
                rest = attempt.dropFirst()
                break
            }
            guard separator == UInt8(ascii: ".") || (isDate && digits.count <= 3) else { break }
            numbers.append(DecimalNumber(digits))
            rest = attempt
        }
        if isBranch {
            while rest.first == UInt8(ascii: "."), let wild = rest.dropFirst().first, "xX*".utf8.contains(wild) {
                rest = rest.dropFirst(2)
            }
            guard rest.take(word: "-dev") || rest.isEmpty, rest.isEmpty, numbers.count < 4 else { return nil }
            while numbers.count < 4 { numbers.append(Self.endless) }
            parts = numbers.map(Part.number) + [Self.dev]
            return
        }
        guard numbers.count <= 4 || isDate else { return nil }
        while numbers.count < 4 { numbers.append(.zero) }
        var parts = numbers.map(Part.number)
        guard Self.readStability(&rest, into: &parts), rest.isEmpty else { return nil }
        self.parts = parts
    }

    /// `-beta.2`, `RC1`, `-dev`, `-beta2-dev`, `-stable`.
    private static func readStability(_ rest: inout ArraySlice<UInt8>, into parts: inout [Part]) -> Bool {
        let isSeparator = { (byte: UInt8) in "-._".utf8.contains(byte) }
        var attempt = rest
        if let first = attempt.first, isSeparator(first) { attempt.removeFirst() }
        if attempt.take(word: "stable") {
            rest = attempt
        } else if let word = words.first(where: { attempt.take(word: $0.name) }) {
            parts.append(.word(word.rank))
            while true {
                var number = attempt
                if let first = number.first, isSeparator(first) { number.removeFirst() }
                let digits = number.take(while: \.isASCIIDigit)
                guard !digits.isEmpty else { break }
                parts.append(.number(DecimalNumber(digits)))
                attempt = number
            }
            rest = attempt
        }
        if rest.isEmpty { return true }
        if let first = rest.first, isSeparator(first) { rest.removeFirst() }
        guard rest.take(word: "dev") else { return false }
        parts.append(dev)
        return true
    }

    /// Part by part; where one ends, a number that goes on is newer, and a word is compared with a number.
    static func order(_ left: ComposerVersion, _ right: ComposerVersion) -> VersionOrder {
        for (one, other) in zip(left.parts, right.parts) {
            let order: VersionOrder =
                if case (.number(let one), .number(let other)) = (one, other) { .of(one, other) } else {
                    .of(one.rank, other.rank)
                }
            if order != .equal { return order }
        }
        let shared = min(left.parts.count, right.parts.count)
        return restOrder(left.parts.dropFirst(shared).first)
            .or(restOrder(right.parts.dropFirst(shared).first).reversed)
    }

    private static func restOrder(_ part: Part?) -> VersionOrder {
        switch part {
        case nil: .equal
        case .number: .greater
        case .word(let rank): .of(rank, Part.numberRank)
        }
    }
}
