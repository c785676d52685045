import BreakerClient

/// What a command that changed a breaker says it did.
enum CommandOutcome {
    /// After `open`, `close`, `disable` and `auto`.
    static func override(_ mode: OverrideMode, for time: Duration?, _ standing: BreakerStanding) -> String {
        guard let words = mode.forcedWords else { return self.cleared(standing) }
        let until = time.map { "for \(Span.exact($0))" } ?? "until `breakerctl auto \(standing.breaker)`"
        return "\(standing.breaker) is \(words) \(until)\(self.generation(standing))"
    }

    /// After `trip`.
    static func trip(for time: Duration?, _ standing: BreakerStanding) -> String {
        let length = time.map { "for \(Span.exact($0))" } ?? "for as long as its policy says"
        return "\(standing.breaker) is open \(length), then probes decide\(self.generation(standing))"
    }

    /// After `reset`.
    static func reset(_ standing: BreakerStanding) -> String {
        "\(standing.breaker) is closed and starts with an empty window\(self.generation(standing))"
    }

    private static func cleared(_ standing: BreakerStanding) -> String {
        guard standing.generation > 0 else {
            return "there is no breaker \(standing.breaker), so it has no override either"
        }
        let state = StateLabel(standing.state).words
        return "\(standing.breaker) is left to its rules, \(state) now\(self.generation(standing))"
    }

    private static func generation(_ standing: BreakerStanding) -> String {
        " (generation \(standing.generation))"
    }
}
