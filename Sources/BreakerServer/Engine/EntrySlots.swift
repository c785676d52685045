/// The entries of a shard by slot, in chunks of raw memory that never move.
///
/// One growing array would be copied as it grows, half of it would lie unused after doubling, and what it
/// leaves behind would be holes that the allocator cannot fill. Raw memory, because an array of optional
/// entries hands out a copy of the whole entry, with all its references counted up and down, for every look
/// at one of its fields.
struct EntrySlots: ~Copyable {
    /// Entries of a chunk: about 9 KiB.
    private static let chunkSize = 32

    private struct Chunk {
        let entries: UnsafeMutablePointer<Entry>
        /// Bit n is set where entry n is in use, and so initialised.
        var used: UInt32 = 0
    }

    private var chunks: [Chunk] = []
    /// Slots that were ever in use.
    private(set) var count = 0

    init() {}

    deinit {
        for chunk in self.chunks {
            for place in 0..<EntrySlots.chunkSize where chunk.used >> UInt32(place) & 1 == 1 {
                (chunk.entries + place).deinitialize(count: 1)
            }
            chunk.entries.deallocate()
        }
    }

    var indices: Range<Int> { 0..<self.count }

    /// The entry at a slot, nil where the slot is free. Valid until the slot is emptied.
    subscript(slot: Int) -> UnsafeMutablePointer<Entry>? {
        @inline(__always) get {
            let chunk = self.chunks[slot / EntrySlots.chunkSize]
            let place = slot % EntrySlots.chunkSize
            return chunk.used >> UInt32(place) & 1 == 1 ? chunk.entries + place : nil
        }
    }

    /// Adds a slot.
    mutating func append(_ entry: consuming Entry) {
        if self.count % EntrySlots.chunkSize == 0 {
            self.chunks.append(Chunk(entries: .allocate(capacity: EntrySlots.chunkSize)))
        }
        self.count += 1
        self.fill(self.count - 1, with: entry)
    }

    /// Puts an entry into a free slot.
    mutating func fill(_ slot: Int, with entry: consuming Entry) {
        let (chunk, place) = slot.quotientAndRemainder(dividingBy: EntrySlots.chunkSize)
        (self.chunks[chunk].entries + place).initialize(to: entry)
        self.chunks[chunk].used |= 1 << UInt32(place)
    }

    /// Frees a slot that is in use.
    mutating func empty(_ slot: Int) {
        let (chunk, place) = slot.quotientAndRemainder(dividingBy: EntrySlots.chunkSize)
        (self.chunks[chunk].entries + place).deinitialize(count: 1)
        self.chunks[chunk].used &= ~(1 << UInt32(place))
    }
}
