import ArgumentParser
import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("How commands end")
struct OutcomeTests {
    private static let endpoints = [Endpoint.unix(path: "/run/x.sock")]

    @Test(arguments: [
        (BreakerError.Code.notFound, ProcessStatus.refused), (.conflict, .refused), (.badRequest, .refused),
        (.storageUnavailable, .refused), (.draining, .refused), (.internal, .refused),
        (BreakerError.Code(rawValue: "of_tomorrow"), .refused), (.unavailable, .unreachable),
        (.deadlineExceeded, .unreachable), (.shutDown, .unreachable), (.malformedReply, .unreachable),
        (.badEndpoint, .usage),
    ])
    func `Scripts can tell a no from silence`(code: BreakerError.Code, status: ProcessStatus) {
        #expect(Failure(BreakerError(code, "x"), endpoints: Self.endpoints).status == status)
    }

    @Test func `Exit statuses are those that are documented`() {
        #expect(ProcessStatus.allCases.map(\.rawValue) == [0, 1, 2, 69])
    }

    @Test func `Nobody there: says where it looked and what to try`() {
        let failure = Failure(BreakerError(.unavailable, "connection refused"), endpoints: Self.endpoints)
        #expect(
            failure.message == "no daemon answers at unix:/run/x.sock (connection refused): is it running? "
                + "start `breakerd` (from a checkout: `scripts/run`), or pass --url")
    }

    @Test func `Several places: names each, then what was wrong there`() {
        let error = BreakerError(
            .unavailable,
            "cannot use breakerd at unix:/run/x.sock: no such file; cannot use breakerd at tcp:h:1: refused")
        let failure = Failure(error, endpoints: Self.endpoints + [.tcp(host: "h", port: 1)])
        #expect(
            failure.message.hasPrefix(
                "no daemon answers at unix:/run/x.sock or tcp:h:1 (no such file; refused): "))
    }

    @Test func `No answer in time warns that a command may be in force`() {
        let failure = Failure(BreakerError(.deadlineExceeded, "late"), endpoints: Self.endpoints)
        #expect(failure.message.contains("may have been carried out"))
    }

    private static let nos: [(BreakerError, String)] = [
        (
            BreakerError(.notFound, "no such breaker"),
            "no such breaker; `breakerctl list` shows what exists; a breaker appears with its first use"
        ),
        (
            BreakerError(.conflict, "it is at 44", field: "if_generation"),
            "it is at 44; `breakerctl get payments` shows it as it is now"
        ),
        (
            BreakerError(.conflict, "an override is in force; clear it with mode auto first"),
            "an override is in force; clear it with mode auto first: `breakerctl auto payments`"
        ),
        (
            BreakerError(.conflict, "it is 12", field: "if_revision"),
            "it is 12; `breakerctl policy list` shows the rules as they are now"
        ),
        (
            BreakerError(.badRequest, "must be above 0", field: "policy.failure_rate"),
            "policy.failure_rate: must be above 0"
        ),
        (BreakerError(.badRequest, "ttl_ms must be above 0", field: "ttl_ms"), "ttl_ms must be above 0"),
    ]

    @Test(arguments: OutcomeTests.nos)
    func `A no is followed by what to do next`(error: BreakerError, message: String) {
        #expect(Failure(error, endpoints: Self.endpoints, breaker: "payments").message == message)
    }

    @Test func `With json the daemon's no is an object on standard output`() {
        let failure = Failure(BreakerError(.conflict, "no", field: "if_generation"), endpoints: [])
        let ending = Ending(of: ReportedFailure(failure: failure, json: true))
        #expect(
            ending.output
                == #"{"ok":false,"error":{"code":"conflict","message":"no","field":"if_generation"}}"#)
        #expect(Ending(of: ReportedFailure(failure: failure, json: false)).output == nil)
    }

    @Test func `Messages of others cannot act on the terminal`() {
        let failure = Failure(BreakerError(.internal, "\u{1b}[2J"), endpoints: [])
        #expect(
            Ending(of: ReportedFailure(failure: failure, json: false)).complaint?.contains("\u{1b}") == false)
    }

    @Test func `A reader who has seen enough is no failure`() {
        #expect(Ending(of: OutputClosed()) == Ending(of: OutputClosed()))
        #expect(Ending(of: OutputClosed()).status == .done)
    }

    private static let standing = BreakerStanding(breaker: "payments", state: .halfOpen, generation: 44)

    @Test func `Commands say what they did`() {
        #expect(
            CommandOutcome.override(.open, for: .seconds(600), Self.standing)
                == "payments is forced open for 10 min (generation 44)")
        #expect(
            CommandOutcome.override(.disabled, for: nil, Self.standing)
                == "payments is disabled until `breakerctl auto payments` (generation 44)")
        #expect(
            CommandOutcome.override(.auto, for: nil, Self.standing)
                == "payments is left to its rules, half-open now (generation 44)")
        #expect(
            CommandOutcome.override(
                .auto, for: nil, BreakerStanding(breaker: "x", state: .closed, generation: 0))
                == "there is no breaker x, so it has no override either")
        #expect(CommandOutcome.trip(for: .seconds(10), Self.standing).hasPrefix("payments is open for 10 s"))
    }

    @Test(arguments: [
        (1, false, "set for pay*: 1 existing breaker matches, policy revision 13"),
        (
            0, true,
            "would be set for pay*, nothing was changed: 0 existing breakers match, policy revision 13"
        ),
    ])
    func `A change of rules tells how far it reaches`(matched: Int, dryRun: Bool, expected: String) {
        let change = PolicyChange(revision: 13, matched: matched, isDryRun: dryRun)
        #expect(PolicyTables.outcome(change, done: "set for pay*") == expected)
    }
}
