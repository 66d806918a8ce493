/// A number of JSON as it is written, compared digit by digit: 0.1 is 0.1, 1e2 is 100, and 9007199254740993 is not
/// 9007199254740992, as it would be by way of a double.
public struct ExactNumber: Sendable, Hashable, Comparable {
    /// Negative and not zero.
    private let isNegative: Bool
    /// The value is 0.*digits* × 10^*point*; no zeros at either end, none at all for zero.
    private let digits: [UInt8]
    private let point: Int

    /// Longest literal, bytes. The longest integers that people compare, of 512 bits, have 155 digits.
    static let longestLiteral = 256
    /// Most digits of an exponent; so no sum of exponent and length overflows.
    static let longestExponent = 4

    /// Nil if the literal is not of RFC 8259's grammar ("6. Numbers"), or beyond the limits.
    init?(literal: String) {
        var rest = Array(literal.utf8)[...]
        guard rest.count <= Self.longestLiteral else { return nil }
        let isMinus = rest.first == UInt8(ascii: "-")
        if isMinus { rest = rest.dropFirst() }
        let whole = Self.digits(&rest)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = Self.digits(&rest)
            guard !fraction.isEmpty else { return nil }
        }
        var exponent = 0
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            let sign = rest.first
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let power = Self.digits(&rest)
            guard (1...Self.longestExponent).contains(power.count) else { return nil }
            exponent = power.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            if sign == UInt8(ascii: "-") { exponent = -exponent }
        }
        guard rest.isEmpty else { return nil }
        let all = whole + fraction
        let significant = all.drop { $0 == UInt8(ascii: "0") }
        var digits = Array(significant)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.digits = digits
        // Zero has one form: 0, -0 and 0e5 are one number.
        isNegative = isMinus && !digits.isEmpty
        point = digits.isEmpty ? 0 : whole.count - (all.count - significant.count) + exponent
    }

    public static func < (a: ExactNumber, b: ExactNumber) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        return a.isNegative ? b.isCloserToZero(than: a) : a.isCloserToZero(than: b)
    }

    private func isCloserToZero(than other: ExactNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        return point == other.point ? digits.lexicographicallyPrecedes(other.digits) : point < other.point
    }

    private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits
    }
}
