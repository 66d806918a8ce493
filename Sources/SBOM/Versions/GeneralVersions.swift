import StrictEncoding

/// VERS `generic`: runs of letters and runs of digits, everything else only separates. VERS leaves the comparison open
/// and names libversion as the model, so this follows libversion's documented algorithm.
struct GenericVersion: VersionForm {
    private enum Component {
        case preRelease(UInt8)
        case zero
        case postRelease(UInt8)
        case number(DecimalNumber)
        /// A letter behind a number and at the end of it: `1.0a`.
        case letterSuffix(UInt8)

        var rank: Int {
            switch self {
            case .preRelease: 0
            case .zero: 1
            case .postRelease: 2
            case .number: 3
            case .letterSuffix: 4
            }
        }
    }

    private let components: [Component]

    init?(_ text: [UInt8]) {
        guard text.contains(where: \.isASCIIAlphanumeric) else { return nil }
        var rest = text[...]
        var components: [Component] = []
        var isBehindDigit = false
        while let byte = rest.first {
            if byte.isASCIIDigit {
                let number = DecimalNumber(rest.take(while: \.isASCIIDigit))
                components.append(number.isZero ? .zero : .number(number))
                isBehindDigit = true
            } else if byte.isASCIILetter {
                let word = rest.take(while: \.isASCIILetter).map(\.asciiLowercased)
                let first = byte.asciiLowercased
                let name = String(decoding: word, as: UTF8.self)
                if ["post", "patch", "pl", "errata"].contains(name) {
                    components.append(.postRelease(first))
                } else if isBehindDigit, rest.first?.isASCIIDigit != true, !["alpha", "beta", "rc"].contains(name),
                    !name.hasPrefix("pre")
                {
                    components.append(.letterSuffix(first))
                } else {
                    components.append(.preRelease(first))
                }
                isBehindDigit = false
            } else {
                rest.removeFirst()
                isBehindDigit = false
            }
        }
        self.components = components
    }

    /// Missing components are zeros.
    static func order(_ left: GenericVersion, _ right: GenericVersion) -> VersionOrder {
        for index in 0..<max(left.components.count, right.components.count) {
            let one = index < left.components.count ? left.components[index] : .zero
            let other = index < right.components.count ? right.components[index] : .zero
            let order: VersionOrder =
                switch (one, other) {
                case (.number(let one), .number(let other)): .of(one, other)
                case (.preRelease(let one), .preRelease(let other)), (.postRelease(let one), .postRelease(let other)),
                    (.letterSuffix(let one), .letterSuffix(let other)):
                    .of(one, other)
                default: .of(one.rank, other.rank)
                }
            if order != .equal { return order }
        }
        return .equal
    }
}

/// VERS `intdot`: numbers between dots; what follows the first other character is not read. Missing numbers are zeros.
struct IntegerDotVersion: VersionForm {
    private let numbers: [DecimalNumber]

    init?(_ text: [UInt8]) {
        let parts = text.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }.parts(".")
        guard let first = parts.first, !first.isEmpty else { return nil }
        var numbers = parts.map { DecimalNumber($0) }
        while numbers.last?.isZero == true { numbers.removeLast() }
        self.numbers = numbers
    }

    static func order(_ left: IntegerDotVersion, _ right: IntegerDotVersion) -> VersionOrder {
        .ofLists(left.numbers, right.numbers, by: VersionOrder.of)
    }
}

/// VERS `lexicographic`: UTF-8 bytes, without any normalisation.
struct LexicographicVersion: VersionForm {
    private let bytes: [UInt8]

    init?(_ text: [UInt8]) { bytes = text }

    static func order(_ left: LexicographicVersion, _ right: LexicographicVersion) -> VersionOrder {
        .ofBytes(left.bytes, right.bytes)
    }
}

/// VERS `datetime`: a timestamp of RFC 3339 section 5.6, with its fraction of a second; `T` and `Z` in upper case.
struct DateTimeVersion: VersionForm {
    private let instant: Instant
    /// Digits of the fraction without trailing zeros.
    private let fraction: [UInt8]

    init?(_ text: [UInt8]) {
        guard !text.contains(UInt8(ascii: "t")), !text.contains(UInt8(ascii: "z")),
            let instant = Instant(rfc3339: String(decoding: text, as: UTF8.self))
        else { return nil }
        self.instant = instant
        let behindDot = text.drop { $0 != UInt8(ascii: ".") }.dropFirst().prefix(while: \.isASCIIDigit)
        let last = behindDot.lastIndex { $0 != UInt8(ascii: "0") }
        fraction = last.map { Array(behindDot[...$0]) } ?? []
    }

    static func order(_ left: DateTimeVersion, _ right: DateTimeVersion) -> VersionOrder {
        .of(left.instant, right.instant).or(.ofBytes(left.fraction, right.fraction))
    }
}
