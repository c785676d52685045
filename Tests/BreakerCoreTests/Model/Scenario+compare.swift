import BreakerCore

extension Scenario {
    /// Everything that can be seen of a breaker.
    mutating func compare() {
        self.expect("generation", self.real.generation, self.model.generation)
        self.expect("state", self.real.state, self.model.shownState)
        self.expect("since", self.real.since.nanoseconds, self.model.since)
        self.expect("touched", self.real.touched.nanoseconds, self.model.touched)
        self.expect("backoff", Int(self.real.backoff), self.model.failedRecoveries)
        self.expect("failures in a row", Int(self.real.consecutiveFailures), self.model.failuresInARow)
        self.expect("totals", self.real.totals, self.model.totals)
        self.expect("deadline", self.real.nextDeadline?.nanoseconds, self.model.deadline)
        self.expect(
            "forgettable", self.real.isForgettable(at: self.instant, policy: self.policy),
            self.model.isForgettable(at: self.now))
        self.expect(
            "window", self.real.window.counts(at: self.instant), self.model.window.counts(at: self.now))
        self.expect("last trip at", self.real.lastTrip?.at.nanoseconds, self.model.lastTrip?.at)
        self.expect(
            "last trip", self.real.lastTrip?.reason.figures, self.model.lastTrip?.reason.figures)
        self.compareRefused()
        self.comparePhase()
        self.compareError()
    }

    private mutating func compareRefused() {
        let all = Double(self.model.refused.values.reduce(0, +))
        let expected = self.model.refused
            .sorted { ($0.value, $1.key.rawValue) > ($1.value, $0.key.rawValue) }
            .map { reporter, calls in
                RefusedShare(
                    .hashed(reporter), rejected: calls, share: (Double(calls) / all * 1_000).rounded() / 1_000
                )
            }
        self.expect("refused", self.real.refused, expected)
    }

    private mutating func comparePhase() {
        switch (self.real.phase, self.model.state) {
        case (.closed, .closed):
            break
        case (.open(let opening), .open):
            self.expect("open length", opening.length.nanoseconds, self.model.length)
            self.expect("refused", Int(opening.refused), self.model.refusedSinceOpening)
        case (.halfOpen(let probation), .halfOpen):
            self.expect("successes", probation.successes, self.model.successes)
            self.expect("outstanding", probation.outstanding.count, self.model.probes.count)
            for probe in probation.outstanding {
                let held = ModelBreaker.Probe(
                    session: probe.session.rawValue, lease: probe.lease.nanoseconds,
                    expires: probe.expires.nanoseconds)
                self.expect("probe \(probe.number)", held, self.model.probes[probe.number])
            }
        case (.forced(let override), .forced(let expected)):
            self.expect("override", override, expected)
        case (.closed, _), (.open, _), (.halfOpen, _), (.forced, _):
            self.disagreements.append("phase: breaker \(self.real.phase), model \(self.model.state)")
        }
    }

    /// The error that more than half of the failures name must lead; without one, any that was named may.
    private mutating func compareError() {
        let leading = self.real.leadingError
        let named = self.model.errors.values.reduce(0, +)
        if let majority = self.model.errors.first(where: { $0.value * 2 > named }) {
            self.expect("leading error", leading, majority.key)
        } else if let leading, self.model.errors[leading] == nil {
            self.disagreements.append("leading error \(leading) was never named")
        }
    }
}

extension Breaker.Transition {
    /// A name for what happened, without its figures.
    var kind: String {
        let cause =
            switch self.reason {
            case nil: "time or success"
            case .failureRate: "failure_rate"
            case .slowCallRate: "slow_call_rate"
            case .consecutiveFailures: "consecutive_failures"
            case .probeFailed(let failure, _, _, _): "probe \(failure.rawValue)"
            case .probeExpired: "probe_expired"
            case .retryAfter: "retry_after"
            case .command(let command): "\(command.kind.rawValue) \(command.mode ?? "")"
            }
        return "\(self.from.rawValue) > \(self.to.rawValue): \(cause)"
    }

    var figures: Breaker.Transition {
        Breaker.Transition(from: self.from, to: self.to, reason: self.reason?.figures)
    }
}

extension TripReason {
    /// Which error leads is a vote, not a figure: it is compared apart. Instances' shares have a model of
    /// their own.
    var figures: TripReason {
        switch self.naming([InstanceShare]()) {
        case .failureRate(var evidence):
            evidence.error = nil
            return .failureRate(evidence)
        case .consecutiveFailures(var evidence):
            evidence.error = nil
            return .consecutiveFailures(evidence)
        case .slowCallRate(var evidence, let slowCall):
            evidence.error = nil
            return .slowCallRate(evidence, slowCall: slowCall)
        case .probeFailed, .probeExpired, .retryAfter, .command:
            return self
        }
    }
}
