import Foundation
import Testing

@testable import BreakerWire

@Suite("What a backup travels in")
struct BackupCodingTests {
    @Test("base64 agrees with Foundation's, whatever the length")
    func base64() {
        var bytes: [UInt8] = []
        for length in 0..<300 {
            let text = Base64.text(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Base64.bytes(text) == bytes)
            bytes.append(UInt8(truncatingIfNeeded: length &* 167 &+ 13))
        }
    }

    @Test("what is not base64 is refused", arguments: ["A", "AB", "A===", "AA=A", "====", "AA A", "AÄ=="])
    func malformed(text: String) {
        #expect(Base64.bytes(text) == nil)
    }

    @Test("the checksum is that of zlib, in parts too")
    func checksum() {
        var checksum = CRC32()
        #expect(checksum.value == 0)
        checksum.add("12345".utf8)
        checksum.add("6789".utf8)
        #expect(checksum.value == 0xCBF4_3926)
    }
}
