// Runs bodies by themselves, without a framework around them: what counts or times them sees nothing else.

import ArgumentParser
import BenchmarkBodies

@main
struct Microbench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "microbench",
        abstract: "Runs the hot paths by themselves, to count or to time them.",
        subcommands: [Count.self, Time.self])
}

/// Prints a line a body, with tabs between: its name, how many turns it made and its allocations a turn (`-`:
/// nobody counts them). Under callgrind, with `counters.c` preloaded, it also leaves a dump of each body's
/// turns.
struct Count: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs bodies, each between two marks for whoever counts.")

    @Option(help: "Calls that each body stands for.")
    var calls = 5_000

    @Option(help: "Only bodies whose names begin so.")
    var prefix = ""

    func run() async throws {
        for body in Body.all where body.threads == 1 && body.name.hasPrefix(self.prefix) {
            let turns = self.calls / body.calls
            let loop = try await body.prepare()
            // What is made at first use is made now, and counts nowhere.
            try await loop(turns)
            Counters.begin()
            let beginning = Beginning()
            try await loop(turns)
            let cost = beginning.cost
            Counters.end(body.name)
            print("\(body.name)\t\(turns)\t\(Series.text(allocations: cost.allocations(turns)))")
        }
    }
}

/// Prints a line a body, with tabs between: its name, nanoseconds a turn (the median of the rounds), beside
/// the first body's, and allocations a turn of the calling thread (`-`: nobody counts them).
struct Time: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Times bodies in turn, beside the first of them.")

    @Option(help: "How often each is timed; an odd number.")
    var rounds = 9

    @Option(help: "Turns of each round.")
    var turns = 500_000

    @Argument(help: "Names of bodies.")
    var names: [String]

    func run() async throws {
        var series: [(Series, Body.Loop)] = []
        for name in self.names {
            guard let body = Body.all.first(where: { $0.name == name }) else {
                throw ValidationError("there is no body \"\(name)\"")
            }
            series.append((Series(name), try await body.prepare()))
        }
        for _ in 0..<self.rounds {
            for (each, loop) in series {
                let beginning = Beginning()
                try await loop(self.turns)
                each.add(self.turns, beginning.cost)
            }
        }
        guard let (yardstick, _) = series.first else { return }
        for (each, _) in series { print(each.line(beside: yardstick)) }
    }
}
