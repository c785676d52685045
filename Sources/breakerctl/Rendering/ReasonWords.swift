// Why a breaker was moved, as a clause that fits after a colon or after "because": every rule has its own
// words, and figures that are missing (a newer or older daemon) leave the clause shorter, not wrong.

import BreakerClient

extension BreakerReason {
    /// "37 of 52 calls failed in 10 s (71 %, limit 50 %), seen by 4 of 5 instances, mostly ConnectTimeout".
    var words: String {
        switch self.rule {
        case .failureRate: self.rate(of: self.failures, what: "failed")
        case .slowCallRate: self.rate(of: self.slow, what: "took \(self.slowCallWords) or longer")
        case .consecutiveFailures: self.inARow
        case .probeFailed: self.failedProbe
        case .probeExpired: "a probe was not reported within \(self.lease.map(Span.exact) ?? "its lease")"
        case .retryAfter: self.askedForQuiet
        case .operator: self.byOperator
        default: "rule \(self.rule)"
        }
    }

    private func rate(of part: Int?, what: String) -> String {
        var clause = "calls \(what)"
        if let part, let calls = self.calls {
            clause = CallWords.share(part, of: calls, what, in: self.windowWords)
        }
        if let observed = self.observed, let threshold = self.threshold {
            clause += " (\(Percent.words(observed)), limit \(Percent.words(threshold)))"
        }
        return clause + self.witnesses + self.mostly
    }

    private var inARow: String {
        let failures = Int(self.observed ?? Double(self.failures ?? 0))
        let limit = self.threshold.map { " (limit \(Int($0).grouped))" } ?? ""
        return "\(failures.of("call")) in a row failed\(limit)\(self.witnesses)\(self.mostly)"
    }

    private var failedProbe: String {
        let error = self.error.map { " (\($0))" } ?? ""
        return switch self.outcome {
        case "timeout": "a probe timed out\(error)"
        case "slow": "a probe was too slow\(error)"
        default: "a probe failed\(error)"
        }
    }

    private var askedForQuiet: String {
        let time = self.retryAfter.map { " for \(Span.exact($0))" } ?? ""
        return "the dependency asked not to be called\(time)\(self.error.map { " (\($0))" } ?? "")"
    }

    private var byOperator: String {
        let verb =
            switch self.command {
            case "trip": "tripped"
            case "reset": "reset"
            default: self.overrideVerb
            }
        return "\(verb) by \(self.actor ?? "an operator")\(Quote.after(self.note))"
    }

    private var overrideVerb: String {
        guard let mode = self.mode.flatMap(OverrideMode.init(rawValue:)) else { return "overridden" }
        return mode.forcedWords ?? "override cleared"
    }

    private var slowCallWords: String { WireSpan.words(self.slowCall ?? "") }

    /// "10 s" for a window of time, nil for a window of calls: there the calls themselves are what it spans.
    private var windowWords: String? {
        guard let window = self.window, !window.hasSuffix("calls") else { return nil }
        return WireSpan.words(window)
    }

    private var witnesses: String {
        guard let all = self.reporters, let some = self.failingReporters, all > 0 else { return "" }
        if all == 1 { return ", seen by the only instance" }
        return some == all ? ", seen by all \(all) instances" : ", seen by \(some) of \(all) instances"
    }

    private var mostly: String { self.error.map { ", mostly \($0)" } ?? "" }
}

/// What an operator wrote, in quotation marks, so that nobody takes it for the daemon's words.
enum Quote {
    /// ` ("INC-7")`, or nothing where nothing was written.
    static func after(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "" }
        return " (\"\(text)\")"
    }
}

/// Calls that failed or were slow, among all.
enum CallWords {
    /// "37 of 52 calls failed in 10 s", "none of 52 calls failed in 10 s", "37 of the last 52 calls failed".
    static func share(_ part: Int, of calls: Int, _ what: String, in time: String?) -> String {
        let part = part == 0 ? "none" : part.grouped
        guard let time else { return "\(part) of the last \(calls.of("call")) \(what)" }
        return "\(part) of \(calls.of("call")) \(what) in \(time)"
    }
}
