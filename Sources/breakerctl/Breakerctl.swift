// The command line of an operator: looks at breakers and steers them, through the same protocol as every
// client.
//
// One file a subcommand in Commands/; what they print is made in Rendering/ from the client's typed replies,
// without touching terminal or network, so that tests read it as a person would.

import ArgumentParser
import BreakerClient

/// `breakerctl`.
struct Breakerctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakerctl",
        abstract: "Look at the circuit breakers of a breakerd daemon, and steer them.",
        discussion: """
            Examples:
              breakerctl list --state open    what is open now
              breakerctl get payments         why it is as it is
              breakerctl top                  all of them, live, the worst first
              breakerctl watch 'pay*'         every change as it happens
              breakerctl report --since 24h   what the day brought
              breakerctl open payments --for 10m --reason INC-7
                                              refuse all calls for ten minutes
              breakerctl auto payments        let the rules decide again
              breakerctl policy set 'pay*' failure_rate=0.3 window=30s --dry-run

            Exit status:
              0   done
              1   the daemon said no: refused, not found, or another error
              2   the command line is wrong
              69  no daemon answered

            Environment:
              BREAKERD_URL   where the daemon listens, as --url
              NO_COLOR       print without colours

            Completions: breakerctl --generate-completion-script bash (or zsh, fish).
            """,
        version: "breakerctl \(BreakerClient.library.split(separator: "/").last ?? "")",
        groupedSubcommands: [
            CommandGroup(
                name: "Looking",
                subcommands: [
                    List.self, Get.self, Top.self, Watch.self, History.self, Report.self,
                ]),
            CommandGroup(
                name: "Steering",
                subcommands: [Open.self, Close.self, Disable.self, Auto.self, Trip.self, Reset.self]),
            CommandGroup(name: "Rules", subcommands: [PolicyCommand.self]),
            CommandGroup(
                name: "The daemon",
                subcommands: [Sessions.self, Stats.self, Ping.self, Backup.self, Doctor.self, Bench.self]),
        ])
}
