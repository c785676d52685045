import BreakerCore
import Testing

@testable import BreakerStore

/// Values with every field set.
enum Sample {
    static let evidence = TripReason.Evidence(
        observed: 0.625, threshold: 0.5, calls: 52, troubled: 32, window: "10s", reporters: 4,
        troubledReporters: 3, error: "Connect\"Timeout/ä")
    static let permit = Permit(generation: 7_000_001, number: 3)
    static let traces = [
        TraceID(high: 1, low: .max), TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736),
    ]
    static let instances = [
        InstanceShare(.named("api-7"), calls: .max, failures: 7, slow: 0, share: 0.667),
        InstanceShare(.named("#00000001"), calls: 3, failures: 0, slow: 3, share: 0),
    ]
    static let reasons: [TripReason] =
        plainReasons + plainReasons.dropLast(3).map { $0.naming(traces) }
        + plainReasons.prefix(3).flatMap { [$0.naming(instances), $0.naming(instances).naming(traces)] }
    private static let plainReasons: [TripReason] = [
        .failureRate(evidence), .slowCallRate(evidence, slowCall: .milliseconds(250)),
        .consecutiveFailures(evidence), .probeFailed(.failure, permit: permit, error: nil),
        .probeFailed(.timeout, permit: permit, error: "x"), .probeFailed(.slow, permit: permit, error: nil),
        .probeExpired(permit: permit, lease: .seconds(30)), .retryAfter(.seconds(9), error: "Busy"),
        .command(.init(.trip, actor: "ana", note: "drill")), .command(.init(.reset)),
        .command(.init(.override, mode: "open", actor: "ana", note: "INC-7")),
    ]
}

@Suite("What comes back from disk")
struct RoundTripTests {
    private var opening: Opening {
        var opening = Opening(until: anchor.now + .seconds(20), length: .seconds(30))
        opening.refused = 17
        return opening
    }

    private var phases: [Phase] {
        [
            .closed, .open(self.opening), .halfOpen(Probation(successes: 2)),
            .forced(Override(.open, until: anchor.now + .minutes(5), actor: "ana", note: "INC-7")),
            .forced(Override(.closed)), .forced(Override(.disabled, actor: "bo")),
        ]
    }

    private func saved(_ phase: Phase, reason: TripReason?) -> SavedBreaker {
        var saved = SavedBreaker(
            generation: 42, phase: phase, since: anchor.now + .seconds(-10),
            touched: anchor.now + .seconds(-1))
        saved.backoff = 3
        saved.consecutiveFailures = 9
        (saved.totals.success, saved.totals.failure, saved.totals.timeout) = (1, 2, 3)
        (saved.totals.ignored, saved.totals.rejected) = (4, 5)
        (saved.totals.late, saved.totals.lostProbes) = (6, 7)
        saved.lastTrip = reason.map { LastTrip(reason: $0, at: anchor.now + .seconds(-10)) }
        return saved
    }

    private func roundTrip(_ breaker: Breaker, declared: PolicyPatch? = nil, policy: Policy) throws -> Breaker
    {
        let folder = try Folder()
        let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
        store.save([.init(name: "a", breaker: breaker, declared: declared)], sequences: [], anchor: anchor)
        #expect(store.closeAndWait(wallMilliseconds: wall))
        let state = try reload(folder)
        let loaded = try #require(state.breaker("a"))
        #expect(loaded.declared == declared)
        return Breaker(restoring: loaded.savedBreaker(anchor), policy: policy)
    }

    @Test("Every phase and override returns with every field", arguments: 0..<6)
    func phases(index: Int) throws {
        let breaker = Breaker(restoring: self.saved(self.phases[index], reason: nil), policy: .default)
        #expect(try self.roundTrip(breaker, policy: .default) == breaker)
    }

    @Test("Every reason of a trip returns", arguments: Sample.reasons)
    func reasons(reason: TripReason) throws {
        let breaker = Breaker(restoring: self.saved(.open(self.opening), reason: reason), policy: .default)
        #expect(try self.roundTrip(breaker, policy: .default) == breaker)
    }

    @Test(
        "A window of either shape returns with its counts, also after many turns of its ring",
        arguments: [
            Policy.WindowShape.time(.seconds(10)), .time(.milliseconds(10)), .count(5), .count(10_000),
        ],
        [3, 25, 400])
    func windows(shape: Policy.WindowShape, calls: Int) throws {
        var policy = Policy.default
        (policy.window, policy.failureRate) = (shape, nil)
        let step = Interval.milliseconds(40)
        var now = anchor.now + Interval(nanoseconds: -step.nanoseconds * Int64(calls))
        var breaker = Breaker(generation: 1, policy: policy, at: now)
        for call in 0..<calls {
            now = now + step
            let reporter = Reporter(session: .init(rawValue: 1), instance: .init(instance: "i\(call % 70)"))
            _ = breaker.report(
                Report(call % 3 == 0 ? .failure : .success), from: reporter, at: now, policy: policy,
                jitter: nil)
        }
        let restored = try self.roundTrip(breaker, policy: policy)
        #expect(restored.window.counts(at: now) == breaker.window.counts(at: now))
        #expect(restored.window.counts(at: now + .seconds(5)) == breaker.window.counts(at: now + .seconds(5)))
        #expect(restored.consecutiveFailures == breaker.consecutiveFailures)
    }

    @Test("What clients declared returns")
    func declared() throws {
        var patch = PolicyPatch()
        try patch.set(.failureRate, to: .off)
        try patch.set(.window, to: .integer(100))
        try patch.set(.openMultiplier, to: .integer(2))
        try patch.set(.openFor, to: .text("5s"))
        try patch.set(.honorRetryAfter, to: .flag(true))
        _ = try self.roundTrip(makeBreaker(generation: 1), declared: patch, policy: .default)
    }

    @Test("Damaged window blobs give no window, never a trap", arguments: 0..<200)
    func damagedWindows(seed: UInt64) {
        var window = Window(seed % 2 == 0 ? .time(.seconds(10)) : .count(50))
        for call in 0..<30 as Range<UInt32> {
            window.add(
                WindowEntry(successes: call % 2, failures: 1, slow: 0), from: .init(rawValue: call),
                at: anchor.now)
        }
        var random = SplitMix(state: seed)
        guard var bytes = StoredWindow.encode(window, anchor: anchor) else { return }
        for _ in 0...seed % 4 {
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        bytes.removeLast(Int(random.next() % 3))
        var restored = bytes.withUnsafeBytes(StoredWindow.init)?.restored(anchor)
        restored?.add(.init(successes: 1, failures: 1, slow: 1), from: .init(rawValue: 1), at: anchor.now)
        restored?.trim(at: anchor.now + .seconds(1))
        _ = restored?.counts(at: anchor.now + .seconds(2))
    }

    @Test("Damaged reasons give no reason or another, never a trap", arguments: Sample.reasons)
    func damagedReasons(reason: TripReason) {
        let bytes = ReasonBlob.encode(reason)
        for position in bytes.indices {
            #expect(bytes[..<position].withUnsafeBytes(ReasonBlob.decode) == nil)
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var damaged = bytes
                damaged[position] = value
                _ = damaged.withUnsafeBytes(ReasonBlob.decode)
            }
        }
    }

    @Test("A wall clock that went back lengthens no open time and no override")
    func clockWentBack() throws {
        for phase in [self.phases[1], self.phases[3]] {
            let folder = try Folder()
            let (store, _) = try Store.open(folder.options, wallMilliseconds: wall)
            let breaker = Breaker(restoring: self.saved(phase, reason: nil), policy: .default)
            store.save([counter("a", breaker)], sequences: [], anchor: anchor)
            store.closeAndWait(wallMilliseconds: wall)
            let loaded = try #require(try reload(folder, wallMilliseconds: wall - 3_600_000).breaker("a"))
            let back = ClockAnchor(now: anchor.now, wallMilliseconds: wall - 3_600_000)
            let restored = Breaker(restoring: loaded.savedBreaker(back), policy: .default)
            let whole: Interval = if case .open(let opening) = phase { opening.length } else { .seconds(310) }
            #expect(try #require(restored.nextDeadline) - back.now <= whole)
            #expect(restored.since <= back.now)
            #expect(restored.touched <= back.now)
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var bits = (self.state ^ (self.state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
