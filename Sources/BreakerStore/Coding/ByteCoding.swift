// The alphabet of the blobs: little-endian base-128 numbers (LEB128), so that small counts take one byte.

struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes to make room for at first.
    init(capacity: Int = 0) {
        self.bytes.reserveCapacity(capacity)
    }

    mutating func byte(_ value: UInt8) {
        self.bytes.append(value)
    }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// Zigzag: small values of either sign stay small.
    mutating func signed(_ value: Int64) {
        self.unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }
}

/// Reads what `ByteWriter` wrote; nil for anything else, whatever the bytes. Not to be kept longer than they.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.position == self.bytes.count }
    var remaining: Int { self.bytes.count - self.position }

    mutating func byte() -> UInt8? {
        guard self.position < self.bytes.count else { return nil }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    mutating func unsigned() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = self.byte() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func signed() -> Int64? {
        guard let raw = self.unsigned() else { return nil }
        return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
    }

    mutating func unsigned32() -> UInt32? {
        self.unsigned().flatMap(UInt32.init(exactly:))
    }

    mutating func take(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
        guard count >= 0, count <= self.remaining else { return nil }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    /// A count of things that take at least a byte each: never more than bytes are left.
    mutating func count() -> Int? {
        guard let count = self.unsigned().flatMap(Int.init(exactly:)), count <= self.remaining else {
            return nil
        }
        return count
    }
}
