// Messages as JSON, by https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: 64-bit integers as
// text, since JSON's readers may take numbers for doubles; enums as numbers; identifiers in hexadecimal.

import BreakerWire

extension JSONWriter: MessageWriter {
    mutating func enumeration(_: UInt64, _ name: StaticString, _ value: UInt64) { self.field(name, value) }

    mutating func flag(_: UInt64, _ name: StaticString, _ value: Bool) { self.field(name, value) }

    mutating func small(_: UInt64, _ name: StaticString, _ value: UInt32) { self.field(name, value) }

    mutating func signed(_: UInt64, _ name: StaticString, _ value: Int32) { self.field(name, Int(value)) }

    mutating func integer(_: UInt64, _ name: StaticString, _ value: Int64) { self.field(name, "\(value)") }

    mutating func fixed(_: UInt64, _ name: StaticString, _ value: UInt64) { self.field(name, "\(value)") }

    mutating func fixed(_: UInt64, _ name: StaticString, signed value: Int64) { self.field(name, "\(value)") }

    mutating func double(_: UInt64, _ name: StaticString, _ value: Double) { self.field(name, value) }

    mutating func string(_: UInt64, _ name: StaticString, _ value: String) { self.field(name, value) }

    mutating func identifier(_: UInt64, _ name: StaticString, _ value: [UInt8]) {
        self.field(name, value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    mutating func fixeds(_: UInt64, _ name: StaticString, _ values: [UInt64]) {
        self.array(name) { list in values.forEach { list.element("\($0)") } }
    }

    mutating func integers(_ number: UInt64, _ name: StaticString, _ values: [UInt64]) {
        self.fixeds(number, name, values)
    }

    mutating func doubles(_: UInt64, _ name: StaticString, _ values: [Double]) {
        self.array(name) { list in values.forEach { list.element($0) } }
    }

    mutating func message(_: UInt64, _ name: StaticString, _ fields: (inout JSONWriter) -> Void) {
        self.object(name, fields)
    }

    mutating func messages<Items: Sequence>(
        _: UInt64, _ name: StaticString, _ items: Items,
        _ fields: (inout JSONWriter, Items.Element) -> Void
    ) {
        self.array(name) { list in
            for item in items { list.element { fields(&$0, item) } }
        }
    }
}
