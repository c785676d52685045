/// Hashes names of breakers for the table: 8 bytes a step, folded multiplication (the idea is wyhash's, Wang
/// Yi).
///
/// Seeded at start, so that nobody can choose names that fall into one shard or one slot.
struct NameHash: Sendable {
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
    }

    func callAsFunction(_ name: UnsafeRawBufferPointer) -> UInt64 {
        var hash = self.seed ^ UInt64(truncatingIfNeeded: name.count)
        guard let start = name.baseAddress else { return NameHash.mix(hash) }
        guard name.count >= 8 else { return NameHash.mix(hash ^ NameHash.shortWord(name)) }
        // The last word may overlap the one before: no two names of one length have the same words.
        let last = start + (name.count - 8)
        var word = start
        while word < last {
            hash = NameHash.mix(hash ^ word.loadUnaligned(as: UInt64.self))
            word += 8
        }
        return NameHash.mix(hash ^ last.loadUnaligned(as: UInt64.self))
    }

    /// All of at most 7 bytes.
    private static func shortWord(_ name: UnsafeRawBufferPointer) -> UInt64 {
        name.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }
}
