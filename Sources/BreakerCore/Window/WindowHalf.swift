/// Tells when a half of a window has ended, for what is kept by halves: of at least the last half of the
/// window, and of nothing older than all of it.
struct WindowHalf: Hashable, Sendable {
    /// Of a time window, which half on the clock is filling; of a count window, how many calls it holds.
    private var half: Int32 = 0

    /// How many halves have ended by `now`: 0, 1, or 2 for both.
    ///
    /// - Parameter calls: that enter the window now; 0: it is only looked at.
    @inline(__always)
    mutating func advance(_ halves: Window.Halves, entering calls: UInt32, at now: Instant) -> Int {
        switch halves {
        case .time(let nanoseconds): self.advance(nanoseconds, at: now)
        case .count(let capacity): self.advance(capacity, entering: calls)
        }
    }

    private mutating func advance(_ nanoseconds: Int64, at now: Instant) -> Int {
        // Only differences matter.
        let half = Int32(truncatingIfNeeded: now.nanoseconds / nanoseconds)
        let steps = half &- self.half
        self.half = half
        return steps == 0 ? 0 : steps == 1 ? 1 : 2
    }

    private mutating func advance(_ capacity: Int32, entering calls: UInt32) -> Int {
        guard calls > 0 else { return 0 }
        let ended = self.half >= capacity ? 1 : 0
        if ended == 1 { self.half = 0 }
        self.half += Int32(clamping: min(Int(calls), CountWindow.maximumCalls))
        return ended
    }
}
