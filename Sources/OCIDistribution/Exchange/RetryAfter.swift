import StrictEncoding

/// The field `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
enum RetryAfter {
    /// Longest pause that is understood; a longer one is cut, and no deadline here is that long.
    private static let longest: Int64 = 86_400

    /// Nil for anything that is neither; a date that has passed is no pause.
    static func duration(_ text: String, at now: Instant) -> Duration? {
        if let seconds = Int64(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(min(seconds, longest))
        }
        if !text.utf8.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return .seconds(longest) }
        guard let date = Instant(httpDate: text) else { return nil }
        let (pause, overflow) = date.secondsSince1970.subtractingReportingOverflow(now.secondsSince1970)
        return overflow ? nil : .seconds(min(max(pause, 0), longest))
    }
}

extension Instant {
    /// IMF-fixdate of RFC 9110 section 5.6.7, the one form that is still written: `Sun, 06 Nov 1994 08:49:37 GMT`. The
    /// day of the week is not compared.
    init?(httpDate text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].utf8.last == UInt8(ascii: ","), parts[5] == "GMT",
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month + 1
        self.init(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }
}
