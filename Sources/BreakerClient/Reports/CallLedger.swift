// What one process counts of one breaker until the daemon is told. Successes and the mirror's refusals, the
// many, go to stripes chosen by thread, so that threads do not wait for each other; everything else, the few,
// goes to one account. No count takes more than one short lock.
//
// Failures after the last success (`trailing_failures`) are found by time: each stripe knows when its last
// success ended, and a failure looks whether a success of any stripe came between it and the failure before.
//
// An element tells the daemon only how many failures trail. So that a row of failures long enough to trip the
// breaker is not hidden by a success that follows it, the element is sealed between the two.

import BreakerCore
import NIOCore
import Synchronization

final class CallLedger: Sendable {
    /// One outcome to be counted.
    struct Call: Sendable {
        /// Known when the call was admitted; 0: nothing was known.
        let generation: UInt64
        let duration: Interval
        let end: Instant
    }

    /// What a refused call throws, and when the refusal is to be told.
    struct Refusal: Sendable {
        let error: any Error
        let urgency: LinkSignals.Urgency
    }

    /// Outcomes that make a batch by their number alone.
    static let batchOutcomes = 1_000
    /// Four for each core, so that two threads that run seldom share one; a few hundred bytes each.
    private static let stripesPerCore = 4
    private static let mostStripes = 32
    /// Outcomes that a stripe adds to the common count at a time, so that threads seldom meet there either.
    private static let handful = batchOutcomes / 8

    private let stripes: [Stripe]
    private let account = Mutex(Account())
    /// Outcomes that wait to be told: those of the stripes by handfuls.
    private let held = Atomic<Int>(0)
    /// Failures in a row, as of the last failure.
    private let row = Atomic<Int>(0)
    /// How many in a row trip the breaker; `Int.max`: none do.
    private let tripRow = Atomic<Int>(.max)

    init() {
        var count = 1
        while count < min(System.coreCount * CallLedger.stripesPerCore, CallLedger.mostStripes) { count *= 2 }
        self.stripes = (0..<count).map { _ in Stripe() }
    }

    /// How many failures in a row trip the breaker by the policy in effect; nil: none do.
    func setTripRow(_ count: Int?) { self.tripRow.store(count ?? .max, ordering: .relaxed) }

    /// Counts a success that was not slow.
    func succeeded(_ call: Call) -> LinkSignals.Urgency {
        self.sealRow()
        let stripe = self.stripe
        guard let count = stripe.count(call) else {
            repeat {
                let former = stripe.take()
                self.account.withLock { $0.add(former) }
            } while stripe.count(call) == nil
            return .soon
        }
        return self.urgency(ofStripeWith: Int(count))
    }

    /// - Parameter count: outcomes of one kind that the stripe holds now.
    private func urgency(ofStripeWith count: Int) -> LinkSignals.Urgency {
        guard count % CallLedger.handful == 0 else { return count == 1 ? .soon : .none }
        return self.tally(CallLedger.handful)
    }

    /// Counts outcomes towards a batch.
    private func tally(_ count: Int) -> LinkSignals.Urgency {
        self.held.add(count, ordering: .relaxed).newValue >= CallLedger.batchOutcomes ? .atOnce : .soon
    }

    /// The stripe of this thread.
    private var stripe: Stripe { self.stripes[Host.threadHash & (self.stripes.count - 1)] }

    /// Counts any other end, and a slow success.
    ///
    /// - Parameter trace: its traceparent, if it failed or was slow.
    func ended(
        _ outcome: Outcome, slow: Bool, error: String?, trace: String?, _ call: Call
    ) -> LinkSignals.Urgency {
        if outcome == .success { self.sealRow() }
        let lastSuccess = outcome.isFailure ? self.lastSuccess : nil
        let urgency = self.tally(1)
        return self.account.withLock { account in
            let row = account.count(
                outcome, slow: slow, error: error, trace: trace, call, lastSuccess: lastSuccess)
            if outcome.isFailure { self.row.store(row, ordering: .relaxed) }
            return outcome.isFailure || slow ? .atOnce : urgency
        }
    }

    /// A success follows: a row of failures that must be seen gets an element of its own.
    private func sealRow() {
        guard self.row.load(ordering: .relaxed) >= self.tripRow.load(ordering: .relaxed) else { return }
        let counts = self.stripes.map { $0.take() }
        self.account.withLock { account in
            for counts in counts { account.add(counts) }
            account.seal()
            self.row.store(0, ordering: .relaxed)
        }
    }

    /// Counts a call that the mirror refuses; nil: this thread has not met the period, or it is over.
    func refused(during period: UInt64, at now: Instant) -> Refusal? {
        guard let refusal = self.stripe.refuse(during: period, at: now) else { return nil }
        return Refusal(error: refusal.error, urgency: self.urgency(ofStripeWith: refusal.calls))
    }

    /// Counts a call that the mirror refuses, the first time that a thread meets the period, which is not
    /// over.
    func refused(during period: OpenPeriod, at now: Instant) -> Refusal {
        let stripe = self.stripe
        if let former = stripe.begin(period) { self.account.withLock { $0.add(former) } }
        // Another thread of the stripe may have met a later period meanwhile.
        return self.refused(during: period.number, at: now)
            ?? Refusal(
                error: period.refusal(share: 0),
                urgency: self.rejected(generation: period.generation, at: now))
    }

    /// Counts a call that was refused for any other reason without asking.
    func rejected(generation: UInt64, at now: Instant) -> LinkSignals.Urgency {
        self.account.withLock { $0.add(Refusals.Counts(generation: generation, calls: 1, last: now)) }
        return self.tally(1)
    }

    /// Takes what was counted, the older generations first.
    func drain() -> [ReportElement] {
        self.held.store(0, ordering: .relaxed)
        let counts = self.stripes.map { $0.take() }
        return self.account.withLock { account in
            for counts in counts { account.add(counts) }
            return account.take()
        }
    }

    private var lastSuccess: Instant? { self.stripes.compactMap(\.lastSuccess).max() }
}

/// What is neither a plain success nor a refusal, and the counts that stripes have given out.
private struct Account {
    private var elements: [ReportElement] = []
    /// Failures in a row when the elements before these were taken.
    private var rowBefore = 0
    /// Whether what was counted before these elements must stay apart from them.
    private var isApart = false

    mutating func add(_ counts: Stripe.Counts) {
        if let successes = counts.successes { self.add(successes) }
        if let refusals = counts.refusals { self.add(refusals) }
    }

    mutating func add(_ refusals: Refusals.Counts) {
        self.edit(refusals.generation, from: refusals.last) { $0.add(refusals) }
    }

    mutating func add(_ successes: Successes) {
        self.edit(successes.generation, from: successes.began) { $0.add(successes) }
    }

    /// How many failures there are in a row now, those included that were taken.
    mutating func count(
        _ outcome: Outcome, slow: Bool, error: String?, trace: String?, _ call: CallLedger.Call,
        lastSuccess: Instant?
    ) -> Int {
        let trailing = self.edit(call.generation, from: call.end) { element in
            element.count(
                outcome, slow: slow, error: error, trace: trace, call, lastSuccess: lastSuccess)
            return element.trailingFailures
        }
        return lastSuccess == nil ? self.row : trailing
    }

    private var row: Int {
        let success = self.elements.lastIndex { $0.success > 0 }
        let trailing = self.elements[(success ?? 0)...].reduce(0) { $0 + $1.trailingFailures }
        return success == nil ? self.rowBefore + trailing : trailing
    }

    /// What is counted from now on goes to further elements.
    mutating func seal() {
        for index in self.elements.indices { self.elements[index].isSealed = true }
        self.isApart = true
    }

    mutating func take() -> [ReportElement] {
        self.rowBefore = self.row
        self.isApart = false
        defer { self.elements.removeAll(keepingCapacity: true) }
        // Within a generation in the order of counting.
        return self.elements.enumerated().sorted {
            ($0.element.generation, $0.offset) < ($1.element.generation, $1.offset)
        }.map(\.element)
    }

    /// There is one element a generation, and at most a few generations between two batches.
    private mutating func edit<Result>(
        _ generation: UInt64, from instant: Instant, _ change: (inout ReportElement) -> Result
    ) -> Result {
        let open = self.elements.lastIndex { $0.generation == generation && !$0.isSealed }
        if open == nil {
            self.elements.append(
                ReportElement(generation: generation, began: instant, isApart: self.isApart))
        }
        return change(&self.elements[open ?? self.elements.count - 1])
    }
}
