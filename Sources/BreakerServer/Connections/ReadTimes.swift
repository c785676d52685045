import BreakerCore
import NIOCore
import Synchronization

/// How long reads take, from their bytes' arrival in the handler until their replies are with the kernel.
///
/// One read in 64, of those that begin with whole requests of the usual shape: the hot path reads the clock
/// once a read and no more, and the low bits of what it reads choose, which costs one comparison and follows
/// no rhythm of any client. A read that brought many pipelined requests counts once.
final class ReadTimes: Sendable {
    /// From what a single request takes to what a full read of batches does on a busy machine.
    private static let bounds: [Interval] = [
        0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100,
    ].map(Interval.init(milliseconds:))

    private let histogram = Mutex(DurationHistogram(bounds: ReadTimes.bounds))

    /// Whether the read that came at `now` is timed. Under a manual clock nearly every one is.
    @inline(__always)
    static func isSampled(_ now: Instant) -> Bool { now.nanoseconds & 63 == 0 }

    func add(_ duration: TimeAmount) {
        self.histogram.withLock { $0.add(Interval(nanoseconds: duration.nanoseconds)) }
    }

    var current: DurationHistogram { self.histogram.withLock { $0 } }
}
