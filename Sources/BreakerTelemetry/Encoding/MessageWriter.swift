// What OTLP's two encodings have in common: protobuf knows a field by its number, JSON by its name. Numbers
// and names are those of https://github.com/open-telemetry/opentelemetry-proto, versions 1.

/// Appends the fields of one message.
protocol MessageWriter {
    /// An enum's number.
    mutating func enumeration(_ number: UInt64, _ name: StaticString, _ value: UInt64)
    mutating func flag(_ number: UInt64, _ name: StaticString, _ value: Bool)
    /// `uint32`
    mutating func small(_ number: UInt64, _ name: StaticString, _ value: UInt32)
    /// `sint32`
    mutating func signed(_ number: UInt64, _ name: StaticString, _ value: Int32)
    /// `int64`
    mutating func integer(_ number: UInt64, _ name: StaticString, _ value: Int64)
    /// `fixed64`
    mutating func fixed(_ number: UInt64, _ name: StaticString, _ value: UInt64)
    /// `sfixed64`
    mutating func fixed(_ number: UInt64, _ name: StaticString, signed value: Int64)
    mutating func double(_ number: UInt64, _ name: StaticString, _ value: Double)
    mutating func string(_ number: UInt64, _ name: StaticString, _ value: String)
    /// The bytes of a trace's identifier.
    mutating func identifier(_ number: UInt64, _ name: StaticString, _ value: [UInt8])
    /// Repeated `fixed64`
    mutating func fixeds(_ number: UInt64, _ name: StaticString, _ values: [UInt64])
    /// Repeated `uint64`
    mutating func integers(_ number: UInt64, _ name: StaticString, _ values: [UInt64])
    mutating func doubles(_ number: UInt64, _ name: StaticString, _ values: [Double])
    mutating func message(_ number: UInt64, _ name: StaticString, _ fields: (inout Self) -> Void)
    /// A message for each item; not to be called twice for one field.
    mutating func messages<Items: Sequence>(
        _ number: UInt64, _ name: StaticString, _ items: Items,
        _ fields: (inout Self, Items.Element) -> Void)
}
