// Once a second those who watch with counts are told what breakers have counted. The table is looked through
// and the text written once for all of them, not on an event loop, and not at all while nobody asks.

import BreakerCore
import Synchronization

/// Makes one round after the other.
final class CountsRounds: Sendable {
    /// How often there is a round.
    static let period = Duration.seconds(1)
    /// Breakers of a daemon that tells counts: a round with all of them takes some 35 MB of text.
    static let mostBreakers = 100_000
    /// Slots of the table that are looked at under one lock.
    private static let chunk = 256

    private struct Last {
        var number: UInt64 = 0
        var instant: Instant?
    }

    private let engine: Engine
    private let watches = Atomic<Int>(0)
    private let isFullWanted = Atomic<Bool>(false)
    private let last = Mutex(Last())

    init(engine: Engine) {
        self.engine = engine
    }

    /// Whether the daemon has few enough breakers.
    var isPossible: Bool {
        self.engine.breakerCount.load(ordering: .relaxed) <= CountsRounds.mostBreakers
    }

    func join() {
        self.watches.add(1, ordering: .relaxed)
        self.wantFull()
    }

    func leave() { self.watches.subtract(1, ordering: .relaxed) }

    /// Somebody does not know yet what the next round would not tell: it will have every breaker.
    func wantFull() { self.isFullWanted.store(true, ordering: .relaxed) }

    /// The next round; nil: nobody watches, or there are too many breakers.
    func next() -> CountsRound? {
        guard self.watches.load(ordering: .relaxed) > 0, self.isPossible else { return nil }
        let moment = Moment(self.engine.clock)
        let isFull = self.isFullWanted.exchange(false, ordering: .relaxed)
        let (number, former) = self.last.withLock { last in
            defer { last.instant = moment.now }
            last.number += 1
            return (last.number, last.instant)
        }
        var round = CountsRound(
            number: number, isFull: isFull, revision: self.engine.feed.revision)
        var position: SnapshotPosition? = .start
        while let start = position {
            let (views, next) = self.engine.views(from: start, slots: CountsRounds.chunk) { breaker, policy in
                isFull || breaker.mayHaveCounted(since: former, policy)
            }
            for view in views {
                let isChanged = view.breaker.mayHaveCounted(since: former, view.policy)
                round.append(view, isChanged: isChanged, at: moment)
            }
            position = next
        }
        return round
    }
}

extension Breaker {
    /// Whether its window, totals or probes may be others than they were then. That is so while it is called
    /// and until its last call has left the window, and always while it recovers.
    fileprivate func mayHaveCounted(since former: Instant?, _ policy: Policy) -> Bool {
        guard let former, self.state != .halfOpen else { return true }
        var span = Interval.zero
        if case .time(let length) = policy.window { span = length }
        return max(self.touched + span, self.since) >= former
    }
}
