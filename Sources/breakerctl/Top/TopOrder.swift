import ArgumentParser
import BreakerClient

/// What the rows of `top` are sorted by.
enum TopOrder: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// Open, half-open, forced, near a limit; of the healthy those with the most failures.
    case worst
    case name, calls, failures, refused

    /// Whether `left` comes first.
    func precedes(_ left: TopRow, _ right: TopRow) -> Bool {
        switch self {
        case .worst: return self.isWorse(left, right)
        case .name: return left.name < right.name
        case .calls: return self.isMore(left.calls, right.calls, left, right)
        case .failures:
            return self.isMore(left.window.failureRate, right.window.failureRate, left, right)
        case .refused: return self.isMore(left.refused, right.refused, left, right)
        }
    }

    private func isWorse(_ left: TopRow, _ right: TopRow) -> Bool {
        guard left.rank == right.rank else { return left.rank < right.rank }
        guard left.nearness == right.nearness else { return left.nearness > right.nearness }
        return self.isMore(left.calls, right.calls, left, right)
    }

    private func isMore(_ one: Double, _ other: Double, _ left: TopRow, _ right: TopRow) -> Bool {
        one == other ? left.name < right.name : one > other
    }
}
