import BreakerClient
import UnixSignals

/// Runs `top` on a terminal: what the watch tells, what is pressed, and time going by, one after the other.
actor TopSession {
    private enum Input: Sendable {
        case keys([TopKey])
        case tick
        /// Whether the daemon has answered.
        case answered(Bool)
        case explanation([Line])
        case listed([BreakerStatus])
        case end((any Error)?)
    }

    /// How often figures and countdowns are shown anew.
    private static let tick = Duration.milliseconds(500)
    /// How often changes are shown at most: a snapshot is many.
    private static let leastPause = Duration.milliseconds(100)

    private let client: BreakerClient
    private let patterns: [String]
    private let terminal: RawTerminal
    private let colour: Bool
    private let started = ContinuousClock.now
    private var board = TopBoard()
    private var shownAt = Duration.zero
    private var view: TopView
    private let inputs: AsyncStream<Input>
    private nonisolated let give: AsyncStream<Input>.Continuation

    init(client: BreakerClient, patterns: [String], terminal: RawTerminal, colour: Bool, view: TopView) {
        self.client = client
        self.patterns = patterns
        self.terminal = terminal
        self.colour = colour
        self.view = view
        (self.inputs, self.give) = AsyncStream.makeStream()
    }

    private var now: Duration { ContinuousClock.now - self.started }

    /// Returns when somebody has had enough.
    func run() async throws {
        let give = self.give
        self.terminal.readKeys { give.yield(.keys($0)) }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigwinch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch() }
            group.addTask { await self.askAgainAndAgain() }
            group.addTask {
                for await signal in signals { give.yield(signal == .sigwinch ? .tick : .end(nil)) }
            }
            group.addTask {
                while (try? await Task.sleep(for: TopSession.tick)) != nil { give.yield(.tick) }
            }
            defer { group.cancelAll() }
            try await self.takeInputs()
        }
    }

    private func takeInputs() async throws {
        for await input in self.inputs {
            guard try self.take(input) else { return }
            try self.show()
        }
    }

    /// False: it is over.
    private func take(_ input: Input) throws -> Bool {
        switch input {
        case .keys(let keys): return self.press(keys)
        case .tick: self.board.rest(at: self.now)
        case .answered(let hasAnswered): self.view.lostAt = hasAnswered ? nil : self.view.lostAt ?? self.now
        case .explanation(let lines): self.view.mode = .explanation(lines)
        case .listed(let breakers): self.board.take(breakers, at: self.now)
        case .end(let error):
            if let error { throw error }
            return false
        }
        return true
    }

    private func press(_ keys: [TopKey]) -> Bool {
        for key in keys {
            let names = self.board.chosen(self.view.filter, by: self.view.order).map(\.name)
            switch self.view.press(key, names: names, page: self.frame.room) {
            case .quit: return false
            case .explain(let name): Task { await self.explain(name) }
            case nil: break
            }
        }
        return true
    }

    private var frame: TopFrame {
        let size = self.terminal.size
        return TopFrame(
            board: self.board, view: self.view, now: self.now, width: size.width, height: size.height)
    }

    private func show() throws(OutputClosed) {
        self.shownAt = self.now
        try self.terminal.show(self.frame.lines, colour: self.colour)
    }

    // MARK: The daemon

    /// Takes one event after the other: where this is slow, the watch is read slowly.
    private func watch() async {
        do {
            for try await event in self.client.watch(self.patterns, counts: true) {
                if self.board.take(event, at: self.now) { Task { await self.list() } }
                if self.now - self.shownAt >= TopSession.leastPause { try self.show() }
            }
        } catch {
            self.give.yield(.end(error))
        }
    }

    /// Whether the daemon is there: the watch finds its way back by itself and does not say that it is lost.
    private nonisolated func askAgainAndAgain() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            self.give.yield(.answered((try? await self.client.ping()) != nil))
        }
    }

    /// Since when each is as it is.
    private nonisolated func list() async {
        var cursor: String?
        repeat {
            guard let page = try? await self.client.list(limit: 1_000, cursor: cursor) else { return }
            self.give.yield(.listed(page.breakers))
            cursor = page.cursor
        } while cursor != nil
    }

    private func explain(_ name: String) async {
        let width = self.terminal.size.width
        let screen = Screen(width: width, colour: self.colour, shapes: true)
        do {
            let report = try await StatusReport(asking: self.client, about: name)
            self.give.yield(.explanation(report.lines(on: screen)))
        } catch {
            self.give.yield(.explanation(Prose.lines("\(name): \(error.message)", width: width)))
        }
    }
}
