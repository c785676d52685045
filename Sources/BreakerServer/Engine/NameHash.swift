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
        var offset = 0
        while offset + 8 <= name.count {
            hash = NameHash.mix(hash ^ name.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < name.count {
            tail = tail << 8 | UInt64(name[offset])
            offset += 1
        }
        return NameHash.mix(hash ^ tail)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }
}
