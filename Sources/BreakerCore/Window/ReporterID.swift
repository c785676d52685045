/// Tells instances of the fleet apart inside a window: 32 bits of a hash over the instance's name. A time
/// window keeps 20 of them (`WindowReporters`).
///
/// A hash, not an index, so that windows keep their meaning across restarts without a table of names. Two
/// instances that collide (one pair in 4 billion) count as one, which at worst makes `min_reporters`
/// stricter.
package struct ReporterID: Hashable, Sendable {
    package let rawValue: UInt32

    @inlinable
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// FNV-1a over the name's bytes, folded to 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
    package init(instance: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in instance.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        self.rawValue = UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }
}
