import BreakerClient
import BreakerServer

extension TestDaemon {
    /// Moves the daemon's clock and its clients' on together. Whatever becomes due on the way happens at its
    /// time: breakers become half-open, leases end, outcomes are told, clients come back. Returns when all of
    /// it has happened and every client knows what has changed.
    ///
    /// - Parameter duration: not below zero.
    public func advance(by duration: Duration) async {
        var left = max(duration, .zero)
        await self.settle()
        repeat {
            let step = min(left, self.nextStep)
            await self.daemon.advance(by: step)
            await self.settle()
            await self.clock.advance(by: step)
            await self.settle()
            left -= step
        } while left > .zero
    }

    /// Returns when what was sent has arrived, on both sides, and was acted upon. Time does not move:
    /// outcomes that a client still holds back, successes for 100 ms and failures for 5 ms after others, are
    /// told by ``advance(by:)``.
    public func settle() async {
        // Twice: what the first round has brought to the daemon may concern other clients.
        for _ in 0..<2 {
            for client in self.clients { await TestDaemon.settle(client) }
        }
    }

    /// Until something is due, or the next heartbeat.
    private var nextStep: Duration {
        [self.daemon.timeToNextTimer, self.clock.inner.timeToNextTimer]
            .compactMap { $0 }.filter { $0 > .zero }.reduce(self.daemon.heartbeat, min)
    }

    private static func settle(_ client: BreakerClient) async {
        while true {
            switch await client.settle().phase {
            case .connecting, .greeting, .draining: await Task.yield()
            case .idle, .waiting, .closed: return
            case .ready:
                // Answered in the order in which it was sent.
                if (try? await client.ping()) != nil { return }
            }
        }
    }
}
