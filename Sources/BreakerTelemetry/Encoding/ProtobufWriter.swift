// Protocol Buffers as bytes (https://protobuf.dev/programming-guides/encoding/), as far as OTLP's messages
// need it. By hand: those are a dozen fields, where generated code would be thousands of lines and a library
// of their own.

/// Appends the fields of one message.
struct ProtobufWriter {
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case delimited = 2
    }

    private(set) var bytes: [UInt8] = []

    /// An integer, an enum, or a boolean.
    mutating func varint(_ field: UInt64, _ value: UInt64) {
        self.tag(field, .varint)
        self.append(varint: value)
    }

    mutating func fixed(_ field: UInt64, _ value: UInt64) {
        self.tag(field, .fixed64)
        self.append(fixed: value)
    }

    mutating func double(_ field: UInt64, _ value: Double) { self.fixed(field, value.bitPattern) }

    mutating func string(_ field: UInt64, _ value: String) {
        self.tag(field, .delimited)
        self.append(varint: UInt64(value.utf8.count))
        self.bytes += value.utf8
    }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        self.tag(field, .delimited)
        self.append(varint: UInt64(value.count))
        self.bytes += value
    }

    /// Numbers of 64 bits, packed.
    mutating func packed(_ field: UInt64, _ values: [UInt64]) {
        self.tag(field, .delimited)
        self.append(varint: UInt64(8 * values.count))
        for value in values { self.append(fixed: value) }
    }

    /// A message within.
    mutating func message(_ field: UInt64, _ fields: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        fields(&inner)
        self.tag(field, .delimited)
        self.append(varint: UInt64(inner.bytes.count))
        self.bytes += inner.bytes
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) {
        self.append(varint: field << 3 | type.rawValue)
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7f {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    private mutating func append(fixed value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes += $0 }
    }
}
