// One process of the demonstration's fleet: it calls the dependency again and again, each call guarded by
// the breaker "payments", and writes a line for each (`GuardedCall`).
//
//     export BREAKERD_URL=unix:/run/breakerd/breakerd.sock
//     fleet-caller --name caller-1 --url http://127.0.0.1:8080/call
//
// It ends when its standard input does, and tells the daemon before what it has counted.

import ArgumentParser
import BreakerClient
import Foundation
import Synchronization

@main
struct FleetCaller: AsyncParsableCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case strict, cached
    }

    static let configuration = CommandConfiguration(
        commandName: "fleet-caller", abstract: "Calls a dependency through a breaker, again and again.")

    @Option(help: "This process of the fleet.")
    var name: String

    @Option(help: "The dependency.")
    var url: String

    @Option(help: "Who decides: the daemon, or what this process knows of it.")
    var mode = Mode.cached

    @Option(help: "Calls at once; each is followed by a pause and the next.")
    var tasks = 1

    @Option(help: "Milliseconds between two calls of one task.")
    var pause = 5

    @OptionGroup(title: "The policy that is declared")
    var policy: PolicyOptions

    func validate() throws {
        guard URL(string: self.url) != nil else { throw ValidationError("--url is no URL: \(self.url)") }
        guard self.tasks >= 1, self.pause >= 1 else {
            throw ValidationError("--tasks and --pause are at least 1")
        }
    }

    func run() async throws {
        guard let url = URL(string: self.url) else { return }
        var configuration = BreakerClient.Configuration()
        configuration.name = "fleet"
        configuration.instance = self.name
        configuration.mode = self.mode == .strict ? .strict : .cached
        let client = try BreakerClient(configuration: configuration)
        let payments = client.breaker("payments", policy: self.policy.breakerPolicy)
        let input = Input()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<self.tasks {
                group.addTask { await self.call(url, through: payments, until: input) }
            }
        }
        await client.shutdown()
    }

    private func call(_ url: URL, through breaker: Breaker, until input: Input) async {
        let dependency = Dependency(url: url, caller: self.name)
        var late: UInt64 = 0
        while !input.hasEnded {
            let call = await GuardedCall.make(of: dependency, through: breaker)
            FileHandle.standardOutput.write(Data("\(call) \(late / 1_000)\n".utf8))
            // As if the next user came along: what was refused is not tried again at once.
            let began = DispatchTime.now().uptimeNanoseconds
            let length = UInt64(self.pause) * 1_000_000
            try? await Task.sleep(for: .nanoseconds(length))
            let slept = DispatchTime.now().uptimeNanoseconds - began
            late = slept > length ? slept - length : 0
        }
    }
}

/// Standard input, whose end asks the process to end.
private final class Input: Sendable {
    private let ended = Atomic(false)

    init() {
        Thread.detachNewThread { [self] in
            _ = try? FileHandle.standardInput.readToEnd()
            self.ended.store(true, ordering: .relaxed)
        }
    }

    var hasEnded: Bool { self.ended.load(ordering: .relaxed) }
}
