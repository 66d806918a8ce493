/// How long a caller says that it waits, as Go writes a duration: `10s`, `1m30s`, `500ms`. API servers put it into the
/// query of each webhook call.
enum StatedTimeout {
    /// Nil for another form, for nothing and for what is negative. What is very long is cut off at a day.
    static func duration(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        guard !rest.isEmpty, rest.count <= 32 else { return nil }
        var total = Duration.zero
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
            rest = rest[unit.endIndex...]
            let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count <= 2, let whole = parts.first.flatMap(number),
                let nanoseconds = units[String(Substring(unit))]
            else { return nil }
            total += .nanoseconds(nanoseconds) * min(whole, longest)
            if parts.count == 2 {
                guard let fraction = number(parts[1].prefix(6)), parts[1].allSatisfy({ (0x30...0x39).contains($0) })
                else {
                    return nil
                }
                let scale = parts[1].prefix(6).reduce(Int64(1)) { scale, _ in scale * 10 }
                total += .nanoseconds(nanoseconds) * fraction / scale
            }
            total = min(total, .seconds(longest))
        }
        return total > .zero ? total : nil
    }

    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        digits.isEmpty ? nil : Int64(String(Substring(digits.prefix(18))))
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    /// Seconds of a day.
    private static let longest: Int64 = 86_400
}
