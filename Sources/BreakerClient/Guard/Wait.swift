import BreakerCore

/// How long a refused caller should stay away.
enum Wait: Hashable, Sendable {
    /// Nobody knows.
    case unknown
    /// As it was told.
    case fixed(Duration)
    /// Until an instant of this clock. An error that says so is right for the whole open period: it is
    /// made once and thrown many times, so that refusing a call allocates nothing.
    case until(Instant, ClientClock)

    static func == (left: Wait, right: Wait) -> Bool {
        switch (left, right) {
        case (.unknown, .unknown): true
        case (.fixed(let left), .fixed(let right)): left == right
        case (.until(let left, _), .until(let right, _)): left == right
        case (.unknown, _), (.fixed, _), (.until, _): false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .unknown: break
        case .fixed(let duration): hasher.combine(duration)
        case .until(let instant, _): hasher.combine(instant)
        }
    }

    var duration: Duration? {
        switch self {
        case .unknown: nil
        case .fixed(let duration): duration
        case .until(let instant, let clock): Duration(max(.zero, instant - clock.now))
        }
    }
}
