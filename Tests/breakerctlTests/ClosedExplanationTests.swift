import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("The sentence of get: closed")
struct ClosedExplanationTests {
    typealias Change = @Sendable (inout BreakerPolicy) -> Void

    private static let cases: [(BreakerStatus.Window, Change, String)] = [
        (.sample(calls: 0), { _ in }, "closed: no calls in the last 10 s"),
        (.sample(calls: 0), { $0.window = .calls(100) }, "closed: no calls since it closed"),
        (.sample(calls: 120), { _ in }, "closed: none of 120 calls failed in 10 s"),
        (.sample(calls: 1), { _ in }, "closed: none of 1 call failed in 10 s"),
        (
            .sample(calls: 120, failures: 3), { _ in },
            "closed: 3 of 120 calls failed in 10 s (2.5 %, limit 50 %)"
        ),
        (
            .sample(calls: 120, failures: 3), { $0.failureRate = .off },
            "closed: 3 of 120 calls failed in 10 s (2.5 %)"
        ),
        (
            .sample(calls: 50, failures: 3), { $0.window = .calls(50) },
            "closed: 3 of the last 50 calls failed (6 %, limit 50 %)"
        ),
        (
            .sample(calls: 52, failures: 24), { _ in },
            "closed, but near its limit: 24 of 52 calls failed in 10 s (46 %, limit 50 %)"
        ),
        (
            .sample(calls: 8, failures: 5), { _ in },
            "closed: 5 of 8 calls failed in 10 s (62.5 %, limit 50 "
                + "%), too few to judge: the rule waits for 20 calls"
        ),
        (
            .sample(calls: 8, failures: 5), { $0.window = .calls(8) },
            "closed, but at its limit: 5 of the last 8 calls failed (62.5 %, limit 50 "
                + "%); the next such call trips it"
        ),
        (
            .sample(calls: 40, failures: 30, failing: 1), { _ in },
            "closed: 30 of 40 calls failed in 10 s (75 %, limit 50 "
                + "%), not tripped because only 1 of 5 instances "
                + "saw it (min_reporters asks for 2)"
        ),
        (
            .sample(calls: 40, failures: 30, reporters: 5, failing: 2), { $0.minReporters = .atLeast(3) },
            "closed: 30 of 40 calls failed in 10 s (75 %, limit 50 "
                + "%), not tripped because only 2 of 5 instances "
                + "saw it (min_reporters asks for 3)"
        ),
        (
            .sample(calls: 40, failures: 30, reporters: 2, failing: 2), { $0.minReporters = .atLeast(3) },
            "closed, but at its limit: 30 of 40 calls failed in 10 s (75 %, limit 50 "
                + "%); the next such call trips it"
        ),
        (
            .sample(calls: 40, slow: 19),
            {
                $0.slowCall = .at(.milliseconds(250)); $0.slowCallRate = 0.5
            },
            "closed, but near its limit: 19 of 40 calls took 250 ms or longer in 10 s (47.5 %, limit 50 %)"
        ),
        (
            .sample(calls: 40, slow: 20),
            {
                $0.slowCall = .at(.milliseconds(250)); $0.slowCallRate = 0.5
            },
            "closed, but at its limit: 20 of 40 calls took 250 ms or longer in 10 s (50 %, limit 50 %); "
                + "the next such call may trip it"
        ),
        (
            .sample(calls: 6, failures: 4, inARow: 4), { $0.consecutiveFailures = 5 },
            "closed, but near its limit: 4 calls in a row failed (limit 5)"
        ),
        (
            .sample(calls: 6, failures: 1, inARow: 1), { $0.consecutiveFailures = 5 },
            "closed: 1 of 6 calls failed in 10 s (17 %, limit 50 %)"
        ),
    ]

    @Test(arguments: ClosedExplanationTests.cases)
    func `Closed tells how calls went and how far from tripping that is`(
        window: BreakerStatus.Window, change: Change, expected: String
    ) {
        let status = BreakerStatus.sample {
            $0.window = window
            if var policy = $0.policy {
                change(&policy)
                $0.policy = policy
            }
        }
        #expect(Explanation(status: status).sentence == expected)
    }
}
