import BreakerCore

/// A trip's reason as JSON text: flat, the rule's name and the fields that apply.
struct StoredReason: Codable {
    private enum CodingKeys: String, CodingKey {
        case rule, observed, threshold, calls, troubled, window, reporters
        case troubledReporters = "troubled_reporters"
        case error
        case slowCall = "slow_call_ns"
        case outcome, generation, permit
        case length = "length_ns"
        case command, mode, actor, note, traces, instances
    }

    private var rule: String
    private var observed: Double?
    private var threshold: Double?
    private var calls: Int?
    private var troubled: Int?
    private var window: String?
    private var reporters: Int?
    private var troubledReporters: Int?
    private var error: String?
    private var slowCall: Int64?
    private var outcome: String?
    private var generation: UInt64?
    private var permit: UInt64?
    private var length: Int64?
    private var command: String?
    private var mode: String?
    private var actor: String?
    private var note: String?
    private var traces: [String]?
    private var instances: [StoredShare]?

    init(_ reason: TripReason) {
        switch reason {
        case .failureRate(let evidence):
            self.init(rule: "failure_rate", evidence)
        case .slowCallRate(let evidence, let slowCall):
            self.init(rule: "slow_call_rate", evidence)
            self.slowCall = slowCall.nanoseconds
        case .consecutiveFailures(let evidence):
            self.init(rule: "consecutive_failures", evidence)
        case .probeFailed(let outcome, let permit, let error, _):
            self.init(rule: "probe_failed", permit: permit)
            (self.outcome, self.error) = (outcome.rawValue, error)
        case .probeExpired(let permit, let lease, _):
            self.init(rule: "probe_expired", permit: permit)
            self.length = lease.nanoseconds
        case .retryAfter(let length, let error, _):
            self.init(rule: "retry_after", permit: nil)
            (self.length, self.error) = (length.nanoseconds, error)
        case .command(let command):
            self.init(rule: "operator", permit: nil)
            (self.command, self.mode) = (command.kind.rawValue, command.mode)
            (self.actor, self.note) = (command.actor, command.note)
        }
        if !reason.traces.isEmpty { self.traces = reason.traces.map(\.hex) }
        if !reason.instances.isEmpty { self.instances = reason.instances.map(StoredShare.init) }
    }

    /// Nil where fields are missing or unknown.
    var reason: TripReason? {
        self.plainReason?.naming((self.traces ?? []).compactMap { TraceID(hex: $0) })
            .naming((self.instances ?? []).map(\.share))
    }

    /// Without traces and instances.
    private var plainReason: TripReason? {
        switch self.rule {
        case "failure_rate": self.evidence.map(TripReason.failureRate)
        case "slow_call_rate": self.slowCallRate
        case "consecutive_failures": self.evidence.map(TripReason.consecutiveFailures)
        case "probe_failed": self.probeFailed
        case "probe_expired": self.probeExpired
        case "retry_after": self.length.map { .retryAfter(Interval(nanoseconds: $0), error: self.error) }
        case "operator": self.operatorCommand
        case _: nil
        }
    }

    private init(rule: String, permit: Permit?) {
        self.rule = rule
        (self.generation, self.permit) = (permit?.generation, permit?.number)
    }

    private init(rule: String, _ evidence: TripReason.Evidence) {
        self.rule = rule
        // JSON has no infinities; a rule's figures are never any, a damaged row's might be.
        (self.observed, self.threshold) = (
            StoredReason.finite(evidence.observed), StoredReason.finite(evidence.threshold)
        )
        (self.calls, self.troubled) = (evidence.calls, evidence.troubled)
        self.window = evidence.window
        (self.reporters, self.troubledReporters) = (evidence.reporters, evidence.troubledReporters)
        self.error = evidence.error
    }

    private var evidence: TripReason.Evidence? {
        guard let observed, let threshold, let calls, let troubled, let window, let reporters,
            let troubledReporters
        else { return nil }
        return .init(
            observed: observed, threshold: threshold, calls: calls, troubled: troubled, window: window,
            reporters: reporters, troubledReporters: troubledReporters, error: self.error)
    }

    private var slowCallRate: TripReason? {
        guard let evidence, let slowCall else { return nil }
        return .slowCallRate(evidence, slowCall: Interval(nanoseconds: slowCall))
    }

    private var permitOfProbe: Permit? {
        guard let generation, let permit else { return nil }
        return Permit(generation: generation, number: permit)
    }

    private var probeFailed: TripReason? {
        guard let permit = self.permitOfProbe,
            let outcome = self.outcome.flatMap(TripReason.ProbeFailure.init(rawValue:))
        else { return nil }
        return .probeFailed(outcome, permit: permit, error: self.error)
    }

    private var probeExpired: TripReason? {
        guard let permit = self.permitOfProbe, let length else { return nil }
        return .probeExpired(permit: permit, lease: Interval(nanoseconds: length))
    }

    private var operatorCommand: TripReason? {
        guard let kind = self.command.flatMap(TripReason.Command.Kind.init(rawValue:)) else { return nil }
        return .command(.init(kind, mode: self.mode, actor: self.actor, note: self.note))
    }

    private static func finite(_ number: Double) -> Double {
        number.isFinite ? number : 0
    }
}

/// An instance's share of a trip, as JSON.
private struct StoredShare: Codable {
    private enum CodingKeys: String, CodingKey {
        case instance, calls, failures, slow
        case part = "share"
    }

    private let instance: String
    private let calls: UInt32
    private let failures: UInt32
    private let slow: UInt32
    private let part: Double

    init(_ share: InstanceShare) {
        self.instance = share.instance.text
        (self.calls, self.failures, self.slow, self.part) = (
            share.calls, share.failures, share.slow, share.share
        )
    }

    var share: InstanceShare {
        InstanceShare(
            .named(self.instance), calls: self.calls, failures: self.failures, slow: self.slow,
            share: self.part)
    }
}
