import BreakerCore

/// A call that may be made, and who said so: whoever admitted it is told how it went.
///
/// Three words, so that the many calls that the mirror lets pass carry it in registers; what else there is
/// to remember is behind the ticket.
@usableFromInline
struct Admission: Sendable {
    /// Known when the call was admitted: its outcome is counted under it. 0: nothing was known.
    let generation: UInt64
    let started: Instant
    /// Nil: the mirror let it pass, or the daemon without a permit.
    let ticket: Ticket?

    init(generation: UInt64, started: Instant, ticket: Ticket? = nil) {
        (self.generation, self.started, self.ticket) = (generation, started, ticket)
    }

    var isProbe: Bool {
        switch self.ticket?.admitter {
        case .daemon: true
        case .local(let permit): permit.probe != nil
        case .nobody, nil: false
        }
    }
}

/// Who is to be told of a call besides the fleet's counts.
@usableFromInline
final class Ticket: Sendable {
    enum Admitter: Sendable {
        /// The daemon, by a permit to probe: the outcome decides.
        case daemon(permit: String)
        /// This process's own breaker.
        case local(LocalPermit)
        /// Nobody: `Unavailable.allow`.
        case nobody
    }

    let admitter: Admitter

    init(_ admitter: Admitter) { self.admitter = admitter }
}
