// Bytes as a connection has them: in one piece of memory, line after line.

/// Lines of bytes that are there as long as this is.
///
/// `@unchecked Sendable`: nothing changes after `init`.
final class Lines: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer
    private let ranges: [Range<Int>]

    /// - Parameter lines: at least one.
    init(_ lines: some Collection<String>) {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(lines.count)
        var end = 0
        for line in lines {
            ranges.append(end..<end + line.utf8.count)
            end += line.utf8.count
        }
        self.ranges = ranges
        self.memory = .allocate(byteCount: end, alignment: 16)
        for (line, range) in zip(lines, ranges) { self.memory[range].copyBytes(from: line.utf8) }
    }

    deinit { self.memory.deallocate() }

    var count: Int { self.ranges.count }

    @inline(__always)
    subscript(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self.memory[self.ranges[index]])
    }
}

/// A breaker's name as services choose them.
func breakerName(_ number: Int) -> String { "checkout/payments-\(number)" }
