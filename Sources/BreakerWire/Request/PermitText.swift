// A permit as it stands on the wire: generation and number, "42.1".

package import BreakerCore

extension Permit {
    /// Nil unless `bytes` are two numbers of 1…2^53−1, without leading zeros, with a dot between.
    package init?(text bytes: UnsafeRawBufferPointer) {
        var numbers: (UInt64, UInt64) = (0, 0)
        var dot: Int?
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "."), dot == nil, index > 0 {
                dot = index
                numbers.0 = numbers.1
                numbers.1 = 0
                continue
            }
            let digit = UInt64(byte) &- UInt64(UInt8(ascii: "0"))
            // A leading zero would give one permit two spellings.
            guard digit <= 9, numbers.1 > 0 || digit > 0 else { return nil }
            numbers.1 = numbers.1 * 10 + digit
            guard numbers.1 <= UInt64(WireLimits.exactInteger) else { return nil }
        }
        guard let dot, dot + 1 < bytes.count else { return nil }
        self.init(generation: numbers.0, number: numbers.1)
    }

    /// Nil unless `text` is a permit as the daemon writes it: "42.1".
    package init?(text: String) {
        var text = text
        guard let permit = text.withUTF8({ Permit(text: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = permit
    }

    /// As it stands on the wire: "42.1".
    package var text: String { "\(self.generation).\(self.number)" }
}
