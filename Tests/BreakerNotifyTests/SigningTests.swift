import NIOCore
import Testing

@testable import BreakerNotify

@Suite("Signing")
struct SigningTests {
    @Test("A signature is the HMAC-SHA-256 of the time, a full stop and the body")
    func signature() {
        // printf '1760000000.{"a":1}' | openssl dgst -sha256 -hmac 'open sesame'
        let body = ByteBuffer(string: #"{"a":1}"#)
        let signature = Delivery.signature(
            of: body.readableBytesView, secret: "open sesame", seconds: 1_760_000_000)
        #expect(
            signature == "t=1760000000,v1=a375e908b069b9a0093372a83e6ee1ffc1bd8e129cfeccc1888f0df3577ff7d9")
    }
}
