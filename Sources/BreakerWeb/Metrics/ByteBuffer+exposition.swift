import NIOCore

extension ByteBuffer {
    /// A label's value or a help text, with what would end it escaped.
    mutating func writeEscaped(_ text: String, quotes: Bool) {
        // Breakers' names hold nothing of it, and are nearly all that is written.
        guard text.utf8.contains(where: { ByteBuffer.needsEscape($0, quotes: quotes) }) else {
            self.writeString(text)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): self.writeStaticString("\\n")
            case _ where ByteBuffer.needsEscape(byte, quotes: quotes):
                self.writeInteger(UInt8(ascii: "\\"))
                self.writeInteger(byte)
            case _: self.writeInteger(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8, quotes: Bool) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") || quotes && byte == UInt8(ascii: "\"")
    }

    /// In decimal digits.
    mutating func writeInteger(decimal value: Int64) {
        if (0...9).contains(value) {
            self.writeInteger(UInt8(ascii: "0") + UInt8(value))
            return
        }
        // Up to 15 digits, as nearly all have, it lies in the string itself.
        self.writeString(String(value))
    }

    /// The shortest text that is read back as the same number.
    mutating func writeReal(_ value: Double) {
        if let whole = Int64(exactly: value) { return self.writeInteger(decimal: whole) }
        switch value {
        case .infinity: self.writeStaticString("+Inf")
        case -.infinity: self.writeStaticString("-Inf")
        case _ where value.isNaN: self.writeStaticString("NaN")
        case _: self.writeString("\(value)")
        }
    }
}
