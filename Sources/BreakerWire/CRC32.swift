/// The checksum of zlib, PNG and Ethernet (polynomial 0xEDB88320), over bytes that come in parts.
package struct CRC32: Sendable {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    private var state = UInt32.max

    package init() {}

    package mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            self.state = self.state >> 8 ^ CRC32.table[Int(UInt8(truncatingIfNeeded: self.state) ^ byte)]
        }
    }

    package var value: UInt32 { ~self.state }
}
