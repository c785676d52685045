/// The entries of a shard by slot, in chunks that never move.
///
/// One growing array would be copied as it grows, half of it would lie unused after doubling, and what it
/// leaves behind would be holes that the allocator cannot fill.
struct EntrySlots: RandomAccessCollection {
    /// Entries of a chunk: about 9 KiB.
    private static let chunkSize = 32

    private var chunks: [[Entry?]] = []
    private(set) var count = 0

    var startIndex: Int { 0 }
    var endIndex: Int { self.count }

    /// Nil: the slot is free.
    subscript(slot: Int) -> Entry? {
        @inline(__always) _read {
            yield self.chunks[slot / EntrySlots.chunkSize][slot % EntrySlots.chunkSize]
        }
        @inline(__always) _modify {
            yield &self.chunks[slot / EntrySlots.chunkSize][slot % EntrySlots.chunkSize]
        }
    }

    mutating func append(_ entry: Entry) {
        if self.count % EntrySlots.chunkSize == 0 {
            self.chunks.append([])
            self.chunks[self.chunks.count - 1].reserveCapacity(EntrySlots.chunkSize)
        }
        self.chunks[self.chunks.count - 1].append(entry)
        self.count += 1
    }
}
