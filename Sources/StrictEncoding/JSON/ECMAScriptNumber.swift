/// Numbers as ECMAScript's `Number::toString` writes them, which RFC 8785 section 3.2.2.3 asks for.
enum ECMAScriptNumber {
    /// The text of a finite double.
    static func text(of value: Double) -> String {
        // Both zeros are written alike.
        if value == 0 { return "0" }
        let (digits, point) = shortestDigits(of: value.magnitude)
        let count = digits.utf8.count
        let sign = value < 0 ? "-" : ""
        if count <= point, point <= 21 { return sign + digits + zeros(point - count) }
        if point > 0, point <= 21 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
        if point > -6, point <= 0 { return sign + "0." + zeros(-point) + digits }
        let exponent = point - 1
        let fraction = count > 1 ? "." + digits.dropFirst() : ""
        return sign + digits.prefix(1) + fraction + (exponent < 0 ? "e-" : "e+") + String(exponent.magnitude)
    }

    /// The fewest digits that read back as the same double, the nearest to it among equals, without zeros at either
    /// end; the value is 0.*digits* × 10^*point*.
    ///
    /// Swift's description has those digits, in notation of its own: `12.5`, `5e-324`, `1e+16`.
    private static func shortestDigits(of value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let integer = mantissa.first ?? ""
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = integer + fraction
        let significant = all.drop { $0 == "0" }
        let leading = all.utf8.count - significant.utf8.count
        var digits = String(significant)
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, integer.utf8.count - leading + exponent)
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
