import BreakerCore
import BreakerServer
import Foundation
import Testing

/// All suites about the configuration, so that they can be run by one name.
@Suite("The configuration") enum ConfigurationTests {}

extension ConfigurationTests {
    @Suite("Its defaults") struct Defaults {
        @Test func `without any source every key has its default`() throws {
            let loaded = try Sources.load()
            var expected = Configuration()
            expected.listeners.unixSocket = UnixSocket(path: "/run/breakerd/breakerd.sock", mode: 0o660)
            expected.eventLoops = 4
            #expect(loaded.configuration == expected)
            #expect(loaded.origins.isEmpty)
        }

        @Test func `without a directory for it there is no Unix socket`() throws {
            let host = HostFacts(cores: 1, hasRunDirectory: false)
            #expect(try Sources.load(host: host).configuration.listeners.unixSocket == nil)
        }

        @Test(arguments: [(1, 1), (64, 64), (1_000, 256), (0, 1)])
        func `there is one event loop a core, up to 256`(cores: Int, loops: Int) throws {
            let host = HostFacts(cores: cores, hasRunDirectory: true)
            #expect(try Sources.load(host: host).configuration.eventLoops == loops)
        }

        @Test func `this machine has a core at least`() {
            #expect(HostFacts.current.cores >= 1)
        }

        @Test(arguments: Limits.Name.allCases)
        func `a limit's default is within its range`(name: Limits.Name) {
            #expect(name.range.contains(Limits()[name]))
        }

        @Test(arguments: [
            "", "\n", "# nothing\n", "---\n", "~\n", "log:\nlimits:\npolicies:\nunix_socket: {}\n",
        ])
        func `a file that says nothing changes nothing`(yaml: String) throws {
            #expect(try Sources.load(yaml).configuration == Sources.load().configuration)
        }
    }
}
