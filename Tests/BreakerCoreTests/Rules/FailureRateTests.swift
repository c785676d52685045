import BreakerCore
import Testing

@Suite("The failure-rate rule")
struct FailureRateTests {
    static let shapes: [Policy.WindowShape] = [.time(.seconds(10)), .count(100)]

    @Test("It trips at the threshold itself and names what it saw", arguments: shapes)
    func tripsAtThreshold(shape: Policy.WindowShape) throws {
        let rig = Rig {
            $0.window = shape
            $0.minCalls = 10
        }
        rig.report([.success, .success, .success, .success, .success, .failure, .failure, .timeout, .failure])
        #expect(rig.state == .closed)
        let transition = try #require(rig.report(.timeout, error: "ConnectTimeout"))
        #expect(transition.from == .closed)
        #expect(transition.to == .open)
        #expect(rig.generation == 2)
        guard case .failureRate(let evidence) = transition.reason else {
            Issue.record("\(String(describing: transition.reason))")
            return
        }
        #expect(evidence.observed == 0.5)
        #expect(evidence.threshold == 0.5)
        #expect((evidence.calls, evidence.troubled) == (10, 5))
        #expect((evidence.reporters, evidence.troubledReporters) == (1, 1))
        #expect(evidence.window == shape.label)
        #expect(evidence.error == "ConnectTimeout")
        #expect(rig.breaker.lastTrip?.reason == transition.reason)
    }

    @Test("It is silent below min_calls", arguments: shapes)
    func silentBelowMinCalls(shape: Policy.WindowShape) {
        let rig = Rig { $0.window = shape }
        rig.report(Array(repeating: .failure, count: 19))
        #expect(rig.state == .closed)
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("A success never trips, even when it is the call that reaches min_calls")
    func successNeverTrips() {
        let rig = Rig()
        rig.report(Array(repeating: .failure, count: 19))
        rig.report(.success)
        #expect(rig.state == .closed)
        rig.report(.ignored)
        #expect(rig.state == .closed)
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("Null switches it off")
    func off() {
        let rig = Rig { $0.failureRate = nil }
        rig.report(Array(repeating: .failure, count: 1000))
        #expect(rig.state == .closed)
    }

    @Test("A window of fewer calls than min_calls is judged when it is full")
    func minCallsBeyondCapacity() {
        let rig = Rig { $0.window = .count(5) }
        rig.report(Array(repeating: .failure, count: 4))
        #expect(rig.state == .closed)
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("Rates that are no binary fractions trip exactly at their threshold", arguments: 1...20)
    func exactThresholds(failures: Int) {
        let rig = Rig {
            $0.failureRate = Double(failures) / 20
            $0.minCalls = 20
        }
        rig.report(Array(repeating: .success, count: 20 - failures))
        rig.report(Array(repeating: .failure, count: failures - 1))
        #expect(rig.state == .closed)
        rig.report(.failure)
        #expect(rig.state == .open)
    }

    @Test("Old failures that left a count window do not trip it")
    func countWindowForgets() {
        let rig = Rig {
            $0.window = .count(10)
            $0.minCalls = 10
        }
        rig.report(Array(repeating: .failure, count: 4))
        rig.report(Array(repeating: .success, count: 10))
        rig.report(Array(repeating: .failure, count: 4))
        #expect(rig.state == .closed)
        #expect(rig.counts.failures == 4)
        rig.report(.failure)
        #expect(rig.state == .open)
    }
}
