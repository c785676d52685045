import BreakerCore

/// A breaker, and calls of a fleet of eight at ten thousand a second.
private struct Rig {
    /// Between two calls.
    private static let pause = Interval(nanoseconds: 100_000)

    var breaker: Breaker
    let policy: Policy
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private var turn = 0
    private let fleet = (0..<8).map { number in
        Reporter(
            session: SessionID(rawValue: UInt64(number)), instance: ReporterID(instance: "shop-\(number)"))
    }

    init(_ change: (inout Policy) -> Void = { _ in }) {
        var policy = Policy.default
        policy.slowCall = .seconds(1)
        change(&policy)
        self.policy = policy
        self.breaker = Breaker(generation: 1, policy: policy, at: self.now)
    }

    /// The next to call, a moment later.
    @inline(__always)
    mutating func next() -> Reporter {
        self.now = self.now + Rig.pause
        self.turn &+= 1
        return self.fleet[self.turn & 7]
    }

    /// Lets time pass until the breaker is half-open.
    mutating func wait() {
        self.now = max(self.now, self.breaker.nextDeadline ?? self.now)
        _ = self.breaker.elapse(at: self.now, policy: self.policy, jitter: nil)
    }

    mutating func trip() throws {
        _ = try self.breaker.trip(
            for: .hours(24), actor: nil, note: nil, at: self.now, policy: self.policy, jitter: nil)
    }

    @inline(__always)
    mutating func report(_ report: Report, from reporter: Reporter) -> Breaker.Transition? {
        self.breaker.report(report, from: reporter, at: self.now, policy: self.policy, jitter: nil)
    }

    @inline(__always)
    mutating func acquire(by reporter: Reporter) -> Verdict {
        self.breaker.acquire(by: reporter, lease: nil, at: self.now, policy: self.policy)
    }
}

private let success = Report(.success, generation: 1, duration: .milliseconds(12))
private let failure = Report(
    .failure, generation: 1, duration: .milliseconds(80), error: "HTTPClientError.connectTimeout")

extension Body {
    static let core = [
        Body("core/acquire, closed", on: { Rig() }, loop: acquireAll),
        Body("core/acquire, open", on: { try tripped() }, loop: refuseAll),
        Body("core/report a success, time window", on: { Rig() }, loop: succeed),
        Body("core/report a success, count window", on: { Rig { $0.window = .count(100) } }, loop: succeed),
        Body("core/report a failure, time window", on: { Rig { $0.failureRate = 1 } }, loop: fail),
        Body(
            "core/report a failure, count window",
            on: { Rig { ($0.failureRate, $0.window) = (nil, .count(100)) } }, loop: fail),
        Body("core/trip and recover", calls: 23, on: { Rig() }, loop: tripAndRecover),
        Body("core/probe", on: { try halfOpen() }, loop: probe),
        Body("core/snapshot", on: { filled() }, loop: takeSnapshots),
    ]
}

private func tripped() throws -> Rig {
    var rig = Rig()
    try rig.trip()
    return rig
}

/// Half-open for good: no number of probes is enough.
private func halfOpen() throws -> Rig {
    var rig = Rig { $0.probeSuccesses = .max }
    try rig.trip()
    rig.wait()
    return rig
}

private func filled() -> Rig {
    var rig = Rig()
    succeed(&rig, 1_000)
    return rig
}

private func acquireAll(_ rig: inout Rig, _ turns: Int) {
    var allowed = 0
    for _ in 0..<turns {
        let reporter = rig.next()
        if case .allowed = rig.acquire(by: reporter) { allowed &+= 1 }
    }
    keep(allowed)
}

private func refuseAll(_ rig: inout Rig, _ turns: Int) {
    var refused = 0
    for _ in 0..<turns {
        let reporter = rig.next()
        if case .refused(_, .some) = rig.acquire(by: reporter) { refused &+= 1 }
    }
    keep(refused)
}

private func succeed(_ rig: inout Rig, _ turns: Int) {
    var transitions = 0
    for _ in 0..<turns {
        let reporter = rig.next()
        if rig.report(success, from: reporter) != nil { transitions &+= 1 }
    }
    keep(transitions)
}

/// The one success keeps a rate of 1 from being met: the rules are judged at every failure, and none trips.
private func fail(_ rig: inout Rig, _ turns: Int) throws {
    var transitions = 0
    succeed(&rig, 1)
    for _ in 0..<turns {
        let reporter = rig.next()
        if rig.report(failure, from: reporter) != nil { transitions &+= 1 }
    }
    guard transitions == 0 else { throw Unprepared(what: "a breaker that stays closed") }
}

/// One outage: `min_calls` failures trip the breaker, its time passes, three probes close it.
private func tripAndRecover(_ rig: inout Rig, _ turns: Int) throws {
    for _ in 0..<turns {
        var report = failure
        report.generation = rig.breaker.generation
        while rig.breaker.state == .closed {
            let reporter = rig.next()
            _ = rig.report(report, from: reporter)
        }
        rig.wait()
        try recover(&rig)
    }
}

private func recover(_ rig: inout Rig) throws {
    while rig.breaker.state == .halfOpen {
        let reporter = rig.next()
        guard case .probe(let permit, _) = rig.acquire(by: reporter) else {
            throw Unprepared(what: "a breaker that admits probes")
        }
        _ = rig.report(Report(.success, permit: permit, duration: .milliseconds(12)), from: reporter)
    }
}

private func probe(_ rig: inout Rig, _ turns: Int) throws {
    for _ in 0..<turns {
        let reporter = rig.next()
        guard case .probe(let permit, _) = rig.acquire(by: reporter) else {
            throw Unprepared(what: "a breaker that admits probes")
        }
        _ = rig.report(Report(.success, permit: permit, duration: .milliseconds(12)), from: reporter)
    }
}

/// As the store gets it: a copy with memory of its own.
private func takeSnapshots(_ rig: inout Rig, _ turns: Int) {
    var calls = 0
    for _ in 0..<turns {
        var copy = rig.breaker
        copy.unshare()
        calls &+= copy.window.counts(at: rig.now).calls
    }
    keep(calls)
}
