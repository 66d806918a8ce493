/// `[epoch:]upstream[-revision]`, compared as the Debian Policy Manual section 5.6.12 says.
struct DebianVersion: VersionForm {
    private let epoch: DecimalNumber
    private let upstream, revision: [UInt8]

    init?(_ text: [UInt8]) {
        guard let (epoch, rest) = text[...].splitEpoch() else { return nil }
        let (upstream, revision) = rest.splitLastHyphen()
        let isPermitted = { (byte: UInt8) in byte.isASCIIAlphanumeric || "+-.:~".utf8.contains(byte) }
        guard !upstream.isEmpty, upstream.allSatisfy(isPermitted), revision?.isEmpty != true,
            revision?.allSatisfy({ isPermitted($0) && $0 != UInt8(ascii: ":") }) != false
        else { return nil }
        self.epoch = epoch
        self.upstream = Array(upstream)
        // The absence of a revision is the revision `0`.
        self.revision = Array(revision ?? [UInt8(ascii: "0")])
    }

    static func order(_ left: DebianVersion, _ right: DebianVersion) -> VersionOrder {
        .of(left.epoch, right.epoch)
            .or(Self.order(left.upstream[...], right.upstream[...]))
            .or(Self.order(left.revision[...], right.revision[...]))
    }

    /// Turn by turn what is no digit, by weight, and then what is a digit, as a number.
    private static func order(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> VersionOrder {
        var left = left
        var right = right
        while !left.isEmpty || !right.isEmpty {
            let one = left.take { !$0.isASCIIDigit }.map(weight)
            let other = right.take { !$0.isASCIIDigit }.map(weight)
            for index in 0..<max(one.count, other.count) {
                let order = VersionOrder.of(
                    index < one.count ? one[index] : 0, index < other.count ? other[index] : 0)
                if order != .equal { return order }
            }
            let order = VersionOrder.of(
                DecimalNumber(left.take(while: \.isASCIIDigit)), DecimalNumber(right.take(while: \.isASCIIDigit)))
            if order != .equal { return order }
        }
        return .equal
    }

    /// A tilde before anything, even before the end; letters before all else.
    private static func weight(_ byte: UInt8) -> Int {
        byte == UInt8(ascii: "~") ? -1 : byte.isASCIILetter ? Int(byte) : Int(byte) + 256
    }
}
