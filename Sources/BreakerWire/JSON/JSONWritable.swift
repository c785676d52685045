package import NIOCore

/// A value that writes itself as one JSON value.
package protocol JSONWritable {
    func write(to buffer: inout ByteBuffer)
}

extension Bool: JSONWritable {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeStaticString(self ? "true" : "false")
    }
}

extension Int: JSONWritable {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeDecimal(self.magnitude, isNegative: self < 0)
    }
}

extension Int64: JSONWritable {
    package func write(to buffer: inout ByteBuffer) { Int(self).write(to: &buffer) }
}

extension UInt32: JSONWritable {
    package func write(to buffer: inout ByteBuffer) { buffer.writeDecimal(UInt(self), isNegative: false) }
}

extension UInt64: JSONWritable {
    package func write(to buffer: inout ByteBuffer) { buffer.writeDecimal(UInt(self), isNegative: false) }
}

extension Double: JSONWritable {
    /// The shortest form that reads back as the same double; whole numbers below 2^63 as plain digits. What
    /// JSON has no word for (NaN, infinities) is null.
    package func write(to buffer: inout ByteBuffer) {
        guard self.isFinite else {
            buffer.writeStaticString("null")
            return
        }
        if let whole = Int64(exactly: self), self != 0 || self.sign == .plus {
            whole.write(to: &buffer)
        } else {
            // "0.1", "5e-324", "1e+20", "-0.0": all of them JSON.
            buffer.writeString(self.description)
        }
    }
}

extension String: JSONWritable {
    /// In double quotes, with `"`, `\` and control characters escaped.
    package func write(to buffer: inout ByteBuffer) {
        var text = self
        text.withUTF8 { utf8 in
            buffer.writeInteger(UInt8(ascii: "\""))
            buffer.writeEscaped(UnsafeRawBufferPointer(utf8))
            buffer.writeInteger(UInt8(ascii: "\""))
        }
    }
}

extension JSONObject: JSONWritable {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "{"))
        for (index, member) in self.members.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            member.key.write(to: &buffer)
            buffer.writeInteger(UInt8(ascii: ":"))
            member.value.write(to: &buffer)
        }
        buffer.writeInteger(UInt8(ascii: "}"))
    }
}

extension JSONValue: JSONWritable {
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .bool(let flag): flag.write(to: &buffer)
        case .integer(let integer): integer.write(to: &buffer)
        case .number(let number): number.write(to: &buffer)
        case .string(let text): text.write(to: &buffer)
        case .object(let object): object.write(to: &buffer)
        case .array(let elements):
            buffer.writeInteger(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
                element.write(to: &buffer)
            }
            buffer.writeInteger(UInt8(ascii: "]"))
        }
    }
}

extension ByteBuffer {
    /// Decimal digits without a String between.
    mutating func writeDecimal(_ magnitude: UInt, isNegative: Bool) {
        // 20 digits of a 64-bit number and a sign.
        withUnsafeTemporaryAllocation(byteCount: 21, alignment: 1) { digits in
            var start = digits.count
            var rest = magnitude
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if isNegative {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            self.writeBytes(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    /// The content of a JSON string: runs that need no escape are copied whole.
    mutating func writeEscaped(_ utf8: UnsafeRawBufferPointer) {
        var start = 0
        for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            self.writeBytes(UnsafeRawBufferPointer(rebasing: utf8[start..<index]))
            self.writeEscape(byte)
            start = index + 1
        }
        self.writeBytes(UnsafeRawBufferPointer(rebasing: utf8[start...]))
    }

    private mutating func writeEscape(_ byte: UInt8) {
        self.writeInteger(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: self.writeInteger(UInt8(ascii: "b"))
        case 0x09: self.writeInteger(UInt8(ascii: "t"))
        case 0x0A: self.writeInteger(UInt8(ascii: "n"))
        case 0x0C: self.writeInteger(UInt8(ascii: "f"))
        case 0x0D: self.writeInteger(UInt8(ascii: "r"))
        case 0x22, 0x5C: self.writeInteger(byte)
        default:
            let hex = "0123456789abcdef".utf8.map { $0 }
            self.writeStaticString("u00")
            self.writeInteger(hex[Int(byte >> 4)])
            self.writeInteger(hex[Int(byte & 15)])
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// Compact JSON.
    package var description: String {
        var buffer = ByteBuffer()
        self.write(to: &buffer)
        return String(buffer: buffer)
    }
}
