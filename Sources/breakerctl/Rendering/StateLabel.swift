import BreakerClient

/// A breaker's state in a word, with a shape and a colour: whoever sees no colours sees the shape.
struct StateLabel: Hashable, Sendable {
    let words: String
    let shape: String
    let ink: Ink

    init(_ state: BreakerState, override: BreakerOverride? = nil) {
        if let words = override.flatMap({ $0.mode.forcedWords }) {
            self = StateLabel(words: words, shape: "⚑", ink: .magenta)
            return
        }
        switch state {
        case .closed: self = StateLabel(words: "closed", shape: "○", ink: .green)
        case .open: self = StateLabel(words: "open", shape: "●", ink: .red)
        case .halfOpen: self = StateLabel(words: "half-open", shape: "◐", ink: .yellow)
        }
    }

    private init(words: String, shape: String, ink: Ink) {
        self.words = words
        self.shape = shape
        self.ink = ink
    }

    func line(shapes: Bool) -> Line {
        Line(shapes ? "\(self.shape) \(self.words)" : self.words, self.ink)
    }
}

extension OverrideMode {
    /// What the override makes of the breaker; nil for `auto`, which is none.
    var forcedWords: String? {
        switch self {
        case .open: "forced open"
        case .closed: "forced closed"
        case .disabled: "disabled"
        case .auto: nil
        }
    }
}
