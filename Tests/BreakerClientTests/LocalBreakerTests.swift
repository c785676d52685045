import BreakerCore
import Testing

@testable import BreakerClient

@Suite("The breaker of this process")
struct LocalBreakerTests {
    private let start = Instant(nanoseconds: 0)

    private func breaker(_ fields: [(PolicyField, PolicyValue)] = []) throws -> LocalBreaker {
        var patch = PolicyPatch()
        for (field, value) in fields { try patch.set(field, to: value) }
        var breaker = LocalBreaker(reporter: ReporterID(instance: "a"))
        breaker.adopt(PolicyBook().effective(for: "", declared: patch))
        return breaker
    }

    private func answer(
        _ state: ClientState, _ generation: UInt64, refused: RefusalReason? = nil, for wait: Duration? = nil
    ) -> KnownState {
        let acquisition = Acquisition(
            breaker: "a", verdict: refused.map { .refused($0, retryAfter: wait) } ?? .allowed, state: state,
            generation: generation)
        return KnownState(acquisition, at: self.start)
    }

    private func isAllowed(_ breaker: inout LocalBreaker, at now: Instant) -> Bool {
        if case .allowed = breaker.acquire(at: now) { true } else { false }
    }

    @Test("stays open until the time that the daemon told, then probes")
    func openUntil() throws {
        var breaker = try self.breaker()
        breaker.learn(self.answer(.open, 4, refused: .open, for: .seconds(5)))
        #expect(!self.isAllowed(&breaker, at: self.start + .milliseconds(4_999)))
        guard case .allowed(let permit) = breaker.acquire(at: self.start + .seconds(5)) else {
            Issue.record("refused")
            return
        }
        #expect(permit.probe != nil)
    }

    @Test("stays open for good where an operator forces it so without an end")
    func forced() throws {
        var breaker = try self.breaker()
        breaker.learn(self.answer(.open, 4, refused: .forcedOpen))
        #expect(!self.isAllowed(&breaker, at: self.start + .days(30)))
    }

    @Test("keeps its counts while the daemon's breaker has not moved, and begins anew when it has")
    func learning() throws {
        var breaker = try self.breaker([(.consecutiveFailures, .integer(2))])
        breaker.learn(self.answer(.closed, 4))
        self.fail(&breaker)
        breaker.learn(self.answer(.closed, 4))
        self.fail(&breaker)
        #expect(!self.isAllowed(&breaker, at: self.start))
        breaker.learn(self.answer(.closed, 6))
        #expect(self.isAllowed(&breaker, at: self.start))
    }

    @Test("is not moved by a permit of the breaker that it replaced")
    func latePermit() throws {
        var breaker = try self.breaker([(.consecutiveFailures, .integer(1))])
        breaker.learn(self.answer(.closed, 4))
        guard case .allowed(let permit) = breaker.acquire(at: self.start) else {
            Issue.record("refused")
            return
        }
        breaker.learn(self.answer(.closed, 6))
        breaker.report(permit, .failure, duration: .zero, at: self.start)
        #expect(self.isAllowed(&breaker, at: self.start))
    }

    /// Half-open after 5 s, with a probe that was admitted then and has a lease of 10 s.
    private func probing() throws -> (breaker: LocalBreaker, permit: LocalPermit) {
        var breaker = try self.breaker([
            (.openFor, .text("5s")), (.openJitter, .number(0)), (.probeLease, .text("10s")),
        ])
        breaker.learn(self.answer(.open, 4, refused: .open, for: .seconds(5)))
        guard case .allowed(let permit) = breaker.acquire(at: self.start + .seconds(5)) else {
            throw BreakerError(.unavailable, "refused")
        }
        return (breaker, permit)
    }

    @Test("opens when a probe's lease ends, though nobody looks at it then")
    func overdueProbe() throws {
        var (breaker, _) = try self.probing()
        // The lease ended at 15 s; open for twice as long as before, it probes again at 25 s.
        #expect(!self.isAllowed(&breaker, at: self.start + .milliseconds(24_999)))
        #expect(self.isAllowed(&breaker, at: self.start + .seconds(25)))
    }

    @Test("takes no probe back after its lease")
    func overdueRelease() throws {
        var (breaker, permit) = try self.probing()
        breaker.release(permit, at: self.start + .seconds(15))
        #expect(!self.isAllowed(&breaker, at: self.start + .seconds(15)))
    }

    private func fail(_ breaker: inout LocalBreaker) {
        guard case .allowed(let permit) = breaker.acquire(at: self.start) else { return }
        breaker.report(permit, .failure, duration: .zero, at: self.start)
    }
}
