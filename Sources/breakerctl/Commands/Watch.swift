import ArgumentParser
import BreakerClient

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print breakers as they are, then a line for every change.",
        discussion: """
            Runs until it is stopped. When the daemon restarts or the connection is lost it waits, \
            connects again \
            and prints what changed meanwhile.

            Examples:
              breakerctl watch
              breakerctl watch 'pay*' 'orders*'
              breakerctl watch --json | jq -c 'select(.event == "state")'
            """)

    private static let mostPatterns = 64

    @Argument(
        help: "Names or patterns, at most 64; all breakers where there is none.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.glob)
    var globs: [String] = []

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        guard self.globs.count <= Watch.mostPatterns else {
            throw ValidationError("A watch takes at most \(Watch.mostPatterns) patterns.")
        }
    }

    func run() async throws {
        try await self.globals.withClient { client in
            // A daemon that is not there at all is a mistake to report, one that goes away later is waited
            // for.
            _ = try await client.ping()
            let patterns = self.globs.isEmpty ? ["*"] : self.globs
            if self.globals.json {
                for try await line in client.watchLines(patterns) { try Output.standard.write(line) }
            } else {
                try await self.printLog(of: client.watch(patterns))
            }
        }
    }

    private func printLog(of events: BreakerEvents) async throws {
        let screen = self.globals.screen
        var log = WatchLog(clock: .local, shapes: screen.shapes)
        for try await event in events {
            for line in log.lines(for: event, at: .now) { try screen.show(line) }
        }
    }
}
