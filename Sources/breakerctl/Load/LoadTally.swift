import Histogram
import NIOCore

/// What came of the requests of one kind.
struct LoadFigures: Sendable {
    /// More than any latency, in nanoseconds: the longest load and warm-up, and waiting after it.
    private static let longestNanoseconds: UInt64 = 8_000_000_000_000

    /// Of every reply, also refusals and errors, in nanoseconds with three digits.
    private(set) var latency = Histogram<UInt64>(highestTrackableValue: LoadFigures.longestNanoseconds)
    var refused = 0
    var errors = 0

    var replies: UInt64 { self.latency.totalCount }

    mutating func record(_ time: TimeAmount) {
        self.latency.record(min(UInt64(max(0, time.nanoseconds)), LoadFigures.longestNanoseconds))
    }

    mutating func add(_ other: LoadFigures) {
        self.latency.add(other.latency)
        self.refused += other.refused
        self.errors += other.errors
    }

    /// The latency that so many per cent of the replies did not exceed.
    func percentile(_ percent: Double) -> Duration {
        .nanoseconds(Int64(self.latency.valueAtPercentile(percent)))
    }

    var longest: Duration { .nanoseconds(Int64(self.latency.maxRecorded)) }
    var mean: Duration { .nanoseconds(Int64(self.latency.mean)) }
}

/// What was measured, by operation.
struct LoadTally: Sendable {
    private var figures = LoadOperation.allCases.map { _ in LoadFigures() }
    /// Errors by their code. The daemon's codes are few.
    private(set) var errorCodes: [String: Int] = [:]

    subscript(operation: LoadOperation) -> LoadFigures { self.figures[operation.rawValue] }

    mutating func answered(_ operation: LoadOperation, after time: TimeAmount, refused: Bool) {
        self.figures[operation.rawValue].record(time)
        if refused { self.figures[operation.rawValue].refused += 1 }
    }

    mutating func failed(_ operation: LoadOperation, after time: TimeAmount, code: String) {
        self.figures[operation.rawValue].record(time)
        self.figures[operation.rawValue].errors += 1
        self.errorCodes[code, default: 0] += 1
    }

    mutating func add(_ other: LoadTally) {
        for operation in LoadOperation.allCases { self.figures[operation.rawValue].add(other[operation]) }
        self.errorCodes.merge(other.errorCodes, uniquingKeysWith: +)
    }

    /// All operations together.
    var all: LoadFigures {
        self.figures.reduce(into: LoadFigures()) { $0.add($1) }
    }
}
