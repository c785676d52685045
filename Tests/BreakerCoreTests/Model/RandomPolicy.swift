import BreakerCore

extension Policy {
    /// Any policy the ranges allow, mostly with small numbers: rules that trip soon meet more states.
    static func random(using random: inout SeededGenerator) -> Policy {
        var policy = Policy.default
        policy.failureRate = random.oneIn(4) ? nil : random.pick([0.001, 0.1, 0.3, 0.5, 0.75, 1])
        policy.slowCall =
            random.oneIn(2) ? nil : random.pick([.milliseconds(1), .milliseconds(50), .hours(1)])
        policy.slowCallRate = random.oneIn(2) ? nil : random.pick([0.1, 0.5, 0.9, 1])
        policy.consecutiveFailures = random.oneIn(2) ? nil : random.pick([1, 2, 5, 20])
        policy.window = Policy.randomShape(using: &random)
        policy.minCalls = random.pick([1, 2, 5, 10, 20, 100])
        policy.minReporters = random.pick([
            .automatic, .automatic, .atLeast(1), .atLeast(2), .atLeast(5), .atLeast(64),
        ])
        policy.openFor = random.pick([.milliseconds(1), .milliseconds(999), .seconds(30), .hours(24)])
        policy.openMultiplier = random.pick([1, 1.1, 2, 3.7, 100])
        policy.openMax = random.pick([.milliseconds(1), .seconds(60), .minutes(5), .days(7)])
        policy.openJitter = random.pick([0, 0.1, 0.5])
        policy.probes = random.pick([1, 2, 3, 10])
        policy.probeSuccesses = random.pick([1, 2, 3, 5])
        policy.probeLease = random.pick([.milliseconds(1), .seconds(1), .seconds(30), .minutes(5)])
        policy.honorRetryAfter = random.oneIn(3)
        policy.idleAfter = random.pick([.seconds(1), .hours(24), .days(365)])
        return policy
    }

    private static func randomShape(using random: inout SeededGenerator) -> WindowShape {
        random.pick([
            .time(.milliseconds(10)), .time(.milliseconds(123)), .time(.seconds(10)), .time(.minutes(10)),
            .time(.hours(24)), .count(1), .count(2), .count(7), .count(20), .count(100),
        ])
    }
}

extension BatchReport {
    /// Mostly a handful of calls; now and then many, but few enough for the model's lists.
    static func random(using random: inout SeededGenerator, generation: UInt64?) -> BatchReport {
        var batch = BatchReport()
        let most: UInt32 = random.oneIn(20) ? 150 : 6
        batch.generation = generation
        batch.success = random.oneIn(3) ? 0 : .random(in: 0...most, using: &random)
        batch.failure = random.oneIn(3) ? 0 : .random(in: 0...most, using: &random)
        batch.timeout = random.oneIn(2) ? 0 : .random(in: 0...most, using: &random)
        batch.ignored = .random(in: 0...2, using: &random)
        batch.rejected = .random(in: 0...2, using: &random)
        let failures = batch.failure + batch.timeout
        batch.slow = random.oneIn(2) ? 0 : .random(in: 0...(batch.success + failures), using: &random)
        batch.trailingFailures = batch.success == 0 ? failures : .random(in: 0...failures, using: &random)
        batch.error = random.pick([nil, "ConnectTimeout", "Refused"])
        return batch
    }
}

extension SeededGenerator {
    /// Durations for some of a batch's calls.
    mutating func durations(of batch: BatchReport) -> [DurationCount] {
        guard self.oneIn(2) else { return [] }
        let calls = batch.success + batch.failure + batch.timeout
        return (0..<min(calls, 3)).map { _ in
            DurationCount(LatencyBucket(index: .random(in: 0...UInt16(LatencyBucket.count), using: &self)), 1)
        }
    }
}
