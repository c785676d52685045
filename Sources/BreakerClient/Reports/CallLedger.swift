// What one process counts of one breaker until the daemon is told. Successes, the many, go to stripes chosen
// by thread, so that threads do not wait for each other; everything else, the few, goes to one account. No
// count takes more than one short lock.
//
// Failures after the last success (`trailing_failures`) are found by time: each stripe knows when its last
// success ended, and a failure looks whether a success of any stripe came between it and the failure before.

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

    /// Outcomes that make a batch by their number alone.
    static let batchOutcomes = 1_000
    private static let mostStripes = 8

    private let stripes: [SuccessStripe]
    private let account = Mutex(Account())

    init() {
        var count = 1
        while count < min(System.coreCount, CallLedger.mostStripes) { count *= 2 }
        let limit = UInt32(CallLedger.batchOutcomes / count)
        self.stripes = (0..<count).map { _ in SuccessStripe(limit: limit) }
    }

    /// Counts a success that was not slow.
    func succeeded(_ call: Call) -> LinkSignals.Urgency {
        let stripe = self.stripes[Host.threadHash & (self.stripes.count - 1)]
        switch stripe.count(call) {
        case .counted(let urgency): return urgency
        case .closed(let former):
            self.account.withLock { $0.add(former) }
            return .atOnce
        }
    }

    /// Counts any other end, and a slow success.
    func ended(_ outcome: Outcome, slow: Bool, error: String?, _ call: Call) -> LinkSignals.Urgency {
        let lastSuccess = outcome.isFailure ? self.lastSuccess : nil
        return self.account.withLock { account in
            account.count(outcome, slow: slow, error: error, call, lastSuccess: lastSuccess)
        }
    }

    /// Counts a call that was refused without asking.
    func rejected(generation: UInt64, at now: Instant) -> LinkSignals.Urgency {
        self.account.withLock { $0.reject(generation: generation, at: now) }
    }

    /// Takes what was counted, the older generations first.
    func drain() -> [ReportElement] {
        let successes = self.stripes.compactMap { $0.take() }
        return self.account.withLock { account in
            for success in successes { account.add(success) }
            return account.take()
        }
    }

    private var lastSuccess: Instant? { self.stripes.compactMap(\.last).max() }
}

/// What is not a plain success, and the successes of generations that are over.
private struct Account {
    private var elements: [ReportElement] = []

    mutating func add(_ successes: SuccessStripe.Counts) {
        self.edit(successes.generation, from: successes.began) { $0.add(successes) }
    }

    mutating func count(
        _ outcome: Outcome, slow: Bool, error: String?, _ call: CallLedger.Call, lastSuccess: Instant?
    ) -> LinkSignals.Urgency {
        self.edit(call.generation, from: call.end) { element in
            element.count(outcome, slow: slow, error: error, call, lastSuccess: lastSuccess)
        }
        return outcome.isFailure || slow ? .atOnce : .soon
    }

    mutating func reject(generation: UInt64, at now: Instant) -> LinkSignals.Urgency {
        self.edit(generation, from: now) { $0.reject(at: now) }
        return .soon
    }

    mutating func take() -> [ReportElement] {
        defer { self.elements.removeAll(keepingCapacity: true) }
        return self.elements.sorted { $0.generation < $1.generation }
    }

    /// There is one element a generation, and at most a few generations between two batches.
    private mutating func edit(
        _ generation: UInt64, from instant: Instant, _ change: (inout ReportElement) -> Void
    ) {
        if let index = self.elements.lastIndex(where: { $0.generation == generation }) {
            change(&self.elements[index])
        } else {
            var element = ReportElement(generation: generation, began: instant)
            change(&element)
            self.elements.append(element)
        }
    }
}
