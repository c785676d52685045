// Between the event loop that reads events and the task that takes them. Bounded by back-pressure: when the
// buffer is full, reading stops, so what one read from the socket held is all that can be above the bound.

import DequeModule
import Synchronization

/// One event, as a value and as the daemon wrote it.
struct WatchDelivery: Sendable {
    let event: BreakerEvent
    let text: String
}

final class WatchBuffer: Sendable {
    typealias Next = Result<WatchDelivery?, BreakerError>

    private struct State {
        var deliveries: Deque<WatchDelivery> = []
        var consumer: CheckedContinuation<Next, Never>?
        /// Set once; what was delivered before is still given out.
        var end: Next?
        var isPaused = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Whether the watch has ended.
    var hasEnded: Bool { self.state.withLock { $0.end != nil } }

    /// Gives an event to the consumer. True: no more should be read for now.
    func offer(_ delivery: WatchDelivery) -> Bool {
        let (consumer, pause) = self.state.withLock { state -> (CheckedContinuation<Next, Never>?, Bool) in
            guard state.end == nil else { return (nil, false) }
            if let consumer = state.consumer.take() { return (consumer, false) }
            state.deliveries.append(delivery)
            // Said again at each event above the bound: a new connection reads until it is told not to.
            guard state.deliveries.count >= self.capacity else { return (nil, false) }
            state.isPaused = true
            return (nil, true)
        }
        consumer?.resume(returning: .success(delivery))
        return pause
    }

    /// No event follows. Nil: without an error.
    func end(with error: BreakerError?) {
        let consumer = self.state.withLock { state -> CheckedContinuation<Next, Never>? in
            guard state.end == nil else { return nil }
            let consumer = state.consumer.take()
            // An error is thrown once: to who waits now, else to who asks next.
            state.end = consumer == nil ? error.map { .failure($0) } ?? .success(nil) : .success(nil)
            return consumer
        }
        consumer?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// The next event, nil at the end; and whether reading may go on again.
    ///
    /// A cancelled consumer ends the watch.
    func next() async -> (Next, resumes: Bool) {
        let next = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in self.take(continuation) }
        } onCancel: {
            self.end(with: nil)
        }
        return (next, self.mayResume())
    }

    private func take(_ consumer: CheckedContinuation<Next, Never>) {
        let next = self.state.withLock { state -> Next? in
            if let delivery = state.deliveries.popFirst() { return .success(delivery) }
            if let end = state.end {
                state.end = .success(nil)
                return end
            }
            // One iterator is used by one task at a time; a second consumer takes the place of the first.
            let former = state.consumer
            state.consumer = consumer
            former?.resume(returning: .success(nil))
            return nil
        }
        if let next { consumer.resume(returning: next) }
    }

    /// At half of the bound, so that reading does not start and stop at every event.
    private func mayResume() -> Bool {
        self.state.withLock { state in
            guard state.isPaused, state.deliveries.count <= self.capacity / 2 else { return false }
            state.isPaused = false
            return true
        }
    }
}
