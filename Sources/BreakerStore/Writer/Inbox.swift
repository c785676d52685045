import BreakerCore
import Dispatch
import GRDB
import Synchronization

/// Where producers leave work for the writer's thread: a lock held for moments only, and a semaphore.
///
/// While the disk fails, new records do not wake the writer: it retries every second, and at once for work
/// that somebody waits for.
final class Inbox: Sendable {
    /// Reads on the writer's thread; `.failure` once the store is closed.
    typealias Read = @Sendable (Result<Database, StoreError>) -> Void

    /// What the writer does next.
    struct Work {
        var batch = Pending()
        var reads: [Read] = []
        var flushes: [@Sendable (Bool) -> Void] = []
        /// Everything is taken and the store is to be closed at this wall time.
        var close: Int64?
        var isAbandoned = false
    }

    private struct State {
        var pending = Pending()
        var reads: [Read] = []
        var flushes: [@Sendable (Bool) -> Void] = []
        var close: Int64?
        var isAbandoned = false
        var isClosed = false
        var isFailing = false
        var isSignalled = false
        var arrivals: UInt64 = 0
        var dropped: UInt64 = 0
        /// Records of the batch that the writer took last.
        var beingWritten = 0
        var wallMilliseconds: Int64
    }

    /// Rows of counters in one transaction, so that a transition waits a few milliseconds at most.
    private static let countersPerTransaction = 2_000

    private let owedLimit: Int
    private let state: Mutex<State>
    private let signal = DispatchSemaphore(value: 0)

    init(owedLimit: Int, wallMilliseconds: Int64) {
        self.owedLimit = max(1, owedLimit)
        self.state = Mutex(State(wallMilliseconds: wallMilliseconds))
    }

    /// The latest wall time that a producer told.
    var wallMilliseconds: Int64 { self.state.withLock { $0.wallMilliseconds } }
    var droppedEvents: UInt64 { self.state.withLock { $0.dropped } }
    /// What waits, and what is being written this moment.
    var owed: Int { self.state.withLock { $0.pending.count + $0.beingWritten } }

    func record(_ change: ChangeRecord) {
        self.enqueue(wall: change.anchor.wallMilliseconds, someoneWaits: false) { state in
            state.pending.add(change, arrival: state.arrivals)
            state.dropped += UInt64(state.pending.dropEvents(over: self.owedLimit))
        }
    }

    func save(_ counters: [CounterRecord], sequences: [InstanceSequence], anchor: ClockAnchor) {
        self.enqueue(wall: anchor.wallMilliseconds, someoneWaits: false) { state in
            state.pending.add(counters, anchor: anchor, arrival: state.arrivals)
            for sequence in sequences {
                state.pending.sequences.updateValue(sequence.sequence, forKey: sequence.instance)
            }
            state.pending.wallMilliseconds = anchor.wallMilliseconds
        }
    }

    func commit(
        _ command: CommandRecord, completion: @escaping @Sendable (Result<Int64, StoreError>) -> Void
    ) {
        let accepted = self.enqueue(wall: command.anchor.wallMilliseconds, someoneWaits: true) { state in
            state.pending.commands.append(
                .init(record: command, arrival: state.arrivals, completion: completion))
        }
        if !accepted { completion(.failure(Inbox.closed)) }
    }

    func read(_ read: @escaping Read) {
        if !self.enqueue(someoneWaits: true, { $0.reads.append(read) }) { read(.failure(Inbox.closed)) }
    }

    func flush(_ completion: @escaping @Sendable (Bool) -> Void) {
        if !self.enqueue(someoneWaits: true, { $0.flushes.append(completion) }) { completion(false) }
    }

    func close(wallMilliseconds: Int64, _ completion: @escaping @Sendable (Bool) -> Void) {
        let accepted = self.enqueue(someoneWaits: true) { state in
            state.close = wallMilliseconds
            state.flushes.append(completion)
        }
        if !accepted { completion(false) }
    }

    /// Nobody holds the store any more: the thread ends as in a crash.
    func abandon() {
        self.enqueue(someoneWaits: true) { $0.isAbandoned = true }
    }

    /// Waits for work or until `deadline`, then takes it.
    func next(until deadline: ContinuousClock.Instant) -> Work {
        let (seconds, attoseconds) = max(.zero, deadline - ContinuousClock.now).components
        _ = self.signal.wait(
            timeout: .now() + .seconds(Int(seconds)) + .nanoseconds(Int(attoseconds / 1_000_000_000)))
        return self.state.withLock { state in
            state.isSignalled = false
            return Inbox.take(&state)
        }
    }

    /// The batch that was taken is on disk.
    func written() {
        self.state.withLock { $0.beingWritten = 0 }
    }

    /// Takes back a batch that could not be written.
    func restore(_ batch: Pending) {
        self.state.withLock { state in
            state.beingWritten = 0
            state.pending.restore(batch)
            state.dropped += UInt64(state.pending.dropEvents(over: self.owedLimit))
        }
    }

    func setFailing(_ isFailing: Bool) {
        self.state.withLock { $0.isFailing = isFailing }
    }

    /// Refuses everything from now on; what was enqueued too late to be taken.
    func shut() -> Work {
        self.state.withLock { state in
            state.isClosed = true
            return Inbox.take(&state, all: true)
        }
    }

    static let closed = StoreError.unavailable("the store is closed")

    private static func take(_ state: inout State, all: Bool = false) -> Work {
        var work = Work()
        work.batch = state.pending.take(counters: all ? .max : self.countersPerTransaction)
        state.beingWritten = work.batch.count
        swap(&work.reads, &state.reads)
        work.isAbandoned = state.isAbandoned
        // Whoever waits for everything waits for the last part of the counters, but not for a failing disk.
        if state.pending.counters.isEmpty || state.isFailing {
            swap(&work.flushes, &state.flushes)
            work.close = state.close
        }
        return work
    }

    @discardableResult
    private func enqueue(
        wall: Int64? = nil, someoneWaits: Bool, _ body: (inout State) -> Void
    ) -> Bool {
        let (accepted, wakes) = self.state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.arrivals += 1
            if let wall { state.wallMilliseconds = wall }
            body(&state)
            let wakes = !state.isSignalled && (someoneWaits || !state.isFailing)
            if wakes { state.isSignalled = true }
            return (true, wakes)
        }
        if wakes { self.signal.signal() }
        return accepted
    }

    /// More counters wait than one transaction takes.
    var hasMore: Bool { self.state.withLock { !$0.pending.counters.isEmpty } }
}
