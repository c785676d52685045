import BreakerClient
import Foundation

/// One call: how it ended, when it was decided, and how long the breaker held it up.
///
/// As a line: `success 8123456789 14 - 210`: the outcome; the moment on the monotonic clock in
/// microseconds; microseconds that the breaker added; a refusal's reason or an error's type; and, written by
/// the caller, microseconds that the pause before was longer than it should be. The last is the control: it
/// says what the machine alone does to a process that waits.
struct GuardedCall: CustomStringConvertible {
    enum Outcome: String {
        case success, failure, refused
        /// Neither the dependency's answer nor a refusal: what a breaker must never add.
        case error
    }

    let outcome: Outcome
    /// When the call was admitted or refused.
    let decided: UInt64
    /// All the time that was not spent in the call itself.
    let added: UInt64
    let detail: String

    nonisolated(nonsending) static func make(
        of dependency: Dependency, through breaker: Breaker
    ) async -> GuardedCall {
        let began = DispatchTime.now().uptimeNanoseconds
        var (entered, left) = (began, began)
        var (outcome, detail) = (Outcome.success, "-")
        do {
            try await breaker.run {
                entered = DispatchTime.now().uptimeNanoseconds
                defer { left = DispatchTime.now().uptimeNanoseconds }
                try await dependency.call()
            }
        } catch let refusal as BreakerOpen {
            (outcome, detail) = (.refused, "\(refusal.reason)")
        } catch is Dependency.Failed {
            (outcome, detail) = (.failure, "503")
        } catch let error as URLError {
            (outcome, detail) = (.error, "URLError(\(error.code.rawValue))")
        } catch {
            (outcome, detail) = (.error, "\(type(of: error))")
        }
        let ended = DispatchTime.now().uptimeNanoseconds
        return GuardedCall(
            outcome: outcome, decided: outcome == .refused ? ended : entered,
            added: (entered - began) + (ended - left), detail: detail)
    }

    var description: String {
        "\(self.outcome.rawValue) \(self.decided / 1_000) \(self.added / 1_000) \(self.detail)"
    }
}
