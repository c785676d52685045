import BreakerCore
import Testing

@Suite("The slow-call rule")
struct SlowCallTests {
    private func rig(_ shape: Policy.WindowShape) -> Rig {
        Rig {
            $0.window = shape
            $0.failureRate = nil
            $0.slowCall = .milliseconds(100)
            $0.slowCallRate = 0.5
            $0.minCalls = 4
        }
    }

    @Test(
        "A call of exactly slow_call is slow; the rule trips on a slow success",
        arguments: FailureRateTests.shapes)
    func tripsOnSlowSuccess(shape: Policy.WindowShape) throws {
        let rig = self.rig(shape)
        rig.report(.success, took: .milliseconds(99))
        rig.report(.success)
        rig.report(.success, took: .milliseconds(100))
        #expect(rig.counts.slow == 1)
        let transition = try #require(rig.report(.success, took: .seconds(1)))
        guard case .slowCallRate(let evidence, let slowCall) = transition.reason else {
            Issue.record("\(String(describing: transition.reason))")
            return
        }
        #expect(slowCall == .milliseconds(100))
        #expect((evidence.observed, evidence.calls, evidence.troubled) == (0.5, 4, 2))
    }

    @Test("Without slow_call no call is slow")
    func needsSlowCall() {
        let rig = self.rig(.time(.seconds(10)))
        rig.policy.slowCall = nil
        for _ in 0..<20 { rig.report(.success, took: .hours(1)) }
        #expect(rig.state == .closed)
        #expect(rig.counts.slow == 0)
    }

    @Test("min_reporters counts the instances with slow calls, not those with failures")
    func slowReporters() {
        let rig = self.rig(.time(.seconds(10)))
        rig.policy.minReporters = .atLeast(2)
        rig.report(.success, of: 2)
        rig.report(.failure, of: 3)
        for _ in 0..<10 { rig.report(.success, took: .seconds(1), of: 1) }
        #expect(rig.state == .closed)
        rig.report(.success, took: .seconds(1), of: 2)
        #expect(rig.state == .open)
    }
}

@Suite("The consecutive-failures rule")
struct ConsecutiveFailuresTests {
    private func rig(_ shape: Policy.WindowShape) -> Rig {
        Rig {
            $0.window = shape
            $0.failureRate = nil
            $0.consecutiveFailures = 3
        }
    }

    @Test("It trips at that many in a row, whatever min_calls says", arguments: FailureRateTests.shapes)
    func trips(shape: Policy.WindowShape) throws {
        let rig = self.rig(shape)
        rig.report([.failure, .timeout])
        let transition = try #require(rig.report(.failure))
        guard case .consecutiveFailures(let evidence) = transition.reason else {
            Issue.record("\(String(describing: transition.reason))")
            return
        }
        #expect((evidence.observed, evidence.threshold) == (3, 3))
    }

    @Test("A success breaks the row, an ignored call does not", arguments: FailureRateTests.shapes)
    func rowBreaks(shape: Policy.WindowShape) {
        let rig = self.rig(shape)
        rig.report([.failure, .failure, .success, .failure, .failure])
        #expect(rig.state == .closed)
        rig.report([.ignored, .failure])
        #expect(rig.state == .open)
    }

    @Test("Failures further apart than the window is long are still in a row")
    func slowDrip() {
        let rig = self.rig(.time(.seconds(10)))
        for _ in 0..<2 {
            rig.report(.failure)
            rig.advance(.minutes(1))
        }
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("It comes before the failure rate where both would trip")
    func comesFirst() {
        let rig = self.rig(.time(.seconds(10)))
        rig.policy.failureRate = 0.1
        rig.policy.minCalls = 3
        rig.report([.success, .failure, .failure])
        #expect(rig.state == .open)
        guard case .failureRate = rig.breaker.lastTrip?.reason else {
            Issue.record("the rate came second, but the row was not long enough")
            return
        }
    }
}
