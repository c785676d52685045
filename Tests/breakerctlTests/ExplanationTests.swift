import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("The sentence of get")
struct ExplanationTests {
    typealias Change = @Sendable (inout BreakerStatus) -> Void

    private func sentence(_ state: BreakerState, _ change: Change) -> String {
        Explanation(status: .sample(state, change)).sentence
    }

    @Test func `Open tells how much longer and why`() {
        let sentence = self.sentence(.open) {
            $0.retryAfter = .milliseconds(11_400)
            $0.lastTrip = .init(reason: .manyFailures, at: WallTime(unixMilliseconds: 0))
        }
        #expect(
            sentence == "open for 12 s more: 37 of 52 calls failed in 10 s (71 %, limit 50 %), "
                + "seen by 4 of 5 instances, mostly ConnectTimeout")
    }

    @Test func `Open without time left or a known reason says no more than that`() {
        #expect(self.sentence(.open) { $0.retryAfter = .zero } == "open, about to try probes")
        #expect(self.sentence(.open) { $0.retryAfter = .seconds(3) } == "open for 3 s more")
    }

    private static let probing: [(Int, Int, Int, String)] = [
        (0, 0, 3, "half-open: waiting for a call to probe with, 3 successes will close it"),
        (1, 0, 1, "half-open: 1 probe out, 1 success will close it"),
        (2, 1, 2, "half-open: 2 probes out, 1 of 3 successes so far"),
    ]

    @Test(arguments: ExplanationTests.probing)
    func `Half-open tells how recovery goes`(out: Int, successes: Int, needed: Int, expected: String) {
        let sentence = self.sentence(.halfOpen) {
            $0.probes = .sample(outstanding: out, successes: successes, needed: needed)
        }
        #expect(sentence == expected)
    }

    @Test func `Half-open remembers why it opened`() {
        let sentence = self.sentence(.halfOpen) {
            $0.probes.needed = 3
            $0.lastTrip = .init(
                reason: .sample(.probeFailed) { $0.outcome = "timeout" }, at: WallTime(unixMilliseconds: 0))
        }
        #expect(sentence.hasSuffix("; it opened because a probe timed out"))
    }

    @Test func `Half-open after an operator's trip says so in plain words`() {
        let sentence = self.sentence(.halfOpen) {
            $0.probes.needed = 3
            $0.lastTrip = .init(
                reason: .sample(.operator) { ($0.command, $0.actor) = ("trip", "ana") },
                at: WallTime(unixMilliseconds: 0))
        }
        #expect(sentence.hasSuffix("; it was tripped by ana"))
    }

    private static let forced: [(OverrideMode, Duration?, String?, String)] = [
        (
            .open, .seconds(480), "INC-7",
            "forced open by ana 18 s ago, for 8 min more (\"INC-7\"): every call is refused"
        ),
        (.open, nil, nil, "forced open by ana 18 s ago, until somebody clears it: every call is refused"),
        (
            .closed, nil, nil,
            "forced closed by ana 18 s ago, until somebody clears it: every call passes and is counted, "
                + "nothing trips"
        ),
        (
            .disabled, .seconds(5), nil,
            "disabled by ana 18 s ago, for 5 s more: every call passes, only totals are counted, "
                + "nothing trips"
        ),
    ]

    @Test(arguments: ExplanationTests.forced)
    func `An override tells who, since when, until when, why and what becomes of calls`(
        mode: OverrideMode, expires: Duration?, reason: String?, expected: String
    ) {
        let sentence = self.sentence(mode == .open ? .open : .closed) {
            $0.override = BreakerOverride(
                mode: mode, actor: "ana", reason: reason, timeInForce: .seconds(18), expiresIn: expires)
        }
        #expect(sentence == expected)
    }

    @Test func `What others wrote cannot act on the terminal`() {
        let sentence = self.sentence(.open) {
            $0.override = BreakerOverride(
                mode: .open, actor: "\u{1b}]0;owned\u{7}", reason: "a\nb", timeInForce: .zero)
        }
        let shown = Prose.lines(sentence, width: 80).map { $0.rendered(colour: true) }.joined()
        #expect(!shown.contains("\u{1b}") && !shown.contains("\u{7}") && !shown.contains("\n"))
    }
}
