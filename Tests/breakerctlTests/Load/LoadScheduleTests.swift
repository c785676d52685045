import NIOCore
import Testing

@testable import breakerctl

@Suite("When requests are due")
struct LoadScheduleTests {
    private static let begin = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func schedule(rate: Int, connections: Int) -> LoadSchedule {
        LoadSchedule(begin: Self.begin, rate: rate, connections: connections)
    }

    @Test func `Connections take turns at even distances`() {
        let schedule = self.schedule(rate: 1_000, connections: 4)
        let times = (0..<8).map { schedule.due(turn: $0 / 4, position: $0 % 4) - Self.begin }
        #expect(times == (0..<8).map { .milliseconds($0) })
    }

    @Test(arguments: [(1, 1), (1_000, 50), (333, 7), (999_983, 10_000), (10_000_000, 3)])
    func `As many are due in a time as the rate says`(rate: Int, connections: Int) {
        let schedule = self.schedule(rate: rate, connections: connections)
        for seconds in [1, 7, 60] as [Int64] {
            let end = Self.begin + .seconds(seconds)
            let sum = (0..<connections).reduce(0) { $0 + schedule.turns(before: end, position: $1) }
            #expect(sum == rate * Int(seconds))
        }
    }

    @Test(arguments: [(7, 3), (1_000, 50), (333, 7), (999_983, 64)])
    func `Turns before a time are those that are due before it`(rate: Int, connections: Int) {
        let schedule = self.schedule(rate: rate, connections: connections)
        for position in [0, 1, connections - 1] {
            for turn in 0..<100 {
                let due = schedule.due(turn: turn, position: position)
                #expect(schedule.turns(before: due, position: position) == turn)
                #expect(schedule.turns(before: due + .nanoseconds(1), position: position) == turn + 1)
            }
        }
        #expect(schedule.turns(before: Self.begin, position: 0) == 0)
        #expect(schedule.turns(before: .uptimeNanoseconds(0), position: 0) == 0)
    }

    @Test func `The schedule does not drift over an hour`() {
        let schedule = self.schedule(rate: 300_007, connections: 10)
        #expect(schedule.due(turn: 300_007 * 360, position: 0) - Self.begin == .hours(1))
    }

    @Test func `What is measured begins after the warm-up`() {
        var plan = LoadPlan()
        plan.length = .time(.seconds(3))
        plan.warmUp = .milliseconds(500)
        let window = LoadWindow(plan, begin: Self.begin)
        #expect(window.from - Self.begin == .milliseconds(500))
        #expect(window.until - Self.begin == .milliseconds(3_500))
    }
}
