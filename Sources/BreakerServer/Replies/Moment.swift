import BreakerCore
import BreakerStore

/// One moment on both clocks, for replies.
struct Moment {
    let now: Instant
    private let anchor: ClockAnchor

    init(_ clock: DaemonClock) {
        self.anchor = clock.anchor()
        self.now = self.anchor.now
    }

    /// Unix time in milliseconds of an instant.
    func wall(_ instant: Instant) -> Int64 { self.anchor.wall(instant) }

    var wallMilliseconds: Int64 { self.anchor.wallMilliseconds }
}
