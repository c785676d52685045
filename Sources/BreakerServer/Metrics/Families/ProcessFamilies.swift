import BreakerWire

/// What is told of the process and of its build; by the names that all programs use.
struct ProcessFamilies {
    /// Unix time in seconds.
    let startSeconds: Double
    let epoch: Int64

    var all: [MetricFamily] { self.daemon + self.process }

    private var daemon: [MetricFamily] {
        [
            MetricFamily(
                "breakerd_build", .info, labels: ["version"], help: "What is running.",
                samples: [MetricSample(BreakerdVersion.current, count: 1)]),
            MetricFamily(
                "breakerd_epoch", .gauge, help: "How often the database was opened: one more at each start.",
                samples: [MetricSample(count: self.epoch)]),
        ]
    }

    private var process: [MetricFamily] {
        let usage = ProcessUsage.current
        return [
            MetricFamily(
                "process_start_time_seconds", .gauge, unit: .seconds,
                help: "When the process started, since the Unix epoch.",
                samples: [MetricSample("", "", .real(self.startSeconds))]),
            MetricFamily(
                "process_cpu_seconds", .counter, unit: .seconds, help: "User and system CPU time.",
                samples: [MetricSample("", "", .real(usage.cpuSeconds))]),
            MetricFamily(
                "process_resident_memory_bytes", .gauge, unit: .bytes, help: "Resident memory.",
                samples: usage.residentBytes.map { [MetricSample(count: $0)] } ?? []),
            MetricFamily(
                "process_virtual_memory_bytes", .gauge, unit: .bytes, help: "Virtual memory.",
                samples: usage.virtualBytes.map { [MetricSample(count: $0)] } ?? []),
            MetricFamily(
                "process_open_fds", .gauge, help: "Open file descriptors.",
                samples: usage.openDescriptors.map { [MetricSample(count: $0)] } ?? []),
            MetricFamily(
                "process_max_fds", .gauge, help: "File descriptors that may be open.",
                samples: FileDescriptorLimit.current.map { [MetricSample(count: $0)] } ?? []),
        ]
    }
}
