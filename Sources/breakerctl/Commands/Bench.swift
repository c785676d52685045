import ArgumentParser
import BreakerClient
import UnixSignals

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load the daemon and measure how fast it answers.",
        discussion: """
            A load takes the daemon's time from everybody else: mind where you point it. Ctrl-C ends it \
            and prints what was measured so far.

            It creates the breakers bench-0, bench-1, … and reports successes of them. There is no way to \
            remove a breaker: the daemon forgets these by itself, when nobody has used them for as long as \
            the load may take and a minute more (--requests without --rate: for an hour). That it did \
            stays in its history.

            Exit status 0 if all was answered, 1 if there were errors among the replies, 69 if the daemon \
            went away; it prints what was measured until then. A refused call is an answer.

            Examples:
              breakerctl bench
              breakerctl bench --connections 200 --pipeline 16 --duration 30s
              breakerctl bench --rate 20000 --connections 100
                                              how long calls wait at 20,000 requests a second
              breakerctl bench --mix acquire=9,batch=1 --breakers 5000
              breakerctl bench --rate 5000 --json | jq -e '.latency_us.p99 < 2000'
            """)

    @OptionGroup(title: "The load") var load: LoadOptions

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func run() async throws {
        let plan = self.load.plan(patience: self.globals.timeout.duration)
        try await self.globals.withClient { client in
            // A daemon that is not there is told as by every other command.
            _ = try await client.ping()
            if plan.mix.isAboutBreakers { try await LoadBreakers.declare(plan, by: client) }
            do {
                let crew = try await LoadCrew(plan, endpoints: client.endpoints)
                let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
                if !self.globals.json {
                    try self.globals.screen.show(sentence: LoadReport.heading(plan, at: crew.endpoint))
                }
                try self.tell(await crew.run { for await _ in signals { return } })
            } catch let failure as LoadFailure {
                throw self.reported(failure, at: client.endpoints)
            }
        }
    }

    private func tell(_ result: LoadResult) throws {
        let report = LoadReport(result)
        if self.globals.json {
            try Output.standard.write(report.json)
        } else {
            let screen = self.globals.screen
            try screen.show(report.lines(width: screen.width))
        }
        if let complaint = report.complaint { try Output.error.write("breakerctl: \(complaint.neutralised)") }
        if result.status != .done { throw Judged(status: result.status) }
    }

    private func reported(_ failure: LoadFailure, at endpoints: [Endpoint]) -> ReportedFailure {
        let places = endpoints.map(\.description).joined(separator: " or ")
        return ReportedFailure(failure: Failure(failure, at: places), json: self.globals.json)
    }
}
