import Testing

@testable import BreakerTelemetry

@Suite("Protocol Buffers")
struct ProtobufWriterTests {
    private func bytes(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        write(&writer)
        return writer.bytes
    }

    @Test func `Fields are as the specification's examples have them`() {
        #expect(self.bytes { $0.integer(1, "a", 150) } == [0x08, 0x96, 0x01])
        #expect(self.bytes { $0.string(2, "b", "testing") } == [0x12, 0x07] + Array("testing".utf8))
        #expect(self.bytes { $0.message(3, "c") { $0.integer(1, "a", 150) } } == [0x1a, 3, 0x08, 0x96, 0x01])
        let packed: [UInt8] = [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]
        #expect(self.bytes { $0.integers(6, "f", [3, 270, 86_942]) } == packed)
    }

    @Test func `Numbers of any size are whole`() {
        #expect(self.bytes { $0.integer(1, "a", -1) }.count == 11)
        #expect(self.bytes { $0.enumeration(16, "a", 0) } == [0x80, 0x01, 0])
        #expect(self.bytes { $0.fixed(1, "a", 1) } == [0x09, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(self.bytes { $0.double(1, "a", 1) } == [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
        #expect(
            self.bytes { $0.fixeds(6, "a", [1, 2]) }
                == [0x32, 16, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test(arguments: [
        (Int32(0), UInt64(0)), (-1, 1), (1, 2), (-2, 3), (.max, 4_294_967_294), (.min, 4_294_967_295),
    ])
    func `Small numbers below 0 are short`(value: Int32, written: UInt64) {
        let varint = self.bytes { $0.integer(1, "a", Int64(written)) }
        #expect(self.bytes { $0.signed(1, "a", value) } == varint)
    }
}
