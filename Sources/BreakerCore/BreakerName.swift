/// What a breaker may be called: 1…128 bytes of `[A-Za-z0-9._:/@-]`.
package enum BreakerName {
    package static let maximumBytes = 128

    /// Whether `bytes` are a valid name.
    @inlinable
    @inline(__always)
    package static func isValid(_ bytes: some Sequence<UInt8>) -> Bool {
        var count = 0
        for byte in bytes {
            guard isAllowed(byte) else { return false }
            count += 1
        }
        return (1...maximumBytes).contains(count)
    }

    @inlinable
    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "-")...UInt8(ascii: ":"): true  // - . / 0…9 :
        case UInt8(ascii: "_"), UInt8(ascii: "@"): true
        default: false
        }
    }
}
