// One client process of the soak: calls as fast as it can through many breakers, whose dependencies fail in
// turn. It ends when its standard input does, and writes what it has counted as one line of JSON.
//
//     export BREAKERD_URL=unix:/run/breakerd/breakerd.sock
//     soak-client --name cached-1 --mode cached

import ArgumentParser
import BreakerClient
import Foundation

@main
struct SoakClient: AsyncParsableCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case strict, cached
    }

    static let configuration = CommandConfiguration(
        commandName: "soak-client", abstract: "Calls through many breakers until its standard input ends.")

    @Option(help: "This process of the fleet.")
    var name: String

    @Option(help: "Who decides: the daemon, or what this process knows of it.")
    var mode = Mode.cached

    @Option(help: "Calls at once.")
    var tasks = 4

    @Option(help: "Breakers, named soak/0, soak/1 and so on.")
    var breakers = 200

    func validate() throws {
        guard self.tasks >= 1, self.breakers >= 1 else {
            throw ValidationError("--tasks and --breakers are at least 1")
        }
    }

    func run() async throws {
        var configuration = BreakerClient.Configuration()
        configuration.name = "soak"
        configuration.instance = self.name
        configuration.mode = self.mode == .strict ? .strict : .cached
        let client = try BreakerClient(configuration: configuration)
        let guards = (0..<self.breakers).map { number in
            client.breaker("soak/\(number)", policy: SoakClient.policy(of: number))
        }
        let stop = Stop()
        Thread.detachNewThread {
            _ = try? FileHandle.standardInput.readToEnd()
            stop.ask()
        }
        let tally = await withTaskGroup(of: Tally.self) { group in
            for task in 0..<self.tasks {
                group.addTask {
                    var load = Load(guards: guards, seed: UInt64(task))
                    return await load.run(until: stop)
                }
            }
            return await group.reduce(into: Tally()) { $0.add($1) }
        }
        await client.shutdown()
        let report = try JSONEncoder().encode(Report(tally: tally, dropped: client.droppedOutcomes))
        FileHandle.standardOutput.write(report + Data("\n".utf8))
    }

    /// Trips within a moment and recovers within a second, so that a soak sees it many times.
    private static func policy(of number: Int) -> BreakerPolicy {
        var policy = BreakerPolicy()
        policy.window = number % 2 == 0 ? .time(.seconds(2)) : .calls(200)
        policy.openFor = .milliseconds(300)
        policy.openMax = .milliseconds(600)
        policy.probeLease = .seconds(2)
        return policy
    }
}
