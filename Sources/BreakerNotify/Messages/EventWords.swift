import BreakerCore
import BreakerServer
import BreakerStore

extension HistoryEvent {
    /// What it is to a notifier; nil: nothing.
    var told: NotifierSettings.Kind? {
        switch self.kind {
        case .transition:
            switch self.to {
            case .open: .opened
            case .halfOpen: .halfOpen
            case .closed: .closed
            case nil: nil
            }
        case .override: self.mode == "auto" ? .auto : .forced
        case .trip: .tripped
        case .reset: .reset
        case .policySet, .policyDelete: .policy
        case .forgotten: nil
        }
    }

    /// The breaker, or the pattern of a rule.
    var subjectName: String {
        switch self.subject {
        case .breaker(let name): name
        case .match(let pattern): pattern
        }
    }

    /// One line for a person.
    var sentence: String {
        let name = self.subjectName
        let by = (self.actor.map { " by \($0)" } ?? "") + (self.note.map { ": \($0)" } ?? "")
        switch self.kind {
        case .transition:
            let state =
                switch self.to {
                case .open: "opened"
                case .halfOpen: "is half-open"
                case .closed, nil: "closed"
                }
            return "\(name) \(state)" + (self.reason.map { ": \($0.words)" } ?? "")
        case .override:
            if self.mode == "auto" { return "\(name) is no longer forced\(by)" }
            return "\(name) was forced \(self.mode ?? "")\(by)"
        case .trip: return "\(name) was tripped\(by)"
        case .reset: return "\(name) was reset\(by)"
        case .policySet: return "the rule for \(name) was set\(by)"
        case .policyDelete: return "the rule for \(name) was deleted\(by)"
        case .forgotten: return "\(name) was forgotten"
        }
    }
}

extension TripReason {
    fileprivate var words: String {
        switch self {
        case .failureRate(let evidence):
            "\(evidence.rate(of: "failed")) in \(evidence.window)\(evidence.cause)"
        case .slowCallRate(let evidence, let slowCall):
            "\(evidence.rate(of: "took \(slowCall) or longer")) in \(evidence.window)\(evidence.cause)"
        case .consecutiveFailures(let evidence): "\(evidence.troubled) failures in a row\(evidence.cause)"
        case .probeFailed(let failure, _, let error, _):
            "a probe ended in \(failure.rawValue)" + (error.map { ", \($0)" } ?? "")
        case .probeExpired(_, let lease, _): "a probe was not reported within \(lease)"
        case .retryAfter(let length, let error, _):
            "asked to wait for \(length)" + (error.map { ", \($0)" } ?? "")
        case .command(let command):
            "\(command.kind.rawValue)" + (command.actor.map { " by \($0)" } ?? "")
                + (command.note.map { ": \($0)" } ?? "")
        }
    }
}

extension TripReason.Evidence {
    fileprivate func rate(of what: String) -> String {
        let percent = { (rate: Double) in "\((rate * 100).rounded())".split(separator: ".").first ?? "0" }
        return "\(self.troubled) of \(self.calls) calls \(what) "
            + "(\(percent(self.observed)) %, limit \(percent(self.threshold)) %)"
    }

    fileprivate var cause: String { self.error.map { ", mostly \($0)" } ?? "" }
}
