import BreakerCore

/// Turns a parsed object into a request. This decoder defines what a request means: the parser of the hot
/// requests must agree with it or stand back.
///
/// Unknown fields are ignored, except inside `policy`, where a misspelt field would silently be without
/// effect.
package struct RequestDecoder {
    private let limits: WireLimits

    package init(limits: WireLimits) {
        self.limits = limits
    }

    /// - Parameter id: the request's id, checked already.
    package func decode(_ object: JSONObject, id: RequestID) throws(WireError) -> Request {
        let fields = FieldReader(object)
        switch try self.operation(fields) {
        case .hello: return .hello(try self.hello(fields))
        case .ping: return .ping
        case .acquire: return .acquire(try self.acquire(fields))
        case .report: return try self.report(fields)
        case .release: return .release(try self.release(fields))
        case .declare:
            return .declare(.init(breaker: try fields.name("breaker"), policy: try fields.policy("policy")))
        case .watch: return .watch(try self.watch(fields, id: id))
        case .unwatch: return .unwatch(try self.unwatch(fields))
        case .get: return .get(breaker: try fields.name("breaker"))
        case .list: return .list(try self.list(fields))
        case .history: return .history(try self.history(fields))
        case .minutes: return .minutes(try self.minutes(fields))
        case .summary: return .summary(try self.summary(fields))
        case .override: return .override(try self.override(fields))
        case .trip: return .trip(try self.trip(fields))
        case .reset: return .reset(try self.reset(fields))
        case .policySet: return .policySet(try self.policySet(fields))
        case .policyDelete: return .policyDelete(try self.policyDelete(fields))
        case .policyList: return .policyList
        case .policyGet: return .policyGet(breaker: try fields.name("breaker"))
        case .sessions: return .sessions
        case .stats: return .stats
        case .clockAdvance: return .clockAdvance(by: try self.clockAdvance(fields))
        case .backupBegin: return .backupBegin
        case .backupRead: return .backupRead(try self.backupRead(fields))
        case .backupEnd: return .backupEnd(backup: try self.backup(fields))
        }
    }

    private func operation(_ fields: FieldReader) throws(WireError) -> Operation {
        guard case .string(let name) = fields.value("op") else {
            throw .badRequest("op", "must be a string that names an operation")
        }
        guard let operation = Operation(rawValue: name) else {
            throw WireError(.unknownOp, "there is no operation \"\(name.clipped)\"", field: "op")
        }
        return operation
    }

    // MARK: Sessions

    private func hello(_ fields: FieldReader) throws(WireError) -> Request.Hello {
        let version = try fields.integer("protocol", 0...WireLimits.exactInteger)
        guard try fields.required("protocol", version, "must be the integer 1") == 1 else {
            throw WireError(.unsupported, "this daemon speaks protocol 1", field: "protocol")
        }
        guard let client = try fields.object("client") else { return Request.Hello() }
        return Request.Hello(
            client: .init(
                name: try client.text("name", most: WireLimits.clientBytes),
                instance: try client.text("instance", most: WireLimits.instanceBytes),
                library: try client.text("library", most: WireLimits.clientBytes)))
    }

    private func clockAdvance(_ fields: FieldReader) throws(WireError) -> Interval {
        let range = 0...WireLimits.advanceMilliseconds
        return try fields.required(
            "ms", try fields.milliseconds("ms", range), "must be a number of milliseconds")
    }

    // MARK: Calls

    private func acquire(_ fields: FieldReader) throws(WireError) -> Request.Acquire {
        Request.Acquire(
            breaker: try fields.name("breaker"),
            lease: try fields.milliseconds("lease_ms", 1...WireLimits.leaseMilliseconds),
            trace: try fields.trace("traceparent"))
    }

    private func report(_ fields: FieldReader) throws(WireError) -> Request {
        guard let elements = try fields.array("reports", 1...self.limits.batch, of: "objects") else {
            return .report(try self.singleReport(fields))
        }
        // Taking only one of the two would lose what the other tells.
        if fields.has("breaker") { throw fields.problem("breaker", "must not stand beside reports") }
        return .reportBatch(
            .init(
                sequence: try fields.counter("sequence", from: 1), elements: try self.batchElements(elements))
        )
    }

    private func singleReport(_ fields: FieldReader) throws(WireError) -> Request.SingleReport {
        let breaker = try fields.name("breaker")
        let outcome = try fields.choice("outcome", Outcome.self)
        let range = 0...WireLimits.durationMilliseconds
        return Request.SingleReport(
            breaker: breaker,
            report: Report(
                try fields.required("outcome", outcome, "must be success, failure, timeout or ignored"),
                generation: try fields.counter("generation"),
                permit: try fields.permit("permit"),
                duration: try fields.milliseconds("duration_ms", range),
                error: try fields.text("error", most: WireLimits.errorBytes),
                retryAfter: try fields.milliseconds("retry_after_ms", range)),
            trace: try fields.trace("traceparent"))
    }

    private func batchElements(_ values: [JSONValue]) throws(WireError) -> [Request.ReportBatch.Element] {
        var elements: [Request.ReportBatch.Element] = []
        elements.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard case .object(let object) = value else {
                throw .badRequest("reports[\(index)]", "must be an object")
            }
            elements.append(try self.batchElement(FieldReader(object, prefix: "reports[\(index)].")))
        }
        return elements
    }

    private func batchElement(_ fields: FieldReader) throws(WireError) -> Request.ReportBatch.Element {
        var report = BatchReport()
        let breaker = try fields.name("breaker")
        report.generation = try fields.counter("generation")
        report.success = try fields.count("success")
        report.failure = try fields.count("failure")
        report.timeout = try fields.count("timeout")
        report.ignored = try fields.count("ignored")
        report.rejected = try fields.count("rejected")
        report.slow = try fields.count("slow")
        report.trailingFailures = try fields.count("trailing_failures")
        report.error = try fields.text("error", most: WireLimits.errorBytes)
        let durations = try fields.durations("durations")
        // Checked so that clients may rely on it being understood; the durations say it better.
        _ = try fields.milliseconds("duration_sum_ms", 0...WireLimits.durationSumMilliseconds)
        guard report.slow <= report.success + report.failure + report.timeout else {
            throw fields.problem("slow", "must not exceed success + failure + timeout")
        }
        guard report.trailingFailures <= report.failure + report.timeout else {
            throw fields.problem("trailing_failures", "must not exceed failure + timeout")
        }
        let calls = UInt64(report.success) + UInt64(report.failure) + UInt64(report.timeout)
        guard durations.reduce(0, { $0 + UInt64($1.count) }) <= calls else {
            throw fields.problem("durations", "must not count more than success + failure + timeout")
        }
        return .init(
            breaker: breaker, report: report, durations: durations, traces: try fields.traces("traceparents"))
    }

    private func release(_ fields: FieldReader) throws(WireError) -> Request.Release {
        let breaker = try fields.name("breaker")
        let permit = try fields.permit("permit")
        return Request.Release(
            breaker: breaker,
            permit: try fields.required("permit", permit, "must be a permit as acquire gave it: \"42.1\""))
    }
}

extension FieldReader {
    /// One count of a batch. Three of them fit into 32 bits.
    fileprivate func count(_ key: String) throws(WireError) -> UInt32 {
        try self.integer(key, 0...Int64(WireLimits.count)).map(UInt32.init) ?? 0
    }

    /// Pairs of a duration in milliseconds and a number of calls.
    fileprivate func durations(_ key: String) throws(WireError) -> [DurationCount] {
        guard let pairs = try self.array(key, 1...WireLimits.durationPairs, of: "pairs") else { return [] }
        var durations: [DurationCount] = []
        for (index, pair) in pairs.enumerated() {
            guard case .array(let values) = pair, values.count == 2, let duration = values[0].double,
                (0...Double(WireLimits.durationMilliseconds)).contains(duration),
                case .integer(let count) = values[1], (0...Int64(WireLimits.count)).contains(count)
            else {
                throw self.problem(
                    "\(key)[\(index)]",
                    "must be a pair: milliseconds from 0 to \(WireLimits.durationMilliseconds), and a count "
                        + "from 0 to \(WireLimits.count)")
            }
            let bucket = LatencyBucket(Interval(milliseconds: duration))
            durations.append(DurationCount(bucket, UInt32(count)))
        }
        return durations
    }
}
