import ArgumentParser
import BreakerServer
import BreakerWeb
import Foundation

/// The daemon's command line: flags become a configuration, and the configuration a running daemon.
@main
struct Breakerd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakerd",
        abstract: "A circuit breaker shared by all processes that call the same dependencies.",
        discussion: """
            Clients ask the daemon before a call and report how it went; the daemon decides for all of them \
            when a dependency is to be left alone and when it may be tried again. They speak JSON lines over \
            a Unix socket or TCP.

            A value is taken from the first of: its flag, its environment variable, the file named by \
            --config, its default. Limits, the heartbeat and policies are set in the file only. `breakerd \
            --print-config` shows what is in force and where each value came from.

            Signals: SIGTERM and SIGINT stop it after what was read is answered and stored, a second one at \
            once; SIGHUP reads the file again and takes its policies and log level.

            Exit codes: 0 stopped as asked; 64 the command line is wrong; 69 an address cannot be listened \
            on; 70 an internal error; 78 the configuration, the database file or a socket that was passed \
            cannot be used; 143 a second signal cut the stop short.
            """,
        version: DaemonVersion.text)

    @Option(help: .init("Read this YAML file. [BREAKERD_CONFIG]", valueName: "file"))
    var config: String?

    @Option(
        help: .init(
            """
            Listen on this Unix socket; "none": on none. [BREAKERD_UNIX_SOCKET; default: \
            /run/breakerd/breakerd.sock where it can be made]
            """, valueName: "path"))
    var unixSocket: String?

    @Option(
        help: .init(
            """
            Listen on this TCP address, HOST:PORT or [IPV6]:PORT; port 0: any free one; "none": on none. \
            Give it again, or separate by commas, for several. [BREAKERD_LISTEN; default: 127.0.0.1:2757]
            """, valueName: "address"))
    var listen: [String] = []

    @Option(
        help: .init(
            """
            Speak HTTP on this TCP address; port 0: any free one; "none": not at all. [BREAKERD_HTTP; default: \
            127.0.0.1:2758]
            """, valueName: "address"))
    var http: String?

    @Option(
        help: .init(
            """
            Keep state in this SQLite file; ":memory:": nowhere. [BREAKERD_DATABASE; default: \
            /var/lib/breakerd/breakerd.sqlite]
            """, valueName: "path"))
    var database: String?

    @Option(
        help: .init(
            """
            What to do with a damaged database file: "refuse" to start, or "quarantine": move it aside and \
            start empty. [BREAKERD_ON_CORRUPT; default: refuse]
            """, valueName: "choice"))
    var onCorrupt: String?

    @Option(
        help: .init(
            """
            Log events from this level on: trace, debug, info, notice, warning, error, critical. \
            [BREAKERD_LOG_LEVEL; default: info]
            """, valueName: "level"))
    var logLevel: String?

    @Option(
        help: .init(
            """
            Write the log as "text", as "json" lines, or "auto": text on a terminal, else json. \
            [BREAKERD_LOG_FORMAT; default: auto]
            """, valueName: "format"))
    var logFormat: String?

    @Option(
        help: .init(
            "Serve connections on this many threads, 1 to 256. [BREAKERD_EVENT_LOOPS; default: one a core]",
            valueName: "count"))
    var eventLoops: String?

    @Flag(help: "Stand time still: it moves only by the request clock.advance. For tests.")
    var manualClock = false

    @Option(
        help: .init(
            "Check this file alone, without environment and other flags, say what is wrong with it, and end.",
            valueName: "file"))
    var checkConfig: String?

    @Option(
        help: .init(
            "Put this backup in the place of the database, moving that one aside, and end.", valueName: "file"
        ))
    var restore: String?

    @Flag(help: "Print every value and where it came from, and end.")
    var printConfig = false

    func run() async throws {
        if let checkConfig {
            let count = try self.load(ConfigurationLoader(file: checkConfig)).configuration.policies.count
            print("\(checkConfig): ok (\(count) \(count == 1 ? "policy" : "policies"))")
            return
        }
        let loader = ConfigurationLoader(flags: self.flags, environment: ProcessInfo.processInfo.environment)
        let loaded = try self.load(loader)
        if self.printConfig {
            print(loaded.report, terminator: "")
            return
        }
        if let restore {
            let code = Restore.run(restore, loaded.configuration)
            if code != 0 { throw ExitCode(code) }
            return
        }
        let code = await Daemon.run(
            loaded.configuration,
            annexes: { Annexes.make($0, environment: ProcessInfo.processInfo.environment) },
            reload: { try loader.load().configuration })
        if code != 0 { throw ExitCode(code) }
    }
}
