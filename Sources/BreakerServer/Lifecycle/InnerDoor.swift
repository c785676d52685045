// The way in for what runs in the daemon's own process and speaks the wire for others, as its web server
// does: a connection like any other, with its permits, watches and bounds, over a pair of sockets.

import BreakerCore
package import BreakerStore
import BreakerWire
package import Logging
package import NIOCore
package import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Opens connections to the daemon from within.
package struct InnerDoor: Sendable {
    let service: Service
    package let group: MultiThreadedEventLoopGroup
    package let logger: Logger

    /// The socket of a new connection's client. Whoever gets it closes it.
    ///
    /// - Throws: what the system says, where the process has no descriptors left.
    package func open() async throws -> NIOBSDSocket.Handle {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        do {
            _ = try await Network.join(ends[0], service: self.service, group: self.group)
        } catch {
            close(ends[1])
            throw error
        }
        return ends[1]
    }

    /// What has changed, for those who keep a cursor of their own.
    package var changes: ChangeFeed { self.service.engine.feed }

    /// What must not be forgotten.
    package var store: Store { self.service.store }

    /// How many of the wanted breakers are open, by a rule or by command. Holds no lock for long.
    package func openBreakers(where isWanted: (String) -> Bool) -> Int {
        var (count, position) = (0, SnapshotPosition?.some(.start))
        while let here = position {
            let piece = self.service.engine.snapshot(from: here, slots: 256, where: isWanted)
            count += piece.states.count { $0.state.state == .open }
            position = piece.next
        }
        return count
    }

    /// Both clocks at this moment.
    package var anchor: ClockAnchor { self.service.engine.clock.anchor() }

    /// Bytes of one request, its line feed included.
    package var lineBytes: Int { self.service.wireLimits.lineBytes }

    /// Whether a part of the daemon does its work.
    package struct Check: Sendable {
        package let name: String
        /// In words; nil: it does.
        package let problem: String?

        package init(name: String, problem: String?) {
            (self.name, self.problem) = (name, problem)
        }
    }

    /// Whether it should be sent traffic, as far as can be said without asking it.
    package var checks: [Check] {
        let store = self.service.store.status
        let failure = store.isFailing ? store.error ?? "the disk fails" : nil
        return [
            Check(name: "serving", problem: self.service.isDraining ? "the daemon is stopping" : nil),
            Check(name: "store", problem: failure),
        ]
    }
}
