// `Retry-After` as RFC 9110 has it (10.2.3): seconds, or a date in one of the three forms of 5.6.7.

import Foundation

enum RetryAfter {
    /// What a breaker takes.
    private static let longest = 86_400
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// How long to wait, 0…24 h; nil: it says nothing that can be understood.
    static func wait(_ value: String, now: Date) -> Duration? {
        let value = value.trimmingCharacters(in: .whitespaces)
        if !value.isEmpty, value.allSatisfy({ ("0"..."9").contains($0) }) {
            return .seconds(min(Int(value) ?? RetryAfter.longest, RetryAfter.longest))
        }
        guard let date = RetryAfter.date(value, now: now) else { return nil }
        let seconds = date.timeIntervalSince(now).rounded(.up)
        return .seconds(min(max(seconds, 0), Double(RetryAfter.longest)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: String, now: Date) -> Date? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }
        let fields: (day: Substring, month: Substring, year: Substring, time: Substring)
        switch parts.count {
        case 6 where parts[5] == "GMT": fields = (parts[1], parts[2], parts[3], parts[4])
        case 5: fields = (parts[2], parts[1], parts[4], parts[3])
        default: return nil
        }
        let time = fields.time.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard let day = Int(fields.day), let year = RetryAfter.year(fields.year, now: now),
            let month = RetryAfter.months.firstIndex(of: String(fields.month)), time.count == 3,
            let hour = time[0], let minute = time[1], let second = time[2],
            (1...31).contains(day), (0..<24).contains(hour), (0..<60).contains(minute),
            (0...60).contains(second)
        else { return nil }
        return DateComponents(
            calendar: Calendar(identifier: .gregorian), timeZone: .gmt, year: year, month: month + 1,
            day: day, hour: hour, minute: minute, second: second
        ).date
    }

    /// Of two digits the year that is less than 50 years ahead.
    private static func year(_ text: Substring, now: Date) -> Int? {
        guard let number = Int(text), number >= 0 else { return nil }
        guard text.count == 2 else { return number }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let present = calendar.component(.year, from: now)
        let year = present - present % 100 + number
        return year > present + 50 ? year - 100 : year
    }
}
