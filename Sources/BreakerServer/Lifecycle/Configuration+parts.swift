// What the parts of the daemon take from the configuration.

import BreakerStore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension StoreOptions {
    init(_ configuration: Configuration) {
        switch configuration.database {
        case .memory: self.init(location: .memory)
        case .file(let path): self.init(location: .file(path))
        }
        switch configuration.onCorrupt {
        case .refuse: self.onCorrupt = .refuse
        case .quarantine: self.onCorrupt = .quarantine
        }
        self.historyDays = configuration.limits.historyDays
        self.historyRows = configuration.limits.historyRows
        self.minuteDays = configuration.limits.minuteDays
        self.minuteRows = configuration.limits.minuteRows
        self.owedLimit = configuration.limits.owedRecords
    }
}

extension Engine.Settings {
    init(_ configuration: Configuration) {
        self.init(
            maximumBreakers: configuration.limits.breakers, maximumPolicies: configuration.limits.policies,
            maximumInstances: configuration.limits.instances,
            labelledBreakers: configuration.limits.metricsBreakers, seed: UInt64.random(in: .min ... .max))
    }
}

extension LogSettings {
    /// Text where a person reads along.
    var isJSON: Bool {
        switch self.format {
        case .automatic: isatty(STDERR_FILENO) == 0
        case .text: false
        case .json: true
        }
    }
}
