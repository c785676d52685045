/// What scripts learn from how breakerctl ends.
enum ProcessStatus: Int32, CaseIterable, Sendable {
    /// Done.
    case done = 0
    /// The daemon said no: refused, not found, or any other error reply.
    case refused = 1
    /// The command line is wrong; nothing was sent.
    case usage = 2
    /// No daemon answered, or not in time. EX_UNAVAILABLE of sysexits.
    case unreachable = 69
}
