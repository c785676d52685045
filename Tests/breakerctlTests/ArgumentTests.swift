import ArgumentParser
import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("The command line")
struct ArgumentTests {
    private func parse<Command: ParsableCommand>(_ type: Command.Type, _ line: String) throws -> Command {
        try #require(try Breakerctl.parseAsRoot(line.split(separator: " ").map(String.init)) as? Command)
    }

    @Test func `Every subcommand has an abstract and an example`() {
        func check(_ command: any ParsableCommand.Type) {
            #expect(!command.configuration.abstract.isEmpty, "\(command)")
            #expect(command.configuration.discussion.contains("Examples:"), "\(command)")
            for subcommand in command.configuration.subcommands { check(subcommand) }
            for group in command.configuration.groupedSubcommands { group.subcommands.forEach(check) }
        }
        check(Breakerctl.self)
    }

    @Test func `Overrides take a time, a reason and a guard`() throws {
        let open = try self.parse(
            Open.self, "open payments --for 10m --reason INC-7 --actor ana --if-generation 41 --url unix:/x")
        #expect(open.steering.name == "payments")
        #expect(open.length?.duration == .seconds(600))
        #expect(open.steering.note.note == OperatorNote(actor: "ana", reason: "INC-7"))
        #expect(open.steering.generation == 41)
        #expect(open.globals.url == "unix:/x")
        #expect(open.globals.timeout.duration == .seconds(5))
    }

    @Test func `A listing takes either spelling of half-open`() throws {
        #expect(try self.parse(List.self, "list --state half-open").state == .halfOpen)
        #expect(try self.parse(List.self, "list pay* --state half_open").state?.state == .halfOpen)
    }

    @Test(arguments: [
        "launch", "get", "get no*glob", "list --limit 0", "list --limit 1001", "list --state ajar",
        "open x --for 0s",
        "open x --for 366d", "trip x --for 25h", "open x --for soon", "open x --if-generation -1",
        "open x --reason \u{1b}", "history --before 0",
        "policy set pay*", "policy set pay* failure_rat=0.3", "policy set pay* failure_rate=many",
        "policy set pay* window=1s window=2s", "policy set pay* slow_call", "policy delete", "watch b@d!",
        "ping --timeout 5", "bench --connections 0", "bench --connections 10001", "bench --pipeline 513",
        "bench --threads 51", "bench --connections 10000 --pipeline 101", "bench --breakers 0",
        "bench --mix trip", "bench --duration 61m", "bench --duration 1s --requests 5", "bench --rate 0",
        "bench --rate 10 --requests 36001", "bench --warm-up 11m", "bench --prefix b@d!",
    ])
    func `A wrong line is a mistake of usage`(line: String) throws {
        let error = #expect(throws: (any Error).self) {
            try Breakerctl.parseAsRoot(line.split(separator: " ").map(String.init))
        }
        let ending = Ending(of: try #require(error))
        #expect(ending.status == .usage)
        #expect(ending.complaint?.isEmpty == false)
        #expect(ending.output == nil)
    }

    @Test(arguments: [
        ("trip x --for 2d", "--for: at most 1d"), ("trip x --for 0s", "a duration above 0"),
        ("open x --for 10x", "a duration above 0"), ("frob", "frob"),
    ])
    func `A mistake of usage is told with its reason`(line: String, reason: String) throws {
        let error = #expect(throws: (any Error).self) {
            try Breakerctl.parseAsRoot(line.split(separator: " ").map(String.init))
        }
        #expect(Ending(of: try #require(error)).complaint?.contains(reason) == true)
    }

    @Test(arguments: [
        "--help", "get --help", "help policy set", "--version", "--generate-completion-script bash",
    ])
    func `What was asked for goes to standard output`(line: String) throws {
        let error = #expect(throws: (any Error).self) {
            var command = try Breakerctl.parseAsRoot(line.split(separator: " ").map(String.init))
            try command.run()
        }
        let ending = Ending(of: try #require(error))
        #expect(ending.status == .done)
        #expect(ending.output?.isEmpty == false)
    }

    @Test(arguments: [
        ("250ms", 0.25), ("1.5s", 1.5), ("10m", 600), ("2h", 7_200), ("7d", 604_800), ("5", nil), ("s", nil),
        ("-1s", nil), ("0s", nil), (".5s", nil), ("1e3s", nil), ("9999999999999d", nil), ("1.s", nil),
    ])
    func `Spans are spelled as in policies`(text: String, seconds: Double?) {
        #expect(TimeSpan(argument: text).map { $0.milliseconds / 1_000 } == seconds)
    }

    @Test(arguments: [
        "failure_rate=0.3", "slow_call=250ms", "slow_call_rate=off", "consecutive_failures=5", "window=30s",
        "window=100", "min_calls=20", "min_reporters=auto", "min_reporters=3", "open_for=1500ms",
        "open_multiplier=2", "open_max=5m", "open_jitter=0.1", "probes=3", "probe_successes=3",
        "probe_lease=30s",
        "honor_retry_after=true", "idle_after=24h",
    ])
    func `Every field is read and printed alike`(text: String) throws {
        #expect(try BreakerPolicy([PolicyAssignment(text)]).spelled == text)
    }

    @Test func `People's spellings are understood`() throws {
        let typed = ["failure-rate=30%", "slow_call=null", "honor_retry_after=TRUE", "open_for=1.5s"]
        let policy = try BreakerPolicy(typed.map { try PolicyAssignment($0) })
        #expect(policy.spelled == "failure_rate=0.3 slow_call=off open_for=1500ms honor_retry_after=true")
        #expect(
            policy.json
                == #"{"failure_rate":0.3,"slow_call":null,"open_for":"1500ms","honor_retry_after":true}"#)
    }

    @Test(arguments: [
        ("ana", "host7.example.org", "ana@host7"), ("", "", "unknown@localhost"), ("bo", "h", "bo@h"),
        (String(repeating: "ü", count: 200), "h", String(repeating: "ü", count: 32)),
    ])
    func `The actor is the user at the host`(user: String, host: String, actor: String) {
        #expect(OperatorOptions.defaultActor(user: user, host: host) == actor)
    }

    @Test(arguments: [
        (["breakerctl", "get", "pa"], nil), (["breakerctl", "--url", "unix:/x", "get"], "unix:/x"),
        (["breakerctl", "get", "--url=tcp:h:1"], "tcp:h:1"), (["breakerctl", "get", "--url"], nil),
    ])
    func `Completion asks the daemon that the line names`(words: [String], url: String?) {
        #expect(BreakerNameCompletion.url(in: words) == url)
    }

    @Test func `Completion without a daemon is silent`() async {
        let names = await BreakerNameCompletion.candidates(
            ["breakerctl", "--url", "unix:/nowhere/at/all.sock", "get", "pa"], 4, "pa")
        #expect(names.isEmpty)
    }

    @Test(arguments: [
        ("--url unix:/x list", "list --url unix:/x"),
        ("--json --url=unix:/x get a", "get a --json --url=unix:/x"),
        ("list --json", "list --json"), ("--url", "--url"), ("--json", "--json"), ("--help", "--help"),
        ("--url unix:/x frob", "frob"), ("--timeout 1s get -- a", "get --timeout 1s -- a"),
        ("---completion -- x", "---completion -- x"),
    ])
    func `Common options may lead the subcommand`(typed: String, parsed: String) {
        let moved = LeadingOptions.moved(typed.split(separator: " ").map(String.init))
        #expect(moved.joined(separator: " ") == parsed)
    }
}
