import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("Reasons in words")
struct ReasonTests {
    typealias Change = @Sendable (inout BreakerReason) -> Void

    private static let rates: [(Change, String)] = [
        (
            { _ in },
            "37 of 52 calls failed in 10 s (71 %, limit 50 %), seen by 4 of 5 "
                + "instances, mostly ConnectTimeout"
        ),
        (
            {
                $0.error = nil; $0.failingReporters = 5
            },
            "37 of 52 calls failed in 10 s (71 %, limit 50 %), seen by all 5 instances"
        ),
        (
            {
                $0.window = "52 calls"; $0.reporters = 1; $0.failingReporters = 1; $0.error = nil
            },
            "37 of the last 52 calls failed (71 %, limit 50 %), seen by the only instance"
        ),
        (
            {
                $0.rule = .slowCallRate; $0.slow = 30; $0.observed = 30.0 / 52; $0.slowCall = "250ms";
                $0.error = nil
            },
            "30 of 52 calls took 250 ms or longer in 10 s (58 %, limit 50 %), seen by 4 of 5 instances"
        ),
        (
            {
                $0.rule = .consecutiveFailures; $0.observed = 5; $0.threshold = 5
            },
            "5 calls in a row failed (limit 5), seen by 4 of 5 instances, mostly ConnectTimeout"
        ),
        ({ $0 = BreakerReason(rule: .failureRate) }, "calls failed"),
    ]

    @Test(arguments: ReasonTests.rates)
    func `A rule over calls tells what it saw, its limit, who saw it and what most failures were`(
        change: Change, words: String
    ) {
        #expect(
            BreakerReason.sample(.failureRate) {
                $0 = .manyFailures; change(&$0)
            }.words == words)
    }

    private static let others: [(BreakerReason.Rule, Change, String)] = [
        (
            .probeFailed,
            {
                $0.outcome = "failure"; $0.error = "Refused"
            }, "a probe failed (Refused)"
        ),
        (.probeFailed, { $0.outcome = "timeout" }, "a probe timed out"),
        (.probeFailed, { $0.outcome = "slow" }, "a probe was too slow"),
        (.probeExpired, { $0.lease = .seconds(30) }, "a probe was not reported within 30 s"),
        (.probeExpired, { _ in }, "a probe was not reported within its lease"),
        (.retryAfter, { $0.retryAfter = .seconds(90) }, "the dependency asked not to be called for 90 s"),
        (
            .retryAfter,
            {
                $0.retryAfter = .seconds(2); $0.error = "429"
            },
            "the dependency asked not to be called for 2 s (429)"
        ),
        (
            .operator,
            {
                $0.command = "trip"; $0.actor = "ana"; $0.note = "drill"
            }, "tripped by ana (\"drill\")"
        ),
        (.operator, { $0.command = "reset" }, "reset by an operator"),
        (
            .operator,
            {
                $0.command = "override"; $0.mode = "open"; $0.actor = "ana"
            }, "forced open by ana"
        ),
        (
            .operator,
            {
                $0.command = "override"; $0.mode = "disabled"
            }, "disabled by an operator"
        ),
        (
            .operator,
            {
                $0.command = "override"; $0.mode = "auto"; $0.actor = "bo"
            }, "override cleared by bo"
        ),
        (BreakerReason.Rule(rawValue: "full_moon"), { _ in }, "rule full_moon"),
    ]

    @Test(arguments: ReasonTests.others)
    func `Every other rule has words of its own`(rule: BreakerReason.Rule, change: Change, words: String) {
        #expect(BreakerReason.sample(rule, change).words == words)
    }
}
