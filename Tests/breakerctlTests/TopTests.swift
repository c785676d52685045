import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("top")
struct TopTests {
    private func change(
        _ breaker: String, _ state: BreakerState = .closed, generation: UInt64 = 1,
        retryAfter: Duration? = nil, override: BreakerOverride? = nil
    ) -> BreakerEvent {
        .state(
            BreakerChange(
                breaker: breaker, state: state, generation: generation, revision: generation,
                retryAfter: retryAfter, override: override, reason: state == .open ? .manyFailures : nil))
    }

    private func counts(
        _ breaker: String, success: UInt64, rejected: UInt64 = 0, nearness: Double = 0
    ) -> BreakerCounts {
        var totals = BreakerStatus.Totals()
        (totals.success, totals.rejected) = (success, rejected)
        return BreakerCounts(
            breaker: breaker, window: .sample(calls: Int(success)), totals: totals, probes: .init(),
            nearness: nearness)
    }

    /// One of each kind, told in the order of their names.
    private var board: TopBoard {
        var board = TopBoard()
        let forced = BreakerOverride(mode: .disabled, actor: "ana", reason: "INC-7", timeInForce: .zero)
        for event in [
            self.change("busy"), self.change("forced", override: forced), self.change("near"),
            self.change("open", .open, retryAfter: .seconds(30)), self.change("probing", .halfOpen),
            self.change("quiet"), .synced(revision: 1),
        ] { _ = board.take(event, at: .zero) }
        _ = board.take(
            .counts([self.counts("busy", success: 0), self.counts("near", success: 0)]), at: .zero)
        let later = [self.counts("busy", success: 40), self.counts("near", success: 2, nearness: 0.8)]
        _ = board.take(.counts(later), at: .seconds(2))
        return board
    }

    private func frame(_ board: TopBoard, _ view: TopView, width: Int = 120, height: Int? = 12) -> [String] {
        TopFrame(board: board, view: view, now: .seconds(5), width: width, height: height).lines.map(\.plain)
    }

    @Test func `The worst come first, unless another order is asked for`() {
        let orders: [(TopOrder, [String])] = [
            (.worst, ["open", "probing", "forced", "near", "busy", "quiet"]),
            (.name, ["busy", "forced", "near", "open", "probing", "quiet"]),
            (.calls, ["busy", "near", "forced", "open", "probing", "quiet"]),
            (.refused, ["busy", "forced", "near", "open", "probing", "quiet"]),
        ]
        for (order, names) in orders { #expect(self.board.chosen("", by: order).map(\.name) == names) }
        #expect(self.board.chosen("O", by: .name).map(\.name) == ["forced", "open", "probing"])
    }

    @Test func `A frame has as many lines as the terminal, none wider`() {
        let lines = self.frame(self.board, TopView(order: .worst, place: "unix:/s"), width: 90)
        #expect(lines.count == 12)
        #expect(lines.allSatisfy { $0.terminalColumns <= 90 })
        #expect(lines[0].hasPrefix("breakerd unix:/s  6 breakers: 1 open, 1 half-open, 1 forced, 1 near"))
        #expect(lines[3].hasPrefix("›  ● open"))
        #expect(lines[3].contains("probes in 25 s"))
        #expect(lines[5].contains("until cleared, by ana: INC"))
    }

    @Test func `Of many rows those around the chosen one are shown`() {
        var board = TopBoard()
        for number in 100..<200 { _ = board.take(self.change("b\(number)"), at: .zero) }
        var view = TopView(order: .name, place: "")
        view.chosen = "b150"
        let lines = self.frame(board, view)
        #expect(lines.filter { $0.contains("closed") }.count == 8)
        #expect(lines.contains { $0.hasPrefix("›") && $0.contains("b150") })
    }

    @Test func `A lost connection is said, and what was known stays`() {
        var view = TopView(order: .worst, place: "")
        view.lostAt = .seconds(2)
        let lines = self.frame(self.board, view)
        #expect(lines[1].hasPrefix("connection lost 3 s ago, reconnecting"))
        #expect(lines.contains { $0.contains("● open") })
    }

    @Test func `Without a terminal all rows are shown and none is chosen`() {
        let lines = self.frame(self.board, TopView(order: .worst, place: ""), height: nil)
        #expect(lines.count == 9)
        #expect(!lines.contains { $0.contains("›") })
    }

    @Test func `A rate is that of the last seconds, 0 when nothing comes, and never negative`() {
        var row = TopRow(name: "a")
        for second in 0...10 {
            row.count(self.counts("a", success: UInt64(100 * second)), at: .seconds(second))
        }
        #expect(row.calls == 100)
        row.rest(at: .seconds(11))
        #expect(row.calls == 100)
        row.rest(at: .seconds(14))
        #expect(row.calls == 0)
        row.count(self.counts("a", success: 5), at: .seconds(15))
        #expect(row.calls == 0)
    }

    @Test func `A snapshot replaces what was known`() {
        var board = self.board
        for event: BreakerEvent in [.reset(.reconnected), self.change("quiet"), .synced(revision: 9)] {
            _ = board.take(event, at: .seconds(9))
        }
        #expect(board.rows.keys.sorted() == ["quiet"])
        var status = BreakerStatus.sample()
        (status.breaker, status.generation, status.timeInState) = ("quiet", 1, .seconds(7))
        board.take([status], at: .seconds(9))
        #expect(board.rows["quiet"]?.since == .seconds(2))
        _ = board.take(.forgotten(breaker: "quiet", revision: 10), at: .seconds(10))
        #expect(board.rows.isEmpty)
    }

    @Test func `Keys are read from what a terminal sends`() {
        let sent = Array("q\u{1b}[A\u{1b}OB\u{1b}[5~\u{1b}[6~\r\u{7f}\u{3}\u{1b}[99;1Xé/\u{1b}".utf8)
        #expect(
            TopKey.keys(in: sent) == [
                .character("q"), .up, .down, .pageUp, .pageDown, .enter, .backspace, .interrupt,
                .character("/"), .escape,
            ])
        #expect(TopKey.keys(in: Array("\u{1b}[".utf8)).isEmpty)
    }

    @Test func `Keys sort, filter, choose and end`() {
        var view = TopView(order: .worst, place: "")
        let names = ["a", "b", "c"]
        func press(_ keys: TopKey...) -> TopView.Wish? {
            keys.reduce(nil) { _, key in view.press(key, names: names, page: 2) }
        }
        #expect(press(.character("c")) == nil)
        #expect(view.order == .calls)
        #expect(press(.down, .pageDown, .up, .enter) == .explain("b"))
        #expect(press(.character("/"), .character("p"), .character("q"), .backspace, .enter) == nil)
        #expect((view.filter, view.mode) == ("p", .rows))
        #expect(press(.character("?")) == nil)
        #expect(view.mode == .help)
        #expect(press(.character("q")) == nil)
        #expect(view.mode == .rows)
        #expect(press(.character("q")) == .quit)
        #expect(press(.interrupt) == .quit)
        _ = press(.escape)
        #expect((view.filter, view.chosen) == ("", nil))
    }
}
