/// A second in Coordinated Universal Time, from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
///
/// Whole seconds are what certificates, logs and policies speak in. Leap seconds do not count, as in POSIX time.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z; negative before it.
    public let secondsSince1970: Int64

    /// The first second of year 1.
    public static let earliest = Instant(secondsSince1970: .min)
    /// The last second of year 9999, which RFC 5280 also uses for "no expiry".
    public static let latest = Instant(secondsSince1970: .max)

    /// An instant by its number. A number outside of the years 1 to 9999 gives the nearest instant inside.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(max(secondsSince1970, -62_135_596_800), 253_402_300_799)
    }

    /// Reads a date-time of RFC 3339 section 5.6, such as `2026-11-20T09:00:00.25+01:00`; nil if it is none.
    ///
    /// - `T` and `Z` may be of either case; a space instead of `T` is refused. Any offset up to ±23:59 is accepted.
    /// - The date has to exist in the Gregorian calendar, and the instant has to lie in the years 1 to 9999 of UTC.
    /// - A fraction of a second, of any length, is cut off: the result is the last whole second not after the instant.
    /// - Second 60 is accepted where UTC can have one, at the end of a month's last day, and read as second 59.
    public init?(rfc3339 text: String) {
        var reader = DateTimeReader(rest: Array(text.utf8)[...])
        guard let year = reader.number(digits: 4), year > 0, reader.skip("-"),
            let month = reader.number(digits: 2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(digits: 2), day > 0, day <= Self.days(inMonth: month, of: year),
            reader.skip("T") || reader.skip("t"),
            let hour = reader.number(digits: 2), hour < 24, reader.skip(":"),
            let minute = reader.number(digits: 2), minute < 60, reader.skip(":"),
            let second = reader.number(digits: 2), second <= 60,
            reader.skipFraction(), let offset = reader.offset(), reader.rest.isEmpty
        else { return nil }
        let days = Self.days(before: year, month, day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + min(second, 59) - offset * 60
        self.init(secondsSince1970: seconds)
        guard secondsSince1970 == seconds else { return nil }
        if second == 60 {
            let next = Self.date(ofDay: (seconds + 1).flooredQuotient(by: 86400))
            guard (seconds + 1) % 86400 == 0, next.day == 1 else { return nil }
        }
    }

    /// This many seconds later, or earlier if negative; at the most ``latest``, at the least ``earliest``.
    public func adding(seconds: Int64) -> Instant {
        let (sum, overflow) = secondsSince1970.addingReportingOverflow(seconds)
        return overflow ? (seconds > 0 ? .latest : .earliest) : Instant(secondsSince1970: sum)
    }

    /// RFC 3339 in UTC, such as `2026-11-20T00:00:00Z`.
    public var description: String {
        let date = Self.date(ofDay: secondsSince1970.flooredQuotient(by: 86400))
        let second = secondsSince1970 - secondsSince1970.flooredQuotient(by: 86400) * 86400
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2) + "Z"
    }

    /// Whether it comes first.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }
}

// MARK: The Gregorian calendar

extension Instant {
    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date. Years are counted from March, so that the leap day ends one.
    private static func days(before year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        // 153 days in each five months from March; 719,468 days from 0000-03-01 to 1970-01-01.
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + (153 * marchMonth + 2) / 5 + day
            - 1
            - 719_468
    }

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let sinceMarchOf0 = day + 719_468
        // 146,097 days in 400 years, all of them after 0000-03-01 for the instants there are.
        let era = sinceMarchOf0 / 146_097
        let dayOfEra = sinceMarchOf0 % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}

/// Reads the parts of a date-time from the front.
private struct DateTimeReader {
    var rest: ArraySlice<UInt8>

    mutating func number(digits: Int) -> Int64? {
        guard rest.count >= digits else { return nil }
        var number: Int64 = 0
        for digit in rest.prefix(digits) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        rest = rest.dropFirst(digits)
        return number
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// True if there is no fraction, or one of at least one digit, which is left out.
    mutating func skipFraction() -> Bool {
        guard skip(".") else { return true }
        guard number(digits: 1) != nil else { return false }
        while number(digits: 1) != nil {}
        return true
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hour = number(digits: 2), hour < 24, skip(":"),
            let minute = number(digits: 2), minute < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hour * 60 + minute)
    }
}
