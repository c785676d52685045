package import BreakerCore
import BreakerStore

/// What a span of time brought: all breakers together, step by step, and the worst of them.
package struct Summary: Sendable {
    /// A span of wall time, in milliseconds since 1970, both ends included. Calls are known by the minute:
    /// those of the minutes in which it begins and ends count whole.
    package struct Span: Hashable, Sendable {
        /// Steps of a summary at most: a chart has no room for more.
        package static let steps: Int64 = 96

        package var from: Int64
        package var until: Int64

        package init(from: Int64, until: Int64) {
            (self.from, self.until) = (from, until)
        }

        /// How long a step is: whole minutes.
        package var step: Int64 {
            let length = max(0, self.until - Minute.start(of: self.from))
            let minutes = length / (Span.steps * Minute.milliseconds) + 1
            return minutes * Minute.milliseconds
        }
    }

    /// One breaker, over the whole span.
    package struct Breaker: Sendable {
        package let name: String
        package fileprivate(set) var calls = Totals()
        /// The highest 99th percentile of its window, in milliseconds.
        package fileprivate(set) var p99: Double?
        /// How often it went from closed to open, by a rule or because somebody tripped it.
        package fileprivate(set) var trips = 0
        /// Milliseconds in which it was open, by a rule or by command.
        package fileprivate(set) var open: Int64 = 0
        package fileprivate(set) var lastTrip: LastTrip?
    }

    package struct LastTrip: Sendable {
        package let atMilliseconds: Int64
        package let reason: TripReason?
    }

    package struct Step: Sendable {
        package let atMilliseconds: Int64
        package fileprivate(set) var calls = Totals()
        package fileprivate(set) var trips = 0
    }

    package let span: Span
    /// The worst first: by time open, by trips, by calls refused, by calls failed.
    package let breakers: [Breaker]
    /// How many breakers did anything.
    package let count: Int
    /// From the start of the span to its end.
    package let steps: [Step]
    package let calls: Totals
    package let trips: Int
    package let open: Int64
}

extension Summary {
    /// Gathers a summary from minutes, which come in any order, and from events, the newest first.
    struct Builder {
        private let span: Span
        private let isWanted: (String) -> Bool
        private var breakers: [String: Breaker] = [:]
        private var steps: [Step]
        /// Of breakers with events so far: the earliest one, and the state before it.
        private var before: [String: (at: Int64, state: BreakerState?)] = [:]

        /// - Parameter span: ends now at the latest.
        init(_ span: Span, isWanted: @escaping (String) -> Bool) {
            self.span = span
            self.isWanted = isWanted
            self.steps = stride(from: Minute.start(of: span.from), through: span.until, by: Int(span.step))
                .map { Step(atMilliseconds: $0) }
        }

        mutating func add(_ minute: Minute) {
            guard self.isWanted(minute.breaker) else { return }
            self.withBreaker(minute.breaker) { breaker in
                breaker.calls.add(minute.calls)
                if let p99 = minute.p99 { breaker.p99 = max(breaker.p99 ?? 0, p99) }
            }
            self.withStep(of: minute.atMilliseconds) { $0.calls.add(minute.calls) }
        }

        /// Only events of breakers count.
        mutating func add(_ event: HistoryEvent) {
            guard case .breaker(let name) = event.subject, let to = event.to, self.isWanted(name) else {
                return
            }
            let end = min(self.before[name]?.at ?? .max, self.span.until)
            if to == .open { self.wasOpen(name, from: event.atMilliseconds, until: end) }
            self.before[name] = (event.atMilliseconds, event.from)
            let isInside = (self.span.from...self.span.until).contains(event.atMilliseconds)
            if isInside, event.isTrip { self.tripped(name, event) }
        }

        /// A breaker that is open now, and since when.
        mutating func add(openNow name: String, since: Int64) {
            guard self.before[name] == nil, self.isWanted(name) else { return }
            self.wasOpen(name, from: since, until: self.span.until)
        }

        /// - Parameter limit: breakers at most.
        consuming func summary(limit: Int) -> Summary {
            for (name, earliest) in self.before where earliest.state == .open {
                self.wasOpen(name, from: self.span.from, until: min(earliest.at, self.span.until))
            }
            var calls = Totals()
            for step in self.steps { calls.add(step.calls) }
            let worst = self.breakers.values.sorted { $0.isWorse(than: $1) }
            return Summary(
                span: self.span, breakers: Array(worst.prefix(limit)), count: worst.count, steps: self.steps,
                calls: calls, trips: self.steps.reduce(0) { $0 + $1.trips },
                open: worst.reduce(0) { $0 + $1.open })
        }

        private mutating func wasOpen(_ name: String, from: Int64, until: Int64) {
            let length = until - max(from, self.span.from)
            if length > 0 { self.withBreaker(name) { $0.open += length } }
        }

        private mutating func tripped(_ name: String, _ event: HistoryEvent) {
            self.withBreaker(name) { breaker in
                breaker.trips += 1
                breaker.lastTrip =
                    breaker.lastTrip ?? LastTrip(atMilliseconds: event.atMilliseconds, reason: event.reason)
            }
            self.withStep(of: event.atMilliseconds) { $0.trips += 1 }
        }

        private mutating func withBreaker(_ name: String, _ body: (inout Breaker) -> Void) {
            body(&self.breakers[name, default: Breaker(name: name)])
        }

        private mutating func withStep(of wall: Int64, _ body: (inout Step) -> Void) {
            let index = Int((wall - Minute.start(of: self.span.from)) / self.span.step)
            if self.steps.indices.contains(index) { body(&self.steps[index]) }
        }
    }
}

extension HistoryEvent {
    /// Whether it went from closed to open, and not because somebody holds it open.
    fileprivate var isTrip: Bool {
        (self.kind == .transition || self.kind == .trip) && self.from == .closed && self.to == .open
    }
}

extension Summary.Breaker {
    fileprivate func isWorse(than other: Summary.Breaker) -> Bool {
        let mine = (UInt64(self.open), UInt64(self.trips), self.calls.rejected, self.calls.failures)
        let theirs = (UInt64(other.open), UInt64(other.trips), other.calls.rejected, other.calls.failures)
        return mine == theirs ? self.name < other.name : mine > theirs
    }
}

extension Totals {
    fileprivate var failures: UInt64 { self.failure &+ self.timeout }
}
