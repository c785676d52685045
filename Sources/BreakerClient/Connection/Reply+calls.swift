// Replies to what guarded calls need.

extension Reply {
    func acquisition(of breaker: String) throws(BreakerError) -> Acquisition {
        Acquisition(
            breaker: breaker, verdict: try self.verdict(), state: try self.value("state"),
            generation: try self.count("generation"))
    }

    private func verdict() throws(BreakerError) -> Acquisition.Verdict {
        guard try self.bool("allowed") else {
            return .refused(try self.value("reason"), retryAfter: try self.optionalSpan("retry_after_ms"))
        }
        guard let permit = try self.optionalString("permit") else { return .allowed }
        return .probe(permit: permit, lease: try self.span("lease_ms"))
    }

    func standing(of breaker: String) throws(BreakerError) -> BreakerStanding {
        BreakerStanding(
            breaker: breaker, state: try self.value("state"), generation: try self.count("generation"))
    }

    func batchReceipt() throws(BreakerError) -> BatchReceipt {
        var results: [BreakerStanding] = []
        for result in try self.list("results") {
            results.append(try result.standing(of: try result.string("breaker")))
        }
        return BatchReceipt(
            sequence: try self.optionalCount("sequence"),
            isDuplicate: try self.optionalBool("duplicate") ?? false, results: results)
    }

    func policy(_ key: String) throws(BreakerError) -> BreakerPolicy {
        try BreakerPolicy(try self.nested(key).object)
    }
}
