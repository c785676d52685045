// The one sentence of `breakerctl get`: why the breaker is as it is. An override comes first, since it
// decides whatever the rules say; then the state tells which figures matter.

import BreakerClient

/// Explains a breaker's state in a plain sentence.
struct Explanation: Sendable {
    let status: BreakerStatus

    var sentence: String {
        if let override = self.status.override, let words = override.mode.forcedWords {
            return self.forced(override, words: words)
        }
        switch self.status.state {
        case .open: return self.open
        case .halfOpen: return self.halfOpen
        case .closed: return ClosedExplanation(status: self.status).sentence
        }
    }

    private func forced(_ override: BreakerOverride, words: String) -> String {
        let until = override.expiresIn.map { "for \(Span.left($0)) more" } ?? "until somebody clears it"
        let who = "\(words) by \(override.actor ?? "an operator") \(Span.past(override.timeInForce)) ago"
        return "\(who), \(until)\(Quote.after(override.reason)): \(override.mode.effect)"
    }

    private var open: String {
        let remaining = self.status.retryAfter ?? .zero
        let lead = remaining > .zero ? "open for \(Span.left(remaining)) more" : "open, about to try probes"
        return self.status.lastTrip.map { "\(lead): \($0.reason.words)" } ?? lead
    }

    private var halfOpen: String {
        let probes = self.status.probes
        let all = probes.successes + probes.needed
        let out =
            probes.outstanding > 0
            ? "\(probes.outstanding.of("probe")) out" : "waiting for a call to probe with"
        let progress =
            probes.successes > 0
            ? "\(probes.successes) of \(all) successes so far"
            : "\(all.of("success", "successes")) will close it"
        return "half-open: \(out), \(progress)\(self.past)"
    }

    /// Why it had opened.
    private var past: String {
        guard let reason = self.status.lastTrip?.reason else { return "" }
        return reason.rule == .operator ? "; it was \(reason.words)" : "; it opened because \(reason.words)"
    }
}

extension OverrideMode {
    /// What becomes of calls under it.
    fileprivate var effect: String {
        switch self {
        case .open: "every call is refused"
        case .closed: "every call passes and is counted, nothing trips"
        case .disabled: "every call passes, only totals are counted, nothing trips"
        case .auto: "the rules decide"
        }
    }
}
