import BreakerWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The lines of a connection's input, one after the other, as long as they are of the usual shape.
struct HotRow: ~Copyable {
    /// The present line, while `hasLine`.
    private(set) var line: HotLine
    /// What is not answered yet: from the present line on.
    private(set) var rest: UnsafeRawBufferPointer
    /// Whether there is a line to answer.
    private(set) var hasLine = false
    private let limit: Int

    /// - Parameters:
    ///   - input: valid for as long as the row is used.
    ///   - first: the length of its first line with the line feed.
    init(_ input: UnsafeRawBufferPointer, first: Int, limits: WireLimits) {
        self.line = HotLine(limits: limits)
        self.rest = input
        self.limit = limits.lineBytes
        self.read(first)
    }

    /// The present line is answered: goes on to the next.
    mutating func advance() {
        self.rest = UnsafeRawBufferPointer(rebasing: self.rest[self.line.length...])
        self.read(self.rest.lineLength)
    }

    @inline(__always)
    private mutating func read(_ length: Int?) {
        guard let length, length <= self.limit else {
            self.hasLine = false
            return
        }
        self.hasLine = self.line.read(UnsafeRawBufferPointer(rebasing: self.rest[..<length]))
    }
}

extension UnsafeRawBufferPointer {
    /// The length of the first line with its line feed; nil: there is none.
    var lineLength: Int? {
        guard let start = self.baseAddress, let feed = memchr(start, 0x0A, self.count) else { return nil }
        return UnsafeRawPointer(feed) - start + 1
    }
}
