/// `1.2.3b_rc1-r2`, compared as Gentoo's Package Manager Specification section 3.3 says.
struct GentooVersion: VersionForm {
    private let numbers: [[UInt8]]
    private let letter: UInt8
    private let suffixes: [(rank: Int, number: DecimalNumber)]
    private let revision: DecimalNumber

    private static let ranks = ["alpha": -4, "beta": -3, "pre": -2, "rc": -1, "p": 1]

    init?(_ text: [UInt8]) {
        var rest = text[...]
        var numbers: [[UInt8]] = []
        repeat {
            let digits = rest.take(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
            numbers.append(Array(digits))
        } while rest.take(".")
        var letter: UInt8 = 0
        if let first = rest.first, (0x61...0x7A).contains(first) {
            letter = first
            rest.removeFirst()
        }
        var suffixes: [(rank: Int, number: DecimalNumber)] = []
        while rest.take("_") {
            let name = String(decoding: rest.take(while: \.isASCIILetter), as: UTF8.self)
            guard let rank = Self.ranks[name] else { return nil }
            suffixes.append((rank, DecimalNumber(rest.take(while: \.isASCIIDigit))))
        }
        var revision = DecimalNumber.zero
        if rest.take(word: "-r") {
            let digits = rest.take(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
            revision = DecimalNumber(digits)
        }
        guard rest.isEmpty else { return nil }
        self.numbers = numbers
        self.letter = letter
        self.suffixes = suffixes
        self.revision = revision
    }

    static func order(_ left: GentooVersion, _ right: GentooVersion) -> VersionOrder {
        order(left.numbers, right.numbers)
            .or(.of(left.letter, right.letter))
            .or(order(left.suffixes, right.suffixes))
            .or(.of(left.revision, right.revision))
    }

    /// Algorithms 3.2 and 3.3: the first number counts as it is, others with a leading zero as fractions.
    private static func order(_ left: [[UInt8]], _ right: [[UInt8]]) -> VersionOrder {
        let zero = UInt8(ascii: "0")
        for (index, (one, other)) in zip(left, right).enumerated() {
            let order: VersionOrder =
                if index > 0, one.first == zero || other.first == zero {
                    .ofBytes(withoutTrailingZeros(one), withoutTrailingZeros(other))
                } else {
                    .of(DecimalNumber(one), DecimalNumber(other))
                }
            if order != .equal { return order }
        }
        return .of(left.count, right.count)
    }

    private static func withoutTrailingZeros(_ digits: [UInt8]) -> [UInt8] {
        Array(digits.prefix((digits.lastIndex { $0 != UInt8(ascii: "0") } ?? -1) + 1))
    }

    /// Algorithms 3.5 and 3.6: where one side has no more suffixes, only `_p` is newer than none.
    private static func order(
        _ left: [(rank: Int, number: DecimalNumber)], _ right: [(rank: Int, number: DecimalNumber)]
    ) -> VersionOrder {
        for (one, other) in zip(left, right) {
            let order = VersionOrder.of(one.rank, other.rank).or(.of(one.number, other.number))
            if order != .equal { return order }
        }
        let none = (rank: 0, number: DecimalNumber.zero)
        let shared = min(left.count, right.count)
        return .of((left.dropFirst(shared).first ?? none).rank, (right.dropFirst(shared).first ?? none).rank)
    }
}
