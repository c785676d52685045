import ArgumentParser
import BreakerClient

/// What the application wishes of its breaker: judged over its last calls, half of which failing trip it.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Calls that the window holds, and without which nothing is judged.")
    var minCalls = 20

    @Option(help: "Probes at once, and successful ones that close the breaker.")
    var probes = 3

    @Option(help: "Milliseconds until the first probe.")
    var openFor = 2_000

    var breakerPolicy: BreakerPolicy {
        var policy = BreakerPolicy()
        policy.failureRate = 0.5
        policy.window = .calls(self.minCalls)
        policy.minCalls = self.minCalls
        policy.openFor = .milliseconds(self.openFor)
        policy.openJitter = 0
        policy.probes = self.probes
        policy.probeSuccesses = self.probes
        return policy
    }
}
