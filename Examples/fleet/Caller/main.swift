// One process of the demonstration's fleet: it calls the dependency again and again, each call guarded by
// the breaker "payments", and writes a word for each on a line of its own: `success`, `failure` or
// `refused REASON`.
//
//     BREAKERD_URL=unix:/run/breakerd/breakerd.sock fleet-caller NAME http://127.0.0.1:8080/call MODE
//
// MODE is `strict` or `cached`: who decides, the daemon or what this process knows of it.

import BreakerClient
import Foundation

guard CommandLine.arguments.count == 4, let url = URL(string: CommandLine.arguments[2]) else {
    FileHandle.standardError.write(Data("usage: fleet-caller NAME URL strict|cached\n".utf8))
    exit(64)
}

var configuration = BreakerClient.Configuration()
configuration.name = "fleet"
configuration.instance = CommandLine.arguments[1]
configuration.mode = CommandLine.arguments[3] == "strict" ? .strict : .cached

let client = try BreakerClient(configuration: configuration)
let payments = client.breaker("payments")
let dependency = Dependency(url: url, caller: CommandLine.arguments[1])

while true {
    let outcome: String
    do {
        try await payments.run { try await dependency.call() }
        outcome = "success"
    } catch let refusal as BreakerOpen {
        outcome = "refused \(refusal.reason)"
    } catch {
        outcome = "failure"
    }
    FileHandle.standardOutput.write(Data("\(outcome)\n".utf8))
    // As if the next user came along: what was refused is not tried again and again.
    try await Task.sleep(for: .milliseconds(20))
}
