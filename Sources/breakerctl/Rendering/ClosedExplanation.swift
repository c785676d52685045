// Closed is the state in which people ask "how far from tripping is it?". The first thing that is near its
// limit, in the order in which the daemon judges the rules, is what the sentence tells; else how the calls
// went.

import BreakerClient

/// Explains a breaker that is closed by the rules.
struct ClosedExplanation: Sendable {
    /// From this part of its limit on a figure is worth a warning.
    static let near = 0.8

    let status: BreakerStatus

    private var window: BreakerStatus.Window { self.status.window }

    var sentence: String {
        if let warning = self.inARow ?? self.failureRate ?? self.slowCallRate { return warning }
        guard self.window.calls > 0 else { return "closed: no calls \(self.windowPhrase)" }
        let share = CallWords.share(
            self.window.failures, of: self.window.calls, "failed", in: self.windowTime)
        guard self.window.failures > 0 else { return "closed: \(share)" }
        return "closed: \(share) (\(Percent.words(self.window.failureRate))\(self.limit))"
    }

    private var limit: String {
        guard case .at(let limit) = self.status.policy?.failureRate else { return "" }
        return ", limit \(Percent.words(limit))"
    }

    private var inARow: String? {
        let failures = self.window.consecutiveFailures
        guard case .at(let limit) = self.status.policy?.consecutiveFailures, failures > 0 else { return nil }
        guard Double(failures) >= ClosedExplanation.near * Double(limit) || failures == limit - 1 else {
            return nil
        }
        let words = "\(failures.of("call")) in a row failed (limit \(limit.grouped))"
        return failures >= limit ? self.held(words) : "closed, but near its limit: \(words)"
    }

    private var failureRate: String? {
        guard case .at(let limit) = self.status.policy?.failureRate else { return nil }
        return self.rate(
            self.window.failureRate, of: self.window.failures, what: "failed", limit: limit,
            held: self.held)
    }

    private var slowCallRate: String? {
        guard case .at(let limit) = self.status.policy?.slowCallRate,
            case .at(let slow) = self.status.policy?.slowCall
        else { return nil }
        let what = "took \(Span.exact(slow)) or longer"
        // The daemon does not tell how many instances saw slow calls, only how many saw failures.
        return self.rate(
            self.window.slowCallRate, of: self.window.slow, what: what, limit: limit,
            held: { "closed, but at its limit: \($0); the next such call may trip it" })
    }

    private func rate(
        _ rate: Double, of part: Int, what: String, limit: Double, held: (String) -> String
    ) -> String? {
        guard part > 0, rate >= ClosedExplanation.near * limit else { return nil }
        let share = CallWords.share(part, of: self.window.calls, what, in: self.windowTime)
        let words = "\(share) (\(Percent.words(rate)), limit \(Percent.words(limit)))"
        if self.window.calls < self.leastCalls {
            return "closed: \(words), too few to judge: the rule waits for \(self.leastCalls.of("call"))"
        }
        return rate >= limit ? held(words) : "closed, but near its limit: \(words)"
    }

    /// Why a rule whose limit is reached has not tripped: too few instances saw it, or nothing bad has
    /// arrived since.
    private func held(_ words: String) -> String {
        let (reporters, failing) = (self.window.reporters, self.window.failingReporters)
        guard failing < self.leastReporters else {
            return "closed, but at its limit: \(words); the next such call trips it"
        }
        return "closed: \(words), not tripped because only \(failing) of \(reporters.of("instance")) saw it"
            + " (min_reporters asks for \(self.leastReporters))"
    }

    /// How many calls the rate rules wait for; a window of fewer calls judges by its size.
    private var leastCalls: Int {
        let least = self.status.policy?.minCalls ?? 1
        if case .calls(let size) = self.status.policy?.window { return min(least, size) }
        return least
    }

    private var leastReporters: Int {
        switch self.status.policy?.minReporters {
        case .atLeast(let least): min(least, self.window.reporters)
        case .automatic: self.window.reporters >= 3 ? 2 : 1
        case nil: 1
        }
    }

    /// "10 s" for a window of time, nil for one of calls.
    private var windowTime: String? {
        switch self.status.policy?.window {
        case .time(let time): Span.exact(time)
        case .calls: nil
        case nil: "its window"
        }
    }

    private var windowPhrase: String {
        switch self.status.policy?.window {
        case .time(let time): "in the last \(Span.exact(time))"
        case .calls, nil: "since it closed"
        }
    }
}
