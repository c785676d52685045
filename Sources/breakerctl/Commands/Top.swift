import ArgumentParser
import BreakerClient

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show all breakers live, the worst first.",
        discussion: """
            Takes over the terminal until q is pressed; ? shows the keys. When the daemon restarts or the \
            connection is lost it says so, keeps showing what was known, and goes on by itself.

            Examples:
              breakerctl top
              breakerctl top 'pay*' --sort calls
              breakerctl top --once | head -20
            """)

    /// Two rounds of counts, for rates.
    private static let onceSpan = Duration.milliseconds(2_500)

    @Argument(
        help: "Names or patterns, at most 64; all breakers where there is none.",
        completion: .custom(BreakerNameCompletion.candidates), transform: NameArgument.glob)
    var globs: [String] = []

    @Option(help: "Sort by: \(TopOrder.allCases.map(\.rawValue).joined(separator: ", ")).")
    var sort = TopOrder.worst

    @Flag(help: "Look for some seconds, print the table, and end; for pipes and files.")
    var once = false

    @OptionGroup(title: "Connection and output") var globals: GlobalOptions

    func validate() throws {
        guard !self.globals.json else {
            throw ValidationError("top has no --json; use watch --json, or list --json.")
        }
    }

    func run() async throws {
        try await self.globals.withClient { client in
            // A daemon that is not there at all is a mistake to report, one that goes away later is waited
            // for.
            _ = try await client.ping()
            let patterns = self.globs.isEmpty ? ["*"] : self.globs
            let place = client.endpoints.first.map { "\($0)" } ?? ""
            let view = TopView(order: self.sort, place: place)
            if self.once { return try await self.showOnce(client, patterns, view) }
            guard let terminal = RawTerminal() else {
                throw ValidationError("top needs a terminal; top --once prints the table and ends.")
            }
            defer { terminal.restore() }
            let session = TopSession(
                client: client, patterns: patterns, terminal: terminal, colour: self.globals.screen.colour,
                view: view)
            try await session.run()
        }
    }

    private func showOnce(_ client: BreakerClient, _ patterns: [String], _ view: TopView) async throws {
        let started = ContinuousClock.now
        var board = TopBoard()
        var events = client.watch(patterns, counts: true).makeAsyncIterator()
        var isKnown = false
        while !isKnown || ContinuousClock.now - started < Top.onceSpan {
            // A heartbeat comes where nothing is counted.
            guard let event = try await events.next() else { break }
            let now = ContinuousClock.now - started
            isKnown = board.take(event, at: now) || isKnown
            if case .heartbeat = event, isKnown { break }
        }
        var cursor: String?
        repeat {
            let page = try await client.list(limit: 1_000, cursor: cursor)
            board.take(page.breakers, at: ContinuousClock.now - started)
            cursor = page.cursor
        } while cursor != nil
        let screen = self.globals.screen
        let now = ContinuousClock.now - started
        let frame = TopFrame(board: board, view: view, now: now, width: screen.width ?? .max, height: nil)
        try screen.show(frame.lines)
    }
}
