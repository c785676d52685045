import NIOCore
import Testing

@testable import BreakerClient

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "are read in each of their spellings",
        arguments: [
            ("unix:/run/b.sock", Endpoint.unix(path: "/run/b.sock")),
            ("unix:///run/b.sock", .unix(path: "/run/b.sock")),
            ("tcp:127.0.0.1:2757", .tcp(host: "127.0.0.1", port: 2757)),
            ("tcp://breakers.internal:1", .tcp(host: "breakers.internal", port: 1)),
            ("tcp:[::1]:65535", .tcp(host: "::1", port: 65_535)),
        ])
    func spellings(url: String, expected: Endpoint) throws {
        let endpoint = try Endpoint(url)
        #expect(endpoint == expected)
        #expect(try Endpoint(endpoint.description) == expected)
    }

    @Test(
        "that name no place are refused",
        arguments: [
            "", "unix", "unix:", "unix:relative", "tcp:", "tcp:host", "tcp:host:", "tcp::1", "tcp:host:0",
            "tcp:host:65536", "tcp:::1:2757", "http://host:1", "/run/b.sock",
            "unix:/" + String(repeating: "x", count: 200),
        ])
    func refused(url: String) {
        #expect(throws: BreakerError.self) { try Endpoint(url) }
    }

    @Test("may be several, in the order they are tried")
    func several() throws {
        let endpoints = try Endpoint.list("unix:/a, tcp:b:2")
        #expect(endpoints == [.unix(path: "/a"), .tcp(host: "b", port: 2)])
        #expect(throws: BreakerError.self) { try Endpoint.list("unix:/a,,tcp:b:2") }
    }

    @Test("An instance's name fits the wire and differs from the next one")
    func instance() {
        let (one, other) = (Host.instance(), Host.instance())
        #expect(one != other)
        #expect((1...128).contains(one.utf8.count))
    }

    @Test("Names that the daemon would refuse are cut to what it takes")
    func names() {
        var configuration = patient()
        configuration.name = String(repeating: "n", count: 65)
        configuration.instance = "\u{0}"
        let client = BreakerClient(endpoints: [], configuration: configuration)
        #expect(client.configuration.name?.utf8.count == 64)
        #expect(client.configuration.instance?.isEmpty == false)
        #expect(client.configuration.instance != "\u{0}")
    }

    @Test("The wait before reconnecting doubles up to its bound, and at least half of it is kept")
    func backoff() {
        let backoff = Backoff(minimum: .milliseconds(50), maximum: .seconds(5))
        #expect(backoff.delay(failures: 1, random: 1) == .milliseconds(50))
        #expect(backoff.delay(failures: 1, random: 0) == .milliseconds(25))
        #expect(backoff.delay(failures: 3, random: 1) == .milliseconds(200))
        #expect(backoff.delay(failures: 8, random: 1) == .seconds(5))
        #expect(backoff.delay(failures: .max, random: 0) == .milliseconds(2_500))
    }
}
