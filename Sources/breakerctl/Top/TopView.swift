import BreakerClient

/// What of the board is shown, and what the keys have made of it.
struct TopView: Sendable {
    enum Mode: Hashable, Sendable {
        case rows
        /// The filter is being typed.
        case typing
        case help
        /// Why the chosen breaker is as it is.
        case explanation([Line])
    }

    var order: TopOrder
    var filter = ""
    var mode = Mode.rows
    /// The chosen breaker; nil: the first.
    var chosen: String?
    /// Since when the daemon has not answered; nil: it has.
    var lostAt: Duration?
    /// Where the daemon is, as it was asked for.
    let place: String

    /// What a key asks for beyond the view itself.
    enum Wish: Hashable, Sendable {
        case quit
        case explain(String)
    }

    /// Takes a key.
    ///
    /// - Parameter names: of the rows, in the order in which they are shown.
    mutating func press(_ key: TopKey, names: [String], page: Int) -> Wish? {
        if key == .interrupt { return .quit }
        switch self.mode {
        case .typing: self.type(key)
        case .help, .explanation: self.mode = .rows
        case .rows: return self.steer(key, names, page)
        }
        return nil
    }

    private mutating func type(_ key: TopKey) {
        switch key {
        case .character(let character): self.filter.append(character)
        case .backspace: self.filter = String(self.filter.dropLast())
        case .escape:
            self.filter = ""
            self.mode = .rows
        case .enter: self.mode = .rows
        case .up, .down, .pageUp, .pageDown, .interrupt: break
        }
    }

    private mutating func steer(_ key: TopKey, _ names: [String], _ page: Int) -> Wish? {
        switch key {
        case .character("q"): return .quit
        case .character("/"): self.mode = .typing
        case .character("?"), .character("h"): self.mode = .help
        case .character("s"): self.order = .worst
        case .character("n"): self.order = .name
        case .character("c"): self.order = .calls
        case .character("f"): self.order = .failures
        case .character("r"): self.order = .refused
        case .character("j"), .down: self.move(1, names)
        case .character("k"), .up: self.move(-1, names)
        case .pageDown: self.move(page, names)
        case .pageUp: self.move(-page, names)
        case .escape: (self.filter, self.chosen) = ("", nil)
        case .enter: return (self.chosen ?? names.first).map { .explain($0) }
        case .character, .backspace, .interrupt: break
        }
        return nil
    }

    private mutating func move(_ steps: Int, _ names: [String]) {
        let at = self.chosen.flatMap { names.firstIndex(of: $0) } ?? 0
        guard !names.isEmpty else { return }
        self.chosen = names[min(names.count - 1, max(0, at + steps))]
    }
}
