/// Writes into memory reserved beforehand: the replies of the hot path without a String or a bounds
/// negotiation per piece. Writing past the reservation is a fault of this module, never of a peer: callers
/// reserve for the longest form of everything they append.
package struct ByteAppender {
    /// Digits of the largest 64-bit number.
    private static let integerBytes = 20

    private let start: UnsafeMutableRawPointer
    private var position: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    /// - Parameter memory: where to write; not empty.
    init?(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress else { return nil }
        self.start = start
        self.position = start
        self.end = start + memory.count
    }

    /// Bytes written so far.
    var count: Int { self.position - self.start }

    /// Bytes that can still be written.
    package var room: Int { self.end - self.position }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        precondition(count <= self.end - self.position, "a reply is longer than what was reserved for it")
        self.position.copyMemory(from: text.utf8Start, byteCount: count)
        self.position += count
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        precondition(
            bytes.count <= self.end - self.position, "a reply is longer than what was reserved for it")
        self.position.copyMemory(from: source, byteCount: bytes.count)
        self.position += bytes.count
    }

    /// Decimal digits.
    @inline(__always)
    mutating func append(_ number: UInt64) {
        precondition(
            self.end - self.position >= ByteAppender.integerBytes,
            "a reply is longer than what was reserved for it")
        if number < 10 {
            self.position.storeBytes(of: UInt8(ascii: "0") + UInt8(number), as: UInt8.self)
            self.position += 1
            return
        }
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, number >= bound {
            digits += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        var rest = number
        var index = digits
        while index > 0 {
            index -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            (self.position + index).storeBytes(
                of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit), as: UInt8.self)
            rest = quotient
        }
        self.position += digits
    }
}
