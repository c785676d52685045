import BreakerClient

/// The breakers of a load.
///
/// The wire has no way to remove a breaker; but each says in its policy when it is forgotten. So they are
/// declared with a time that ends soon after the load: nothing has to be removed, also after a load that was
/// killed.
enum LoadBreakers {
    /// Declared at the same time.
    private static let wave = 64
    /// From the latest end of a load until its breakers are forgotten; the daemon looks once a minute.
    private static let rest = Duration.seconds(60)

    /// When a breaker that nobody touches is forgotten: not during the load.
    static func idleAfter(_ plan: LoadPlan) -> Duration {
        let load = plan.warmUp + plan.span + LoadBreakers.rest
        return .seconds((load / .seconds(1)).rounded(.up))
    }

    /// Creates them, so that the load itself meets only breakers that exist.
    static func declare(_ plan: LoadPlan, by client: BreakerClient) async throws(BreakerError) {
        var policy = BreakerPolicy()
        policy.idleAfter = self.idleAfter(plan)
        for first in stride(from: 0, to: plan.breakers, by: self.wave) {
            let wave = first..<min(first + self.wave, plan.breakers)
            try await self.declare(wave.map(plan.name), policy, by: client)
        }
    }

    private static func declare(
        _ names: [String], _ policy: BreakerPolicy, by client: BreakerClient
    ) async throws(BreakerError) {
        let failures = await withTaskGroup(of: BreakerError?.self) { tasks in
            for name in names {
                tasks.addTask {
                    do throws(BreakerError) {
                        _ = try await client.declare(name, policy: policy)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await tasks.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        if let failure = failures.first { throw failure }
    }
}
