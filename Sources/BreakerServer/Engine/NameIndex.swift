/// From a name's hash to its slot: open addressing with linear probing, two words of 32 bits a place.
///
/// Holds no names: the caller compares them, so that a look-up needs no `String` and touches no reference
/// count.
struct NameIndex {
    /// Slot + 1, 0 where empty; and the hash's upper half.
    private var places: [(slot: UInt32, tag: UInt32)]
    private(set) var count = 0

    init() {
        self.places = Array(repeating: (0, 0), count: 16)
    }

    /// The slot for which `isMatch` holds among those with this hash.
    func find(_ hash: UInt64, where isMatch: (Int) -> Bool) -> Int? {
        let mask = self.places.count - 1
        let tag = NameIndex.tag(hash)
        var place = Int(truncatingIfNeeded: hash) & mask
        while self.places[place].slot != 0 {
            if self.places[place].tag == tag, isMatch(Int(self.places[place].slot - 1)) {
                return Int(self.places[place].slot - 1)
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Adds a slot that is not in it. `hashOf` gives the hashes of those already there, for growing.
    mutating func insert(_ slot: Int, hash: UInt64, hashOf: (Int) -> UInt64) {
        self.reserve(self.count + 1, hashOf: hashOf)
        self.place(slot, hash: hash)
        self.count += 1
    }

    /// Makes room for so many slots at once.
    mutating func reserve(_ count: Int, hashOf: (Int) -> UInt64) {
        var room = self.places.count
        while count * 4 > room * 3 { room *= 2 }
        if room > self.places.count { self.grow(to: room, hashOf: hashOf) }
    }

    /// Removes a slot, closing the gap so that no probe sequence breaks.
    mutating func remove(_ slot: Int, hash: UInt64, hashOf: (Int) -> UInt64) {
        let mask = self.places.count - 1
        var gap = Int(truncatingIfNeeded: hash) & mask
        while self.places[gap].slot != UInt32(slot + 1) {
            guard self.places[gap].slot != 0 else { return }
            gap = (gap + 1) & mask
        }
        var next = (gap + 1) & mask
        while self.places[next].slot != 0 {
            let home = Int(truncatingIfNeeded: hashOf(Int(self.places[next].slot - 1))) & mask
            if (next - home) & mask >= (next - gap) & mask {
                self.places[gap] = self.places[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        self.places[gap] = (0, 0)
        self.count -= 1
    }

    private mutating func place(_ slot: Int, hash: UInt64) {
        let mask = self.places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while self.places[place].slot != 0 {
            place = (place + 1) & mask
        }
        self.places[place] = (UInt32(slot + 1), NameIndex.tag(hash))
    }

    private mutating func grow(to room: Int, hashOf: (Int) -> UInt64) {
        let old = self.places
        self.places = Array(repeating: (0, 0), count: room)
        for (slot, _) in old where slot != 0 {
            self.place(Int(slot - 1), hash: hashOf(Int(slot - 1)))
        }
    }

    private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
}
