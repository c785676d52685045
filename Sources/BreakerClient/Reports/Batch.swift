import BreakerCore
import BreakerWire
import NIOCore

/// A batch as it is sent, and sent again.
struct Batch: Sendable {
    let sequence: UInt64
    fileprivate let reports: [CallCounts]

    var outcomes: Int { self.reports.reduce(0) { $0 + $1.outcomes } }

    /// Outcomes of the elements that the daemon could not count.
    func outcomes(refusedBy reply: Reply) -> Int {
        guard case .array(let results)? = reply.object["results"] else { return 0 }
        return zip(self.reports, results).reduce(0) { sum, pair in
            guard case .object(let result) = pair.1, result["error"] != nil else { return sum }
            return sum + pair.0.outcomes
        }
    }

    func request(deadline: Duration) -> Request {
        Request("report", deadline: deadline) { line in
            line.field("sequence", self.sequence)
            line.array("reports") { list in
                for report in self.reports { list.element(object: { report.write(to: &$0) }) }
            }
        }
    }
}

/// The numbers of batches: above every number that an earlier process of the same instance has used, because
/// they begin at the time. One a microsecond cannot be reached.
struct BatchSequence: Sendable {
    private var last = Host.unixMicroseconds

    mutating func next() -> UInt64 {
        self.last += 1
        return self.last
    }
}

/// Fills a batch up to what one line and the daemon take.
struct BatchBuilder {
    /// One element as it is sent.
    struct Line {
        fileprivate let counts: CallCounts

        /// - Parameter isStale: too old to decide anything: generation 0 makes it late.
        init(breaker: String, _ element: ReportElement, isStale: Bool) {
            var counts = CallCounts(breaker: breaker)
            if isStale {
                counts.generation = 0
            } else if element.generation != 0 {
                counts.generation = element.generation
            }
            counts.success = element.success
            counts.failure = element.failure
            counts.timeout = element.timeout
            counts.ignored = element.ignored
            counts.rejected = element.rejected
            counts.slow = element.slow
            counts.trailingFailures = element.trailingFailures
            counts.durationSum = Duration(element.duration)
            counts.durations = element.durations.all.suffix(WireLimits.durationPairs).map {
                CallDuration(Duration(Interval(milliseconds: $0.bucket.milliseconds)), calls: Int($0.count))
            }
            counts.error = element.error
            counts.traceparents = element.traces
            self.counts = counts
        }

        /// At most: keys, nine numbers, the pairs, the traces, and the texts, whose quotes may be escaped.
        fileprivate var bytes: Int {
            370 + 25 * self.counts.durations.count + 58 * self.counts.traceparents.count
                + self.counts.breaker.utf8.count + 2 * (self.counts.error?.utf8.count ?? 0)
        }
    }

    private static let mostBytes = 60_000

    private let mostElements: Int
    private var reports: [CallCounts] = []
    private var bytes = 0

    init(mostElements: Int) { self.mostElements = mostElements }

    var isEmpty: Bool { self.reports.isEmpty }

    /// False: the batch is full.
    mutating func add(_ line: Line) -> Bool {
        guard self.reports.count < self.mostElements, self.bytes + line.bytes <= BatchBuilder.mostBytes else {
            return false
        }
        self.reports.append(line.counts)
        self.bytes += line.bytes
        return true
    }

    func batch(_ sequence: UInt64) -> Batch {
        Batch(sequence: sequence, reports: self.reports)
    }
}

extension CallCounts {
    fileprivate var outcomes: Int {
        self.success + self.failure + self.timeout + self.ignored + self.rejected
    }
}
