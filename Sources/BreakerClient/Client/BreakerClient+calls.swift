// What every guarded call needs. Deadline: `Configuration.callDeadline`. All throw what `BreakerError.Code`
// lists.

import BreakerWire

extension BreakerClient {
    /// The daemon's wall clock.
    public func ping() async throws(BreakerError) -> WallTime {
        try await self.call("ping") { _ in }.wallTime("now_ms")
    }

    /// Asks whether a call may be made. A refusal is an answer, not an error.
    ///
    /// If a probe is granted after the caller has given up waiting, it is released by itself.
    ///
    /// - Parameters:
    ///   - breaker: 1…128 bytes of `A-Z a-z 0-9 . _ : / @ -`; created if there is none.
    ///   - lease: how long a probe may take, above 0 and at most 5 min; nil: the policy's `probeLease`.
    public func acquire(_ breaker: String, lease: Duration? = nil) async throws(BreakerError) -> Acquisition {
        let request = Request.acquire(
            breaker, lease: lease, deadline: self.configuration.callDeadline)
        return try await self.connection.send(request).acquisition(of: breaker)
    }

    /// Says how a call ended. Returns where the breaker stands afterwards.
    @discardableResult
    public func report(_ report: CallReport) async throws(BreakerError) -> BreakerStanding {
        try await self.call("report") { report.write(to: &$0) }.standing(of: report.breaker)
    }

    /// Says how many calls ended how.
    ///
    /// - Parameters:
    ///   - counts: 1…1000 elements, taken in order. If one is wrong nothing of the batch counts.
    ///   - sequence: above every one that this instance has used; a batch sent again under the same one
    ///     counts once.
    @discardableResult
    public func reportBatch(
        _ counts: [CallCounts], sequence: UInt64? = nil
    ) async throws(BreakerError) -> BatchReceipt {
        let reply = try await self.call("report") { line in
            line.field("sequence", sequence)
            line.array("reports") { list in
                for element in counts { list.element(object: { element.write(to: &$0) }) }
            }
        }
        return try reply.batchReceipt()
    }

    /// Gives a probe's permit back without a verdict: the call was not made.
    @discardableResult
    public func release(_ breaker: String, permit: String) async throws(BreakerError) -> BreakerStanding {
        try await self.call("release") { line in
            line.field("breaker", breaker)
            line.field("permit", permit)
        }.standing(of: breaker)
    }

    /// Says what policy the application wishes for a breaker; files and operators overrule it. The last wish
    /// replaces the former as a whole. Returns the policy in effect.
    @discardableResult
    public func declare(_ breaker: String, policy: BreakerPolicy) async throws(BreakerError) -> BreakerPolicy
    {
        try await self.call("declare") { line in
            line.field("breaker", breaker)
            line.object("policy") { policy.write(to: &$0) }
        }.policy("policy")
    }

    private func call(
        _ op: StaticString, _ members: (inout JSONWriter) -> Void
    ) async throws(BreakerError) -> Reply {
        try await self.connection.send(Request(op, deadline: self.configuration.callDeadline, members))
    }
}
