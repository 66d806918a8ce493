/// `[epoch:]version[-release]` of Arch Linux, compared as vercmp(8) says.
///
/// A release that one side lacks is not compared, so `1.0` is equal to both `1.0-1` and `1.0-2`: pacman's order is
/// none between versions with and without a release.
struct ArchVersion: VersionForm {
    private let epoch: DecimalNumber
    private let version: [UInt8]
    private let release: [UInt8]?

    init?(_ text: [UInt8]) {
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let (epoch, rest) = text[...].splitEpoch() else {
            return nil
        }
        let (version, release) = rest.splitLastHyphen()
        guard !version.isEmpty else { return nil }
        self.epoch = epoch
        self.version = Array(version)
        self.release = release.map(Array.init)
    }

    static func order(_ left: ArchVersion, _ right: ArchVersion) -> VersionOrder {
        let version = VersionOrder.of(left.epoch, right.epoch).or(order(left.version, right.version))
        guard let one = left.release, let other = right.release else { return version }
        return version.or(order(one, other))
    }

    private static func order(_ left: [UInt8], _ right: [UInt8]) -> VersionOrder {
        var left = left[...]
        var right = right[...]
        while !left.isEmpty, !right.isEmpty {
            let separators = (
                left.take { !$0.isASCIIAlphanumeric }.count, right.take { !$0.isASCIIAlphanumeric }.count
            )
            guard let first = left.first, !right.isEmpty else { break }
            if separators.0 != separators.1 { return .of(separators.0, separators.1) }
            let isNumber = first.isASCIIDigit
            let one = left.take { isNumber ? $0.isASCIIDigit : $0.isASCIILetter }
            let other = right.take { isNumber ? $0.isASCIIDigit : $0.isASCIILetter }
            // A number is newer than letters.
            if other.isEmpty { return isNumber ? .greater : .less }
            let order =
                isNumber
                ? VersionOrder.of(DecimalNumber(one), DecimalNumber(other)) : .ofBytes(Array(one), Array(other))
            if order != .equal { return order }
        }
        if left.isEmpty && right.isEmpty { return .equal }
        // Letters left over make a version older (`1.0beta` < `1.0`), all else makes it newer.
        if let first = left.first { return first.isASCIILetter ? .less : .greater }
        return right.first?.isASCIILetter == true ? .greater : .less
    }
}
