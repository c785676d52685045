import BreakerClient
import Testing

/// For tests that import the core as well, whose state has the same name.
typealias ClientState = BreakerState

/// Deadlines that no test runs into unless it says so, and quick reconnects.
func patient() -> BreakerClient.Configuration {
    var configuration = BreakerClient.Configuration()
    configuration.mode = .strict
    configuration.name = "tests"
    configuration.instance = "tests-1"
    configuration.callDeadline = .seconds(60)
    configuration.commandDeadline = .seconds(60)
    configuration.connectDeadline = .seconds(60)
    configuration.shutdownDeadline = .seconds(60)
    configuration.reconnectMinimum = .milliseconds(1)
    configuration.reconnectMaximum = .milliseconds(2)
    return configuration
}

/// A client and the first connection of the daemon it talks to.
struct Pair {
    let daemon: ScriptedDaemon
    let client: BreakerClient
    let connection: ScriptedConnection

    /// - Parameter configuration: nil: `patient()`.
    init(_ configuration: BreakerClient.Configuration? = nil) async throws {
        let daemon = try await ScriptedDaemon()
        let client = BreakerClient(endpoints: [daemon.endpoint], configuration: configuration ?? patient())
        async let pong = client.ping()
        let connection = try await daemon.greet()
        connection.reply(try await connection.expect("ping"), #""now_ms":1"#)
        _ = try await pong
        (self.daemon, self.client, self.connection) = (daemon, client, connection)
    }
}

/// Asks again until the client is connected again.
func eventually<Value>(_ ask: () async throws(BreakerError) -> Value) async throws -> Value {
    while true {
        do throws(BreakerError) { return try await ask() } catch {
            guard error.code == .unavailable else { throw error }
            await Task.yield()
        }
    }
}

/// What a request failed with; nil if it did not.
func failure<Value>(_ ask: () async throws(BreakerError) -> Value) async -> BreakerError? {
    do throws(BreakerError) {
        _ = try await ask()
        return nil
    } catch {
        return error
    }
}
