import BreakerCore

extension Scenario {
    private mutating func session() -> UInt64 { .random(in: 1...4, using: &self.random) }

    private mutating func generation() -> UInt64? {
        switch Int.random(in: 0..<12, using: &self.random) {
        case ..<3: nil
        case 3: self.model.generation - 1
        case 4: self.model.generation + .random(in: 1...2_000_000, using: &self.random)
        default: self.model.generation
        }
    }

    /// A permit of any fate with the right or a foreign holder.
    private mutating func somePermit() -> (permit: Permit, session: UInt64) {
        if self.permits.isEmpty || self.random.oneIn(20) {
            let number = UInt64.random(in: 0...5, using: &self.random)
            return (Permit(generation: self.model.generation, number: number), self.session())
        }
        let recent = self.random.oneIn(3) ? self.permits : self.permits.suffix(3)
        let (permit, holder) = self.random.pick(recent)
        return (permit, self.random.oneIn(6) ? self.session() : holder)
    }

    mutating func acquire() {
        let reporter = self.reporter()
        let lease: Interval? =
            self.random.oneIn(2) ? nil : .milliseconds(.random(in: 1...300_000, using: &self.random))
        self.note("acquire by \(reporter), lease \(String(describing: lease))")
        let real = self.real.acquire(
            by: reporter, lease: lease, at: self.instant, policy: self.policy)
        self.expect("verdict", real, self.model.acquire(by: reporter, lease: lease, at: self.now))
        if case .probe(let permit, _) = real {
            self.permits.append((permit, reporter.session.rawValue))
            if self.permits.count > 30 { self.permits.removeFirst() }
        }
    }

    mutating func reportOne() {
        var report = Report(
            self.random.pick([.success, .success, .failure, .failure, .timeout, .ignored]),
            generation: self.generation(),
            duration: self.random.pick([nil, .zero, .milliseconds(1), .milliseconds(50), .hours(1)]),
            error: self.random.pick([nil, "ConnectTimeout", "Refused"]),
            retryAfter: self.random.oneIn(8) ? self.random.pick([.zero, .milliseconds(10), .hours(24)]) : nil)
        var reporter = self.reporter()
        if self.model.state == .halfOpen ? !self.random.oneIn(4) : self.random.oneIn(10) {
            let (permit, session) = self.somePermit()
            report.permit = permit
            reporter.session = SessionID(rawValue: session)
        }
        self.note("\(report) from \(reporter)")
        let real = self.real.report(
            report, from: reporter, at: self.instant, policy: self.policy, jitter: self.jitter)
        self.settle(real, self.model.report(report, from: reporter, at: self.now, jitter: self.jitter != nil))
    }

    mutating func reportBatch() {
        let batch = BatchReport.random(using: &self.random, generation: self.generation())
        let reporter = self.reporter()
        self.note("\(batch) from \(reporter)")
        let durations = self.random.durations(of: batch)
        let real = durations.withUnsafeBufferPointer { durations in
            self.real.report(
                batch, durations: durations, from: reporter, at: self.instant, policy: self.policy,
                jitter: self.jitter)
        }
        self.settle(real, self.model.report(batch, from: reporter, at: self.now, jitter: self.jitter != nil))
    }

    mutating func endProbe() {
        let (permit, session) = self.somePermit()
        let id = SessionID(rawValue: session)
        if self.random.oneIn(2) {
            self.note("release \(permit) by \(session)")
            let real = self.real.release(permit, by: id, at: self.instant)
            self.model.touched = self.now
            self.expect("released", real, self.model.endProbe(permit, session: session))
        } else {
            self.note("lose \(permit) of \(session)")
            self.expect("lost", self.real.lose(permit, by: id), self.model.lose(permit, session: session))
        }
    }

    mutating func command() {
        self.earlier = (self.real, self.model)
        switch Int.random(in: 0..<6, using: &self.random) {
        case 0, 1:
            let ttl: Int64? =
                self.random.oneIn(3) ? nil : .random(in: 1...20_000_000_000, using: &self.random)
            let override = Override(
                self.random.pick(Override.Mode.allCases),
                until: ttl.map { Instant(nanoseconds: self.now + $0) }, actor: "ana", note: nil)
            self.note("\(override)")
            self.settle(
                self.real.force(override, at: self.instant), self.model.force(override, at: self.now))
        case 2, 3:
            self.note("auto")
            self.settle(
                self.real.clearOverride(actor: nil, note: nil, at: self.instant),
                self.model.clearOverride(at: self.now))
        case 4:
            let length: Interval? =
                self.random.oneIn(2) ? nil : self.random.pick([.milliseconds(1), .hours(24)])
            self.note("trip for \(String(describing: length))")
            let real = try? self.real.trip(
                for: length, actor: nil, note: nil, at: self.instant, policy: self.policy, jitter: self.jitter
            )
            self.settle(real, self.model.trip(for: length, at: self.now, jitter: self.jitter != nil))
        default:
            self.note("reset")
            let real = try? self.real.reset(actor: nil, note: nil, at: self.instant)
            self.settle(real, self.model.reset(at: self.now))
        }
    }

    mutating func adopt() {
        var changed = Policy.random(using: &self.random)
        if self.random.oneIn(2) { changed.window = self.policy.window }
        self.policy = changed
        self.note("adopt \(changed)")
        self.real.adopt(changed)
        self.model.adopt(changed)
    }

    mutating func revert() {
        guard let earlier = self.earlier else { return }
        self.earlier = nil
        self.note("revert")
        self.settle(
            self.real.revert(to: earlier.real, at: self.instant),
            self.model.revert(to: earlier.model, at: self.now))
    }

    private mutating func reporter() -> Reporter {
        Reporter(
            session: SessionID(rawValue: self.session()),
            instance: ReporterID(rawValue: .random(in: 1...self.instances, using: &self.random)))
    }
}
