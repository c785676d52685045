// Protocol Buffers as bytes (https://protobuf.dev/programming-guides/encoding/), as far as OTLP's messages
// need it. By hand: those are a dozen fields, where generated code would be thousands of lines and a library
// of their own.

struct ProtobufWriter: MessageWriter {
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case delimited = 2
    }

    private(set) var bytes: [UInt8] = []

    mutating func enumeration(_ number: UInt64, _: StaticString, _ value: UInt64) {
        self.varint(number, value)
    }

    mutating func flag(_ number: UInt64, _: StaticString, _ value: Bool) {
        self.varint(number, value ? 1 : 0)
    }

    mutating func small(_ number: UInt64, _: StaticString, _ value: UInt32) {
        self.varint(number, UInt64(value))
    }

    mutating func signed(_ number: UInt64, _: StaticString, _ value: Int32) {
        // Zigzag: 0, -1, 1, -2 as 0, 1, 2, 3.
        self.varint(number, UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }

    mutating func integer(_ number: UInt64, _: StaticString, _ value: Int64) {
        self.varint(number, UInt64(bitPattern: value))
    }

    mutating func fixed(_ number: UInt64, _: StaticString, _ value: UInt64) {
        self.tag(number, .fixed64)
        self.append(fixed: value)
    }

    mutating func fixed(_ number: UInt64, _ name: StaticString, signed value: Int64) {
        self.fixed(number, name, UInt64(bitPattern: value))
    }

    mutating func double(_ number: UInt64, _ name: StaticString, _ value: Double) {
        self.fixed(number, name, value.bitPattern)
    }

    mutating func string(_ number: UInt64, _: StaticString, _ value: String) {
        self.delimited(number, count: value.utf8.count)
        self.bytes += value.utf8
    }

    mutating func identifier(_ number: UInt64, _: StaticString, _ value: [UInt8]) {
        self.delimited(number, count: value.count)
        self.bytes += value
    }

    mutating func fixeds(_ number: UInt64, _: StaticString, _ values: [UInt64]) {
        self.delimited(number, count: 8 * values.count)
        for value in values { self.append(fixed: value) }
    }

    mutating func integers(_ number: UInt64, _: StaticString, _ values: [UInt64]) {
        var inner = ProtobufWriter()
        for value in values { inner.append(varint: value) }
        self.delimited(number, count: inner.bytes.count)
        self.bytes += inner.bytes
    }

    mutating func doubles(_ number: UInt64, _ name: StaticString, _ values: [Double]) {
        self.fixeds(number, name, values.map(\.bitPattern))
    }

    mutating func message(_ number: UInt64, _: StaticString, _ fields: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        fields(&inner)
        self.delimited(number, count: inner.bytes.count)
        self.bytes += inner.bytes
    }

    mutating func messages<Items: Sequence>(
        _ number: UInt64, _ name: StaticString, _ items: Items,
        _ fields: (inout ProtobufWriter, Items.Element) -> Void
    ) {
        for item in items { self.message(number, name) { fields(&$0, item) } }
    }

    private mutating func varint(_ number: UInt64, _ value: UInt64) {
        self.tag(number, .varint)
        self.append(varint: value)
    }

    private mutating func delimited(_ number: UInt64, count: Int) {
        self.tag(number, .delimited)
        self.append(varint: UInt64(count))
    }

    private mutating func tag(_ number: UInt64, _ type: WireType) {
        self.append(varint: number << 3 | type.rawValue)
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
