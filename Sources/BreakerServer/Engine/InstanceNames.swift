import BreakerCore
import BreakerStore
import Synchronization

/// The names behind the hashes by which windows tell instances apart, for people who ask whose calls fail.
///
/// Bounded: once half of `limit` names are new, those that nobody has told or asked for since the last time
/// are forgotten.
final class InstanceNames: Sendable {
    fileprivate struct State {
        var recent: [ReporterID: String] = [:]
        var former: [ReporterID: String] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter known: instances that an earlier run has heard.
    init(_ known: [InstanceSequence], limit: Int) {
        self.limit = max(2, limit)
        for sequence in known { self.note(sequence.instance) }
    }

    /// Remembers an instance that has told its name.
    func note(_ instance: String) {
        self.state.withLock { $0.note(instance, as: ReporterID(instance: instance), limit: self.limit) }
    }

    /// The same with the names that are known.
    func naming<Told: OfInstance>(_ shares: [Told]) -> [Told] {
        guard !shares.isEmpty else { return shares }
        return self.state.withLock { state in
            shares.map { share in
                guard case .hashed(let reporter) = share.instance,
                    let name = state.name(of: reporter, limit: self.limit)
                else { return share }
                var named = share
                named.instance = .named(name)
                return named
            }
        }
    }
}

extension InstanceNames.State {
    fileprivate mutating func note(_ name: String, as reporter: ReporterID, limit: Int) {
        self.recent[reporter] = name
        if self.recent.count >= limit / 2 { (self.recent, self.former) = ([:], self.recent) }
    }

    fileprivate mutating func name(of reporter: ReporterID, limit: Int) -> String? {
        if let name = self.recent[reporter] { return name }
        guard let name = self.former[reporter] else { return nil }
        self.note(name, as: reporter, limit: limit)
        return name
    }
}
