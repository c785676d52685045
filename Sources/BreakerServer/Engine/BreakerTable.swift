import BreakerCore
import Synchronization

/// All breakers, in 64 shards by the hash of their names, each under its own lock.
///
/// With two threads one lock costs twice what 64 do; more than 64 gain nothing that can be measured. The
/// shards lie in one piece of raw memory, and the table itself is no object, because either would make every
/// look-up touch reference counts that all event loops share: with two of them a quarter of the daemon's
/// time.
///
/// `@unchecked Sendable`: `shards` is set once and never changes; what it points to is only reached through
/// each `Mutex`; it is freed with the table.
struct BreakerTable: ~Copyable, @unchecked Sendable {
    static let shardCount = 64

    private let shards: UnsafeMutablePointer<Mutex<Shard>>
    private let hash: NameHash

    init(seed: UInt64) {
        self.hash = NameHash(seed: seed)
        self.shards = .allocate(capacity: BreakerTable.shardCount)
        for index in 0..<BreakerTable.shardCount {
            (self.shards + index).initialize(to: Mutex(Shard()))
        }
    }

    deinit {
        self.shards.deinitialize(count: BreakerTable.shardCount)
        self.shards.deallocate()
    }

    /// Runs `body` under the lock of the shard that a name belongs to.
    @inline(__always)
    func withShard<Result: Sendable>(
        of name: UnsafeRawBufferPointer, _ body: (inout Shard, UInt64) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        let hash = self.hash(name)
        return try self.shards[Int(hash >> 58)].withLock { shard throws(EngineError) in try body(&shard, hash)
        }
    }

    /// Visits the shards one after the other; never two locks at once.
    func forEachShard(_ body: (inout Shard) -> Void) {
        for index in 0..<BreakerTable.shardCount {
            self.shards[index].withLock { body(&$0) }
        }
    }

    /// One shard of `0..<shardCount`.
    func withShard(_ index: Int, _ body: (inout Shard) -> Void) {
        self.shards[index].withLock { body(&$0) }
    }

    /// The shard that a name of this hash belongs to.
    func withShard(of hash: UInt64, _ body: (inout Shard) -> Void) {
        self.shards[Int(hash >> 58)].withLock { body(&$0) }
    }

    func hash(of name: String) -> UInt64 {
        var name = name
        return name.withUTF8 { self.hash(UnsafeRawBufferPointer($0)) }
    }
}
