import DequeModule
import Synchronization

/// What one side has put and the other has not taken yet.
final class Inbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: Deque<Element> = []
        var takers: Deque<CheckedContinuation<Element?, Never>> = []
        var isClosed = false
    }

    private let state = Mutex(State())

    func put(_ element: Element) {
        let taker = self.state.withLock { state -> CheckedContinuation<Element?, Never>? in
            if let taker = state.takers.popFirst() { return taker }
            state.elements.append(element)
            return nil
        }
        taker?.resume(returning: element)
    }

    func close() {
        let takers = self.state.withLock { state in
            state.isClosed = true
            defer { state.takers.removeAll() }
            return state.takers
        }
        for taker in takers { taker.resume(returning: nil) }
    }

    /// What is there now, without waiting.
    func takeAll() -> [Element] {
        self.state.withLock { state in
            defer { state.elements.removeAll() }
            return Array(state.elements)
        }
    }

    var isClosed: Bool { self.state.withLock(\.isClosed) }

    /// The next element; nil once it is closed and empty. It closes when the task is cancelled: a test whose
    /// time is up ends.
    func next() async -> Element? {
        await withTaskCancellationHandler {
            await self.taken()
        } onCancel: {
            self.close()
        }
    }

    private func taken() async -> Element? {
        await withCheckedContinuation { taker in
            let element = self.state.withLock { state -> Element?? in
                if let element = state.elements.popFirst() { return .some(element) }
                if state.isClosed { return .some(nil) }
                state.takers.append(taker)
                return nil
            }
            if let element { taker.resume(returning: element) }
        }
    }
}
