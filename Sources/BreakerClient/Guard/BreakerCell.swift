// What this process knows of one guarded breaker: what the application wishes, what the daemon said last, and
// the breaker of its own that decides while the daemon cannot be asked. The lock is taken for a few machine
// words at a time; nothing is called under it.

import BreakerCore
import Logging
import Synchronization

final class BreakerCell: Sendable {
    let name: String
    /// A name that the daemon would refuse is never sent to it.
    let isNameValid: Bool
    private let state: Mutex<State>

    private struct State {
        var declaration: Declaration?
        var local: LocalBreaker
    }

    init(name: String, instance: String) {
        self.name = name
        self.isNameValid = BreakerName.isValid(name.utf8)
        self.state = Mutex(State(local: LocalBreaker(reporter: ReporterID(instance: instance))))
    }

    /// What is to be declared on each connection.
    var declaration: Declaration? { self.state.withLock { $0.declaration } }

    /// Takes what the application wishes. Fields out of range are left out, and the log says so.
    func wish(_ policy: BreakerPolicy, logger: Logger) {
        let (patch, problems) = policy.patch()
        for problem in problems {
            logger.error(
                "policy_field_ignored",
                metadata: [
                    "breaker": "\(self.name)", "field": "\(problem.field.rawValue)",
                    "problem": "\(problem.message)",
                ])
        }
        let declaration = patch.isEmpty ? nil : Declaration(breaker: self.name, patch: patch)
        self.state.withLock { state in
            state.declaration = declaration
            state.local.adopt(patch)
        }
    }

    /// The daemon's answer: what a local verdict would start from.
    func learn(_ acquisition: Acquisition) {
        self.state.withLock { $0.local.learn(acquisition, at: .now) }
    }

    // MARK: The verdict of this process

    func admit() throws(BreakerOpen) -> LocalPermit {
        let verdict = self.state.withLock { $0.local.acquire(at: .now) }
        switch verdict {
        case .allowed(let permit): return permit
        case .refused(let reason, let retryAfter):
            throw BreakerOpen(breaker: self.name, reason: reason, retryAfter: retryAfter)
        }
    }

    func report(_ permit: LocalPermit, _ verdict: CallVerdict, duration: Duration) {
        self.state.withLock { $0.local.report(permit, verdict, duration: duration, at: .now) }
    }

    func release(_ permit: LocalPermit) {
        self.state.withLock { $0.local.release(permit, at: .now) }
    }
}

extension Instant {
    private static let origin = ContinuousClock.now

    /// This process's monotonic clock.
    static var now: Instant { Instant(nanoseconds: Interval(origin.duration(to: .now)).nanoseconds) }
}
