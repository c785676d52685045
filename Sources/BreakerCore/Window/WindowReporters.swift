/// Which instances reported, failed or were slow within a time window.
///
/// Four bytes an instance, because a fleet's daemon holds 64 of them for each of very many breakers: 20 bits
/// of its id, and for each of the three kinds the bucket in which it was seen last, which is enough to know
/// whether the window holds one. Two of 64 instances share their 20 bits once in some 500 windows; they count
/// as one then, which at worst makes `min_reporters` stricter.
///
/// At most 64 instances are told apart, which bounds a window's memory; beyond that an instance in trouble
/// takes the place of one without, so that "at least n instances fail" (n ≤ 64) stays exact. Where both
/// failing and slow instances abound each kind keeps half of the places, so that neither hides the other.
package struct WindowReporters: Hashable, Sendable {
    package static let capacity = 64
    /// Places of a small fleet. Beyond it there is room for all at once: an array that grows step by step, in
    /// all windows at about the same time, leaves holes between them that nothing else fits into.
    private static let few = 4

    /// What an instance was seen doing.
    private enum Kind: UInt32 {
        case any = 0
        case failing = 4
        case slow = 8

        /// The lowest of its four bits.
        var shift: UInt32 { self.rawValue }
    }

    private static let idShift: UInt32 = 12
    private static let slotMask: UInt32 = 0xf

    /// The id from bit 12; below it, for each kind, 0 or the ring position of its latest bucket and one.
    package private(set) var words: [UInt32] = []

    package init() {}

    package init(words: [UInt32]) {
        self.words = Array(words.prefix(WindowReporters.capacity))
    }

    /// Marks `reporter` in the newest bucket, which is at ring position `slot`.
    package mutating func mark(_ reporter: ReporterID, slot: Int, failing: Bool, slow: Bool) {
        let id = reporter.rawValue << WindowReporters.idShift
        let index = self.index(of: id)
        var word = index.map { self.words[$0] } ?? id
        let place = UInt32(slot + 1)
        WindowReporters.set(.any, to: place, in: &word)
        if failing { WindowReporters.set(.failing, to: place, in: &word) }
        if slow { WindowReporters.set(.slow, to: place, in: &word) }
        if let index {
            self.words[index] = word
        } else {
            self.insert(word)
        }
    }

    /// Where an instance's word is. Eight words at a time, since this is most of what a call costs in a
    /// window that many instances share.
    ///
    /// - Parameter id: in place, its lower bits zero.
    private func index(of id: UInt32) -> Int? {
        // Few are found sooner one by one.
        guard self.words.count > 8 else { return self.words.firstIndex { $0 & ~0xfff == id } }
        return self.words.withUnsafeBytes { bytes in
            let (stride, size) = (8, MemoryLayout<UInt32>.size)
            let wanted = SIMD8(repeating: id)
            var index = 0
            while (index + stride) * size <= bytes.count {
                let words = bytes.loadUnaligned(fromByteOffset: index * size, as: SIMD8<UInt32>.self)
                if any((words & SIMD8(repeating: ~0xfff)) .== wanted) { break }
                index += stride
            }
            while index * size < bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index * size, as: UInt32.self)
                if word & ~0xfff == id { return index }
                index += 1
            }
            return nil
        }
    }

    /// Forgets the buckets whose ring positions are set in `slots`.
    package mutating func clear(slots: UInt64) {
        for index in self.words.indices {
            for kind in [Kind.any, .failing, .slow] {
                let place = WindowReporters.place(kind, in: self.words[index])
                if place > 0, slots >> UInt64(place - 1) & 1 == 1 {
                    WindowReporters.set(kind, to: 0, in: &self.words[index])
                }
            }
        }
        self.words.removeAll { !WindowReporters.has(.any, $0) }
    }

    package mutating func removeAll() {
        self.words = []
    }

    /// Takes memory of its own.
    mutating func unshare() {
        self.words = self.words.withUnsafeBufferPointer { Array($0) }
    }

    /// How many instances reported, failed and were slow.
    package func count() -> (seen: Int, failing: Int, slow: Int) {
        var (failing, slow) = (0, 0)
        for word in self.words {
            failing += WindowReporters.has(.failing, word) ? 1 : 0
            slow += WindowReporters.has(.slow, word) ? 1 : 0
        }
        return (self.words.count, failing, slow)
    }

    private mutating func insert(_ word: UInt32) {
        if self.words.count < WindowReporters.capacity {
            if self.words.count == self.words.capacity {
                self.words.reserveCapacity(
                    self.words.count < WindowReporters.few ? WindowReporters.few : WindowReporters.capacity)
            }
            self.words.append(word)
        } else if let index = self.replaceable(by: word) {
            self.words[index] = word
        }
    }

    /// Who gives way: a healthy instance, else one that has only the commoner trouble to one with the rarer.
    private func replaceable(by word: UInt32) -> Int? {
        guard WindowReporters.isInTrouble(word) else { return nil }
        if let healthy = self.words.firstIndex(where: { !WindowReporters.isInTrouble($0) }) { return healthy }
        let (_, failing, slow) = self.count()
        let rarer = failing < slow ? Kind.failing : .slow
        guard failing != slow, WindowReporters.has(rarer, word) else { return nil }
        return self.words.firstIndex { !WindowReporters.has(rarer, $0) }
    }

    private static func isInTrouble(_ word: UInt32) -> Bool {
        self.has(.failing, word) || self.has(.slow, word)
    }

    private static func has(_ kind: Kind, _ word: UInt32) -> Bool { self.place(kind, in: word) != 0 }

    private static func place(_ kind: Kind, in word: UInt32) -> UInt32 {
        word >> kind.shift & self.slotMask
    }

    private static func set(_ kind: Kind, to place: UInt32, in word: inout UInt32) {
        word = word & ~(self.slotMask << kind.shift) | place << kind.shift
    }
}
