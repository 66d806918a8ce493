import StrictEncoding
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2026-11-20T00:00:00Z", 1_795_132_800),
        ("2000-02-29T12:34:56Z", 951_827_696), ("2000-03-01T00:00:00Z", 951_868_800),
        ("1900-03-01T00:00:00Z", -2_203_891_200),
        ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("0004-02-29T00:00:00Z", -62_035_891_200), ("2400-02-29T00:00:00Z", 13_574_563_200),
    ])
    func readsAndWritesTheSame(_ text: String, _ seconds: Int64) {
        #expect(Instant(rfc3339: text)?.secondsSince1970 == seconds)
        #expect(Instant(secondsSince1970: seconds).description == text)
    }

    @Test(arguments: [
        ("2026-11-20t00:00:00z", "2026-11-20T00:00:00Z"), ("2026-11-20T09:00:00+01:00", "2026-11-20T08:00:00Z"),
        ("2026-11-20T09:00:00-23:59", "2026-11-21T08:59:00Z"), ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
        ("2026-11-20T09:00:00+00:00", "2026-11-20T09:00:00Z"), ("2026-11-20T09:00:00-00:00", "2026-11-20T09:00:00Z"),
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50Z"), ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27Z"),
        ("2026-11-20T00:00:00.999999999999999999999Z", "2026-11-20T00:00:00Z"),
        // Before 1970 the last whole second is still the earlier one.
        ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59Z"),
        // Leap seconds, of which RFC 3339 gives these two.
        ("1990-12-31T23:59:60Z", "1990-12-31T23:59:59Z"), ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59Z"), ("2015-06-30T23:59:60Z", "2015-06-30T23:59:59Z"),
    ])
    func readsEveryFormOfTheRFC(_ text: String, _ utc: String) {
        #expect(Instant(rfc3339: text)?.description == utc)
    }

    @Test(arguments: [
        // No such day.
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-06-31T00:00:00Z",
        "2026-00-10T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "0000-01-01T00:00:00Z", "0000-12-31T23:30:00-01:00",
        // No such time.
        "2026-11-20T24:00:00Z", "2026-11-20T00:60:00Z", "2026-11-20T00:00:61Z", "2026-11-20T12:00:60Z",
        "2026-11-29T23:59:60Z",
        "1990-12-31T23:59:60-08:00", "2026-11-20T23:58:60Z",
        // No such offset, or beyond the years.
        "2026-11-20T00:00:00+24:00", "2026-11-20T00:00:00+00:60", "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        // No such form.
        "", "2026-11-20", "2026-11-20T00:00:00", "2026-11-20 00:00:00Z", "2026-11-20T00:00Z", "2026-11-20T00:00:00.Z",
        "2026-11-20T00:00:00,5Z",
        "2026-11-20T00:00:00+0100", "2026-11-20T00:00:00+01", "2026-11-20T00:00:00+01:00Z", "2026-11-20T00:00:00ZZ",
        " 2026-11-20T00:00:00Z",
        "2026-11-20T00:00:00Z ", "2026-11-20T00:00:00Z\n", "26-11-20T00:00:00Z", "02026-11-20T00:00:00Z",
        "2026-1-20T00:00:00Z",
        "2026-11-20T0:00:00Z", "+2026-11-20T00:00:00Z", "-026-11-20T00:00:00Z", "２026-11-20T00:00:00Z",
        "2026/11/20T00:00:00Z",
        "20261120T000000Z", "2026-W47-5T00:00:00Z", "2026-11-20T00:00:00\u{2212}01:00", "2026-11-20T00:00:0 Z",
        "2026-11-20T00:00:00.5.5Z",
    ])
    func refusesEverythingElse(_ text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test func countsEveryDayOfFourHundredYears() throws {
        // One whole cycle of the calendar, day by day, against a calendar kept by counting.
        var (year, month, day) = (1999, 1, 1)
        let start = try #require(Instant(rfc3339: "1999-01-01T00:00:00Z"))
        for days in 0..<146_097 {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let text = "\(year)-\(two(month))-\(two(day))T00:00:00Z"
            let instant = start.adding(seconds: Int64(days) * 86400)
            guard instant.description == text, Instant(rfc3339: text) == instant else {
                Issue.record("expected \(text), found \(instant)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2399, 1, 1))
    }

    @Test func staysWithinTheYears() {
        #expect(Instant(secondsSince1970: .max) == .latest && Instant(secondsSince1970: .min) == .earliest)
        #expect(
            Instant.latest.description == "9999-12-31T23:59:59Z"
                && Instant.earliest.description == "0001-01-01T00:00:00Z")
        #expect(Instant.latest.adding(seconds: 1) == .latest && Instant.latest.adding(seconds: .max) == .latest)
        #expect(
            Instant.earliest.adding(seconds: -1) == .earliest && Instant.earliest.adding(seconds: .min) == .earliest)
        #expect(Instant(secondsSince1970: 5).adding(seconds: -10).secondsSince1970 == -5)
    }

    @Test func sortsByTime() {
        #expect(Instant(secondsSince1970: -1) < Instant(secondsSince1970: 0))
        #expect(Instant(rfc3339: "2026-11-20T09:00:00+01:00") == Instant(rfc3339: "2026-11-20T08:00:00Z"))
    }
}
