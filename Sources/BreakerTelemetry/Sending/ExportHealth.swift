import Synchronization

/// Whether the last export failed.
final class ExportHealth: Sendable {
    private let isFailing = Atomic<Bool>(false)

    /// True: it went well before.
    func failed() -> Bool { !self.isFailing.exchange(true, ordering: .relaxed) }

    /// True: it failed before.
    func recovered() -> Bool { self.isFailing.exchange(false, ordering: .relaxed) }
}
