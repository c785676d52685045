// Writes compact JSON into a ByteBuffer, member by member:
//
//     buffer.writeJSONLine { reply in
//         reply.field("ok", true)
//         reply.field("retry_after_ms", retryAfter)        // nil: no such member
//         reply.object("window") { $0.field("calls", 52) }
//         reply.array("breakers") { list in
//             for name in names { list.element(name) }
//         }
//     }
//
// What is written is valid whatever the values are: strings are escaped, a double that JSON cannot say is
// null.

package import NIOCore

/// Appends the members of one object, or the elements of one array.
package struct JSONWriter {
    package private(set) var buffer: ByteBuffer
    private var needsComma = false

    /// Appends to `buffer`; `finish` gives it back.
    init(_ buffer: consuming ByteBuffer) {
        self.buffer = buffer
    }

    consuming func finish() -> ByteBuffer { self.buffer }

    // MARK: Members

    /// One member; nothing at all if `value` is nil.
    package mutating func field(_ key: StaticString, _ value: (some JSONWritable)?) {
        guard let value else { return }
        self.key(key)
        value.write(to: &self.buffer)
    }

    /// A member whose key is not known beforehand.
    package mutating func field(named key: String, _ value: some JSONWritable) {
        self.key(named: key)
        value.write(to: &self.buffer)
    }

    /// A member that is null.
    package mutating func null(_ key: StaticString) {
        self.key(key)
        self.buffer.writeStaticString("null")
    }

    /// A member whose value is JSON already.
    package mutating func raw(_ key: StaticString, _ json: some Sequence<UInt8>) {
        self.key(key)
        self.buffer.writeBytes(json)
    }

    /// Members that are JSON already, at least one, without the braces around them.
    package mutating func members(_ json: [UInt8]) {
        self.comma()
        self.buffer.writeBytes(json)
    }

    /// A member that is an object.
    package mutating func object(_ key: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.key(key)
        self.nest("{", "}", members)
    }

    /// A member that is an object under a key not known beforehand.
    package mutating func object(named key: String, _ members: (inout JSONWriter) -> Void) {
        self.key(named: key)
        self.nest("{", "}", members)
    }

    /// A member that is an array.
    package mutating func array(_ key: StaticString, _ elements: (inout JSONWriter) -> Void) {
        self.key(key)
        self.nest("[", "]", elements)
    }

    // MARK: Elements

    /// One element of an array.
    package mutating func element(_ value: some JSONWritable) {
        self.comma()
        value.write(to: &self.buffer)
    }

    /// One element that is JSON already.
    package mutating func element(raw json: some Sequence<UInt8>) {
        self.comma()
        self.buffer.writeBytes(json)
    }

    /// One element that is an object.
    package mutating func element(object members: (inout JSONWriter) -> Void) {
        self.comma()
        self.nest("{", "}", members)
    }

    /// One element that is an array.
    package mutating func arrayElement(_ elements: (inout JSONWriter) -> Void) {
        self.comma()
        self.nest("[", "]", elements)
    }

    // MARK: Punctuation

    private mutating func key(_ key: StaticString) {
        self.comma()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        self.buffer.writeStaticString(key)
        self.buffer.writeStaticString("\":")
    }

    private mutating func key(named key: String) {
        self.comma()
        key.write(to: &self.buffer)
        self.buffer.writeInteger(UInt8(ascii: ":"))
    }

    private mutating func comma() {
        if self.needsComma { self.buffer.writeInteger(UInt8(ascii: ",")) }
        self.needsComma = true
    }

    private mutating func nest(
        _ open: StaticString, _ close: StaticString, _ body: (inout JSONWriter) -> Void
    ) {
        self.buffer.writeStaticString(open)
        self.needsComma = false
        body(&self)
        self.buffer.writeStaticString(close)
        self.needsComma = true
    }
}

extension ByteBuffer {
    /// Appends one JSON object.
    package mutating func writeJSONObject(_ members: (inout JSONWriter) -> Void) {
        // The buffer moves through the writer, so that it is never shared and never copied.
        var writer = JSONWriter(self)
        self = ByteBuffer()
        writer.element(object: members)
        self = writer.finish()
    }

    /// Appends one JSON object and a line feed: one message of the protocol.
    package mutating func writeJSONLine(_ members: (inout JSONWriter) -> Void) {
        self.writeJSONObject(members)
        self.writeInteger(UInt8(ascii: "\n"))
    }
}
