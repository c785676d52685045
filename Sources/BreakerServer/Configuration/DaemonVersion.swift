import BreakerWire

/// The daemon's name and release, as `breakerd --version` prints them.
package enum DaemonVersion {
    package static let text = "breakerd \(BreakerdVersion.current)"
}
