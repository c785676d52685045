import ArgumentParser

/// What every subcommand takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the daemon listens: unix:/PATH or tcp:HOST:PORT.",
            discussion: """
                Else what BREAKERD_URL says, else unix:/run/breakerd/breakerd.sock where that exists, else \
                tcp:127.0.0.1:2757.
                """,
            valueName: "url"))
    var url: String?

    @Flag(help: "Print the daemon's reply as it is: one JSON object on one line.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "How long to wait for the daemon, such as 500ms or 10s; else 5s.", valueName: "duration"),
        transform: TimeSpan.typed)
    var timeout = TimeSpan(milliseconds: 5_000)

    @Flag(
        help: "Print without colours, as with NO_COLOR in the environment or when the output is no terminal.")
    var noColor = false

    /// Standard output as these options want it.
    var screen: Screen { Screen.standardOutput(colourless: self.noColor) }
}
