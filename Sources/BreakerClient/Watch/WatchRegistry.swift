import Synchronization

/// The watches of one client, so that they end with it.
final class WatchRegistry: Sendable {
    private struct Entry { weak var buffer: WatchBuffer? }

    private struct State {
        var entries: [Entry] = []
        var isShutDown = false
    }

    private let state = Mutex(State())

    func add(_ buffer: WatchBuffer) {
        let isShutDown = self.state.withLock { state in
            state.entries.removeAll { $0.buffer == nil }
            if !state.isShutDown { state.entries.append(Entry(buffer: buffer)) }
            return state.isShutDown
        }
        if isShutDown { buffer.end(with: nil) }
    }

    func shutdown() {
        let entries = self.state.withLock { state in
            state.isShutDown = true
            defer { state.entries.removeAll() }
            return state.entries
        }
        for entry in entries { entry.buffer?.end(with: nil) }
    }
}
