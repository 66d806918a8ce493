/// `1.2.3.pre4`, read and compared as the documentation of RubyGems' `Gem::Version` says.
struct RubyVersion: VersionForm {
    private enum Segment: Hashable {
        case number(DecimalNumber)
        case text([UInt8])
    }

    private let segments: [Segment]

    /// Digits and letters in dotted parts, the first of digits; a hyphen stands for `.pre.`.
    init?(_ text: [UInt8]) {
        var plain: [UInt8] = []
        for byte in text { plain += byte == UInt8(ascii: "-") ? Array(".pre.".utf8) : [byte] }
        let parts = plain[...].parts(".")
        guard parts.first?.allSatisfy(\.isASCIIDigit) == true,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIAlphanumeric) })
        else { return nil }
        var segments: [Segment] = []
        for part in parts {
            var rest = part
            while let first = rest.first {
                segments.append(
                    first.isASCIIDigit
                        ? .number(DecimalNumber(rest.take(while: \.isASCIIDigit)))
                        : .text(Array(rest.take(while: \.isASCIILetter))))
            }
        }
        let firstText = segments.firstIndex { if case .text = $0 { true } else { false } } ?? segments.count
        self.segments =
            Self.withoutTrailingZeros(segments[..<firstText])
            + Self.withoutTrailingZeros(segments[firstText...])
    }

    private static func withoutTrailingZeros(_ segments: ArraySlice<Segment>) -> [Segment] {
        let last = segments.lastIndex { $0 != .number(.zero) }
        return last.map { Array(segments[...$0]) } ?? []
    }

    /// Missing segments are zeros; a text is older than any number.
    static func order(_ left: RubyVersion, _ right: RubyVersion) -> VersionOrder {
        for index in 0..<max(left.segments.count, right.segments.count) {
            let one = index < left.segments.count ? left.segments[index] : .number(.zero)
            let other = index < right.segments.count ? right.segments[index] : .number(.zero)
            let order: VersionOrder =
                switch (one, other) {
                case (.number(let one), .number(let other)): .of(one, other)
                case (.text(let one), .text(let other)): .ofBytes(one, other)
                case (.text, .number): .less
                case (.number, .text): .greater
                }
            if order != .equal { return order }
        }
        return .equal
    }
}
