import BreakerCore
import Testing

@testable import BreakerServer

/// The bound: 400 bytes for an idle breaker. The rest goes to its name and to the index; the integration test
/// of memory measures the whole.
@Test("An idle breaker's entry takes at most 272 bytes")
func entrySize() {
    #expect(MemoryLayout<Entry>.stride <= 272)
}
