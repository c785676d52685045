// The histogram behind a window's percentiles: 512 bytes in one piece, or nothing.
//
// A byte for each range of durations, twice: for the half of the window that fills and for the one before.
// Where a byte is full, the whole half counts in units of twice as many calls from then on. Halving carries
// what is left over to the next range, so that of all calls up to any duration at most one unit is misplaced:
// a fraction of a percent of the calls, in rank, and nothing in time.
//
// Of all ranges there are, 237 next to each other are kept, a factor of 9,000. Where durations differ by
// more, the shortest count as the shortest that is kept.

/// Calls of a window by how long they took.
struct LatencySketch: Hashable, Sendable {
    /// Ranges kept: with what stands before them and the array's own 32 bytes they make 512 bytes.
    static let reach = 237
    private static let mostShift: UInt8 = 15
    private static let fullest = Int(UInt8.max)

    /// Where things lie in the bytes.
    private enum Place {
        static let recentShift = 0
        static let formerShift = 1
        /// Calls that do not make a unit yet; two bytes.
        static let carry = 2
        /// The lowest range that is kept; two bytes.
        static let base = 4
        static let recent = 6
        static let former = recent + LatencySketch.reach
        static let end = former + LatencySketch.reach
    }

    /// Of one that holds calls.
    static var byteCount: Int { Place.end }

    /// Empty or all of it.
    private var bytes: [UInt8] = []

    var isEmpty: Bool { self.bytes.isEmpty }

    mutating func removeAll() {
        self.bytes = []
    }

    /// Counts calls in the half that fills.
    mutating func add(_ bucket: LatencyBucket, _ count: UInt32) {
        if self.isEmpty {
            self.bytes = [UInt8](repeating: 0, count: Place.end)
            self.base = max(0, Int(bucket.index) - LatencySketch.reach / 2)
        }
        if self.fits(Int(bucket.index), count) { return }
        let index = self.keep(Int(bucket.index))
        while !self.fits(index, count) {
            guard self.halve(Place.recent, shift: Place.recentShift) else {
                return self.bytes[Place.recent + index - self.base] = .max
            }
        }
    }

    /// Counts calls if their range is kept and its byte has room for them.
    @inline(__always)
    private mutating func fits(_ index: Int, _ count: UInt32) -> Bool {
        self.bytes.withUnsafeMutableBufferPointer { bytes in
            let slot = index - (Int(bytes[Place.base]) | Int(bytes[Place.base + 1]) << 8)
            guard slot >= 0, slot < LatencySketch.reach else { return false }
            let carry = UInt64(bytes[Place.carry]) | UInt64(bytes[Place.carry + 1]) << 8
            let calls = carry + UInt64(count)
            let shift = UInt64(bytes[Place.recentShift])
            let filled = UInt64(bytes[Place.recent + slot]) + calls >> shift
            guard filled <= UInt64(LatencySketch.fullest) else { return false }
            bytes[Place.recent + slot] = UInt8(truncatingIfNeeded: filled)
            let left = calls & (1 << shift - 1)
            bytes[Place.carry] = UInt8(truncatingIfNeeded: left)
            bytes[Place.carry + 1] = UInt8(truncatingIfNeeded: left >> 8)
            return true
        }
    }

    /// The half that filled is the one before from now on.
    mutating func rotate() {
        guard !self.bytes.isEmpty else { return }
        self.bytes.withUnsafeMutableBufferPointer { bytes in
            for offset in 0..<LatencySketch.reach {
                bytes[Place.former + offset] = bytes[Place.recent + offset]
                bytes[Place.recent + offset] = 0
            }
        }
        self.bytes[Place.formerShift] = self.bytes[Place.recentShift]
        (self.bytes[Place.recentShift], self.carry) = (0, 0)
        if self.top == nil { self.removeAll() }
    }

    /// Visits the ranges that hold calls, the shortest first, with about how many.
    func forEach(_ body: (LatencyBucket, UInt64) -> Void) {
        guard !self.bytes.isEmpty else { return }
        let (recentShift, formerShift) = (self.bytes[Place.recentShift], self.bytes[Place.formerShift])
        for offset in 0..<LatencySketch.reach {
            let calls =
                UInt64(self.bytes[Place.recent + offset]) << UInt64(recentShift)
                + UInt64(self.bytes[Place.former + offset]) << UInt64(formerShift)
            if calls > 0 { body(LatencyBucket(index: UInt16(self.base + offset)), calls) }
        }
    }

    // MARK: Which ranges are kept

    private var base: Int {
        get { Int(self.bytes[Place.base]) | Int(self.bytes[Place.base + 1]) << 8 }
        set {
            self.bytes[Place.base] = UInt8(newValue & 0xff)
            self.bytes[Place.base + 1] = UInt8(newValue >> 8)
        }
    }

    private var carry: UInt16 {
        get { UInt16(self.bytes[Place.carry]) | UInt16(self.bytes[Place.carry + 1]) << 8 }
        set {
            self.bytes[Place.carry] = UInt8(newValue & 0xff)
            self.bytes[Place.carry + 1] = UInt8(newValue >> 8)
        }
    }

    /// The highest range that holds calls, counted from the lowest that is kept.
    private var top: Int? {
        (0..<LatencySketch.reach).last {
            self.bytes[Place.recent + $0] != 0 || self.bytes[Place.former + $0] != 0
        }
    }

    /// Makes room for a range as far as there is some. Gives the range that stands for it: itself, or the
    /// lowest that is kept.
    private mutating func keep(_ index: Int) -> Int {
        let base = self.base
        if index >= base + LatencySketch.reach {
            self.raise(by: index - base - LatencySketch.reach + 1)
        } else if index < base {
            let free = LatencySketch.reach - 1 - (self.top ?? 0)
            self.lower(by: min(base - index, free))
        }
        return max(index, self.base)
    }

    /// Lets the lowest ranges go: their calls count in the lowest that is left.
    private mutating func raise(by steps: Int) {
        self.collapse(Place.recent, shift: Place.recentShift, steps)
        self.collapse(Place.former, shift: Place.formerShift, steps)
        self.base += steps
    }

    private mutating func collapse(_ half: Int, shift: Int, _ steps: Int) {
        let lowest = half..<(half + min(steps + 1, LatencySketch.reach))
        var sum = self.sum(lowest)
        while sum > LatencySketch.fullest, self.halve(half, shift: shift) { sum = self.sum(lowest) }
        for offset in 0..<LatencySketch.reach {
            let from = offset + steps
            self.bytes[half + offset] = from < LatencySketch.reach ? self.bytes[half + from] : 0
        }
        self.bytes[half] = UInt8(min(sum, LatencySketch.fullest))
    }

    private func sum(_ range: Range<Int>) -> Int { self.bytes[range].reduce(0) { $0 + Int($1) } }

    /// Takes up lower ranges. The highest so many must hold no calls.
    private mutating func lower(by steps: Int) {
        guard steps > 0 else { return }
        for half in [Place.recent, Place.former] {
            for offset in (0..<LatencySketch.reach).reversed() {
                self.bytes[half + offset] = offset < steps ? 0 : self.bytes[half + offset - steps]
            }
        }
        self.base -= steps
    }

    /// Counts a half in units of twice as many calls; false: they are as large as can be.
    private mutating func halve(_ half: Int, shift: Int) -> Bool {
        let former = self.bytes[shift]
        guard former < LatencySketch.mostShift else { return false }
        var left: UInt16 = 0
        for offset in 0..<LatencySketch.reach {
            let sum = UInt16(self.bytes[half + offset]) + left
            self.bytes[half + offset] = UInt8(sum >> 1)
            left = sum & 1
        }
        self.bytes[shift] = former + 1
        if half == Place.recent { self.carry += left << UInt16(former) }
        return true
    }
}
