import BreakerCore

/// A window as a blob: a version byte, a shape byte, then
/// - time: a bucket's nanoseconds, wall milliseconds of bucket 0, the newest bucket's number (0…9), 10 ×
///   (calls, failures, slow), the reporters' words;
/// - count: the capacity, the distinct reporters, then a number a call, oldest first: reporter × 4 + slow × 2
///   + failed.
///
/// An empty window is no blob at all.
enum StoredWindow: Hashable, Sendable {
    private static let version: UInt8 = 2
    private static let timeShape: UInt8 = 0
    private static let countShape: UInt8 = 1
    /// A day in 10 buckets: the longest window there is.
    private static let longestBucket = Interval.hours(24).nanoseconds / 10

    case time(TimeWindow, originMilliseconds: Int64)
    /// Boxed: it is twice as large, and few breakers count calls.
    indirect case count(CountWindow)

    /// Nil for an empty window.
    static func encode(_ window: Window, anchor: ClockAnchor) -> [UInt8]? {
        if window.isEmpty { return nil }
        // Enough for a window over time with some reporters: one allocation a row.
        var writer = ByteWriter(capacity: 96)
        writer.byte(self.version)
        if let time = window.time { self.write(time, anchor: anchor, to: &writer) }
        if let count = window.count { self.write(count, to: &writer) }
        return writer.bytes
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.byte() == StoredWindow.version, let shape = reader.byte() else { return nil }
        let window: StoredWindow?
        switch shape {
        case StoredWindow.timeShape: window = StoredWindow.readTime(&reader)
        case StoredWindow.countShape: window = StoredWindow.readCount(&reader)
        case _: window = nil
        }
        guard let window, reader.isAtEnd else { return nil }
        self = window
    }

    /// The window on this run's clock. Its newest bucket never lies in the future, else calls would not leave
    /// it.
    func restored(_ anchor: ClockAnchor) -> Window? {
        switch self {
        case .count(let window):
            return Window(count: window)
        case .time(let window, let originMilliseconds):
            let newestBegins = Interval(nanoseconds: -window.newest * window.bucketNanoseconds)
            let origin = min(anchor.instant(wall: originMilliseconds), anchor.now + newestBegins)
            return TimeWindow(
                length: Interval(nanoseconds: window.bucketNanoseconds * Int64(TimeWindow.bucketCount)),
                origin: origin, newest: window.newest, buckets: window.buckets, reporters: window.reporters
            ).map(Window.init(time:))
        }
    }

    private static func write(_ window: TimeWindow, anchor: ClockAnchor, to writer: inout ByteWriter) {
        // Whole turns of the ring move into the origin, so that numbers stay small and nothing can overflow.
        let ring = Int64(TimeWindow.bucketCount)
        let turns = window.newest - window.newest % ring
        let (shift, overflow) = turns.multipliedReportingOverflow(by: window.bucketNanoseconds)
        let origin = window.origin + Interval(nanoseconds: overflow ? .max : shift)
        writer.byte(self.timeShape)
        writer.unsigned(UInt64(window.bucketNanoseconds))
        writer.signed(anchor.wall(origin))
        writer.unsigned(UInt64(window.newest % ring))
        for bucket in window.buckets {
            writer.unsigned(UInt64(bucket.calls))
            writer.unsigned(UInt64(bucket.failures))
            writer.unsigned(UInt64(bucket.slow))
        }
        writer.unsigned(UInt64(window.reporters.words.count))
        for word in window.reporters.words {
            writer.unsigned(UInt64(word))
        }
    }

    private static func readTime(_ reader: inout ByteReader) -> StoredWindow? {
        guard
            let length = reader.unsigned(), (1...UInt64(self.longestBucket)).contains(length),
            let origin = reader.signed(),
            let newest = reader.unsigned(), newest < UInt64(TimeWindow.bucketCount)
        else { return nil }
        var buckets: [TimeWindow.Bucket] = []
        for _ in 0..<TimeWindow.bucketCount {
            guard let calls = reader.unsigned32(), let failures = reader.unsigned32(),
                let slow = reader.unsigned32()
            else { return nil }
            var bucket = TimeWindow.Bucket()
            (bucket.calls, bucket.failures, bucket.slow) = (calls, failures, slow)
            buckets.append(bucket)
        }
        guard let words = self.readWords(&reader) else { return nil }
        return TimeWindow(
            length: Interval(nanoseconds: Int64(length) * Int64(TimeWindow.bucketCount)),
            origin: Instant(nanoseconds: 0), newest: Int64(newest), buckets: buckets,
            reporters: WindowReporters(words: words)
        ).map { .time($0, originMilliseconds: origin) }
    }

    private static func readWords(_ reader: inout ByteReader) -> [UInt32]? {
        guard let count = reader.count(), count <= WindowReporters.capacity else { return nil }
        var words: [UInt32] = []
        for _ in 0..<count {
            guard let word = reader.unsigned32() else { return nil }
            words.append(word)
        }
        return words
    }

    private static func write(_ window: CountWindow, to writer: inout ByteWriter) {
        let calls = window.calls
        var indices: [ReporterID: UInt64] = [:]
        var reporters: [ReporterID] = []
        for call in calls where indices[call.reporter] == nil {
            indices[call.reporter] = UInt64(reporters.count)
            reporters.append(call.reporter)
        }
        writer.byte(self.countShape)
        writer.unsigned(UInt64(window.capacity))
        writer.unsigned(UInt64(reporters.count))
        for reporter in reporters {
            writer.unsigned(UInt64(reporter.rawValue))
        }
        writer.unsigned(UInt64(calls.count))
        for call in calls {
            writer.unsigned(
                indices[call.reporter, default: 0] << 2 | (call.slow ? 2 : 0) | (call.failed ? 1 : 0))
        }
    }

    private static func readCount(_ reader: inout ByteReader) -> StoredWindow? {
        guard
            let capacity = reader.unsigned(), (1...UInt64(CountWindow.maximumCalls)).contains(capacity),
            let distinct = reader.count(), distinct <= CountWindow.maximumCalls
        else { return nil }
        var reporters: [ReporterID] = []
        for _ in 0..<distinct {
            guard let id = reader.unsigned32() else { return nil }
            reporters.append(ReporterID(rawValue: id))
        }
        guard let calls = reader.count(), calls <= Int(capacity) else { return nil }
        var window = CountWindow(capacity: Int(capacity))
        for _ in 0..<calls {
            guard let call = reader.unsigned(), call >> 2 < UInt64(reporters.count) else { return nil }
            window.add(failed: call & 1 != 0, slow: call & 2 != 0, from: reporters[Int(call >> 2)])
        }
        return .count(window)
    }
}
