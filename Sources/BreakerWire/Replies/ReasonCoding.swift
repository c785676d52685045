// Explanations as JSON objects, and back.

package import BreakerCore

extension TripReason {
    /// The `rule` of each kind of reason.
    private enum Rule: String {
        case failureRate = "failure_rate"
        case slowCallRate = "slow_call_rate"
        case consecutiveFailures = "consecutive_failures"
        case probeFailed = "probe_failed"
        case probeExpired = "probe_expired"
        case retryAfter = "retry_after"
        case command = "operator"
    }

    /// As it stands in replies, events and the history.
    package var json: JSONObject {
        var object = JSONObject()
        object.append("rule", .string(self.rule.rawValue))
        switch self {
        case .failureRate(let evidence), .consecutiveFailures(let evidence):
            object.append(evidence, troubled: "failures")
            object.append(optional: "error", evidence.error)
        case .slowCallRate(let evidence, let slowCall):
            object.append(evidence, troubled: "slow")
            object.append("slow_call", .string(slowCall.description))
            object.append(optional: "error", evidence.error)
        case .probeFailed(let failure, let permit, let error, _):
            object.append("outcome", .string(failure.rawValue))
            object.append(optional: "error", error)
            object.append("permit", .string(permit.text))
        case .probeExpired(let permit, let lease, _):
            object.append("permit", .string(permit.text))
            object.append("lease_ms", lease.wireMilliseconds)
        case .retryAfter(let length, let error, _):
            object.append("retry_after_ms", .integer(length.wholeMillisecondsUp))
            object.append(optional: "error", error)
        case .command(let command):
            object.append("command", .string(command.kind.rawValue))
            object.append(optional: "mode", command.mode)
            object.append(optional: "actor", command.actor)
            object.append(optional: "note", command.note)
        }
        if !self.instances.isEmpty {
            object.append("instances", .array(self.instances.map { .object($0.json) }))
        }
        if !self.traces.isEmpty {
            object.append("traces", .array(self.traces.map { .string($0.hex) }))
        }
        return object
    }

    private var rule: Rule {
        switch self {
        case .failureRate: .failureRate
        case .slowCallRate: .slowCallRate
        case .consecutiveFailures: .consecutiveFailures
        case .probeFailed: .probeFailed
        case .probeExpired: .probeExpired
        case .retryAfter: .retryAfter
        case .command: .command
        }
    }

    /// Reads what `json` wrote; unknown members are ignored. Nil for a rule that this version does not know,
    /// and for an object that lacks what its rule needs.
    package init?(_ object: JSONObject) {
        guard let rule = object.text("rule").flatMap(Rule.init) else { return nil }
        let reason: TripReason? =
            switch rule {
            case .failureRate: Evidence(object, troubled: "failures").map(TripReason.failureRate)
            case .consecutiveFailures:
                Evidence(object, troubled: "failures").map(TripReason.consecutiveFailures)
            case .slowCallRate: TripReason(slowCallRate: object)
            case .probeFailed: TripReason(probeFailed: object)
            case .probeExpired: TripReason(probeExpired: object)
            case .retryAfter:
                object.milliseconds("retry_after_ms").map { .retryAfter($0, error: object.text("error")) }
            case .command: TripReason(command: object)
            }
        guard let reason else { return nil }
        self = reason.naming(object.traces).naming(object.instances)
    }

    private init?(slowCallRate object: JSONObject) {
        guard let evidence = Evidence(object, troubled: "slow"),
            let slowCall = object.text("slow_call").flatMap({ Interval($0) })
        else { return nil }
        self = .slowCallRate(evidence, slowCall: slowCall)
    }

    private init?(probeFailed object: JSONObject) {
        guard let failure = object.text("outcome").flatMap(ProbeFailure.init),
            let permit = object.text("permit").flatMap(Permit.init(text:))
        else { return nil }
        self = .probeFailed(failure, permit: permit, error: object.text("error"))
    }

    private init?(probeExpired object: JSONObject) {
        guard let permit = object.text("permit").flatMap(Permit.init(text:)),
            let lease = object.milliseconds("lease_ms")
        else { return nil }
        self = .probeExpired(permit: permit, lease: lease)
    }

    private init?(command object: JSONObject) {
        guard let kind = object.text("command").flatMap(Command.Kind.init) else { return nil }
        self = .command(
            Command(kind, mode: object.text("mode"), actor: object.text("actor"), note: object.text("note")))
    }
}

extension TripReason.Evidence {
    fileprivate init?(_ object: JSONObject, troubled: String) {
        guard let observed = object.double("observed"), let threshold = object.double("threshold"),
            let calls = object.count("calls"), let count = object.count(troubled),
            let window = object.text("window"), let reporters = object.count("reporters"),
            let troubledReporters = object.count("failing_reporters")
        else { return nil }
        self.init(
            observed: observed, threshold: threshold, calls: calls, troubled: count, window: window,
            reporters: reporters, troubledReporters: troubledReporters, error: object.text("error"))
    }
}

extension JSONObject {
    fileprivate mutating func append(_ evidence: TripReason.Evidence, troubled: String) {
        self.append("observed", .number(evidence.observed))
        self.append("threshold", .number(evidence.threshold))
        self.append("calls", .integer(Int64(evidence.calls)))
        self.append(troubled, .integer(Int64(evidence.troubled)))
        self.append("window", .string(evidence.window))
        self.append("reporters", .integer(Int64(evidence.reporters)))
        self.append("failing_reporters", .integer(Int64(evidence.troubledReporters)))
    }

    fileprivate var instances: [InstanceShare] {
        guard case .array(let values)? = self["instances"] else { return [] }
        return values.compactMap { if case .object(let object) = $0 { InstanceShare(object) } else { nil } }
    }

    fileprivate var traces: [TraceID] {
        guard case .array(let values)? = self["traces"] else { return [] }
        return values.compactMap { if case .string(let hex) = $0 { TraceID(hex: hex) } else { nil } }
    }

    fileprivate mutating func append(optional key: String, _ text: String?) {
        if let text { self.append(key, .string(text)) }
    }
}
