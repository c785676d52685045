// Counts for those who show them to many at once: told to all from one text, instead of by a watch for each.

extension InnerDoor {
    /// Somebody who is told counts; to be ended.
    package struct CountsListening: Sendable {
        fileprivate let number: Int
    }

    /// Whether the daemon has few enough breakers to tell what they count.
    package var tellsCounts: Bool { self.service.counts.isPossible }

    /// Tells `body` a round each second from now on, the next one of every breaker.
    package func listenToCounts(_ body: @escaping @Sendable (CountsRound) -> Void) -> CountsListening {
        let number = self.service.countsListeners.add(body)
        self.service.counts.join()
        return CountsListening(number: number)
    }

    package func stop(_ listening: CountsListening) {
        self.service.countsListeners.remove(listening.number)
        self.service.counts.leave()
    }

    /// The next round is to be of every breaker.
    package func wantAllCounts() { self.service.counts.wantFull() }
}
