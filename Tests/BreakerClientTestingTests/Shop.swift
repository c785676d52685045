import BreakerClient

/// Code as a user has it: calls a dependency through a breaker.
struct Shop {
    struct PaymentsDown: Error {}

    /// What the dependency does.
    actor Payments {
        var isDown = false
        private(set) var calls = 0

        func fail() { self.isDown = true }
        func recover() { self.isDown = false }

        func pay() throws -> String {
            self.calls += 1
            if self.isDown { throw PaymentsDown() }
            return "paid"
        }
    }

    let payments: Payments
    let breaker: Breaker

    /// Pays, or says why not.
    func order() async -> String {
        do {
            return try await self.breaker.run { try await self.payments.pay() }
        } catch let error as BreakerOpen {
            return "refused: \(error.reason)"
        } catch {
            return "failed"
        }
    }
}

extension BreakerPolicy {
    /// Trips at `count` failures in a row, is open for 30 s, and needs one probe.
    static func tripsAt(_ count: Int) -> BreakerPolicy {
        var policy = BreakerPolicy()
        policy.consecutiveFailures = .at(count)
        policy.openFor = .seconds(30)
        policy.probeSuccesses = 1
        return policy
    }
}
