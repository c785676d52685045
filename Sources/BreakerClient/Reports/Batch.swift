import BreakerCore
import BreakerWire
import NIOCore

/// A batch as it is sent, and sent again.
struct Batch: Sendable {
    let sequence: UInt64
    let elements: Int
    let outcomes: Int
    fileprivate let reports: [CallCounts]

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
        fileprivate let outcomes: Int

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
            counts.error = element.error
            (self.counts, self.outcomes) = (counts, element.outcomes)
        }

        /// At most: keys, nine numbers, and the texts, whose quotes may be escaped.
        fileprivate var bytes: Int {
            330 + self.counts.breaker.utf8.count + 2 * (self.counts.error?.utf8.count ?? 0)
        }
    }

    private static let mostBytes = 60_000

    private let mostElements: Int
    private var reports: [CallCounts] = []
    private var outcomes = 0
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
        self.outcomes += line.outcomes
        return true
    }

    func batch(_ sequence: UInt64) -> Batch {
        Batch(
            sequence: sequence, elements: self.reports.count, outcomes: self.outcomes, reports: self.reports)
    }
}

extension Reply {
    /// Elements of a batch that the daemon could not count.
    var uncounted: Int {
        guard case .array(let results)? = self.object["results"] else { return 0 }
        return results.count { result in
            if case .object(let result) = result { result["error"] != nil } else { false }
        }
    }
}
