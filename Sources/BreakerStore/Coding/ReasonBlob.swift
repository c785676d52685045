import BreakerCore

/// A breaker's last trip as a blob: a version byte, the rule's number, its fields in order.
///
/// The history has the same as JSON for people to read. Here a million are read at a start, and JSON would
/// take half a minute for them.
enum ReasonBlob {
    private static let version: UInt8 = 1
    /// With traces at the end.
    private static let tracedVersion: UInt8 = 2
    /// With traces, of which there may be none, and instances at the end.
    private static let instancesVersion: UInt8 = 3

    static func encode(_ reason: TripReason) -> [UInt8] {
        var writer = ByteWriter()
        let version = self.version(of: reason)
        writer.byte(version)
        switch reason {
        case .failureRate(let evidence):
            writer.byte(0)
            writer.evidence(evidence)
        case .slowCallRate(let evidence, let slowCall):
            writer.byte(1)
            writer.evidence(evidence)
            writer.signed(slowCall.nanoseconds)
        case .consecutiveFailures(let evidence):
            writer.byte(2)
            writer.evidence(evidence)
        case .probeFailed(let outcome, let permit, let error, _):
            writer.byte(3)
            writer.text(outcome.rawValue)
            writer.permit(permit)
            writer.text(error)
        case .probeExpired(let permit, let lease, _):
            writer.byte(4)
            writer.permit(permit)
            writer.signed(lease.nanoseconds)
        case .retryAfter(let length, let error, _):
            writer.byte(5)
            writer.signed(length.nanoseconds)
            writer.text(error)
        case .command(let command):
            writer.byte(6)
            writer.text(command.kind.rawValue)
            [command.mode, command.actor, command.note].forEach { writer.text($0) }
        }
        if version >= self.tracedVersion { writer.traces(reason.traces) }
        if version >= self.instancesVersion { writer.instances(reason.instances) }
        return writer.bytes
    }

    /// The oldest that holds all of it, so that an earlier daemon reads what it can.
    private static func version(of reason: TripReason) -> UInt8 {
        if !reason.instances.isEmpty { return self.instancesVersion }
        return reason.traces.isEmpty ? self.version : self.tracedVersion
    }

    /// Nil for bytes that make no sense.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> TripReason? {
        var reader = ByteReader(bytes)
        guard let version = reader.byte(), (self.version...self.instancesVersion).contains(version),
            let rule = reader.byte()
        else { return nil }
        let reason: TripReason? =
            switch rule {
            case 0: reader.evidence().map(TripReason.failureRate)
            case 1: self.slowCallRate(&reader)
            case 2: reader.evidence().map(TripReason.consecutiveFailures)
            case 3: self.probeFailed(&reader)
            case 4: self.probeExpired(&reader)
            case 5: self.retryAfter(&reader)
            case 6: self.command(&reader)
            case _: nil
            }
        guard let traces = version >= self.tracedVersion ? reader.traces() : [],
            let instances = version >= self.instancesVersion ? reader.instances() : [], reader.isAtEnd
        else { return nil }
        return reason?.naming(traces).naming(instances)
    }

    private static func slowCallRate(_ reader: inout ByteReader) -> TripReason? {
        guard let evidence = reader.evidence(), let slowCall = reader.signed() else { return nil }
        return .slowCallRate(evidence, slowCall: Interval(nanoseconds: slowCall))
    }

    private static func probeFailed(_ reader: inout ByteReader) -> TripReason? {
        guard let outcome = reader.text()?.flatMap(TripReason.ProbeFailure.init(rawValue:)),
            let permit = reader.permit(), let error = reader.text()
        else { return nil }
        return .probeFailed(outcome, permit: permit, error: error)
    }

    private static func probeExpired(_ reader: inout ByteReader) -> TripReason? {
        guard let permit = reader.permit(), let lease = reader.signed() else { return nil }
        return .probeExpired(permit: permit, lease: Interval(nanoseconds: lease))
    }

    private static func retryAfter(_ reader: inout ByteReader) -> TripReason? {
        guard let length = reader.signed(), let error = reader.text() else { return nil }
        return .retryAfter(Interval(nanoseconds: length), error: error)
    }

    private static func command(_ reader: inout ByteReader) -> TripReason? {
        guard let kind = reader.text()?.flatMap(TripReason.Command.Kind.init(rawValue:)),
            let mode = reader.text(), let actor = reader.text(), let note = reader.text()
        else { return nil }
        return .command(.init(kind, mode: mode, actor: actor, note: note))
    }
}

extension ByteWriter {
    /// 0 for none, else the bytes' count plus one, then the bytes.
    fileprivate mutating func text(_ text: String?) {
        guard let text else { return self.unsigned(0) }
        self.unsigned(UInt64(text.utf8.count) + 1)
        text.utf8.forEach { self.byte($0) }
    }

    fileprivate mutating func traces(_ traces: [TraceID]) {
        self.byte(UInt8(traces.count))
        for trace in traces {
            self.unsigned(trace.high)
            self.unsigned(trace.low)
        }
    }

    fileprivate mutating func instances(_ instances: [InstanceShare]) {
        self.byte(UInt8(instances.count))
        for instance in instances {
            self.text(instance.instance.text)
            [instance.calls, instance.failures, instance.slow].forEach { self.unsigned(UInt64($0)) }
            self.unsigned(instance.share.bitPattern)
        }
    }

    fileprivate mutating func permit(_ permit: Permit) {
        self.unsigned(permit.generation)
        self.unsigned(permit.number)
    }

    fileprivate mutating func evidence(_ evidence: TripReason.Evidence) {
        self.unsigned(evidence.observed.bitPattern)
        self.unsigned(evidence.threshold.bitPattern)
        for count in [evidence.calls, evidence.troubled, evidence.reporters, evidence.troubledReporters] {
            self.signed(Int64(count))
        }
        self.text(evidence.window)
        self.text(evidence.error)
    }
}

extension ByteReader {
    /// Outer nil: makes no sense; inner nil: none.
    fileprivate mutating func text() -> String?? {
        guard let mark = self.unsigned() else { return nil }
        guard mark > 0 else { return .some(nil) }
        guard let length = Int(exactly: mark - 1), let bytes = self.take(length) else { return nil }
        return .some(String(decoding: bytes, as: UTF8.self))
    }

    fileprivate mutating func traces() -> [TraceID]? {
        guard let count = self.byte(), count <= TraceID.mostOfTrip else { return nil }
        var traces: [TraceID] = []
        for _ in 0..<count {
            guard let high = self.unsigned(), let low = self.unsigned() else { return nil }
            traces.append(TraceID(high: high, low: low))
        }
        return traces
    }

    fileprivate mutating func instances() -> [InstanceShare]? {
        guard let count = self.byte(), count <= InstanceShare.mostOfTrip else { return nil }
        var instances: [InstanceShare] = []
        for _ in 0..<count {
            guard let name = self.text() ?? nil, let calls = self.unsigned32(),
                let failures = self.unsigned32(), let slow = self.unsigned32(),
                let share = self.unsigned().map(Double.init(bitPattern:)), (0...1).contains(share)
            else { return nil }
            instances.append(
                InstanceShare(.named(name), calls: calls, failures: failures, slow: slow, share: share))
        }
        return instances
    }

    fileprivate mutating func permit() -> Permit? {
        guard let generation = self.unsigned(), let number = self.unsigned() else { return nil }
        return Permit(generation: generation, number: number)
    }

    fileprivate mutating func evidence() -> TripReason.Evidence? {
        guard let observed = self.unsigned().map(Double.init(bitPattern:)), observed.isFinite,
            let threshold = self.unsigned().map(Double.init(bitPattern:)), threshold.isFinite,
            let calls = self.signed(), let troubled = self.signed(), let reporters = self.signed(),
            let troubledReporters = self.signed(), let window = self.text() ?? nil, let error = self.text()
        else { return nil }
        return .init(
            observed: observed, threshold: threshold, calls: Int(calls),
            troubled: Int(troubled), window: window, reporters: Int(reporters),
            troubledReporters: Int(troubledReporters), error: error)
    }
}
