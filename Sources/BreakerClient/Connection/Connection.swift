import BreakerWire
import NIOCore

struct Connection: Sendable {
    init(endpoints: [Endpoint], configuration: BreakerClient.Configuration, eventLoop: any EventLoop) {}
    func send(_ request: Request) async throws(BreakerError) -> Reply {
        throw BreakerError(.unavailable, "not connected")
    }
    func post(_ op: StaticString, _ members: (inout JSONWriter) -> Void) {}
    func shutdown() async {}
}
