import Synchronization

/// A yes or no that crosses threads.
final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { self.value.withLock { $0 } }

    func set(_ value: Bool) {
        self.value.withLock { $0 = value }
    }
}
