// How a call went, told to whoever admitted it. Nothing is waited for: what is not told at once is counted,
// and the event loop tells it.

import BreakerCore
import BreakerWire

extension Breaker {
    /// The call went well.
    @usableFromInline
    func succeed(_ admission: Admission) {
        guard admission.ticket == nil, self.cell.isCached else { return self.settle(admission, .success) }
        let end = self.clock.now
        let call = CallLedger.Call(
            generation: admission.generation, duration: max(.zero, end - admission.started), end: end)
        guard !self.cell.isSlow(call.duration) else { return self.settle(admission, .success) }
        self.wake(self.cell.ledger.succeeded(call))
    }

    /// - Parameters:
    ///   - duration: nil: since the admission.
    ///   - trace: gives the call's traceparent; asked where a trip may name it. Nil: it is not traced.
    @usableFromInline
    func settle(
        _ admission: Admission, _ verdict: CallVerdict, duration: Duration? = nil,
        trace: (() -> String?)? = nil
    ) {
        let end = self.clock.now
        let taken = duration.map { Interval($0.boundedToDay) } ?? max(.zero, end - admission.started)
        let call = CallLedger.Call(generation: admission.generation, duration: taken, end: end)
        let trace = trace.flatMap { self.isTrouble(verdict, call) ? $0() : nil }
        switch admission.ticket?.admitter {
        case nil:
            if !self.cell.isCached || verdict.retryAfter != nil {
                self.tell(verdict.bounded, call, permit: nil, trace)
            } else {
                self.count(verdict.bounded, call, trace)
            }
        case .daemon(let permit):
            self.tell(verdict.bounded, call, permit: permit, trace)
            self.cell.endHold()
        case .local(let permit):
            self.cell.report(permit, verdict.bounded, duration: Duration(taken), at: end)
            self.count(verdict.bounded, call, trace)
        case .nobody: self.count(verdict.bounded, call, trace)
        }
    }

    /// Whether a call may be behind a trip.
    private func isTrouble(_ verdict: CallVerdict, _ call: CallLedger.Call) -> Bool {
        Outcome(verdict.outcome).isFailure || self.isSlow(verdict, call)
    }

    private func isSlow(_ verdict: CallVerdict, _ call: CallLedger.Call) -> Bool {
        verdict.outcome != .ignored && self.cell.isSlow(call.duration)
    }

    /// The call was not made, or says nothing.
    func giveBack(_ admission: Admission) {
        switch admission.ticket?.admitter {
        case nil, .nobody: break
        case .local(let permit): self.cell.release(permit, at: self.clock.now)
        case .daemon(let permit):
            self.connection.post(
                "release",
                { line in
                    line.field("breaker", self.name)
                    line.field("permit", permit)
                })
            self.cell.endHold()
        }
    }

    /// Tells the daemon of one call, or counts it where there is no connection.
    private func tell(
        _ verdict: CallVerdict, _ call: CallLedger.Call, permit: String?, _ trace: String?
    ) {
        let report = CallReport(
            breaker: self.name, outcome: verdict.outcome,
            generation: permit == nil ? call.generation : nil, permit: permit,
            duration: Duration(call.duration), error: verdict.error, retryAfter: verdict.retryAfter,
            traceparent: trace)
        self.connection.post("report", { report.write(to: &$0) }) { [self] isSent in
            // A probe's verdict is worth nothing without its permit.
            if !isSent, permit == nil { return self.count(verdict, call, trace) }
            self.cell.observer.metrics?.count(
                verdict.outcome, took: call.duration, isSlow: self.cell.isSlow(call.duration))
        }
    }

    private func count(_ verdict: CallVerdict, _ call: CallLedger.Call, _ trace: String?) {
        guard self.cell.isNameValid else { return }
        self.wake(
            self.cell.ledger.ended(
                Outcome(verdict.outcome), slow: self.isSlow(verdict, call), error: verdict.error,
                trace: trace, call))
    }

    /// Lets the event loop look at what was counted.
    func wake(_ urgency: LinkSignals.Urgency) {
        guard urgency != .none, self.cell.isNameValid, self.signals.ask(urgency) else { return }
        self.connection.wake()
    }
}
