// Strings and numbers.

extension JSONParser {
    // MARK: Strings

    mutating func string() throws(JSONProblem) -> String {
        let opening = self.position
        self.position += 1
        let start = self.position
        while let byte = self.peek {
            switch byte {
            case UInt8(ascii: "\""):
                let text = String(validating: self.bytes[start..<self.position], as: UTF8.self)
                guard let text else { throw JSONProblem(offset: start, message: "invalid UTF-8 in a string") }
                self.position += 1
                return text
            case UInt8(ascii: "\\"): return try self.escapedString(from: start)
            case 0..<0x20: throw self.problem("control character in a string")
            default: self.position += 1
            }
        }
        throw JSONProblem(offset: opening, message: "string without an end")
    }

    /// The rest of a string in which a backslash was met at `position`.
    private mutating func escapedString(from start: Int) throws(JSONProblem) -> String {
        var content = [UInt8](self.bytes[start..<self.position])
        while let byte = self.peek {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSONProblem(offset: start, message: "invalid UTF-8 in a string")
                }
                return text
            case UInt8(ascii: "\\"): try self.escape(into: &content)
            case 0..<0x20:
                self.position -= 1
                throw self.problem("control character in a string")
            default: content.append(byte)
            }
        }
        throw JSONProblem(offset: start - 1, message: "string without an end")
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONProblem) {
        guard let byte = self.peek else { throw self.problem("string without an end") }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(try self.scalar()).utf8)
        default: throw JSONProblem(offset: self.position - 2, message: "unknown escape in a string")
        }
    }

    /// What follows `\u`: four hex digits, or a pair of surrogates.
    private mutating func scalar() throws(JSONProblem) -> Unicode.Scalar {
        let start = self.position - 2
        let first = try self.hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), self.position + 1 < self.bytes.count,
            self.bytes[self.position] == UInt8(ascii: "\\"),
            self.bytes[self.position + 1] == UInt8(ascii: "u")
        else { throw JSONProblem(offset: start, message: "half a surrogate pair in a string") }
        self.position += 2
        let second = try self.hexUnit()
        guard UTF16.isTrailSurrogate(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw JSONProblem(offset: start, message: "half a surrogate pair in a string") }
        return scalar
    }

    private mutating func hexUnit() throws(JSONProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = self.peek, let digit = Unicode.Scalar(byte).hexDigit else {
                throw self.problem("expected four hexadecimal digits")
            }
            unit = unit << 4 | digit
            self.position += 1
        }
        return unit
    }

    // MARK: Numbers

    mutating func number() throws(JSONProblem) -> JSONValue {
        let start = self.position
        let isNegative = self.peek == UInt8(ascii: "-")
        if isNegative { self.position += 1 }
        let digitsStart = self.position
        try self.digits()
        if self.bytes[digitsStart] == UInt8(ascii: "0"), self.position > digitsStart + 1 {
            throw JSONProblem(offset: start, message: "number with a leading zero")
        }
        var isInteger = true
        if self.peek == UInt8(ascii: ".") {
            self.position += 1
            try self.digits()
            isInteger = false
        }
        if self.peek == UInt8(ascii: "e") || self.peek == UInt8(ascii: "E") {
            self.position += 1
            if self.peek == UInt8(ascii: "+") || self.peek == UInt8(ascii: "-") { self.position += 1 }
            try self.digits()
            isInteger = false
        }
        let text = String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        if isInteger, text != "-0", let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw JSONProblem(offset: start, message: "number out of range")
        }
        return .number(number)
    }

    /// At least one digit.
    private mutating func digits() throws(JSONProblem) {
        let start = self.position
        while let byte = self.peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { self.position += 1 }
        if self.position == start { throw self.problem("expected a digit") }
    }
}

extension Unicode.Scalar {
    fileprivate var hexDigit: UInt16? {
        switch self {
        case "0"..."9": UInt16(self.value - 0x30)
        case "a"..."f": UInt16(self.value - 0x61 + 10)
        case "A"..."F": UInt16(self.value - 0x41 + 10)
        default: nil
        }
    }
}
