import BreakerCore

/// The real breaker and the model of it side by side, fed the same random events.
struct Scenario {
    var random: SeededGenerator
    var policy: Policy
    var real: Breaker
    var model: ModelBreaker
    var now: Int64
    /// Nil: no jitter, so that open times agree to the nanosecond.
    var jitter: Breaker.JitterSeed?
    /// Every permit lately handed out, with its holder: held, ended and of former generations.
    var permits: [(permit: Permit, session: UInt64)] = []
    /// Both as they were before an operator's command, to be reverted to.
    var earlier: (real: Breaker, model: ModelBreaker)?
    var instances: UInt32
    /// The last events, for a person to read when the two disagree.
    var log: [String] = []
    var disagreements: [String] = []
    /// Which changes of state were met, "closed > open failure_rate" and the like.
    var met: Set<String> = []

    init(seed: UInt64) {
        self.random = SeededGenerator(seed: seed)
        self.policy = Policy.random(using: &self.random)
        self.instances = self.random.pick([1, 2, 3, 10, 60])
        self.jitter = self.random.oneIn(3) ? self.random.next() : nil
        self.now = Int64.random(in: -1_000_000_000...1_000_000_000_000, using: &self.random)
        self.real = Breaker(generation: 1, policy: self.policy, at: Instant(nanoseconds: self.now))
        self.model = ModelBreaker(generation: 1, policy: self.policy, at: self.now)
        self.log = ["policy \(self.policy), jitter \(String(describing: self.jitter))"]
    }

    var instant: Instant { Instant(nanoseconds: self.now) }

    /// One random event; false once the two disagree.
    mutating func step() -> Bool {
        self.moveClock()
        self.elapse()
        switch Int.random(in: 0..<100, using: &self.random) {
        case ..<25: self.acquire()
        case ..<60: self.reportOne()
        case ..<75: self.reportBatch()
        case ..<80: self.endProbe()
        case ..<92: break
        case ..<97: self.command()
        case ..<98: self.adopt()
        case ..<99: self.restart()
        default: self.revert()
        }
        self.compare()
        return self.disagreements.isEmpty
    }

    mutating func note(_ event: String) {
        self.log.append("\(self.now) \(event)")
        if self.log.count > 60 { self.log.remove(at: 1) }
    }

    mutating func expect<Value: Equatable>(_ what: String, _ real: Value, _ model: Value) {
        if real != model { self.disagreements.append("\(what): breaker \(real), model \(model)") }
    }

    // MARK: Time

    private mutating func moveClock() {
        let window: Int64 =
            if case .time(let length) = self.policy.window { length.nanoseconds } else { 1_000_000_000 }
        switch Int.random(in: 0..<20, using: &self.random) {
        case ..<9: break
        case ..<12: self.now += .random(in: 0...1_000_000, using: &self.random)
        case ..<14: self.now += .random(in: 0...(window / 5), using: &self.random)
        case ..<16: self.leapToBucketEdge(bucket: window / 10)
        case ..<18:
            // The pending deadline itself, or the nanosecond before or after it.
            if let deadline = self.model.deadline {
                self.now = max(self.now, deadline + .random(in: -1...1, using: &self.random))
            }
        case 18: self.now += window + .random(in: -1...1, using: &self.random)
        default: self.now += self.random.pick([window * 3, 3_600_000_000_000, 100 * 86_400_000_000_000])
        }
    }

    private mutating func leapToBucketEdge(bucket: Int64) {
        let origin = self.model.window.origin
        let edge = origin + ((self.now - origin) / bucket + .random(in: 1...11, using: &self.random)) * bucket
        self.now = max(self.now, edge - .random(in: 0...1, using: &self.random))
    }

    private mutating func elapse() {
        for _ in 0..<4 {
            let real = self.real.elapse(at: self.instant, policy: self.policy, jitter: self.jitter)
            let model = self.model.elapse(at: self.now, jitter: self.jitter != nil)
            self.settle(real, model)
            guard real != nil else { return }
            self.note("elapsed to \(self.real.state)")
        }
        self.disagreements.append("elapse does not come to an end")
    }

    /// Compares what an event brought about; a jittered deadline is checked against its bounds and taken
    /// over.
    mutating func settle(_ real: Breaker.Transition?, _ model: Breaker.Transition?) {
        self.expect("transition", real.map { $0.figures }, model.map { $0.figures })
        if let real { self.met.insert(real.kind) }
        guard self.model.slack > 0, case .open(let opening) = self.real.phase else { return }
        let difference = opening.length.nanoseconds - self.model.length
        if abs(difference) > self.model.slack {
            self.disagreements.append("jitter of \(difference) ns, at most \(self.model.slack)")
        }
        self.model.length += difference
        self.model.until += difference
        self.model.slack = 0
    }
}
