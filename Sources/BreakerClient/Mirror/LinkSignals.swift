// What guarded calls, on any thread, share with the event loop that talks to the daemon: a few words, each
// read and written whole.

import BreakerCore
import Synchronization

final class LinkSignals: Sendable {
    /// How soon the event loop should look at what was counted.
    enum Urgency: UInt8, Comparable, Sendable {
        case none
        /// Within `Outbox.interval`.
        case soon
        /// As soon as batches of failures may follow each other.
        case atOnce

        static func < (left: Urgency, right: Urgency) -> Bool { left.rawValue < right.rawValue }
    }

    private let freshUntil = Atomic<Int64>(.min)
    private let reachable = Atomic<Bool>(true)
    private let urgency = Atomic<UInt8>(Urgency.none.rawValue)
    private let dropped = Atomic<UInt64>(0)

    /// Whether the mirror may be believed at `now`.
    func isFresh(at now: Instant) -> Bool { now.nanoseconds < self.freshUntil.load(ordering: .relaxed) }

    /// Until when the mirror may be believed; nil: not at all.
    func setFresh(until instant: Instant?) {
        self.freshUntil.store(instant?.nanoseconds ?? .min, ordering: .relaxed)
    }

    /// Whether it makes sense to ask the daemon: false while it is away or does not answer, when a call must
    /// not wait for it.
    var isReachable: Bool { self.reachable.load(ordering: .relaxed) }

    func setReachable(_ isReachable: Bool) { self.reachable.store(isReachable, ordering: .relaxed) }

    /// Outcomes that were counted and could not be kept or were not taken.
    var droppedOutcomes: UInt64 { self.dropped.load(ordering: .relaxed) }

    func drop(_ outcomes: Int) { self.dropped.add(UInt64(outcomes), ordering: .relaxed) }

    /// Asks the loop to look. True: it has to be told, nobody has yet.
    func ask(_ urgency: Urgency) -> Bool {
        if self.urgency.load(ordering: .relaxed) >= urgency.rawValue { return false }
        return self.urgency.max(urgency.rawValue, ordering: .acquiringAndReleasing).oldValue
            < urgency.rawValue
    }

    /// How urgently the loop is asked to look.
    var asked: Urgency { Urgency(rawValue: self.urgency.load(ordering: .acquiring)) ?? .none }

    /// The loop looks now. Not before: while it waits for the time to do so, nobody needs to tell it again.
    func beginLooking() { self.urgency.store(Urgency.none.rawValue, ordering: .sequentiallyConsistent) }
}
