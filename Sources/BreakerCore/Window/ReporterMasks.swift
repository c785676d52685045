/// Which instances reported, failed or were slow in which of a time window's 10 buckets.
///
/// One word an instance: its id and three masks of 10 bits, one bit a bucket. At most 64 instances are told
/// apart, which bounds a window's memory; beyond that an instance in trouble takes the place of one without,
/// so that "at least n instances fail" (n ≤ 64) stays exact. Where both failing and slow instances abound
/// each kind keeps half of the places, so that neither hides the other.
package struct ReporterMasks: Hashable, Sendable {
    package static let capacity = 64
    private static let bucketMask: UInt64 = 0x3ff
    private static let failingShift: UInt64 = 10
    private static let slowShift: UInt64 = 20

    /// Id in the high half; from bit 0: seen, failing, slow, 10 bits each.
    package private(set) var words: [UInt64] = []

    package init() {}

    package init(words: [UInt64]) {
        self.words = Array(words.prefix(ReporterMasks.capacity))
    }

    /// Marks `reporter` in the bucket at ring position `slot`.
    package mutating func mark(_ reporter: ReporterID, slot: Int, failing: Bool, slow: Bool) {
        let bit: UInt64 = 1 << UInt64(slot)
        var mask = bit
        if failing { mask |= bit << ReporterMasks.failingShift }
        if slow { mask |= bit << ReporterMasks.slowShift }
        if let index = self.index(of: reporter) {
            self.words[index] |= mask
        } else {
            self.insert(UInt64(reporter.rawValue) << 32 | mask)
        }
    }

    /// Forgets the buckets whose ring positions are set in `slots`.
    package mutating func clear(slots: UInt64) {
        let cleared = slots | slots << ReporterMasks.failingShift | slots << ReporterMasks.slowShift
        for index in self.words.indices {
            self.words[index] &= ~cleared
        }
        self.words.removeAll { $0 & ReporterMasks.bucketMask == 0 }
    }

    package mutating func removeAll() {
        self.words = []
    }

    /// How many instances reported, failed and were slow.
    package func count() -> (seen: Int, failing: Int, slow: Int) {
        var (failing, slow) = (0, 0)
        for word in self.words {
            failing += ReporterMasks.isSet(word, ReporterMasks.failingShift) ? 1 : 0
            slow += ReporterMasks.isSet(word, ReporterMasks.slowShift) ? 1 : 0
        }
        return (self.words.count, failing, slow)
    }

    private func index(of reporter: ReporterID) -> Int? {
        let id = UInt64(reporter.rawValue)
        return self.words.firstIndex { $0 >> 32 == id }
    }

    private mutating func insert(_ word: UInt64) {
        if self.words.count < ReporterMasks.capacity {
            self.words.append(word)
        } else if let index = self.replaceable(by: word) {
            self.words[index] = word
        }
    }

    /// Who gives way: a healthy instance, else one that has only the commoner trouble to one with the rarer.
    private func replaceable(by word: UInt64) -> Int? {
        guard ReporterMasks.isInTrouble(word) else { return nil }
        if let healthy = self.words.firstIndex(where: { !ReporterMasks.isInTrouble($0) }) { return healthy }
        let (_, failing, slow) = self.count()
        let rarer = failing < slow ? ReporterMasks.failingShift : ReporterMasks.slowShift
        guard failing != slow, ReporterMasks.isSet(word, rarer) else { return nil }
        return self.words.firstIndex { !ReporterMasks.isSet($0, rarer) }
    }

    private static func isInTrouble(_ word: UInt64) -> Bool {
        self.isSet(word, self.failingShift) || self.isSet(word, self.slowShift)
    }

    private static func isSet(_ word: UInt64, _ shift: UInt64) -> Bool {
        word >> shift & self.bucketMask != 0
    }
}
