import StrictEncoding
import Synchronization

/// The date of an answer as RFC 9110 section 5.6.7 has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let last = Mutex((second: Int64.min, text: ""))

    static func text(of instant: Instant) -> String {
        last.withLock { last in
            if last.second != instant.secondsSince1970 {
                last = (instant.secondsSince1970, written(instant))
            }
            return last.text
        }
    }

    private static func written(_ instant: Instant) -> String {
        // 2026-11-22T18:00:00Z
        let text = Array(instant.description.utf8)
        guard text.count == 20 else { return "Thu, 01 Jan 1970 00:00:00 GMT" }
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let days = Int((Double(instant.secondsSince1970) / 86_400).rounded(.down))
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(part(5..<7)).flatMap { (1...12).contains($0) ? months[$0 - 1] : nil } ?? "Jan"
        return "\(weekday), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) GMT"
    }
}
