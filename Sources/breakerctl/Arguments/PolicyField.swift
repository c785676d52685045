// The fields of a policy as breakerctl reads and prints them. Names and kinds of values stand here; the
// ranges are the daemon's, which refuses what lies outside with the field's name.

import BreakerClient
import Foundation

/// One field of a policy.
struct PolicyField: Sendable {
    let name: String
    /// What a value may look like, after "takes".
    let takes: String
    /// Sets the field from a text; false if the text is none of its kind.
    let assign: @Sendable (String, inout BreakerPolicy) -> Bool
    /// The field's value as it is typed; nil where the policy says nothing of it.
    let text: @Sendable (BreakerPolicy) -> String?

    typealias Path<Value> = any WritableKeyPath<BreakerPolicy, Value?> & Sendable

    /// In the order in which people read them.
    static let all: [PolicyField] = [
        optional("failure_rate", \.failureRate, .share), optional("slow_call", \.slowCall, .span),
        optional("slow_call_rate", \.slowCallRate, .share),
        optional("consecutive_failures", \.consecutiveFailures, .count), field("window", \.window, .window),
        field("min_calls", \.minCalls, .count), field("min_reporters", \.minReporters, .reporters),
        field("open_for", \.openFor, .span), field("open_multiplier", \.openMultiplier, .number),
        field("open_max", \.openMax, .span), field("open_jitter", \.openJitter, .share),
        field("probes", \.probes, .count), field("probe_successes", \.probeSuccesses, .count),
        field("probe_lease", \.probeLease, .span), field("honor_retry_after", \.honorRetryAfter, .flag),
        field("idle_after", \.idleAfter, .span),
    ]

    private static func field<Value>(
        _ name: String, _ path: Path<Value>, _ kind: PolicyKind<Value>
    ) -> PolicyField {
        PolicyField(
            name: name, takes: kind.takes,
            assign: { text, policy in
                guard let value = kind.read(text) else { return false }
                policy[keyPath: path] = value
                return true
            },
            text: { $0[keyPath: path].map(kind.text) })
    }

    private static func optional<Value>(
        _ name: String, _ path: Path<BreakerPolicy.Threshold<Value>>, _ kind: PolicyKind<Value>
    ) -> PolicyField {
        self.field(name, path, kind.orOff)
    }
}

extension PolicyField {
    /// Every field and what it takes, for help texts.
    static var helpLines: String {
        self.all.map { field in
            "  " + field.name.padding(toLength: 22, withPad: " ", startingAt: 0) + field.takes
        }.joined(separator: "\n")
    }
}

extension BreakerPolicy {
    /// The fields that it sets as a JSON object.
    var json: String {
        "{\(self.fields.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ","))}"
    }

    /// The fields that it sets, as they are typed.
    var assignments: [(field: String, value: String)] {
        PolicyField.all.compactMap { field in field.text(self).map { (field.name, $0) } }
    }

    /// "failure_rate=0.3 window=30s".
    var spelled: String {
        self.assignments.map { "\($0.field)=\($0.value)" }.joined(separator: " ")
    }
}
