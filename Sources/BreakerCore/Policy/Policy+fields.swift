// Reading and writing one field by its name. The ranges stand here and nowhere else.

extension Policy {
    /// The field's value in its written form; durations in their shortest exact spelling.
    package func value(of field: PolicyField) -> PolicyValue {
        switch field {
        case .failureRate: self.failureRate.map(PolicyValue.number) ?? .off
        case .slowCall: self.slowCall.map { .text($0.description) } ?? .off
        case .slowCallRate: self.slowCallRate.map(PolicyValue.number) ?? .off
        case .consecutiveFailures: self.consecutiveFailures.map(PolicyValue.integer) ?? .off
        case .window: self.window.value
        case .minCalls: .integer(self.minCalls)
        case .minReporters: self.minReporters.value
        case .openFor: .text(self.openFor.description)
        case .openMultiplier: .number(self.openMultiplier)
        case .openMax: .text(self.openMax.description)
        case .openJitter: .number(self.openJitter)
        case .probes: .integer(self.probes)
        case .probeSuccesses: .integer(self.probeSuccesses)
        case .probeLease: .text(self.probeLease.description)
        case .honorRetryAfter: .flag(self.honorRetryAfter)
        case .idleAfter: .text(self.idleAfter.description)
        }
    }

    /// Sets one field, or says what it takes.
    package mutating func set(_ field: PolicyField, to value: PolicyValue) throws(PolicyProblem) {
        let reader = PolicyValueReader(field: field, value: value)
        switch field {
        case .failureRate: self.failureRate = try reader.rateOrOff()
        case .slowCall: self.slowCall = try reader.durationOrOff(.milliseconds(1), .hours(1))
        case .slowCallRate: self.slowCallRate = try reader.rateOrOff()
        case .consecutiveFailures: self.consecutiveFailures = try reader.integerOrOff(1...1_000_000)
        case .window: self.window = try reader.windowShape()
        case .minCalls: self.minCalls = try reader.integer(1...1_000_000)
        case .minReporters: self.minReporters = try reader.minReporters()
        case .openFor: self.openFor = try reader.duration(.milliseconds(1), .hours(24))
        case .openMultiplier: self.openMultiplier = try reader.number(1...100)
        case .openMax: self.openMax = try reader.duration(.milliseconds(1), .days(7))
        case .openJitter: self.openJitter = try reader.number(0...0.5)
        case .probes: self.probes = try reader.integer(1...1_000)
        case .probeSuccesses: self.probeSuccesses = try reader.integer(1...1_000)
        case .probeLease: self.probeLease = try reader.duration(.milliseconds(1), .minutes(5))
        case .honorRetryAfter: self.honorRetryAfter = try reader.flag()
        case .idleAfter: self.idleAfter = try reader.duration(.seconds(1), .days(365))
        }
    }
}

extension Policy.WindowShape {
    package var value: PolicyValue {
        switch self {
        case .time(let span): .text(span.description)
        case .count(let calls): .integer(calls)
        }
    }

    /// As an explanation names it: "10s" or "100 calls".
    package var label: String {
        switch self {
        case .time(let span): span.description
        case .count(let calls): "\(calls) calls"
        }
    }
}

extension Policy.MinReporters {
    package var value: PolicyValue {
        switch self {
        case .automatic: .text("auto")
        case .atLeast(let count): .integer(count)
        }
    }
}
