import BreakerCore
import Testing

@Suite("Batches")
struct BatchTests {
    @Test("The whole batch is entered, then judged once")
    func judgedAsAWhole() {
        let rig = Rig { $0.minCalls = 10 }
        // Failures first would have tripped at the tenth call; the whole is below the rate.
        let transition = rig.batch {
            $0.failure = 10
            $0.success = 11
        }
        #expect(transition == nil)
        #expect((rig.counts.calls, rig.counts.failures) == (21, 10))
    }

    @Test("It trips once, with the figures of the whole batch")
    func tripsOnce() throws {
        let rig = Rig()
        let transition = try #require(
            rig.batch {
                $0.success = 10
                $0.failure = 30
                $0.timeout = 10
                $0.error = "Refused"
            })
        guard case .failureRate(let evidence) = transition.reason else {
            Issue.record("\(String(describing: transition.reason))")
            return
        }
        #expect((evidence.calls, evidence.troubled, evidence.observed) == (50, 40, 0.8))
        #expect(evidence.error == "Refused")
        #expect(rig.generation == 2)
        #expect((rig.totals.success, rig.totals.failure, rig.totals.timeout) == (10, 30, 10))
    }

    @Test("With a success the row becomes trailing_failures, without one it grows")
    func consecutive() {
        let rig = Rig { $0.consecutiveFailures = 10 }
        rig.batch { $0.failure = 4 }
        #expect(rig.breaker.consecutiveFailures == 4)
        rig.batch {
            $0.failure = 3
            $0.timeout = 2
        }
        #expect(rig.breaker.consecutiveFailures == 9)
        rig.batch {
            $0.success = 1
            $0.failure = 8
            $0.trailingFailures = 2
        }
        #expect(rig.breaker.consecutiveFailures == 2)
        #expect(rig.state == .closed)
        rig.batch {
            $0.success = 100
            $0.failure = 10
            $0.trailingFailures = 10
        }
        #expect(rig.state == .open)
    }

    @Test("A batch of only ignored and rejected calls enters no window")
    func ignoredOnly() {
        let rig = Rig()
        rig.batch {
            $0.ignored = 7
            $0.rejected = 5
        }
        #expect((rig.totals.ignored, rig.totals.rejected) == (7, 5))
        #expect(rig.counts == WindowCounts())
        #expect(rig.breaker.window.isEmpty)
    }

    @Test("A batch of another generation goes to late as a whole", arguments: [0, 2, UInt64.max])
    func late(generation: UInt64) {
        let rig = Rig()
        rig.batch {
            $0.generation = generation
            ($0.success, $0.failure, $0.timeout, $0.ignored, $0.rejected) = (1, 2, 3, 4, 5)
        }
        #expect(rig.totals.late == 10)
        #expect(rig.totals.rejected == 5)
        #expect(rig.totals.failure == 0)
        #expect(rig.counts.calls == 0)
    }

    @Test("The batch after the one that tripped is late")
    func afterTheTrip() {
        let rig = Rig()
        for _ in 0..<2 {
            rig.batch {
                $0.generation = 1
                $0.failure = 20
            }
        }
        #expect(rig.generation == 2)
        #expect((rig.totals.failure, rig.totals.late) == (20, 20))
    }

    @Test("Counts of the largest size a client may send never trap", arguments: FailureRateTests.shapes)
    func largest(shape: Policy.WindowShape) {
        let rig = Rig {
            $0.window = shape
            $0.minReporters = .atLeast(1)
        }
        rig.force(.closed)
        for _ in 0..<10 {
            rig.batch {
                ($0.success, $0.failure, $0.timeout) = (1_000_000_000, 1_000_000_000, 1_000_000_000)
                ($0.ignored, $0.rejected, $0.slow) = (1_000_000_000, 1_000_000_000, 3_000_000_000)
                $0.trailingFailures = 2_000_000_000
            }
        }
        #expect(rig.totals.failure == 10_000_000_000)
        #expect(rig.counts.failures > 0)
    }

    @Test("Totals stop at what a database's integer holds instead of trapping")
    func totalsSaturate() {
        let rig = Rig()
        var saved = SavedBreaker(generation: 1, phase: .closed, since: rig.now, touched: rig.now)
        let most = UInt64(Int64.max)
        (saved.totals.success, saved.totals.failure, saved.totals.timeout) = (most, most - 1, most)
        (saved.totals.ignored, saved.totals.rejected, saved.totals.late) = (most, most, most)
        rig.breaker = Breaker(restoring: saved, policy: rig.policy)
        for generation in [nil, UInt64(9)] {
            rig.batch {
                $0.generation = generation
                ($0.success, $0.failure, $0.timeout, $0.ignored, $0.rejected) = (1, 3, 1, 1, 1)
            }
        }
        rig.report(.failure)
        rig.report(.failure, generation: 9)
        #expect(
            [rig.totals.success, rig.totals.failure, rig.totals.timeout, rig.totals.ignored]
                + [rig.totals.rejected, rig.totals.late] == Array(repeating: most, count: 6))
    }
}
