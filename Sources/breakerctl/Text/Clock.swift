import BreakerClient
import Foundation

/// Points of time as people of one time zone read them.
struct Clock: Sendable {
    let timeZone: TimeZone

    static let local = Clock(timeZone: .current)

    /// "2026-11-23 21:06:04".
    func dateAndTime(_ time: WallTime) -> String {
        let parts = self.components(time)
        let date = [parts.year, parts.month, parts.day].map { Clock.twoDigits($0 ?? 0) }.joined(
            separator: "-")
        return "\(date) \(self.time(parts))"
    }

    /// "21:06:04".
    func time(_ time: WallTime) -> String { self.time(self.components(time)) }

    private func components(_ time: WallTime) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = self.timeZone
        return calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second],
            from: Date(timeIntervalSince1970: Double(time.unixMilliseconds) / 1_000))
    }

    private func time(_ parts: DateComponents) -> String {
        [parts.hour, parts.minute, parts.second].map { Clock.twoDigits($0 ?? 0) }.joined(separator: ":")
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

extension WallTime {
    /// Of this machine.
    static var now: WallTime { WallTime(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
}
