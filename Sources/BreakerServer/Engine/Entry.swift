import BreakerCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One breaker's place in a shard.
struct Entry {
    let name: String
    /// The name's hash, to compare before the bytes and to grow the index without hashing again.
    let hash: UInt64
    var breaker: Breaker
    /// Index of the policy in effect in the shard's `policies`.
    var policy: Int32
    /// What clients asked for with `declare`.
    var declared: PolicyPatch?
    /// The revision of its last change.
    var revision: UInt64 = 0
    /// The deadline that the shard's timer heap holds for it; `distantFuture`: none.
    var armed = Instant.distantFuture
    /// How long calls took, as far as that is shown under its own name.
    var durations = DurationTotals()
    /// Whether counters changed since the last flush took it.
    var isDirty = false
    /// Whether metrics show it under its own name.
    var isLabelled = false
}

extension Entry {
    func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let equal = self.name.utf8.withContiguousStorageIfAvailable { stored in
            // Names are never empty, so both have a base address.
            stored.count == bytes.count
                && memcmp(stored.baseAddress!, bytes.baseAddress!, bytes.count) == 0
        }
        return equal ?? self.name.utf8.elementsEqual(bytes)
    }
}
