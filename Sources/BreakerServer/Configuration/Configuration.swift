// What the daemon is told to do, resolved: every value is set and in range.
//
// A configuration is put together once by `ConfigurationLoader` and handed on as a value; a reload makes a
// new one. Where each value came from is not part of it (`LoadedConfiguration` knows), so that two
// configurations compare equal when they ask for the same thing.

package import BreakerCore

/// Everything that can be set about the daemon. The initial value is the default of every key.
package struct Configuration: Hashable, Sendable {
    /// Where clients connect.
    package var listeners = Listeners()
    /// Where and for whom HTTP is spoken; nil: nowhere.
    package var http: HTTPSettings? = HTTPSettings()
    /// Where OpenTelemetry is sent: the URL of an OTLP receiver; nil: nowhere, unless the environment's
    /// variables for single signals say so.
    package var telemetry: String?
    /// Where state outlives a restart.
    package var database = DatabaseLocation.file(DatabaseLocation.defaultPath)
    /// What to do with a database file that is damaged.
    package var onCorrupt = OnCorrupt.refuse
    /// What is logged and how it is written.
    package var log = LogSettings()
    /// How much of everything the daemon takes on.
    package var limits = Limits()
    /// Threads that serve connections, 1…256. By default one a core; `init` cannot know the machine and says
    /// 1.
    package var eventLoops = 1
    /// How often a quiet watch hears a heartbeat, in milliseconds, 100…600,000.
    package var heartbeatMs = 5_000
    /// Whether time moves only by `clock.advance`: for tests, never for production.
    package var manualClock = false
    /// The file's rules in the order they stand there.
    package var policies: [PolicyBook.Rule] = []

    /// Who is told of changes by HTTP.
    package var notifiers: [NotifierSettings] = []

    /// Every key at its default, without a Unix socket and with one event loop.
    package init() {}
}
