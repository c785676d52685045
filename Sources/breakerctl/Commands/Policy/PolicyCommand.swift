import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Rules: when breakers trip, how long they stay open, how they recover.",
        discussion: """
            A rule is a pattern over names and some fields of a policy. Field by field an operator's rule \
            goes before \
            the daemon's file, that before what clients declare, that before the defaults; within one \
            source the \
            pattern with the most literal characters wins.

            Examples:
              breakerctl policy list
              breakerctl policy get payments
              breakerctl policy set 'pay*' failure_rate=0.3 window=30s --reason INC-7
            """,
        subcommands: [
            PolicyList.self, PolicyGet.self, PolicySet.self, PolicyDelete.self, PolicyCheck.self,
        ])
}
