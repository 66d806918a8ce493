/// A version of Maven, read and compared as "Version Order Specification" of the POM reference says and Maven's own
/// `ComparableVersion` does: nested lists of numbers and qualifiers.
///
/// Maven's comparison is an order only among versions without empty parts: `1` < `1-x` < `1--snapshot` < `1`.
struct MavenVersion: VersionForm {
    private let items: [Item]

    private indirect enum Item {
        case number(DecimalNumber)
        case qualifier(Qualifier)
        /// A qualifier and its number: `rc1`, `rc-1`.
        case combination(Qualifier, DecimalNumber)
        case list([Item])
    }

    private struct Qualifier {
        var text: String
        var isEmpty: Bool { text.isEmpty }

        init(_ text: some Sequence<UInt8>, isFollowedByNumber: Bool) {
            let text = String(decoding: Array(text), as: UTF8.self)
            switch text {
            case "a" where isFollowedByNumber: self.text = "alpha"
            case "b" where isFollowedByNumber: self.text = "beta"
            case "m" where isFollowedByNumber: self.text = "milestone"
            case "cr": self.text = "rc"
            default: self.text = text
            }
        }

        private static let ranks = [
            "alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "snapshot": 4, "": 5, "ga": 5, "final": 5, "release": 5,
            "sp": 6,
        ]
        static let release = 5

        /// Unknown qualifiers come behind all known ones, in the order of their letters.
        var rank: Int { Self.ranks[text] ?? 7 }

        static func order(_ left: Qualifier, _ right: Qualifier) -> VersionOrder {
            VersionOrder.of(left.rank, right.rank)
                .or(left.rank < 7 ? .equal : .ofBytes(Array(left.text.utf8), Array(right.text.utf8)))
        }
    }

    init?(_ text: [UInt8]) {
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var reader = Reader(text.map(\.asciiLowercased))
        items = reader.read()
    }

    static func order(_ left: MavenVersion, _ right: MavenVersion) -> VersionOrder { order(left.items, right.items) }
}

// MARK: Comparing

extension MavenVersion {
    /// Item by item; where one list ends, what goes on is compared with nothing.
    private static func order(_ left: [Item], _ right: [Item]) -> VersionOrder {
        for index in 0..<max(left.count, right.count) {
            let order =
                if index >= left.count {
                    order(right[index]).reversed
                } else if index >= right.count {
                    order(left[index])
                } else {
                    order(left[index], right[index])
                }
            if order != .equal { return order }
        }
        return .equal
    }

    /// An item compared with nothing.
    private static func order(_ item: Item) -> VersionOrder {
        switch item {
        case .number(let number): return number.isZero ? .equal : .greater
        case .qualifier(let qualifier), .combination(let qualifier, _): return .of(qualifier.rank, Qualifier.release)
        case .list(let items): return items.lazy.map(order).first { $0 != .equal } ?? .equal
        }
    }

    /// Items of different kinds: `1-rc` < `1-rc1` < `1-1` < `1.1`.
    private static func order(_ left: Item, _ right: Item) -> VersionOrder {
        switch (left, right) {
        case (.number(let one), .number(let other)): .of(one, other)
        case (.qualifier(let one), .qualifier(let other)): Qualifier.order(one, other)
        case (.qualifier(let one), .combination(let other, _)): Qualifier.order(one, other).or(.less)
        case (.combination(let one, _), .qualifier(let other)): Qualifier.order(one, other).or(.greater)
        case (.combination(let one, let number), .combination(let other, let otherNumber)):
            Qualifier.order(one, other).or(.of(number, otherNumber))
        case (.list(let one), .list(let other)): order(one, other)
        case (.number, _): .greater
        case (_, .number): .less
        case (.list, _): .greater
        case (_, .list): .less
        }
    }
}

// MARK: Reading

extension MavenVersion {
    private struct Reader {
        private let text: [UInt8]
        /// The lists that are open, the innermost last.
        private var open: [[Item]] = [[]]

        init(_ text: [UInt8]) { self.text = text }

        /// A list begins at every hyphen and wherever letters and digits meet.
        mutating func read() -> [Item] {
            var start = 0
            var isDigit = false
            var isCombination = false
            for (index, byte) in text.enumerated() {
                switch byte {
                case UInt8(ascii: "."):
                    add(text[start..<index], isDigit, isCombination)
                    isCombination = false
                    start = index + 1
                case UInt8(ascii: "-"):
                    // `rc-1` is `rc1`.
                    if index > start, !isDigit, index + 1 < text.count, text[index + 1].isASCIIDigit {
                        isCombination = true
                        continue
                    }
                    add(text[start..<index], isDigit, isCombination)
                    isCombination = false
                    start = index + 1
                    nest()
                case 0x30...0x39:
                    if !isDigit, index > start {
                        isCombination = true
                        nest()
                    }
                    isDigit = true
                default:
                    if isDigit, index > start {
                        add(text[start..<index], true, isCombination)
                        isCombination = false
                        start = index
                        open.append([])
                    }
                    isDigit = false
                }
            }
            if start < text.count {
                // `1.x` is `1-x`.
                if !isDigit { nest() }
                add(text[start...], isDigit, isCombination)
            }
            return close()
        }

        private mutating func nest() {
            if open.last?.isEmpty == false { open.append([]) }
        }

        /// Adds what stands between two separators; nothing there is a zero.
        private mutating func add(_ part: ArraySlice<UInt8>, _ isDigit: Bool, _ isCombination: Bool) {
            let item: Item =
                if part.isEmpty {
                    .number(.zero)
                } else if isCombination {
                    .combination(
                        Qualifier(
                            part.prefix { !$0.isASCIIDigit }.filter { $0 != UInt8(ascii: "-") },
                            isFollowedByNumber: true),
                        DecimalNumber(part.drop { !$0.isASCIIDigit }))
                } else if isDigit {
                    .number(DecimalNumber(part))
                } else {
                    .qualifier(Qualifier(part, isFollowedByNumber: false))
                }
            open[open.count - 1].append(item)
        }

        /// Puts the lists into one another, each without its insignificant zeros.
        private mutating func close() -> [Item] {
            var inner: [Item] = []
            while var list = open.popLast() {
                if !inner.isEmpty { list.append(.list(inner)) }
                inner = Self.normalized(list)
            }
            return inner
        }

        /// Nothings at the end or before a qualifier mean nothing: `1.0-x` is `1-x`.
        private static func normalized(_ list: [Item]) -> [Item] {
            var list = list
            for index in list.indices.reversed() where isNothing(list[index]) {
                let next = index + 1 < list.count ? list[index + 1] : nil
                switch next {
                case nil, .qualifier: list.remove(at: index)
                case .list(let items):
                    switch items.first {
                    case .qualifier, .combination: list.remove(at: index)
                    default: break
                    }
                default: break
                }
            }
            return list
        }

        private static func isNothing(_ item: Item) -> Bool {
            switch item {
            case .number(let number): number.isZero
            case .qualifier(let qualifier): qualifier.isEmpty
            case .combination: false
            case .list(let items): items.isEmpty
            }
        }
    }
}
