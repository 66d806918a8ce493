/// `[epoch:]version[-release]`, compared as rpm-version(7) says and `rpmvercmp` of the RPM library does.
///
/// A version without a release comes before the same version with any: where RPM matches dependencies it leaves out a
/// release that one side lacks, but that is no order.
struct RPMVersion: VersionForm {
    private let epoch: DecimalNumber
    private let version, release: [Segment]

    init?(_ text: [UInt8]) {
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let (epoch, rest) = text[...].splitEpoch() else {
            return nil
        }
        let (version, release) = rest.splitLastHyphen()
        guard !version.isEmpty else { return nil }
        self.epoch = epoch
        self.version = Self.segments(version)
        self.release = Self.segments(release ?? [])
    }

    static func order(_ left: RPMVersion, _ right: RPMVersion) -> VersionOrder {
        .of(left.epoch, right.epoch).or(order(left.version, right.version)).or(order(left.release, right.release))
    }

    /// Letters or digits in a row, or one of two signs; all else only separates.
    private enum Segment {
        /// Before the end: `1.0~rc1` < `1.0`.
        case tilde
        /// Behind the end, before all else: `1.0` < `1.0^git1` < `1.0.1`.
        case caret
        case letters([UInt8])
        case number(DecimalNumber)

        var rank: Int {
            switch self {
            case .tilde: -1
            case .caret: 1
            case .letters: 2
            case .number: 3
            }
        }
    }

    private static func segments(_ text: ArraySlice<UInt8>) -> [Segment] {
        var rest = text
        var found: [Segment] = []
        while let byte = rest.first {
            if byte.isASCIIDigit {
                found.append(.number(DecimalNumber(rest.take(while: \.isASCIIDigit))))
            } else if byte.isASCIILetter {
                found.append(.letters(Array(rest.take(while: \.isASCIILetter))))
            } else {
                if byte == UInt8(ascii: "~") { found.append(.tilde) }
                if byte == UInt8(ascii: "^") { found.append(.caret) }
                rest.removeFirst()
            }
        }
        return found
    }

    private static func order(_ left: [Segment], _ right: [Segment]) -> VersionOrder {
        for index in 0..<max(left.count, right.count) {
            let one = index < left.count ? left[index] : nil
            let other = index < right.count ? right[index] : nil
            let order: VersionOrder =
                switch (one, other) {
                case (.letters(let one), .letters(let other)): .ofBytes(one, other)
                case (.number(let one), .number(let other)): .of(one, other)
                default: .of(one?.rank ?? 0, other?.rank ?? 0)
                }
            if order != .equal { return order }
        }
        return .equal
    }
}
