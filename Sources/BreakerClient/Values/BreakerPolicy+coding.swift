// Between the public policy, the core's values and JSON. Every field passes through `PolicyField`, so that a
// field added to the core does not compile here until it is public too.

import BreakerCore
import BreakerWire

extension BreakerPolicy {
    /// Sets one field from its written form, as `failure_rate=0.3` stands on a command line: a number, a
    /// duration ("30s"), `true`, `auto`, or `null` and `off` where a rule may be off.
    ///
    /// - Throws: `badRequest`, with what the field takes.
    public mutating func set(_ field: String, to text: String) throws(BreakerError) {
        guard let name = PolicyField(rawValue: field) else {
            throw BreakerError(.badRequest, "\(field) is no field of a policy", field: "policy.\(field)")
        }
        var patch = PolicyPatch()
        do throws(PolicyProblem) {
            try patch.set(name, to: PolicyValue(text: text))
        } catch {
            throw BreakerError(.badRequest, "\(field) \(error.message)", field: "policy.\(field)")
        }
        if let value = patch[name] { self.take(name, value) }
    }

    /// The fields that are set, by their names on the wire, in the order of the documentation, as they are
    /// written in JSON: `("open_for", "\"30s\"")`.
    public var fields: [(name: String, json: String)] {
        PolicyField.allCases.compactMap { field in
            self.value(of: field).map { (field.rawValue, $0.json.description) }
        }
    }

    /// What of it the core takes, and what it does not.
    func patch() -> (patch: PolicyPatch, problems: [PolicyProblem]) {
        var patch = PolicyPatch()
        var problems: [PolicyProblem] = []
        for field in PolicyField.allCases {
            guard let value = self.value(of: field) else { continue }
            do throws(PolicyProblem) {
                try patch.set(field, to: value)
            } catch {
                problems.append(error)
            }
        }
        return (patch, problems)
    }

    /// Writes the members of a policy object.
    func write(to line: inout JSONWriter) {
        for field in PolicyField.allCases {
            if let value = self.value(of: field) { line.field(named: field.rawValue, value.json) }
        }
    }

    /// Reads a policy object that the daemon sent; fields of a newer daemon are ignored.
    init(_ object: JSONObject) throws(BreakerError) {
        for member in object.members {
            guard let field = PolicyField(rawValue: member.key) else { continue }
            var patch = PolicyPatch()
            guard let value = PolicyValue(member.value), (try? patch.set(field, to: value)) != nil,
                let checked = patch[field]
            else { throw BreakerError.malformed("policy.\(member.key)") }
            self.take(field, checked)
        }
    }

    private func value(of field: PolicyField) -> PolicyValue? {
        switch field {
        case .failureRate: self.failureRate?.value(PolicyValue.number)
        case .slowCall: self.slowCall?.value(PolicyValue.init)
        case .slowCallRate: self.slowCallRate?.value(PolicyValue.number)
        case .consecutiveFailures: self.consecutiveFailures?.value(PolicyValue.integer)
        case .window: self.window?.value
        case .minCalls: self.minCalls.map(PolicyValue.integer)
        case .minReporters: self.minReporters?.value
        case .openFor: self.openFor.map(PolicyValue.init)
        case .openMultiplier: self.openMultiplier.map(PolicyValue.number)
        case .openMax: self.openMax.map(PolicyValue.init)
        case .openJitter: self.openJitter.map(PolicyValue.number)
        case .probes: self.probes.map(PolicyValue.integer)
        case .probeSuccesses: self.probeSuccesses.map(PolicyValue.integer)
        case .probeLease: self.probeLease.map(PolicyValue.init)
        case .honorRetryAfter: self.honorRetryAfter.map(PolicyValue.flag)
        case .idleAfter: self.idleAfter.map(PolicyValue.init)
        }
    }

    /// Takes a value that the core has checked.
    private mutating func take(_ field: PolicyField, _ value: PolicyValue) {
        switch field {
        case .failureRate: self.failureRate = Threshold(value, \.double)
        case .slowCall: self.slowCall = Threshold(value, \.duration)
        case .slowCallRate: self.slowCallRate = Threshold(value, \.double)
        case .consecutiveFailures: self.consecutiveFailures = Threshold(value, \.integer)
        case .window: self.window = value.integer.map(Window.calls) ?? value.duration.map(Window.time)
        case .minCalls: self.minCalls = value.integer
        case .minReporters: self.minReporters = value.integer.map(MinReporters.atLeast) ?? .automatic
        case .openFor: self.openFor = value.duration
        case .openMultiplier: self.openMultiplier = value.double
        case .openMax: self.openMax = value.duration
        case .openJitter: self.openJitter = value.double
        case .probes: self.probes = value.integer
        case .probeSuccesses: self.probeSuccesses = value.integer
        case .probeLease: self.probeLease = value.duration
        case .honorRetryAfter: self.honorRetryAfter = value == .flag(true)
        case .idleAfter: self.idleAfter = value.duration
        }
    }
}

extension BreakerPolicy.Threshold {
    fileprivate func value(_ written: (Value) -> PolicyValue) -> PolicyValue {
        switch self {
        case .off: .off
        case .at(let value): written(value)
        }
    }

    fileprivate init?(_ value: PolicyValue, _ read: (PolicyValue) -> Value?) {
        if value == .off {
            self = .off
        } else {
            guard let threshold = read(value) else { return nil }
            self = .at(threshold)
        }
    }
}

extension BreakerPolicy.Window {
    fileprivate var value: PolicyValue {
        switch self {
        case .time(let span): PolicyValue(span)
        case .calls(let count): .integer(count)
        }
    }
}

extension BreakerPolicy.MinReporters {
    fileprivate var value: PolicyValue {
        switch self {
        case .automatic: .text("auto")
        case .atLeast(let count): .integer(count)
        }
    }
}
